"""What is mended, and that what is whole is left alone."""

from pathlib import Path
from typing import Any

from engine.core.events import GameStart, Play
from simulator.importers.draft import Draft, DraftGame
from simulator.importers.repairs.ranges import leave_out_of_range
from simulator.importers.repairs.runs import longest_rising
from simulator.importers.report import Tally
from tests.importers.vendor_files import GAME, HOME, espn_row, game_row, imported, play_id, plays_of

TIMEOUT: dict[str, Any] = {"type_text": "Timeout", "text": "Timeout OHIO, clock 14:00"}
TOUCHDOWN: dict[str, Any] = {
    "type_text": "Rushing Touchdown", "home_score": 7.0, "scoring_play": True, "end_down": -1.0,
    "text": "Runner run for 60 yds for a TD",
}  # fmt: skip


def scores(plays: list[Play]) -> list[tuple[int | None, int | None]]:
    """Home and away score of each play."""
    return [(play.home_score, play.away_score) for play in plays]


def test_rows_that_are_whole_are_not_mended(tmp_path: Path) -> None:
    """A game without faults passes through unchanged, and the report names no repair of it."""
    rows = [
        espn_row(n, play_id=play_id(1, f"14:{50 - n}"), clock=f"14:{50 - n}", home_score=7.0, away_score=3.0)
        for n in range(4)
    ]
    report, (game,) = imported(tmp_path, rows)
    assert report.repairs == {}
    assert [play.clock_s for play in plays_of(game)] == [890, 889, 888, 887]


def test_a_score_that_falls_and_recovers_carries_the_standing_one(tmp_path: Path) -> None:
    """A timeout after a touchdown with the old score shows the new one."""
    rows = [espn_row(0), espn_row(1, **TOUCHDOWN), espn_row(2, **TIMEOUT), espn_row(3, home_score=7.0)]
    report, (game,) = imported(tmp_path, rows)
    assert scores(plays_of(game)) == [(0, 0), (7, 0), (7, 0), (7, 0)]
    assert report.repairs["score_reverted"].repaired == 1


def test_a_score_above_the_final_one_is_left_out(tmp_path: Path) -> None:
    """Points that were taken back, and garbage, are no score; the rows around them keep theirs."""
    rows = [espn_row(0), espn_row(1, home_score=14.0), espn_row(2, home_score=-6.0), espn_row(3)]
    report, (game,) = imported(tmp_path, rows)
    assert scores(plays_of(game)) == [(0, 0), (None, None), (None, None), (0, 0)]
    assert report.repairs["score_above_final"].repaired == 2


def test_a_feed_that_is_a_try_off_to_the_end_keeps_its_scores(tmp_path: Path) -> None:
    """One point too many from the touchdown on is better than no score at all."""
    rows = [espn_row(0), espn_row(1, **TOUCHDOWN | {"home_score": 8.0}), espn_row(2, home_score=8.0)]
    _, (game,) = imported(tmp_path, rows)
    assert scores(plays_of(game)) == [(0, 0), (8, 0), (8, 0)]


def test_points_that_come_with_the_next_row_belong_to_the_touchdown(tmp_path: Path) -> None:
    """The extra point on the kick-off's row, where the touchdown has six, is the touchdown's."""
    kick = {"type_text": "Kickoff", "text": "Kicker kickoff for 65 yds"}
    rows = [
        espn_row(0),
        espn_row(1, **TOUCHDOWN | {"home_score": 6.0}),
        espn_row(2, home_score=7.0, **kick),
        espn_row(3, home_score=7.0),
    ]
    report, (game,) = imported(tmp_path, rows)
    assert scores(plays_of(game)) == [(0, 0), (7, 0), (7, 0), (7, 0)]
    assert report.repairs["score_late"].repaired == 1


def test_points_on_a_drive_s_rows_before_its_touchdown_wait_for_it(tmp_path: Path) -> None:
    """A drive whose rows were all given its final score does not tell early that it will score."""
    early = [espn_row(n, home_score=7.0) for n in (1, 2)]
    report, (game,) = imported(tmp_path, [espn_row(0), *early, espn_row(3, **TOUCHDOWN)])
    assert scores(plays_of(game)) == [(0, 0), (0, 0), (0, 0), (7, 0)]
    assert report.repairs["score_early"].repaired == 2


def test_a_last_touchdown_without_its_points_gets_those_of_the_final_score(tmp_path: Path) -> None:
    """The final score tells what the last scoring play was worth."""
    rows = [
        espn_row(0, away_score=3.0, scoring_play=True),
        espn_row(1, **TOUCHDOWN | {"home_score": 0.0, "away_score": 3.0}),
    ]
    _, (game,) = imported(tmp_path, rows)
    assert scores(plays_of(game))[-1] == (7, 3)


