"""A vendor's table becomes a season file: what stands in it, in which order."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from engine.core.events import GameStart, Outcome
from engine.core.football import PlayKind, Side
from simulator.importers.detect import detect
from simulator.importers.run import import_season
from simulator.season.errors import InputError
from simulator.season.reader import open_season, read_games
from tests.importers.vendor_files import (
    AWAY,
    GAME,
    HOME,
    end_of,
    espn_row,
    game_row,
    imported,
    plays_of,
    write_table,
)


def test_a_game_starts_with_what_was_known_and_ends_with_its_result(tmp_path: Path) -> None:
    """The first event is the start with teams and line, the last the end with the final score."""
    _, (game,) = imported(tmp_path, [espn_row(0), espn_row(1)])
    start, end = game.events[0], end_of(game.events)
    assert isinstance(start, GameStart)
    assert (start.home.name, start.home_spread, start.total, start.season) == ("Ohio State", -3.0, 50.5, 2022)
    assert end is game.events[-1]
    assert (end.home_score, end.away_score) == (7, 3)


def test_the_vendor_s_probability_before_a_play_is_the_one_after_the_row_before(tmp_path: Path) -> None:
    """ESPN's figure stands on the row after whose play it was made; it is no look ahead."""
    _, (game,) = imported(tmp_path, [espn_row(number) for number in range(3)])
    assert game.references["espn"] == [None, None, 0.5, 0.51, None]


def test_other_models_are_found_by_game_and_play(tmp_path: Path) -> None:
    """A reference table's probability stands beside its play, under the model's name."""
    rows = [espn_row(0), espn_row(1)]
    reference = write_table(
        tmp_path / "wp.parquet",
        [{"game_id": GAME, "play_id": rows[1]["play_id"], "their_home_wp_before": 0.75}],
    )
    _, (game,) = imported(tmp_path, rows, references=[reference])
    assert game.references["their"] == [None, None, 0.75, None]


def test_a_game_without_plays_is_written_and_counted(tmp_path: Path) -> None:
    """A game of the same week that the games table knows and the plays do not has a start and an end."""
    other = game_row(game_id=GAME + 1, home_final=20.0)
    report, games = imported(tmp_path, [espn_row(0)], games=[game_row(), other])
    assert (report.games, report.games_without_plays, report.plays) == (2, 1, 1)
    assert len(games[1].events) == 2


def test_a_cancelled_game_has_no_contest_and_one_under_way_no_end(tmp_path: Path) -> None:
    """What the games table does not call final is not ended."""
    cancelled = game_row(status="STATUS_CANCELED", completed=False, home_final=None, away_final=None)
    _, (game,) = imported(tmp_path, [espn_row(0)], games=[cancelled])
    end = end_of(game.events)
    assert end is not None
    assert end.outcome is Outcome.NO_CONTEST
    report, (game,) = imported(tmp_path, [espn_row(0)], games=[game_row(completed=False)])
    assert end_of(game.events) is None
    assert report.games_without_result == 1


def test_without_a_games_table_the_home_side_follows_from_who_scored(tmp_path: Path) -> None:
    """The side whose touchdown raises the home score is at home; that it is inferred is counted."""
    touchdown = espn_row(1, type_text="Rushing Touchdown", home_score=7.0, scoring_play=True, end_down=-1.0)
    last = espn_row(2, type_text="End of Game", text="End of 4th Quarter", home_score=7.0, start_team_id=AWAY)
    report, (game,) = imported(tmp_path, [espn_row(0), touchdown, last], games=[])
    assert [play.possession for play in plays_of(game)] == [Side.HOME, Side.HOME, Side.AWAY]
    assert report.repairs["home_side_inferred"].repaired == 1
    assert report.repairs["result_from_last_row"].repaired == 1
    end = end_of(game.events)
    assert end is not None
    assert (end.home_score, end.away_score) == (7, 0)


def test_without_a_score_nobody_is_at_home(tmp_path: Path) -> None:
    """Where nothing tells the sides apart, possession is missing, not guessed."""
    _, (game,) = imported(tmp_path, [espn_row(0), espn_row(1, start_team_id=AWAY)], games=[])
    assert {play.possession for play in plays_of(game)} == {None}
    assert end_of(game.events) is None


def test_the_feed_s_order_is_its_index_not_the_file_s(tmp_path: Path) -> None:
    """Rows that are shuffled in the file come out by `play_index`."""
    _, (game,) = imported(tmp_path, [espn_row(2), espn_row(0), espn_row(1)])
    assert [play.text for play in plays_of(game)] == [f"Runner {n} run for 4 yds" for n in range(3)]
    assert [play.order for play in plays_of(game)] == [0, 1000, 2000]


def test_a_folder_finds_its_own_games_table(tmp_path: Path) -> None:
    """Plays and games in one folder need no `--games`."""
    folder = tmp_path / "in"
    folder.mkdir()
    write_table(folder / "games.parquet", [game_row()])
    write_table(folder / "plays.parquet", [espn_row(0)])
    done: list[tuple[int, int]] = []
    import_season("espn", [folder], tmp_path / "out.parquet", progress=lambda now, of: done.append((now, of)))
    (game,) = read_games(open_season(tmp_path / "out.parquet"))
    assert end_of(game.events) is not None
    assert done == [(0, 1), (1, 1)]


