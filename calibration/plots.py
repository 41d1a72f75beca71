"""Plots of a replay as PNG files: reliability, and one game's win probability.

Each is drawn for a light and a dark page, and the game also for a narrow screen. Colours are from the
palette of Okabe and Ito, which stays apart for colour-blind readers; what a line means is written beside
it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from calibration.reliability import Bin
from simulator.replay.chart import OVERTIME_MINUTES, GameChart

DPI: Final = 144


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a page."""

    suffix: str
    """Of the file's name."""
    paper: str
    ink: str
    faint: str
    line: str
    accent: str


LIGHT: Final = Theme("", "#ffffff", "#1b1f24", "#c9ced6", "#0072b2", "#d55e00")
DARK: Final = Theme("-dark", "#15191f", "#e7eaee", "#3c444f", "#56b4e9", "#e69f00")
THEMES: Final = (LIGHT, DARK)


def reliability_plot(bins: tuple[Bin, ...], folder: Path) -> list[Path]:
    """Draw predicted against actual, and plays a bin: `reliability.png` and `reliability-dark.png`."""
    written = []
    for theme in THEMES:
        figure = Figure(figsize=(5.6, 6.4), dpi=DPI, facecolor=theme.paper)
        top, bottom = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
        _draw_reliability(top, bins, theme)
        _draw_counts(bottom, bins, theme)
        written.append(save(figure, folder / f"reliability{theme.suffix}.png"))
    return written


def game_plot(chart: GameChart, folder: Path, stem: str) -> list[Path]:
    """Draw a game's win probability with its key plays: `<stem>.png`, `-dark`, `-narrow`, `-narrow-dark`."""
    written = []
    for theme in THEMES:
        for width, suffix in ((9.6, ""), (4.4, "-narrow")):
            figure = Figure(figsize=(width, 4.6 if width > 5 else 4.0), dpi=DPI, facecolor=theme.paper)
            _draw_game(figure.subplots(), chart, theme, narrow=width < 5)
            written.append(save(figure, folder / f"{stem}{suffix}{theme.suffix}.png"))
    return written


def _draw_reliability(axes: Axes, bins: tuple[Bin, ...], theme: Theme) -> None:
    dress(axes, theme)
    axes.plot([0, 1], [0, 1], color=theme.faint, linewidth=1.5, zorder=1)
    axes.text(
        0.98, 0.03, "the straight line: won as often as predicted", color=theme.ink, alpha=0.7,
        fontsize=9, ha="right",
    )  # fmt: skip
    axes.plot(
        [entry.predicted for entry in bins if entry.predicted is not None],
        [entry.actual for entry in bins if entry.actual is not None],
        color=theme.line, marker="o", markersize=7, linewidth=1.8, zorder=3,
    )  # fmt: skip
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_ylabel("home side won, % of plays", color=theme.ink)
    axes.set_title("Reliability of the home win probability", color=theme.ink, loc="left", fontsize=12)
    axes.yaxis.set_major_formatter(PERCENT)


def _draw_counts(axes: Axes, bins: tuple[Bin, ...], theme: Theme) -> None:
    dress(axes, theme)
    middles = [(entry.low + entry.high) / 2 for entry in bins]
    axes.bar(middles, [entry.count / 1000 for entry in bins], width=0.092, color=theme.line, alpha=0.75)
    axes.set_ylabel("plays,\nthousands", color=theme.ink)
    axes.set_xlabel("predicted home win probability, %", color=theme.ink)
    axes.xaxis.set_major_formatter(PERCENT)
    axes.xaxis.set_major_locator(MultipleLocator(0.2))


def _draw_game(axes: Axes, chart: GameChart, theme: Theme, *, narrow: bool) -> None:
    dress(axes, theme)
    end = 60.0 + OVERTIME_MINUTES * (chart.periods - 4)
    minutes = [0.0, *(point.minute for point in chart.points), end]
    shares = [point.home_win_probability for point in chart.points]
    shares = [chart.opening_home_win_probability, *shares, chart.final_home_win_probability]
    axes.axhline(0.5, color=theme.faint, linewidth=1)
    for boundary in (
        15.0,
        30.0,
        45.0,
        *(60.0 + OVERTIME_MINUTES * over for over in range(chart.periods - 4)),
    ):
        axes.axvline(boundary, color=theme.faint, linewidth=1.4 if boundary == 30.0 else 0.8)
    axes.plot(minutes, shares, color=theme.line, linewidth=1.8, solid_joinstyle="round", zorder=3)
    axes.fill_between(minutes, 0.5, shares, color=theme.line, alpha=0.15, linewidth=0)
    places = {point.play_id: point for point in chart.points}
    for number, play in enumerate(chart.key_plays, start=1):
        point = places.get(play.play_id)
        if point is None:
            continue
        axes.plot(
            point.minute,
            point.home_win_probability,
            "o",
            color=theme.accent,
            markersize=15,
            zorder=4,
            clip_on=False,
        )
        axes.annotate(
            str(number), (point.minute, point.home_win_probability), color=theme.paper, fontsize=9,
            fontweight="bold", ha="center", va="center_baseline", zorder=5,
        )  # fmt: skip
    axes.set(xlim=(0, end), ylim=(-0.12, 1.12))
    axes.set_xticks(_period_middles(chart.periods), _period_names(chart.periods, narrow=narrow))
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.yaxis.set_major_locator(MultipleLocator(0.25))
    axes.set_ylabel("home win probability, %", color=theme.ink)
    for height, team, align in ((0.985, chart.home.name, "top"), (0.015, chart.away.name, "bottom")):
        axes.text(
            0.012, height, f"{team} wins", transform=axes.transAxes, color=theme.ink, fontsize=10,
            alpha=0.8, va=align, ha="left", zorder=6,
        )  # fmt: skip
    axes.set_title(chart.title, color=theme.ink, loc="left", fontsize=11 if narrow else 13)


def _period_middles(periods: int) -> list[float]:
    return [7.5, 22.5, 37.5, 52.5, *(60.0 + OVERTIME_MINUTES * (over + 0.5) for over in range(periods - 4))]


def _period_names(periods: int, *, narrow: bool) -> list[str]:
    quarters = ["1st", "2nd", "3rd", "4th"] if narrow else [f"{name} quarter" for name in _QUARTERS]
    overtimes = periods - 4
    return quarters + ["OT" if overtimes == 1 else f"{over + 1}OT" for over in range(overtimes)]


def dress(axes: Axes, theme: Theme) -> None:
    """Give axes the colours of a page."""
    axes.set_facecolor(theme.paper)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(theme.faint)
    axes.tick_params(colors=theme.ink, labelsize=9)


def save(figure: Figure, path: Path) -> Path:
    """Write a figure; the same figure is the same file."""
    figure.set_layout_engine("constrained")
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        figure.savefig(path, metadata={"Software": None})  # no version: the same plot is the same file
    return path


_QUARTERS: Final = ("1st", "2nd", "3rd", "4th")
PERCENT: Final = FuncFormatter(lambda share, _: f"{share * 100:.0f}")
