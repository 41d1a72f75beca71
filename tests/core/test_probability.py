"""Probabilities in whole millionths."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.probability import EVEN, ONE, logistic, millionths, normal_cdf

reals = st.floats(allow_nan=False, allow_infinity=False)


def test_every_probability_and_its_complement_add_up_to_exactly_one() -> None:
    """All 1,000,001 spoken probabilities and their complements add up to 1.0 in binary floating point."""
    assert all(home / ONE + (ONE - home) / ONE == 1.0 for home in range(ONE + 1))


def test_every_millionth_is_read_back_as_itself() -> None:
    """A probability that was spoken in millionths rounds to the same millionths."""
    assert all(millionths(home / ONE) == home for home in range(0, ONE + 1, 7))


@given(reals)
def test_the_logistic_mirrors_exactly(log_odds: float) -> None:
    """The logistic of the negated log-odds is the complement, as the same float."""
    assert logistic(-log_odds) == 1.0 - logistic(log_odds)


@given(reals)
def test_the_normal_distribution_mirrors_exactly(z: float) -> None:
    """The normal distribution function of -z is the complement of that of z, as the same float."""
    assert normal_cdf(-z) == 1.0 - normal_cdf(z)


@given(reals, reals)
def test_more_never_makes_less_likely(one: float, other: float) -> None:
    """The logistic and the normal distribution function never fall, and stay within 0 and 1."""
    low, high = sorted((one, other))
    for rises in (logistic, normal_cdf):
        assert 0.0 <= rises(low) <= rises(high) <= 1.0


def test_the_curves_have_their_textbook_values() -> None:
    """The two curves agree with tabulated values."""
    assert logistic(0.0) == normal_cdf(0.0) == 0.5
    assert logistic(math.log(3.0)) == pytest.approx(0.75)
    assert normal_cdf(1.959963984540054) == pytest.approx(0.975)


@given(st.floats(0.5, 1.0))
def test_rounding_mirrors_exactly(favourite: float) -> None:
    """A favourite's probability and its exact complement round to millionths that add up to a million."""
    assert millionths(1.0 - favourite) == ONE - millionths(favourite)


@given(reals, reals)
def test_rounding_keeps_the_order(one: float, other: float) -> None:
    """The greater probability never rounds to fewer millionths."""
    low, high = sorted((one, other))
    assert 0 <= millionths(low) <= millionths(high) <= ONE


@pytest.mark.parametrize(
    ("outside", "nearer_end"), [(-0.1, 0), (1.1, ONE), (math.inf, ONE), (-math.inf, 0), (0.5, EVEN)]
)
def test_what_is_outside_moves_to_the_nearer_end(outside: float, nearer_end: int) -> None:
    """A number below 0 or above 1, however far, becomes 0 or 1."""
    assert millionths(outside) == nearer_end


def test_no_number_is_no_probability() -> None:
    """NaN is refused, since a model that returns it is broken."""
    with pytest.raises(ValueError, match="returned NaN"):
        millionths(math.nan)