CFBFASTR: dict[str, Any] = {
    "season": 2022.0, "wk": 1.0, "id_play": f"{GAME}101849902", "game_id": GAME, "game_play_number": 1.0,
    "pos_team": "Ohio", "def_pos_team": "Texas", "pos_team_score": 0, "def_pos_team_score": 0, "half": "1",
    "period": 1, "clock.minutes": 15, "clock.seconds": 0, "play_type": "Kickoff",
    "play_text": "Kicker kickoff for 65 yds", "down": 1.0, "distance": 10.0, "yards_to_goal": 65.0,
    "yards_gained": 0.0, "home": "Texas", "away": "Ohio", "scoring": False, "home_wp_before": 0.61,
    "offense_play": "Texas", "offense_score": 0, "defense_score": 0, "spread": -7.0, "over_under": 48.0,
}  # fmt: skip


def test_cfbfastr_s_released_layout_is_told_and_imported(tmp_path: Path) -> None:
    """The table is known by its columns; its lines, probabilities, kick-offs and spots are read."""
    snap = CFBFASTR | {
        "id_play": f"{GAME}101854401", "play_type": "Rush", "play_text": "Runner run for 3 yds",
        "clock.minutes": 14, "clock.seconds": 55, "offense_play": "Ohio", "yards_to_goal": 75.0,
        "home_wp_before": 0.6,
    }  # fmt: skip
    source = write_table(tmp_path / "play_by_play_2022.parquet", [CFBFASTR, snap])
    assert detect(source) == "cfbfastr"
    report = import_season("cfbfastr", [source], tmp_path / "out.parquet")
    (game,) = read_games(open_season(tmp_path / "out.parquet"))
    kick, run = plays_of(game)
    assert (kick.possession, kick.clock_s) == (Side.HOME, 900)
    assert (kick.next_possession, kick.next_down, kick.next_yards_to_goal) == (Side.AWAY, 1, 75)
    assert (run.possession, run.down, run.next_down) == (Side.AWAY, 1, None)
    assert game.references["cfbfastr"] == [None, 0.61, 0.6]
    start = game.events[0]
    assert isinstance(start, GameStart)
    assert (start.home.name, start.home_spread, start.total, start.week) == ("Texas", -7.0, 48.0, 1)
    assert report.games_without_result == 1


def test_cfbd_s_json_is_told_and_imported(tmp_path: Path) -> None:
    """A gzipped `/plays` response holds several games; each becomes one."""
    play = {
        "id": f"{GAME}101849902", "gameId": GAME, "home": "Texas", "away": "Ohio", "offense": "Texas",
        "defense": "Ohio", "offenseScore": 0, "defenseScore": 0, "period": 1, "playType": "Kickoff",
        "clock": {"minutes": 15, "seconds": 0}, "down": 1, "distance": 10, "yardsToGoal": 65,
    }  # fmt: skip
    other = play | {"gameId": GAME + 1, "id": f"{GAME + 1}101849902"}
    source = tmp_path / "plays.json.gz"
    source.write_bytes(gzip.compress(json.dumps([play, other, {"id": "lost"}]).encode()))
    assert detect(source) == "cfbd"
    report = import_season("cfbd", [source], tmp_path / "out.parquet")
    assert (report.games, report.plays, report.repairs["no_play_id"].dropped) == (2, 2, 1)


def test_a_season_file_and_an_espn_table_are_told_by_their_columns(tmp_path: Path) -> None:
    """What was imported is told from what it was imported from."""
    imported(tmp_path, [espn_row(0)])
    assert detect(tmp_path / "season.parquet") == "season"
    assert detect(tmp_path / "plays.parquet") == "espn"
    with pytest.raises(InputError, match="of no known layout"):
        detect(write_table(tmp_path / "other.parquet", [{"a": 1}]))


def test_the_report_says_the_same_to_people_and_machines(tmp_path: Path) -> None:
    """Each repair that was made is one row of the table and one entry of the JSON."""
    report, _ = imported(tmp_path, [espn_row(0), espn_row(1, type_text=None)])
    told = report.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["repairs"]["type_missing"] == {"repaired": 1, "kept": 0, "dropped": 0}
    assert [row[0] for row in report.rows()] == list(told["repairs"])


def test_a_row_whose_text_contradicts_its_type_is_what_the_text_tells(tmp_path: Path) -> None:
    """A run in whose text only a foul stands is a penalty, and counted as a repair."""
    rows = [espn_row(1), espn_row(2, text="OHIO ST Penalty, Offensive Holding (-9 Yards) to the OhSt 35")]
    report, games = imported(tmp_path, rows)
    assert [play.kind for play in plays_of(games[0])] == [PlayKind.RUN, PlayKind.PENALTY]
    assert report.to_dict()["repairs"]["type_contradicted"] == {"repaired": 1, "kept": 0, "dropped": 0}


def test_an_unknown_dialect_is_a_fault_of_the_caller(tmp_path: Path) -> None:
    """The message lists the dialects that there are."""
    with pytest.raises(ValueError, match="espn, cfbd, cfbfastr"):
        import_season("nfl", [], tmp_path / "out.parquet")


def test_home_is_the_side_of_the_games_table(tmp_path: Path) -> None:
    """Possession follows the ids of the games table."""
    _, (game,) = imported(tmp_path, [espn_row(0), espn_row(1, start_team_id=AWAY)])
    assert HOME != AWAY
    assert [play.possession for play in plays_of(game)] == [Side.HOME, Side.AWAY]
