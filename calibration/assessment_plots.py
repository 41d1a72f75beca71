"""Plots of an assessment as PNG files: the CORP reliability curve, the tails, and the slices."""

from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from calibration.assess import Assessment
from calibration.plots import DPI, PERCENT, THEMES, Theme, dress, save
from calibration.sets import OUTSIDE

SLICE_IN: Final = 0.3
"""Height of a slice, inches."""


def corp_plot(found: Assessment, folder: Path) -> list[Path]:
    """Draw the reliability curve over the band of a calibrated forecast: `corp.png`, `corp-dark.png`."""
    written = []
    for theme in THEMES:
        figure = Figure(figsize=(5.6, 6.4), dpi=DPI, facecolor=theme.paper)
        top, bottom = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
        _draw_curve(top, found, theme)
        dress(bottom, theme)
        bottom.hist(
            found.curve.said, bins=50, range=(0, 1), weights=found.curve.plays / 1000,
            color=theme.line, alpha=0.75,
        )  # fmt: skip
        bottom.set_ylabel("plays,\nthousands", color=theme.ink)
        bottom.set_xlabel("predicted home win probability, %", color=theme.ink)
        bottom.xaxis.set_major_formatter(PERCENT)
        written.append(save(figure, folder / f"corp{theme.suffix}.png"))
    return written


def tails_plot(found: Assessment, folder: Path) -> list[Path]:
    """Draw how often sure things failed, by plays and by games: `tails.png`, `tails-dark.png`."""
    written = []
    for theme in THEMES:
        figure = Figure(figsize=(5.6, 4.2), dpi=DPI, facecolor=theme.paper)
        _draw_tails(figure.subplots(), found, theme)
        written.append(save(figure, folder / f"tails{theme.suffix}.png"))
    return written


def slices_plot(found: Assessment, folder: Path) -> list[Path]:
    """Draw the paired differences to each reference, slice by slice: `slices.png`, `slices-dark.png`."""
    references = [compared.reference for compared in found.whole.versus]
    written = []
    for theme in THEMES:
        rows = 1 + len(found.by)
        figure = Figure(figsize=(9.6, 1.6 + SLICE_IN * rows), dpi=DPI, facecolor=theme.paper)
        panels = figure.subplots(1, max(1, len(references)), sharey=True, squeeze=False)[0]
        if references:
            for panel, reference in zip(panels, references, strict=True):
                _draw_versus(panel, found, reference, theme)
        else:
            _draw_brier(panels[0], found, theme)
        panels[0].set_yticks(range(rows), [part.name.replace("_", " ") for part in (found.whole, *found.by)])
        panels[0].set_ylim(rows - 0.5, -0.5)
        written.append(save(figure, folder / f"slices{theme.suffix}.png"))
    return written


def _draw_curve(axes: Axes, found: Assessment, theme: Theme) -> None:
    dress(axes, theme)
    axes.fill_between(
        found.band.said, found.band.low, found.band.high, color=theme.faint, alpha=0.6, linewidth=0
    )
    axes.plot([0, 1], [0, 1], color=theme.ink, linewidth=0.8, alpha=0.6)
    axes.plot(found.curve.said, found.curve.fit, color=theme.line, linewidth=1.3, zorder=3)
    axes.text(
        0.98, 0.03, "grey: where a calibrated forecast\nof these games would lie (95 %)", color=theme.ink,
        alpha=0.75, fontsize=9, ha="right",
    )  # fmt: skip
    parts = found.parts
    axes.text(
        0.03, 0.97, f"MCB {found.mcb.value:.4f}\nDSC {parts.dsc:.4f}\nUNC {parts.unc:.4f}", color=theme.ink,
        fontsize=10, va="top",
    )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_ylabel("home side won, % of plays", color=theme.ink)
    axes.set_title("CORP reliability of the home win probability", color=theme.ink, loc="left", fontsize=12)
    axes.yaxis.set_major_formatter(PERCENT)


def _draw_tails(axes: Axes, found: Assessment, theme: Theme) -> None:
    """Draw shares on a logarithmic axis: what was said as a line, what happened with its interval."""
    dress(axes, theme)
    least = 1e-5
    rows = []
    for tail in found.tails:
        said, share = tail.said, tail.happened
        ends = (share.value, share.low, share.high)
        if said > 0.5:
            said, ends = 1.0 - said, (1.0 - share.value, 1.0 - share.high, 1.0 - share.low)
        rows.append((f"plays {tail.name}", said, ends))
    for promise in found.promises:
        if promise.games:
            ends = (promise.broken / promise.games, promise.low, promise.high)
            rows.append((f"games once {promise.sure * 100:g} %", promise.expected / promise.games, ends))
    for place, (_, said, (value, low, high)) in enumerate(rows):
        axes.plot([max(low, least), max(high, least)], [place, place], color=theme.line, linewidth=2)
        axes.plot(max(value, least), place, "o", color=theme.line, markersize=7)
        axes.plot(max(said, least), place, "|", color=theme.accent, markersize=18, markeredgewidth=2.5)
    axes.set_xscale("log")
    axes.set_xlim(left=least)
    axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel(
        "share that went the other way\n(bar: as said; dot: as it happened, 95 %)", color=theme.ink
    )
    axes.set_title("Sure things", color=theme.ink, loc="left", fontsize=12)


def _draw_versus(axes: Axes, found: Assessment, reference: str, theme: Theme) -> None:
    """Draw one reference; a slice outside of the common set that lies beyond the axis is an arrow."""
    dress(axes, theme)
    axes.axvline(0.0, color=theme.ink, linewidth=0.8, alpha=0.6)
    rows = [
        (place, part.name, compared.diff)
        for place, part in enumerate((found.whole, *found.by))
        for compared in part.versus
        if compared.reference == reference
    ]
    inside = [max(-diff.low, diff.high) for _, name, diff in rows if name not in OUTSIDE]
    reach = 1.1 * max(inside, default=0.01)
    for place, _, diff in rows:
        worse = diff.low > 0.0
        if abs(diff.value) <= reach:
            ends = max(diff.low, -reach), min(diff.high, reach)
            _mark(axes, place, diff.value, *ends, theme, worse=worse)
        else:
            side = -1.0 if diff.value < 0.0 else 1.0
            colour = theme.accent if worse else theme.line
            axes.plot(0.97 * side * reach, place, "<" if side < 0.0 else ">", color=colour, markersize=7)
    axes.set_xlim(-reach, reach)
    axes.set_title(reference, color=theme.ink, loc="left", fontsize=10)
    axes.set_xlabel("Brier, ours - theirs", color=theme.ink, fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(3))


def _draw_brier(axes: Axes, found: Assessment, theme: Theme) -> None:
    dress(axes, theme)
    for place, part in enumerate((found.whole, *found.by)):
        _mark(axes, place, part.brier.value, part.brier.low, part.brier.high, theme, worse=False)
    axes.set_xlabel("Brier", color=theme.ink)


def _mark(
    axes: Axes, place: int, value: float, low: float, high: float, theme: Theme, *, worse: bool
) -> None:
    colour = theme.accent if worse else theme.line
    axes.plot([low, high], [place, place], color=colour, linewidth=2)
    axes.plot(value, place, "o", color=colour, markersize=5)
