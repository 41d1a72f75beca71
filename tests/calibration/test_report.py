"""The verdict, the tables and the page say what the replay found."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from calibration.plots import game_plot, reliability_plot
from calibration.reliability import reliability_bins
from calibration.report import write_report
from calibration.tables import replay_tables
from calibration.verdict import judge
from engine.core.models.catalogue import model
from simulator.replay.chart import GameChart, chart_of
from simulator.replay.predictions import Predictions
from simulator.replay.run import ReplayResult, replay
from simulator.season.reader import open_season, read_games
from tests.replay.small_season import REFERENCE, sample_games

BROWNIAN = model("brownian")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def result(small_season: Path) -> ReplayResult:
    """The small season, replayed."""
    return replay(open_season(small_season), model=BROWNIAN)


@pytest.fixture(scope="module")
def chart(small_season: Path, result: ReplayResult) -> GameChart:
    """The chart of its biggest comeback."""
    season = open_season(small_season)
    spans = [span for span in season.spans if span.game_id == result.biggest_comeback]
    return chart_of(next(read_games(season, spans)), BROWNIAN)


def _predictions(probability: list[float], won: list[bool], reference: list[float]) -> Predictions:
    plays = len(won)
    return Predictions(
        game=np.arange(plays, dtype=np.int32) // 2,
        play_id=np.arange(plays).astype(np.str_),
        season=np.full(plays, 2023, dtype=np.int16),
        home_won=np.array(won),
        home_win_probability=np.array(probability),
        period=np.ones(plays, dtype=np.int8),
        seconds_left=np.full(plays, 900.0),
        margin=np.zeros(plays, dtype=np.int16),
        home_spread=np.full(plays, np.nan),
        down=np.ones(plays, dtype=np.int8),
        yards_to_goal=np.full(plays, 50.0),
        references={"other": np.array(reference), "silent": np.full(plays, np.nan)},
    )


def test_other_models_are_compared_on_the_plays_that_both_have() -> None:
    """Our score beside a reference is on its plays, not on all of ours; a silent reference is left out."""
    nan = float("nan")
    verdict = judge(_predictions([0.8, 0.6, 0.1, 0.5], [True, True, False, False], [0.9, nan, 0.3, nan]))
    assert verdict.brier == pytest.approx((0.04 + 0.16 + 0.01 + 0.25) / 4)
    (other,) = verdict.comparisons
    assert (other.reference, other.plays, other.games) == ("other", 2, 2)
    assert other.brier == pytest.approx((0.04 + 0.01) / 2)
    assert other.reference_brier == pytest.approx((0.01 + 0.09) / 2)


def test_nothing_to_score_is_null_not_nan() -> None:
    """A replay without decided games has no Brier and no log loss, and ten empty bins."""
    answer = judge(_predictions([], [], [])).to_dict()
    assert (answer["brier"], answer["log_loss"], len(answer["bins"])) == (None, None, 10)
    assert answer["scored"]["plays"] == 0


def test_the_reference_of_the_small_season_is_scored(result: ReplayResult) -> None:
    """A constant 0.6 scores 0.16 where the home side won and 0.36 where it did not."""
    (compared,) = judge(result.predictions).comparisons
    told = ~np.isnan(result.predictions.references[REFERENCE])
    won = result.predictions.home_won[told]
    assert compared.plays == told.sum() > 0
    assert compared.reference_brier == pytest.approx(np.where(won, 0.16, 0.36).mean())


def _printed(result: ReplayResult, width: int) -> str:
    console = Console(width=width, file=None, record=True, quiet=False, force_terminal=False)
    with console.capture() as capture:
        for table in replay_tables(result, judge(result.predictions), "brownian 1"):
            console.print(table)
    return capture.get()


def test_the_tables_name_what_a_reader_looks_for(result: ReplayResult) -> None:
    """Counts, scores, bins, stages and the whole digest are on the screen, and no escape codes in a pipe."""
    printed = _printed(result, 100)
    for wanted in (
        f"{result.events:,}",
        "Brier",
        "log loss",
        "0.9-1.0",
        "wp_calculation",
        result.digest,
        REFERENCE,
    ):
        assert wanted in printed
    assert "\x1b" not in printed


def test_a_narrow_screen_keeps_the_digest_in_one_piece(result: ReplayResult) -> None:
    """The digest can be copied whatever the width."""
    assert result.digest in _printed(result, 40).replace("\n", "")


def test_plots_are_the_same_file_every_time(chart: GameChart, tmp_path: Path) -> None:
    """A plot has no date, no version and no dice in it; light and dark differ."""
    bins = reliability_bins(np.array([0.1, 0.9, 0.95]), np.array([False, True, True]))
    drawn = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        files = reliability_plot(bins, folder) + game_plot(chart, folder, "game")
        assert [path.name for path in files] == [
            "reliability.png", "reliability-dark.png",
            "game.png", "game-narrow.png", "game-dark.png", "game-narrow-dark.png",
        ]  # fmt: skip
        drawn.append([path.read_bytes() for path in files])
    assert drawn[0] == drawn[1]
    assert all(content.startswith(PNG) for content in drawn[0])
    assert len(set(drawn[0])) == len(drawn[0])


class _Page(HTMLParser):
    """Collects what a page links to, and whether its elements are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "srcset", "href")]
        if tag not in ("meta", "img", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _report(folder: Path, result: ReplayResult, chart: GameChart, source: str = "season.parquet") -> str:
    (folder / "updates.parquet").touch()
    page = write_report(
        folder,
        source=source,
        model="brownian 1",
        result=result,
        verdict=judge(result.predictions),
        chart=chart,
    )
    return page.read_text(encoding="utf-8")


def test_the_page_shows_files_that_are_there_and_asks_nobody(
    result: ReplayResult, chart: GameChart, tmp_path: Path
) -> None:
    """Every picture and link is a file beside the page; nothing is fetched from elsewhere."""
    text = _report(tmp_path, result, chart)
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert len(page.links) > 8
    assert [link for link in page.links if not (tmp_path / link).is_file()] == []
    assert re.search(r"https?:|//|@import|url\(", text) is None
    assert result.digest in text
    assert chart.key_plays[0].text in text


def test_words_of_a_feed_cannot_become_markup(result: ReplayResult, chart: GameChart, tmp_path: Path) -> None:
    """Team names, play texts, ids and file names are shown as text."""
    evil = "<script>alert('1')</script>"
    team = SimpleNamespace(name=evil)
    bad = replace(chart, game_id="../<a>", home=team, key_plays=())  # type: ignore[arg-type]
    text = _report(tmp_path, result, bad, source=evil)
    assert "<script" not in text
    assert "<a>" not in text
    assert (tmp_path / "game_____a_.png").is_file()


def test_the_chart_ends_certain_and_never_goes_back(chart: GameChart, small_season: Path) -> None:
    """The points are in the order of time, one a play; the last word is the result."""
    assert chart.final_home_win_probability in (0.0, 1.0)
    minutes = [point.minute for point in chart.points]
    assert minutes == sorted(minutes)
    assert minutes[0] >= 0.0
    events = next(
        game for game in read_games(open_season(small_season)) if game.game_id == chart.game_id
    ).events
    assert len(chart.points) == len(events) - 2
    assert [play.order for play in chart.key_plays] == sorted(play.order for play in chart.key_plays)


def test_overtime_has_its_own_place_on_the_axis() -> None:
    """Each overtime is drawn beyond the sixtieth minute, its plays one after the other."""
    games = [game for game in sample_games(60) if any(getattr(e, "period", 0) in (5, 6) for e in game.events)]
    assert games
    chart = chart_of(games[0], BROWNIAN)
    assert chart.periods > 4
    assert 60.0 < chart.points[-1].minute <= 60.0 + 5.0 * (chart.periods - 4)