def test_a_game_that_never_reaches_its_final_score_is_counted_not_invented(tmp_path: Path) -> None:
    """Missing touchdowns stay missing."""
    report, (game,) = imported(tmp_path, [espn_row(0), espn_row(1)], games=[game_row(home_final=45.0)])
    assert scores(plays_of(game)) == [(0, 0), (0, 0)]
    assert report.repairs["score_late"].kept == 1


def test_a_row_under_a_second_id_is_dropped(tmp_path: Path) -> None:
    """The same content twice is one play."""
    report, (game,) = imported(
        tmp_path, [espn_row(0), espn_row(0, play_index=1, play_id=f"{GAME}9"), espn_row(2)]
    )
    assert len(plays_of(game)) == 2
    assert report.repairs["duplicate_row"].dropped == 1


def test_a_repeated_id_keeps_the_later_statement(tmp_path: Path) -> None:
    """Two rows under one id are two statements about one play."""
    first = espn_row(0)
    report, (game,) = imported(tmp_path, [first, first | {"play_index": 1, "text": "corrected"}])
    assert [play.text for play in plays_of(game)] == ["corrected"]
    assert report.repairs["repeated_id"].dropped == 1


def test_the_provisional_copy_of_a_drive_is_a_phantom(tmp_path: Path) -> None:
    """Rows with the stuck clock of the kick-off, repeated with clocks of their own, are dropped."""
    kick = espn_row(0, type_text="Kickoff", text="kickoff", clock="15:00", play_id=play_id(1, "15:00"))
    stuck = [espn_row(n, clock="15:00", play_id=play_id(1, "15:00", n + 1), text="draft") for n in (1, 2, 3)]
    final = [
        espn_row(n, play_index=n + 3, clock=f"14:{50 - n}", play_id=play_id(1, f"14:{50 - n}"), text="final")
        for n in (1, 2, 3)
    ]
    report, (game,) = imported(tmp_path, [kick, *stuck, *final])
    assert [play.text for play in plays_of(game)] == ["kickoff", "final", "final", "final"]
    assert report.repairs["phantom_drive"].dropped == 3


def test_two_plays_from_one_spot_with_clocks_of_their_own_are_two_plays(tmp_path: Path) -> None:
    """A down replayed after a penalty looks like a copy, but each has a text and a clock of its own."""
    rows = [
        espn_row(1, clock="14:40", play_id=play_id(1, "14:40")),
        espn_row(1, play_index=2, clock="14:20", play_id=play_id(1, "14:20"), text="Another run for 4 yds"),
    ]
    _, (game,) = imported(tmp_path, rows)
    assert len(plays_of(game)) == 2


def test_overtime_rows_at_the_head_of_the_table_go_to_its_end(tmp_path: Path) -> None:
    """A row of the sixth period before the opening kick-off is moved, by its id, behind the fourth."""
    lost = espn_row(
        0, period=6.0, clock="0:00", play_id=f"{GAME}105000020", text="two-point try", drive_id="x"
    )
    rows = [
        espn_row(n, period=float(n), clock="10:00", play_id=play_id(n, "10:00"), text=f"quarter {n}")
        for n in range(1, 5)
    ]
    report, (game,) = imported(tmp_path, [lost, *rows])
    assert [play.period for play in plays_of(game)] == [1, 2, 3, 4, 6]
    assert report.repairs["misplaced_row"].repaired == 1


def test_a_row_entered_without_a_clock_has_none(tmp_path: Path) -> None:
    """The 0:00 of a row whose id tells no clock is not the end of the quarter."""
    rows = [espn_row(0, clock="0:00", play_id=f"{GAME}101000006"), espn_row(1)]
    report, (game,) = imported(tmp_path, rows)
    assert plays_of(game)[0].clock_s is None
    assert report.repairs["clock_garbage"].repaired == 1


def test_a_clock_that_runs_backwards_is_told_by_the_id_or_left_out(tmp_path: Path) -> None:
    """Where the id tells a clock that fits, that one stands; where nothing does, the clock is missing."""
    rows = [
        espn_row(n, clock=clock, play_id=play_id(1, told) if told else f"{GAME}x{n}")
        for n, (clock, told) in enumerate(
            [("14:00", "14:00"), ("13:30", "13:30"), ("14:50", "13:20"), ("13:10", "13:10"), ("14:55", ""),
             ("13:00", "13:00"), ("12:30", "12:30")]
        )
    ]  # fmt: skip
    report, (game,) = imported(tmp_path, rows)
    assert [play.clock_s for play in plays_of(game)] == [840, 810, 800, 790, None, 780, 750]
    assert (report.repairs["clock_rose"].repaired, report.repairs["clock_rose"].dropped) == (1, 1)


