"""What the commands print for a person: tables that stay aligned in a pipe."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibration.reliability import Bin, calibration_error
from calibration.verdict import Verdict
from simulator.diff import Comparison
from simulator.importers.report import ImportReport
from simulator.replay.predictions import SCORED_SET
from simulator.replay.run import ReplayResult
from simulator.season.reader import Season
from simulator.season.validate import Finding

_BAR_CELLS = 20


def replay_tables(result: ReplayResult, verdict: Verdict, model: str) -> Iterator[RenderableType]:
    """Yield all that `wpsim replay` prints."""
    rate = result.events / result.seconds if result.seconds else 0.0
    yield facts_table(
        {
            "games": len(result.games),
            "events": result.events,
            "updates": result.updates,
            "time": f"{result.seconds:.2f} s, {rate:,.0f} events/s",
            "model": model,
        }
    )
    yield _calibration(verdict)
    if verdict.comparisons:
        yield _comparisons(verdict)
    if result.doubts:
        yield _doubts(result.doubts)
    yield latency_table(result.latencies.percentiles_ms())
    yield Text.assemble(("digest  ", "bold"), result.digest, no_wrap=True, overflow="ignore")


def _calibration(verdict: Verdict) -> RenderableType:
    scored = f"Scored: {verdict.plays:,} plays of {verdict.games:,} games ({SCORED_SET})."
    if verdict.brier is None or verdict.log_loss is None:
        return Text(f"{scored} There is nothing to calibrate.")
    table = _table("Calibration: home win probability")
    for name in ("said", "predicted", "happened", "plays"):
        table.add_column(name, justify="right")
    table.add_column("happened █, predicted │", no_wrap=True)
    for entry in verdict.bins:
        table.add_row(
            f"{entry.low:.1f}-{entry.high:.1f}",
            _share(entry.predicted),
            _share(entry.actual),
            f"{entry.count:,}",
            _bar(entry),
        )
    error = calibration_error(verdict.bins)
    scores = Text.assemble(
        ("Brier ", "bold"), f"{verdict.brier:.4f}   ",
        ("log loss ", "bold"), f"{verdict.log_loss:.4f}   ",
        ("calibration error ", "bold"), f"{error:.4f}\n",
        (scored, "dim"),
    )  # fmt: skip
    return Group(table, scores)


def _bar(entry: Bin) -> Text:
    """Return a bar as long as the share that happened, with a mark where the model predicted it."""
    if entry.actual is None or entry.predicted is None:
        return Text("")
    cells = list("█" * round(entry.actual * _BAR_CELLS) + " " * _BAR_CELLS)[:_BAR_CELLS]
    cells[min(_BAR_CELLS - 1, int(entry.predicted * _BAR_CELLS))] = "│"
    return Text("".join(cells))


def _comparisons(verdict: Verdict) -> Table:
    table = _table("Other models on the same plays")
    table.add_column("reference", overflow="fold")
    for name in ("plays", "games", "Brier", "ours", "log loss", "ours "):
        table.add_column(name, justify="right")
    for compared in verdict.comparisons:
        table.add_row(
            compared.reference,
            f"{compared.plays:,}",
            f"{compared.games:,}",
            f"{compared.reference_brier:.4f}",
            f"{compared.brier:.4f}",
            f"{compared.reference_log_loss:.4f}",
            f"{compared.log_loss:.4f}",
        )
    return table


def _doubts(doubts: Mapping[str, int]) -> Table:
    table = _table("Doubts: what was not believed, or had to be derived")
    table.add_column("doubt")
    table.add_column("plays", justify="right")
    for name, count in doubts.items():
        table.add_row(name.replace("_", " "), f"{count:,}")
    return table


def latency_table(latency_ms: Mapping[str, Mapping[str, float]]) -> Table:
    """Return the percentiles of each stage, in milliseconds."""
    table = _table("Latency, ms")
    table.add_column("stage")
    for name in ("p50", "p95", "p99", "max"):
        table.add_column(name, justify="right")
    for stage, percentiles in latency_ms.items():
        table.add_row(stage, *(f"{percentiles[name]:.3f}" for name in ("p50", "p95", "p99", "max")))
    return table


def facts_table(facts: Mapping[str, object]) -> Table:
    """Return names and values in two columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    return table


def import_tables(report: ImportReport, output: Path) -> Iterator[RenderableType]:
    """Yield what `wpsim import` prints."""
    yield facts_table(
        {
            "season file": output,
            "games": report.games,
            "without plays": report.games_without_plays,
            "without result": report.games_without_result,
            "plays": report.plays,
            "time": f"{report.seconds:.1f} s",
        }
    )
    rows = list(report.rows())
    if rows:
        table = _table("Repairs")
        table.add_column("what", overflow="fold")
        for name in ("repaired", "kept", "dropped"):
            table.add_column(name, justify="right")
        for _, meaning, *counts in rows:
            table.add_row(meaning, *(f"{count:,}" for count in counts))
        yield table


def findings_tables(season: Season, findings: Sequence[Finding], most: int) -> Iterator[RenderableType]:
    """Yield what `wpsim validate` prints: the first `most` findings of each rule."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for rule, found in by_rule.items():
        yield Text.assemble(
            (rule, "bold"), f": {'noted' if found[0].harmless else 'broken'} {len(found):,} times"
        )
        for finding in found[:most]:
            where = f"game {finding.game_id}" + ("" if finding.row is None else f", row {finding.row}")
            yield Text(f"  {where}: {finding.what}")
    broken = sum(not finding.harmless for finding in findings)
    verdict = "it is a sound season file" if not broken else f"{broken:,} findings break the format"
    yield Text(f"{season.path}: {len(season.spans):,} games, {season.rows:,} rows: {verdict}")


def diff_tables(found: Comparison, left: str, right: str) -> Iterator[RenderableType]:
    """Yield what `wpsim diff` prints."""
    yield facts_table({"left": f"{left}, {found.models[0]}", "right": f"{right}, {found.models[1]}"})
    if found.epochs_differ:
        yield Text("The epochs differ: the two sides were made by another model, parameters or format.")
    first = found.first
    if first is None:
        yield Text(
            f"All updates of {found.games:,} games are equal{' but for that' if found.epochs_differ else ''}."
        )
        return
    place = "" if first.offset is None else f", offset {first.offset}"
    play = "" if first.play_id is None else f", play {first.play_id}"
    share = f"{found.games_that_differ:,} of {found.games:,} games differ"
    yield Text(f"{share}, first in game {first.game_id}{place}{play}.")
    if first.note:
        yield Text(first.note)
    if first.fields:
        table = _table("First differing update")
        for name in ("field", "left", "right"):
            table.add_column(name, overflow="fold")
        for field in first.fields:
            table.add_row(field.name, str(field.left), str(field.right))
        yield table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
