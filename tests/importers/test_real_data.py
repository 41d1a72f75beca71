"""Real payloads and seasons, where they are at hand: edge cases import, and games end as they did."""

from pathlib import Path

import pytest

from engine.core.events import GameEnd, Outcome, Play
from engine.core.game import Game
from engine.core.models.catalogue import model
from simulator.importers.detect import detect
from simulator.importers.run import import_season
from simulator.season.errors import InputError
from simulator.season.reader import RecordedGame, open_season, read_games

MOST_WRONG = {
    2018: (884, 5, 6),
    2019: (888, 3, 5),
    2020: (570, 2, 5),
    2021: (887, 26, 40),
    2022: (896, 17, 40),
    2023: (910, 10, 18),
}
"""Games of a season; how many of them miss the final score; doubts a thousand plays, rounded up."""


def summary(shared_data: Path, tmp_path: Path, name: str) -> RecordedGame:
    """The game of one recorded payload."""
    source = shared_data / "feeds" / "espn_summary" / f"{name}.json.gz"
    assert detect(source) == "espn"
    import_season("espn", [source], tmp_path / "out.parquet")
    (game,) = read_games(open_season(tmp_path / "out.parquet"))
    return game


def told(recorded: RecordedGame) -> tuple[int | None, int | None]:
    """The last score that the plays state."""
    plays = [event for event in recorded.events if isinstance(event, Play) and event.home_score is not None]
    return plays[-1].home_score, plays[-1].away_score


def folded(recorded: RecordedGame) -> Game:
    """The game after all of its events."""
    game = Game(recorded.game_id, model())
    for event in recorded.events:
        game.apply(event)
    return game


@pytest.mark.parametrize(
    ("name", "final", "least_plays"),
    [
        ("overtime_401112489", (43, 41), 230),
        ("overtime_401117878", (43, 37), 220),
        ("overtime_401411150", (12, 14), 160),
        ("overtime_401442030", (55, 53), 220),
        ("overtime_401520256", (29, 27), 170),
        ("few_plays_401309543", (49, 10), 50),
        ("messy_401012742", (7, 21), 170),
    ],
)
def test_recorded_edge_cases_end_as_they_did(
    shared_data: Path, tmp_path: Path, name: str, final: tuple[int, int], least_plays: int
) -> None:
    """Up to six overtimes, a game cut short, stamps days off: the plays alone lead to the final score."""
    recorded = summary(shared_data, tmp_path, name)
    assert sum(isinstance(event, Play) for event in recorded.events) >= least_plays
    end = recorded.events[-1]
    assert isinstance(end, GameEnd)
    assert (end.home_score, end.away_score) == final
    assert told(recorded) == final
    assert folded(recorded).home_win_probability == float(final[0] > final[1])


def test_a_drive_that_stands_three_times_is_played_once(shared_data: Path, tmp_path: Path) -> None:
    """No two rows that have a clock, in a game with phantom drives, share text, clock and situation."""
    recorded = summary(shared_data, tmp_path, "messy_401309578")
    plays = [event for event in recorded.events if isinstance(event, Play) and event.clock_s is not None]
    said = {(p.kind, p.text, p.period, p.clock_s, p.possession, p.down, p.yards_to_goal) for p in plays}
    assert len(said) == len(plays)
    assert folded(recorded).home_win_probability == 0.0


def test_a_cancelled_game_and_one_without_plays_import(shared_data: Path, tmp_path: Path) -> None:
    """Both have a start and an end; the cancelled one has no contest."""
    cancelled = summary(shared_data, tmp_path, "canceled_401640992")
    assert len(cancelled.events) == 2
    end = cancelled.events[-1]
    assert isinstance(end, GameEnd)
    assert end.outcome is Outcome.NO_CONTEST
    assert len(summary(shared_data, tmp_path, "no_plays_401015050").events) == 2


def test_one_saturday_of_payloads_is_one_season_file(shared_data: Path, tmp_path: Path) -> None:
    """Fourteen games of a day import together and every one ends as it did."""
    folder = shared_data / "feeds" / "espn_summary" / "saturday"
    report = import_season("espn", [folder], tmp_path / "out.parquet")
    assert (report.games, report.games_without_result) == (14, 0)
    for recorded in read_games(open_season(tmp_path / "out.parquet")):
        end = recorded.events[-1]
        assert isinstance(end, GameEnd)
        assert told(recorded) == (end.home_score, end.away_score)


@pytest.mark.parametrize(("dialect", "folder"), [("cfbd", "cfbd"), ("cfbfastr", "cfbfastr_processed")])
def test_payloads_that_others_hand_on_import(
    shared_data: Path, tmp_path: Path, dialect: str, folder: str
) -> None:
    """An older payload without a header, and a processed one with NaN in it, are read as what they are."""
    report = import_season(dialect, [shared_data / "feeds" / folder], tmp_path / "out.parquet")
    assert report.games == 1
    assert report.plays > 200


def test_the_older_cfbd_table_is_refused(shared_data: Path, tmp_path: Path) -> None:
    """Scrimmage plays alone are no game that could be replayed."""
    source = shared_data / "cfbd" / "scrimmage_plays_2010_2011_2013.parquet"
    with pytest.raises(InputError, match="scrimmage plays alone"):
        import_season("cfbd", [source], tmp_path / "out.parquet")


@pytest.mark.full_season
@pytest.mark.parametrize("season", MOST_WRONG)
def test_a_season_s_games_end_as_they_did(shared_data: Path, tmp_path: Path, season: int) -> None:
    """The plays alone lead to the final score in nearly all games, and few plays are doubted."""
    games, wrong, doubts_a_thousand = MOST_WRONG[season]
    report = import_season(
        "espn",
        [shared_data / "espn" / f"plays_{season}.parquet"],
        tmp_path / "out.parquet",
        games=shared_data / "espn" / "games_2018_2023.parquet",
    )
    assert report.games == games
    missed = doubts = 0
    for recorded in read_games(open_season(tmp_path / "out.parquet")):
        end = recorded.events[-1]
        if len(recorded.events) > 2 and isinstance(end, GameEnd):
            missed += told(recorded) != (end.home_score, end.away_score)
            doubts += sum(folded(recorded).doubts().values())
    assert missed <= wrong
    assert doubts <= doubts_a_thousand * report.plays / 1_000


@pytest.mark.full_season
def test_cfbd_s_season_is_espn_s(shared_data: Path, tmp_path: Path) -> None:
    """The same games in both vendors' shapes agree on possession and clock of nearly every shared play."""
    games = shared_data / "espn" / "games_2018_2023.parquet"
    for dialect, source in (("espn", "espn/plays_2021.parquet"), ("cfbd", "cfbd/plays_2021_wk1_12.parquet")):
        import_season(dialect, [shared_data / source], tmp_path / f"{dialect}.parquet", games=games)
    theirs = {
        play.play_id: play
        for recorded in read_games(open_season(tmp_path / "espn.parquet"))
        for play in recorded.events
        if isinstance(play, Play)
    }
    shared = agree = 0
    for recorded in read_games(open_season(tmp_path / "cfbd.parquet")):
        for play in recorded.events:
            if isinstance(play, Play) and (other := theirs.get(play.play_id)) is not None:
                shared += 1
                agree += (play.possession, play.period, play.clock_s) == (
                    other.possession, other.period, other.clock_s,
                )  # fmt: skip
    assert shared > 120_000
    assert agree > 0.995 * shared