def test_a_negative_clock_and_a_period_of_none_are_missing_or_told_by_the_id(tmp_path: Path) -> None:
    """Garbage is null; a period is taken from the id where that tells one."""
    rows = [
        espn_row(0, period=0.0, play_id=play_id(1, "14:30")),
        espn_row(1, period=99.0, play_id=f"{GAME}x"),
        espn_row(2, clock="-5:00"),
        espn_row(3, clock="75:00"),
    ]
    report, (game,) = imported(tmp_path, rows)
    plays = plays_of(game)
    assert [play.period for play in plays] == [1, None, 1, 1]
    assert [play.clock_s for play in plays][2:] == [None, None]
    assert (report.repairs["period_garbage"].repaired, report.repairs["period_garbage"].kept) == (1, 1)


def test_a_stuck_clock_is_kept_and_counted(tmp_path: Path) -> None:
    """A clock that stands still is stated as it came: the engine estimates the rest."""
    report, (game,) = imported(tmp_path, [espn_row(n, play_id=f"{GAME}x{n}") for n in range(3)])
    assert {play.clock_s for play in plays_of(game)} == {870}
    assert report.repairs["clock_stuck"].kept == 2


def test_stamps_never_fall_and_stay_on_the_day(tmp_path: Path) -> None:
    """A day too early is moved, midnight is no time, a step back waits for the stamps to catch up."""
    stamps = [
        "2022-09-03T17:05:00Z", "2022-09-02T17:06:00Z", "2022-09-03T00:00:00Z", "2022-09-03T17:04:00Z",
        "2022-09-03T17:08:00Z", None, "2022-09-03T17:09:00Z",
    ]  # fmt: skip
    report, (game,) = imported(tmp_path, [espn_row(n, wallclock=stamp) for n, stamp in enumerate(stamps)])
    start = game.events[0].received_ns
    minutes = [(play.received_ns - start) / 60e9 for play in plays_of(game)]
    assert minutes == [5, 6, 6, 6, 8, 8, 9]
    assert report.repairs["stamp_moved"].repaired == 1
    assert report.repairs["stamp_doubted"].repaired == 3


def test_a_game_without_stamps_is_timed_by_its_clock(tmp_path: Path) -> None:
    """Without any stamp, time goes on with the game clock from kick-off, and is called estimated."""
    rows = [espn_row(n, wallclock=None, period=float(n), play_id=f"{GAME}x{n}") for n in (1, 3)]
    report, (game,) = imported(tmp_path, rows)
    start, first, last = (event.received_ns for event in game.events[:3])
    assert start < first < last < start + 4 * 3600 * 10**9
    assert report.repairs["stamp_estimated"].repaired == 2


def test_a_very_long_text_is_cut_and_counted(tmp_path: Path) -> None:
    """Two thousand characters of a text are kept."""
    report, (game,) = imported(tmp_path, [espn_row(0, text="x" * 5_000)])
    assert len(plays_of(game)[0].text) == 2_000
    assert report.repairs["text_cut"].repaired == 1


def test_a_team_that_does_not_play_has_no_side(tmp_path: Path) -> None:
    """An unknown team id is counted, and nobody's possession."""
    report, (game,) = imported(tmp_path, [espn_row(0, start_team_id="99"), espn_row(1, start_team_id=HOME)])
    assert plays_of(game)[0].possession is None
    assert report.repairs["no_such_side"].kept == 1


def test_the_longest_run_leaves_out_the_least() -> None:
    """Of values that mostly rise, those that do not are left out; equal ones stay; None is never in."""
    assert longest_rising([1, 9, 2, None, 2, 3]) == [0, 2, 4, 5]
    assert longest_rising([]) == []
    assert longest_rising([None]) == []


def test_numbers_that_no_play_can_have_are_left_out_and_counted() -> None:
    """A spot in the end zone and a negative distance become null; the rest of the row stands."""
    tally = Tally()
    play = Play(game_id="1", play_id="p", order=0, down=2, yards_to_goal=0, distance_yd=-8, yards_gained=3)
    game = DraftGame(GameStart(game_id="1"), [Draft(play)])
    leave_out_of_range(game, tally)
    mended = game.drafts[0].play
    assert (mended.down, mended.yards_to_goal, mended.distance_yd, mended.yards_gained) == (2, None, None, 3)
    assert tally["number_out_of_range"].repaired == 1


def test_as_told_no_row_knows_a_later_one(tmp_path: Path) -> None:
    """Without hindsight the first rows of a game become the same events, whatever follows them."""
    early = [espn_row(n, play_id=play_id(1, f"14:{50 - n}"), clock=f"14:{50 - n}") for n in range(4)]
    late = [espn_row(4, play_id=play_id(1, "14:40"), clock="14:40", **TOUCHDOWN), espn_row(5, **TIMEOUT)]
    _, (short,) = imported(tmp_path, early, as_told=True)
    _, (long,) = imported(tmp_path, [*early, *late], as_told=True)
    assert plays_of(long)[:4] == plays_of(short)
