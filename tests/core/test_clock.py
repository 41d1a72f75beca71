"""The time believed to be left."""

import pytest
from hypothesis import given

from engine.core.clock import SECONDS_A_PLAY, estimated_clock_s, regulation_left_s
from engine.core.state import OPENING, State
from tests.core.football_builders import overtime, scrimmage
from tests.core.strategies import states


@given(states())
def test_an_estimate_stays_between_half_the_reading_and_the_reading(state: State) -> None:
    """However many plays share a reading, no quarter is ended by guessing."""
    assert state.clock_s / 2 <= estimated_clock_s(state) <= state.clock_s
    assert 0.0 <= regulation_left_s(state) <= 3600.0


def test_a_fresh_reading_is_believed() -> None:
    """Where no play has run since the reading moved, the reading is what is left."""
    assert estimated_clock_s(scrimmage(clock_s=500)) == 500.0


def test_each_play_on_a_stuck_clock_takes_its_time() -> None:
    """Two plays on one reading are believed to have spent two plays' time."""
    assert estimated_clock_s(scrimmage(clock_s=500, plays_on_clock=2)) == 500 - 2 * SECONDS_A_PLAY


@pytest.mark.parametrize(
    ("state", "left_s"),
    [
        (OPENING, 3600.0),
        (scrimmage(period=3, clock_s=10), 910.0),
        (scrimmage(period=4, clock_s=40, plays_on_clock=9), 20.0),
        (overtime(), 0.0),
    ],
)
def test_regulation_runs_out_over_four_periods(state: State, left_s: float) -> None:
    """An hour is left at kick-off and nothing in overtime."""
    assert regulation_left_s(state) == left_s
