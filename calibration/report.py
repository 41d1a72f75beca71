"""The page of a replay: tables, plots and links to the files, in one HTML file."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from calibration.page import facts, files, number, page, picture, section, table, tiles
from calibration.plots import game_plot, reliability_plot
from calibration.reliability import Bin, calibration_error
from calibration.verdict import Comparison, Verdict
from simulator.replay.chart import GameChart
from simulator.replay.predictions import SCORED_SET
from simulator.replay.run import ReplayResult

UPDATES: Final = "updates.parquet"
INDEX: Final = "index.html"


def write_report(
    folder: Path, *, source: str, model: str, result: ReplayResult, verdict: Verdict, chart: GameChart
) -> Path:
    """Write histograms, plots and the page into a folder, beside `updates.parquet`; return the page."""
    logs = result.latencies.write_logs(folder)
    reliability_plot(verdict.bins, folder)
    stem = f"game_{_file_name(chart.game_id)}"
    game_plot(chart, folder, stem)
    sections = [
        section("Replay", _facts(source, model, result, verdict)),
        section("Calibration", _calibration(verdict)),
        section(
            f"Game: {chart.title}",
            picture(stem, f"Win probability, {chart.title}", narrow=True),
            _key_plays(chart),
        ),
        section("Latency", _latencies(result.latencies.percentiles_ms())),
        section("Other models on the same plays", _comparisons(verdict.comparisons)),
        section("Doubts", _doubts(result.doubts)),
        section("Files", files([UPDATES, *(log.name for log in logs)])),
    ]
    path = folder / INDEX
    path.write_text(page(f"Replay of {source}", filter(None, sections)), encoding="utf-8")
    return path


def _facts(source: str, model: str, result: ReplayResult, verdict: Verdict) -> str:
    rate = result.events / result.seconds if result.seconds else 0.0
    cards = [
        ("games", f"{len(result.games):,}"),
        ("events", f"{result.events:,}"),
        ("events a second", f"{rate:,.0f}"),
        ("Brier", number(verdict.brier)),
        ("log loss", number(verdict.log_loss)),
        ("calibration error", number(calibration_error(verdict.bins))),
    ]
    told = (("file", source), ("model", model), ("digest", result.digest))
    return tiles(cards) + facts(told)


def _calibration(verdict: Verdict) -> str:
    rows = table(("said", "predicted", "happened", "plays"), [_bin(entry) for entry in verdict.bins])
    drawn = picture("reliability", "Reliability diagram", narrow=False)
    scored = f"Scored: {verdict.plays:,} plays of {verdict.games:,} games ({SCORED_SET})."
    return f'<div class="beside">{drawn}{rows}</div><p>{escape(scored)}</p>'


def _bin(entry: Bin) -> tuple[str, ...]:
    said = f"{entry.low:.1f}–{entry.high:.1f}"
    return said, number(entry.predicted, 3), number(entry.actual, 3), f"{entry.count:,}"


def _key_plays(chart: GameChart) -> str:
    if not chart.key_plays:
        return "<p>No play moved the win probability by 10 points or more.</p>"
    rows = [
        (
            str(number),
            _when(play.period, play.clock_s),
            f"{play.away_score}–{play.home_score}",
            f"{play.win_probability_added * 100:+.0f}",
            play.text,
        )
        for number, play in enumerate(chart.key_plays, start=1)
    ]
    heads = ("", "when", "score", "home ±%", "play")
    return table(heads, rows, left=(1, 4))


def _when(period: int, clock_s: int) -> str:
    return f"Q{period} {clock_s // 60}:{clock_s % 60:02}" if period <= 4 else f"OT{period - 4}"


def _latencies(latency_ms: Mapping[str, Mapping[str, float]]) -> str:
    percentiles = ("p50", "p95", "p99", "max")
    rows = [(stage, *(f"{values[name]:.3f}" for name in percentiles)) for stage, values in latency_ms.items()]
    return table(("stage, ms", *percentiles), rows)


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    rows = [
        (
            compared.reference,
            f"{compared.plays:,}",
            f"{compared.games:,}",
            number(compared.reference_brier),
            number(compared.brier),
            number(compared.reference_log_loss),
            number(compared.log_loss),
        )
        for compared in comparisons
    ]
    heads = ("reference", "plays", "games", "Brier", "ours", "log loss", "ours")
    return table(heads, rows) if rows else ""


def _doubts(doubts: Mapping[str, int]) -> str:
    rows = [(name.replace("_", " "), f"{count:,}") for name, count in doubts.items()]
    return table(("what was not believed, or had to be derived", "plays"), rows) if rows else ""


def _file_name(game_id: str) -> str:
    """Return a game's id as part of a file name: other than letters, digits, - and _ become _."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in game_id)
