"""What `wpsim calibrate` and `wpsim gate calibration` print for a person."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from calibration.assess import Assessment, Slice, Versus
from calibration.bootstrap import Estimate
from calibration.gate import Criterion
from calibration.sets import COMMON_SET

_BAR_CELLS = 20


def assessment_tables(found: Assessment | None, model: str) -> Iterator[RenderableType]:
    """Yield all that `wpsim calibrate` prints."""
    if found is None:
        yield Text(f"{model}: there is nothing to judge ({COMMON_SET}).")
        return
    yield Text(model, style="bold")
    yield _scores(found)
    yield _bins(found)
    yield _versus(found.whole.versus)
    yield _tails(found)
    yield _slices(found.by)
    yield Text(f"Scored: {COMMON_SET}; overtime and no line are apart from it.", style="dim")
    yield Text(
        "Intervals are 95 %, over games drawn again; differences are paired, ours - theirs.", style="dim"
    )


def gate_lines(criteria: Sequence[Criterion], model: str) -> Iterator[RenderableType]:
    """Yield all that `wpsim gate calibration` prints."""
    for criterion in criteria:
        mark = ("passed", "green") if criterion.passed else ("FAILED", "bold red")
        yield Text.assemble(mark, f"  {criterion.name}: {criterion.reason}")
    failed = [criterion.name for criterion in criteria if not criterion.passed]
    yield Text(f"{model} falls short: {', '.join(failed)}" if failed else f"{model} passes")


def _scores(found: Assessment) -> Table:
    mcb, whole = found.mcb, found.whole
    rows = [
        ("plays", f"{whole.plays:,} of {whole.games:,} games", ""),
        ("Brier", f"{whole.brier.value:.4f}", _ends(whole.brier)),
        ("log loss", f"{whole.log_loss.value:.4f}", _ends(whole.log_loss)),
        ("miscalibration (MCB)", f"{mcb.value:.5f}", f"{mcb.low:.5f}-{mcb.high:.5f}"),
        ("  of a calibrated one", f"{mcb.by_chance:.5f}", f"up to {mcb.by_chance_high:.5f}"),
        ("discrimination (DSC)", f"{found.parts.dsc:.4f}", ""),
        ("uncertainty (UNC)", f"{found.parts.unc:.4f}", ""),
        ("calibration error", f"{found.calibration_error:.4f}", "ten bins"),
        ("smooth calibration error", f"{found.smooth_calibration_error:.4f}", ""),
    ]
    for direction in found.consistency.directions[:1]:
        within = f"within {found.consistency.critical_t:.1f} if calibrated: {direction.name}"
        rows.append(("farthest off", f"{direction.t:+.1f} errors", within))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    for row in rows:
        table.add_row(*row)
    return table


def _bins(found: Assessment) -> Table:
    table = _table("Calibration: home win probability")
    for name in ("said", "predicted", "happened", "plays"):
        table.add_column(name, justify="right")
    table.add_column("happened █, predicted │", no_wrap=True)
    for entry in found.bins:
        if entry.predicted is None or entry.actual is None:
            continue
        cells = list("█" * round(entry.actual * _BAR_CELLS) + " " * _BAR_CELLS)[:_BAR_CELLS]
        cells[min(_BAR_CELLS - 1, int(entry.predicted * _BAR_CELLS))] = "│"
        table.add_row(
            f"{entry.low:.1f}-{entry.high:.1f}", f"{entry.predicted:.3f}", f"{entry.actual:.3f}",
            f"{entry.count:,}", "".join(cells),
        )  # fmt: skip
    return table


def _versus(compared: Sequence[Versus]) -> RenderableType:
    if not compared:
        return Text("No other model's probabilities are in these files.")
    table = _table("Other models on the same plays: theirs, ours, the difference and its 95 %")
    table.add_column("reference", no_wrap=True)
    for name in ("plays", "Brier", "ours", "diff", "95 %", "log loss", "diff "):
        table.add_column(name, justify="right", no_wrap=True)
    for one in compared:
        table.add_row(
            one.reference, f"{one.plays:,}", f"{one.brier:.4f}", f"{one.ours:.4f}",
            Text(f"{one.diff.value:+.4f}", style=_colour(one.diff)), _signed(one.diff),
            f"{one.log_loss:.4f}",
            Text(f"{one.log_loss_diff.value:+.4f}", style=_colour(one.log_loss_diff)),
        )  # fmt: skip
    return table


def _tails(found: Assessment) -> Table:
    table = _table("Sure things")
    table.add_column("said")
    for name in ("plays", "games", "said ", "happened", "95 %"):
        table.add_column(name, justify="right")
    for tail in found.tails:
        table.add_row(
            tail.name, f"{tail.plays:,}", f"{tail.games:,}", f"{tail.said:.4f}",
            f"{tail.happened.value:.4f}", _ends(tail.happened),
        )  # fmt: skip
    for one in found.promises:
        table.add_row(
            f"once {one.sure * 100:g} % for a side", "", f"{one.games:,}", f"lost {one.expected:.1f}",
            f"lost {one.broken}", f"p = {one.p_value:.2g}",
        )  # fmt: skip
    return table


def _slices(by: Sequence[Slice]) -> Table:
    references = list(dict.fromkeys(one.reference for part in by for one in part.versus))
    table = _table(
        "By slice: Brier" + (", and the paired difference to each reference" if references else "")
    )
    table.add_column("slice", no_wrap=True)
    for name in ("plays", "Brier", *(references or ["95 %"])):
        table.add_column(name, justify="right", no_wrap=True)
    for part in by:
        diffs = {one.reference: one.diff for one in part.versus}
        table.add_row(
            part.name, f"{part.plays:,}", f"{part.brier.value:.4f}",
            *(
                Text(f"{diffs[name].value:+.4f}", style=_colour(diffs[name])) if name in diffs else "-"
                for name in references
            ),
            *([] if references else [_ends(part.brier)]),
        )  # fmt: skip
    return table


def _colour(diff: Estimate) -> str:
    """Return green for a difference that lies wholly on our side, red for one wholly on theirs."""
    return "green" if diff.high < 0.0 else "red" if diff.low > 0.0 else ""


def _ends(estimate: Estimate) -> str:
    return f"{estimate.low:.4f}-{estimate.high:.4f}"


def _signed(estimate: Estimate) -> str:
    return f"{estimate.low:+.4f} {estimate.high:+.4f}".replace("0.", ".")


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
