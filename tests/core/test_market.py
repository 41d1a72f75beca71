"""Lines and prices: whose word stands, and what is no line."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Odds
from engine.core.market import Board, credible
from tests.core.football_builders import line, price
from tests.core.strategies import odds


def board(*said: Odds) -> Board:
    """A board that took in some lines."""
    new = Board()
    for one in said:
        new.take(one)
    return new


@given(st.lists(odds(), max_size=6), st.randoms(use_true_random=False))
def test_the_board_depends_on_what_was_said_not_on_its_order(said: list[Odds], random: Random) -> None:
    """Lines and prices in any order leave the same line and the same price."""
    shuffled = list(said)
    random.shuffle(shuffled)
    one, other = board(*said), board(*shuffled)
    assert repr(one.pregame_line()) == repr(other.pregame_line())
    assert one.live_home_win_probability == other.live_home_win_probability


@given(st.lists(odds(), max_size=6))
def test_a_line_is_a_number_and_a_price_a_probability(said: list[Odds]) -> None:
    """Whatever the books say, the line is finite and the price between 0 and 1, or there is none."""
    taken = board(*said)
    assert all(points is None or math.isfinite(points) for points in taken.pregame_line())
    assert taken.live_home_win_probability is None or 0.0 <= taken.live_home_win_probability <= 1.0


def test_the_line_is_the_median_over_the_books() -> None:
    """Of three books the middle one counts, of two their mean, and a book without a line not at all."""
    three = [
        line("a", home_spread=-3.0, vendor_ns=1),
        line("b", home_spread=-20.0),
        line("c", home_spread=-7.0),
    ]
    assert board(*three).pregame_line() == (-7.0, None)
    assert board(*three[:2], line("d", total=50.0)).pregame_line() == (-11.5, 50.0)
    assert board().pregame_line() == (None, None)


def test_a_book_is_held_to_its_last_word() -> None:
    """The later stamp replaces the earlier; a late copy of the earlier is no news."""
    moved = Board()
    assert moved.take(line(home_spread=-3.0, vendor_ns=1))
    assert moved.take(line(home_spread=-4.0, vendor_ns=2))
    assert not moved.take(line(home_spread=-3.0, vendor_ns=1))
    assert moved.pregame_line() == (-4.0, None)


def test_of_the_live_prices_the_last_counts() -> None:
    """The price shown is that of the book that spoke last and gave one."""
    assert board().live_home_win_probability is None
    assert board(price(None)).live_home_win_probability is None
    priced = board(price(0.5, "a", vendor_ns=3), price(0.6, "b", vendor_ns=4), price(None, "c", vendor_ns=5))
    assert priced.live_home_win_probability == 0.6


def test_a_price_that_is_no_probability_hides_no_other() -> None:
    """A later book whose price is NaN or above 1 does not displace one that has a price."""
    for absurd in (math.nan, 1.5, -0.1):
        assert board(price(0.6, "a"), price(absurd, "b", vendor_ns=9)).live_home_win_probability == 0.6


@pytest.mark.parametrize("points", [None, math.nan, math.inf, -100.5])
def test_what_is_no_line_is_not_taken_for_one(points: float | None) -> None:
    """NaN, infinities and points beyond the limit are as good as nothing said."""
    assert credible(points, 100.0) is None


def test_a_pick_em_has_one_spelling() -> None:
    """Minus zero is zero, so that equal lines have equal bytes."""
    assert str(credible(-0.0, 100.0)) == "0.0"
    assert credible(-100.0, 100.0) == -100.0
