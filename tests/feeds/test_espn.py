"""ESPN's rows and payloads, taken at their word."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Outcome, Play
from engine.core.football import PlayKind, Side
from engine.feeds import espn

SIDES = espn.Sides("10", "20", ("Ohio",), ("Texas",))
ROW = espn.Row(
    "4011018544", None, "Rush", "Runner run for 3 yds", 1.0, "14:55", 7.0, 0.0, False, "2021-09-04T19:42:10Z",
    1.0, 10.0, 75.0, "20", 2.0, 7.0, 72.0, "20", 3.0,
)  # fmt: skip


def test_a_row_is_the_situation_before_and_the_score_and_clock_after() -> None:
    """Every field of a plain run lands in its place."""
    play = espn.play_of(ROW, "401", SIDES, 3)
    assert play is not None
    assert (play.play_id, play.order, play.kind, play.period, play.clock_s) == (
        "4011018544", 3_000, PlayKind.RUN, 1, 895,
    )  # fmt: skip
    assert (play.home_score, play.away_score, play.possession) == (7, 0, Side.AWAY)
    assert (play.down, play.distance_yd, play.yards_to_goal, play.yards_gained) == (1, 10, 75, 3)
    assert (play.next_possession, play.next_down, play.next_distance_yd, play.next_yards_to_goal) == (
        Side.AWAY, 2, 7, 72,
    )  # fmt: skip
    assert play.vendor_ns == 1_630_784_530_000_000_000


def test_after_a_score_the_row_does_not_say_what_follows() -> None:
    """The -1 of a scoring row's `end_down` is no down: what follows is left to the rules."""
    play = espn.play_of(ROW._replace(scoring_play=True, end_down=-1.0), "401", SIDES, 0)
    assert play is not None
    assert play.scoring
    assert play.next_possession is None


def test_a_returned_kickoff_is_followed_by_first_and_ten() -> None:
    """A kick-off whose row gives side and spot, but a down of -1, can only be followed by a first down."""
    row = ROW._replace(
        type_text="Kickoff Return (Offense)", start_team_id="10", end_down=-1.0, end_yards_to_endzone=8.0
    )
    play = espn.play_of(row, "401", SIDES, 0)
    assert play is not None
    assert play.possession is Side.HOME
    assert play.down is None
    assert (play.next_possession, play.next_down, play.next_distance_yd) == (Side.AWAY, 1, 8)


def test_an_administrative_row_has_no_situation() -> None:
    """A timeout keeps its clock and its side, and says nothing of the ball."""
    row = ROW._replace(type_text="Timeout", text="Timeout TEXAS, clock 14:55")
    play = espn.play_of(row, "401", SIDES, 0)
    assert play is not None
    assert (play.timeout_by, play.clock_s, play.down, play.next_down) == (Side.AWAY, 895, None, None)


def test_a_row_without_an_id_is_no_statement() -> None:
    """A play that cannot be named cannot be corrected later, so it is not made."""
    assert espn.play_of(ROW._replace(play_id=None), "401", SIDES, 0) is None


@pytest.mark.parametrize(
    ("play_id", "place"),
    [
        ("401101849902", espn.Place(1, 900, 101849902)),
        ("401104999903", espn.Place(4, 0, 104999903)),
        ("401101000006", espn.Place(1, None, 101000006)),
        ("401105000202", espn.Place(5, None, 105000202)),
        ("401101849902x", None),
        ("999101849902", None),
        ("401199849902", None),
    ],
)
def test_an_id_tells_where_its_row_belongs(play_id: str, place: espn.Place | None) -> None:
    """The digits after the game's id are the period and 9999 less the clock; low ones tell no clock."""
    assert espn.place_of(play_id, "401") == place


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.tuples(*[ANYTHING] * len(espn.Row._fields)))
def test_no_row_raises(fields: tuple[Any, ...]) -> None:
    """Whatever stands in a row's fields, it becomes a play with whole numbers, or none."""
    play = espn.play_of(espn.Row(*fields), "401", SIDES, 0)
    assert play is None or isinstance(play, Play)
    for name in ("period", "clock_s", "home_score", "down", "distance_yd", "next_down") if play else ():
        assert getattr(play, name) is None or type(getattr(play, name)) is int


