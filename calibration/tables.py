"""Tables of a replay for the terminal; in a pipe they stay aligned and lose their colour."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from calibration.reliability import Bin, calibration_error
from calibration.verdict import Verdict
from simulator.replay.predictions import SCORED_SET
from simulator.replay.run import ReplayResult

_BAR_CELLS = 20


def replay_tables(result: ReplayResult, verdict: Verdict, model: str) -> Iterator[RenderableType]:
    """Yield all that `wpsim replay` prints."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold")
    facts.add_column()
    rate = result.events / result.seconds if result.seconds else 0.0
    for name, value in (
        ("games", f"{len(result.games):,}"),
        ("events", f"{result.events:,}"),
        ("updates", f"{result.updates:,}"),
        ("time", f"{result.seconds:.2f} s, {rate:,.0f} events/s"),
        ("model", model),
    ):
        facts.add_row(name, value)
    yield facts
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


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
