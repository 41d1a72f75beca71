"""CFBD's rows, and cfbfastR's, which turn the kick-offs round."""

from typing import Any

import pytest

from engine.core.football import PlayKind, Side
from engine.feeds import cfbd, cfbfastr

TEAMS = cfbd.Teams("Miami", "Alabama")
FLAT: dict[str, Any] = {
    "id": "401101879203", "drive_id": "4011", "play_type": "Kickoff", "play_text": "kickoff for 65 yds",
    "period": 1, "minutes": 12, "seconds": 7, "offense": "Alabama", "defense": "Miami", "offense_score": 7,
    "defense_score": 0, "down": 1, "distance": 10, "yards_to_goal": 65, "yards_gained": 0, "scoring": False,
}  # fmt: skip
CAMEL: dict[str, Any] = {
    "id": "401101879203", "driveId": "4011", "playType": "Kickoff", "playText": "kickoff for 65 yds",
    "period": 1, "clock": {"minutes": 12, "seconds": 7}, "offense": "Alabama", "defense": "Miami",
    "offenseScore": 7, "defenseScore": 0, "down": 1, "distance": 10, "yardsToGoal": 65, "yardsGained": 0,
    "scoring": False,
}  # fmt: skip


@pytest.mark.parametrize("shape", [FLAT, CAMEL])
def test_both_shapes_of_a_row_say_the_same(shape: dict[str, Any]) -> None:
    """The flat table's row and the JSON's own give the same play, its scores by side, its clock after."""
    play = cfbd.play_of(cfbd.row_of_json(shape), "401", TEAMS, 0)
    assert play is not None
    assert (play.kind, play.possession, play.home_score, play.away_score) == (
        PlayKind.KICKOFF,
        Side.AWAY,
        0,
        7,
    )
    assert (play.clock_s, play.down, play.yards_to_goal, play.next_down) == (727, None, 65, None)


def test_a_row_of_a_third_team_keeps_nobody_s_score() -> None:
    """Where the offence is neither side, whose score is whose is not guessed."""
    play = cfbd.play_of(cfbd.row_of_json(FLAT | {"offense": "Ohio"}), "401", TEAMS, 0)
    assert play is not None
    assert (play.possession, play.home_score, play.away_score) == (None, None, None)


def fastr_row(**fields: Any) -> cfbfastr.Row:
    """The same kick-off as cfbfastR has it: Miami, which receives, is the side in possession."""
    values = dict.fromkeys(cfbfastr.Row._fields) | {
        "id_play": "401101879203", "play_type": "Kickoff", "period": 1, "clock_minutes": 12,
        "clock_seconds": 7, "pos_team": "Miami", "def_pos_team": "Alabama", "pos_team_score": 0,
        "def_pos_team_score": 7,
    }  # fmt: skip
    return cfbfastr.Row(**(values | fields))


def test_a_kickoff_of_cfbfastr_is_turned_back_to_the_kicking_side() -> None:
    """`pos_team` receives the kick; possession is the kicker's, and the scores stay with their sides."""
    play = cfbd.play_of(cfbfastr.cfbd_row(fastr_row()), "401", TEAMS, 0)
    assert play is not None
    assert (play.possession, play.home_score, play.away_score) == (Side.AWAY, 0, 7)


def test_a_snap_of_cfbfastr_is_the_possession_s() -> None:
    """On any other row `pos_team` has the ball."""
    play = cfbd.play_of(cfbfastr.cfbd_row(fastr_row(play_type="Rush")), "401", TEAMS, 0)
    assert play is not None
    assert (play.possession, play.home_score, play.away_score) == (Side.HOME, 0, 7)


def test_the_offence_that_cfbfastr_kept_is_believed_first() -> None:
    """Where the table still has CFBD's own columns, nothing has to be turned."""
    row = fastr_row(offense_play="Alabama", defense_play="Miami", offense_score=7, defense_score=0)
    assert cfbfastr.cfbd_row(row).offense == "Alabama"


@pytest.mark.parametrize(
    ("spread", "formatted", "expected"),
    [(-3.5, None, -3.5), (3.5, "Miami -3.5", -3.5), (None, "Alabama -19.5", 19.5), ("x", "Ohio -1", None)],
)
def test_a_spread_is_the_home_side_s(spread: Any, formatted: Any, expected: float | None) -> None:
    """A line that names its favourite is read by that name, another by its number."""
    assert cfbfastr.home_spread(spread, formatted, "Miami", "Alabama") == expected
