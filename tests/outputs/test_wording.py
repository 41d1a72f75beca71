"""The words on a graphic: percents that add up, clocks, downs, texts that fit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Team
from engine.core.football import Phase, Side
from engine.core.play_class import PlayClass
from engine.core.probability import ONE
from engine.core.state import State
from engine.outputs.wording import (
    clock_text,
    down_distance_text,
    headline,
    one_line,
    percents,
    period_text,
    team_on_air,
)
from tests.core.football_builders import overtime, scrimmage
from tests.outputs.builders import HARBOR, SUNDER


def test_percents_add_up_and_keep_certainty_for_what_is_certain() -> None:
    """Each of all 1,000,001 probabilities gives percents of 100 in all; only 0 and 1 give 0 and 100."""
    for million in range(ONE + 1):
        home, away = percents(million / ONE)
        assert home + away == 100
        assert (home in {0, 100}) == (million in {0, ONE})
        assert abs(home - million / 10_000) <= 1


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (scrimmage(down=3, distance_yd=7, yards_to_goal=32), "3rd & 7 at SCS 32"),
        (scrimmage(down=1, distance_yd=10, yards_to_goal=75), "1st & 10 at HRB 25"),
        (scrimmage(down=2, distance_yd=5, yards_to_goal=50), "2nd & 5 at 50"),
        (scrimmage(down=1, distance_yd=7, yards_to_goal=7), "1st & Goal at SCS 7"),
        (scrimmage(down=4, distance_yd=1, yards_to_goal=99, possession=Side.AWAY), "4th & 1 at SCS 1"),
        (scrimmage(down=1, distance_yd=3, yards_to_goal=3, possession=Side.AWAY), "1st & Goal at HRB 3"),
        (scrimmage(down=None, distance_yd=None), "Ball at 50"),
        (scrimmage(down=3, distance_yd=7, yards_to_goal=None), "3rd & 7"),
        (scrimmage(possession=None, down=None), ""),
        (scrimmage(phase=Phase.KICKOFF, possession=Side.AWAY), "Kickoff to SCS"),
        (scrimmage(phase=Phase.KICKOFF, possession=None), "Kickoff"),
        (scrimmage(phase=Phase.TRY), "HRB try"),
        (scrimmage(phase=Phase.FINAL), ""),
        (State(), ""),
    ],
)
def test_what_is_due_is_said_as_announcers_say_it(state: State, expected: str) -> None:
    """Down, distance and the side of the field on which the ball lies."""
    assert down_distance_text(state, HARBOR, SUNDER) == expected


@pytest.mark.parametrize(
    ("state", "period", "clock"),
    [
        (State(), "Pregame", ""),
        (scrimmage(period=1, clock_s=900), "1st", "15:00"),
        (scrimmage(period=4, clock_s=7), "4th", "0:07"),
        (scrimmage(period=1, clock_s=0), "End 1st", "0:00"),
        (scrimmage(period=2, clock_s=0, phase=Phase.KICKOFF), "Halftime", "0:00"),
        (scrimmage(period=2, clock_s=0, phase=Phase.TRY), "2nd", "0:00"),
        (overtime(), "OT", ""),
        (overtime(period=7), "3OT", ""),
        (overtime(phase=Phase.FINAL), "Final/OT", ""),
        (overtime(phase=Phase.FINAL, period=6), "Final/2OT", ""),
        (scrimmage(phase=Phase.FINAL, period=4), "Final", ""),
    ],
)
def test_periods_and_clocks(state: State, period: str, clock: str) -> None:
    """Each part of a game has its word, and a clock only where one runs."""
    assert (period_text(state), clock_text(state)) == (period, clock)


@given(st.text(max_size=2_000), st.integers(6, 200))
def test_any_text_fits_on_one_line(text: str, most: int) -> None:
    """Whatever a feed writes comes out within its length, printable, without doubled or outer blanks."""
    line = one_line(text, most)
    assert len(line) <= most
    assert line.isprintable()
    assert line == " ".join(line.split(" ")).strip(" ")
    assert "  " not in line


def test_a_long_text_is_cut_at_a_word() -> None:
    """What does not fit ends after a whole word, with an ellipsis."""
    assert one_line("Pass complete to the left for 31 yards", 20) == "Pass complete to…"
    assert one_line("x" * 30, 10) == "xxxxxxxxx…"
    assert one_line("Run for 3", 9) == "Run for 3"


@given(st.builds(Team, st.text(), st.text(), st.text()))
def test_any_team_fits(team: Team) -> None:
    """Names are cut to what a graphic holds, and an abbreviation is made where none is told."""
    shown = team_on_air(team)
    assert len(shown.name) <= 40
    assert len(shown.abbreviation) <= 6
    assert shown.abbreviation or not one_line(team.name[:4].upper())


@pytest.mark.parametrize(
    ("play_class", "points", "expected"),
    [
        (PlayClass.INTERCEPTION, 6, "TOUCHDOWN"),
        (PlayClass.INTERCEPTION, 0, "INTERCEPTION"),
        (PlayClass.FIELD_GOAL, 3, "FIELD GOAL"),
        (PlayClass.FIELD_GOAL, 0, "KEY PLAY"),
        (PlayClass.SAFETY, 2, "SAFETY"),
        (PlayClass.RUN, 0, "KEY PLAY"),
        (None, 8, "TOUCHDOWN"),
        (None, 0, "KEY PLAY"),
    ],
)
def test_headlines(play_class: Any, points: int, expected: str) -> None:
    """Points name a play before its class does, and what is not sure is a key play."""
    assert headline(play_class, points) == expected