def test_numbers_that_are_none_are_missing() -> None:
    """NaN, infinity and fractions are not read as numbers."""
    row = ROW._replace(home_score=math.nan, away_score=math.inf, start_down=1.5, start_distance=True)
    play = espn.play_of(row, "401", SIDES, 0)
    assert play is not None
    assert (play.home_score, play.away_score, play.down, play.distance_yd) == (None, None, None, None)


# --- payloads ----------------------------------------------------------------------------------------------


def payload(**status: Any) -> dict[str, Any]:
    """A summary of one drive of one play."""
    sides = [
        {"homeAway": "home", "id": "10", "score": "7", "team": {"location": "Ohio", "abbreviation": "OHIO"}},
        {"homeAway": "away", "id": "20", "score": "3", "team": {"location": "Texas", "abbreviation": "TEX"}},
    ]
    competition = {
        "date": "2022-11-05T19:30Z", "neutralSite": True, "competitors": sides,
        "status": {"type": {"completed": True, "name": "STATUS_FINAL", **status}},
    }  # fmt: skip
    play = {"id": "1", "type": {"text": "Rush"}, "start": {"team": {"id": "20"}, "down": 1}, "homeScore": 0}
    return {
        "header": {"id": "401", "week": 10, "season": {"year": 2022}, "competitions": [competition]},
        "pickcenter": [{"spread": None}, {"spread": -10.0, "overUnder": 65.5}],
        "drives": {"previous": [{"id": "d", "plays": [play]}], "current": {"id": "d", "plays": [play]}},
        "winprobability": [{"playId": "1", "homeWinPercentage": 0.7}, {"playId": "2"}],
    }


def test_a_payload_tells_the_game_before_its_plays() -> None:
    """Teams, line, site, week and kick-off come from the header and the first book with a spread."""
    start = espn.start_of_summary(payload())
    assert start is not None
    assert (start.game_id, start.season, start.week, start.neutral_site) == ("401", 2022, 10, True)
    assert (start.home.name, start.away.abbreviation) == ("Ohio", "TEX")
    assert (start.home_spread, start.total) == (-10.0, 65.5)
    assert start.scheduled_ns == 1_667_676_600_000_000_000


def test_the_drive_under_way_is_not_taken_twice() -> None:
    """A live payload repeats its current drive among the previous ones; its plays count once."""
    assert [row.play_id for row in espn.rows_of_summary(payload())] == ["1"]


def test_a_payload_ends_its_game_only_when_the_vendor_says_so() -> None:
    """A final score ends the game, a cancelled game has no contest, and one under way has no end."""
    final = espn.end_of_summary(payload(), "401")
    assert final is not None
    assert (final.home_score, final.away_score, final.outcome) == (7, 3, Outcome.FINAL)
    cancelled = espn.end_of_summary(payload(name="STATUS_CANCELED", completed=False), "401")
    assert cancelled is not None
    assert cancelled.outcome is Outcome.NO_CONTEST
    assert espn.end_of_summary(payload(completed=False), "401") is None


def test_probabilities_are_those_that_the_payload_has() -> None:
    """A point without a probability is left out."""
    assert espn.probabilities_of_summary(payload()) == {"1": 0.7}


@given(st.dictionaries(st.sampled_from(["header", "drives", "pickcenter", "winprobability"]), ANYTHING))
def test_no_payload_raises(value: dict[str, Any]) -> None:
    """Whatever JSON comes in place of a payload, reading it ends in rows, or none."""
    assert isinstance(espn.rows_of_summary(value), list)
    espn.start_of_summary(value)
    espn.end_of_summary(value, "401")
    espn.probabilities_of_summary(value)
    espn.sides_of_summary(value)
