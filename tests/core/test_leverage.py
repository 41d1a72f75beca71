"""Leverage: how much the next play can matter."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.football import Phase, Side
from engine.core.leverage import swing
from engine.core.models.brownian import Brownian
from engine.core.models.interface import Model, Pregame
from engine.core.models.three_term import ThreeTerm
from engine.core.state import State, mirror
from tests.core.football_builders import overtime, scrimmage
from tests.core.strategies import states

NEUTRAL = Pregame(neutral_site=True)
MODELS: tuple[Model, ...] = (Brownian(), ThreeTerm())


def leverage(model: Model, state: State) -> float:
    """The swing of the next play at a neutral site."""
    scorer = model.for_game(NEUTRAL)
    return swing(scorer, state, scorer.home_win_probability(state))


@given(st.sampled_from(MODELS), states())
def test_leverage_is_a_mean_of_changes(model: Model, state: State) -> None:
    """From any state it is finite, at least 0, and at most 1, as a mean of changes in probability."""
    assert 0.0 <= leverage(model, state) <= 1.0


@given(st.sampled_from(MODELS), states())
def test_leverage_is_the_same_for_both_sides(model: Model, state: State) -> None:
    """Exchanging the sides leaves it as it is."""
    assert math.isclose(leverage(model, state), leverage(model, mirror(state)), abs_tol=1e-12)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("down", [1, 2, 3, 4])
@pytest.mark.parametrize("spot", [2, 30, 45, 80])
def test_a_level_last_minute_matters_more_than_a_blowout(model: Model, down: int, spot: int) -> None:
    """On any down and spot a play at 24-24 in the last minute can move more than one at 48-8."""
    level = scrimmage(period=4, clock_s=50, home_score=24, away_score=24, down=down, yards_to_goal=spot)
    blowout = scrimmage(period=4, clock_s=50, home_score=48, away_score=8, down=down, yards_to_goal=spot)
    assert leverage(model, level) > 10.0 * leverage(model, blowout)


@pytest.mark.parametrize(
    "state",
    [
        scrimmage(phase=Phase.KICKOFF, down=None),
        scrimmage(phase=Phase.TRY, down=None),
        scrimmage(possession=None),
        scrimmage(down=None),
        scrimmage(yards_to_goal=None),
    ],
)
def test_outside_scrimmage_nothing_is_claimed(state: State) -> None:
    """Kick-offs, tries and unknown situations have a leverage of 0."""
    assert leverage(Brownian(), state) == 0.0


def test_the_last_seconds_run_out_no_further() -> None:
    """With less than a play's time left the next state has no time left, and overtime has none anyway."""
    for state in (scrimmage(period=4, clock_s=3), overtime(), scrimmage(possession=Side.AWAY, clock_s=3)):
        assert leverage(Brownian(), state) > 0.0


def test_a_spot_off_the_field_stops_the_game() -> None:
    """A state that cannot be is an error of the engine, and is not scored."""
    with pytest.raises(AssertionError, match="120 yards to goal is not on the field"):
        leverage(Brownian(), scrimmage(yards_to_goal=120))
