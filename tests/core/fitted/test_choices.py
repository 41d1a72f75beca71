"""How likely each choice is to come off, by its own small formulas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.models.fitted.choices import ChoiceOdds
from engine.core.probability import logistic
from tests.core.fitted.artefact_builder import CHOICES, KICK, TWO, shipped

ODDS = ChoiceOdds(CHOICES)
SHIPPED = ChoiceOdds(shipped().artefact.choices)
spots = st.integers(1, 99)


@pytest.mark.parametrize(
    ("spot", "log_odds"),
    [
        (17.5, 1.0),  # 35 yards: no tens beyond
        (27.5, 0.0),
        (37.5, -1.0 - 0.5 * 0.25),  # 55 yards: two tens, and half of one beyond fifty
    ],
)
def test_a_field_goal_falls_with_its_length(spot: float, log_odds: float) -> None:
    """Tens of yards beyond 35 count once, and their square beyond 50 once more."""
    assert ODDS.field_goal(spot) == pytest.approx(logistic(log_odds))  # type: ignore[arg-type]


def test_no_field_goal_is_tried_from_beyond_reach() -> None:
    """From the 49 it is 66.5 yards and can be tried; from the 50 nobody does."""
    assert ODDS.field_goal(49) is not None
    assert ODDS.field_goal(50) is None


@pytest.mark.parametrize(
    ("distance_yd", "spot", "log_odds"),
    [
        (1, 50, 0.5 + 0.25 + 0.2),
        (1, 25, 0.5 + 0.25 + 0.1),
        (1, 99, 0.5 + 0.25 + 0.2),
        (1, 10, 0.5 + 0.25 - 0.5 + 0.04),
        (0, 50, 0.5 + 0.25 + 0.2),
        (2, 50, 0.5 - 0.693147 + 0.2),
        (10, 50, 0.5 - 2.302585 + 0.2),
        (25, 50, 0.5 - 3.218876 + 0.2),
        (40, 50, 0.5 - 3.218876 + 0.2),
    ],
)
def test_a_conversion_falls_with_the_distance(distance_yd: int, spot: int, log_odds: float) -> None:
    """The logarithm of one to 25 yards counts, a single yard and the last ten of the field besides."""
    assert ODDS.conversion(distance_yd, spot) == pytest.approx(logistic(log_odds))


def test_a_punt_ends_where_the_knots_say() -> None:
    """Between the knots by the line through them; never in an end zone, whatever a table says."""
    assert [ODDS.punt_end(spot) for spot in (30, 53, 99)] == [90, 75, 45]
    assert ChoiceOdds(replace(CHOICES, punt_end=(120.0, -4.0))).punt_end(30) == 99
    assert ChoiceOdds(replace(CHOICES, punt_end=(120.0, -4.0))).punt_end(99) == 1


def test_tries_are_numbers_of_the_artefact() -> None:
    """A kick and a two-point try have one probability each."""
    assert (ODDS.kick, ODDS.two_point) == (KICK, TWO)


@given(st.integers(1, 30), spots)
def test_success_is_a_probability_and_further_is_harder(distance_yd: int, spot: int) -> None:
    """By the shipped tables no yard more makes a conversion or a kick likelier, nor a punt a touchback."""
    assert 0.0 < SHIPPED.conversion(distance_yd + 1, spot) <= SHIPPED.conversion(distance_yd, spot) < 1.0
    near, far = SHIPPED.field_goal(spot), SHIPPED.field_goal(spot + 1)
    assert far is None or (near is not None and 0.0 < far <= near < 1.0)
    assert 1 <= SHIPPED.punt_end(spot) <= 99
