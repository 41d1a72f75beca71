"""The margin: what Shin's method does to every pair of prices, and to real ones."""

import math
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.feeds.margin import (
    LEAST_MARGIN,
    MOST_MARGIN,
    fair_probability,
    implied_by_american,
    implied_by_decimal,
    margin,
)

PROBABILITIES = st.floats(0.001, 0.999)
MARGINS = st.floats(0.0, 0.2)


def pair(probability: float, surplus: float) -> tuple[float, float]:
    """Two inverse prices with a surplus, spread as Shin's book spreads it."""
    one, other = probability + surplus / 2.0, 1.0 - probability + surplus / 2.0
    assume(one < 1.0 and other < 1.0)
    return one, other


def shin_by_bisection(one: float, other: float) -> float:
    """Shin's own equations, solved for the share of informed bettors: the closed form's independent check."""
    booksum = one + other

    def probabilities(informed: float) -> list[float]:
        return [
            (math.sqrt(informed**2 + 4.0 * (1.0 - informed) * price**2 / booksum) - informed)
            / (2.0 * (1.0 - informed))
            for price in (one, other)
        ]

    low, high = 0.0, 0.9
    for _ in range(200):
        middle = (low + high) / 2.0
        low, high = (middle, high) if sum(probabilities(middle)) > 1.0 else (low, middle)
    return probabilities(low)[0]


def power(one: float, other: float) -> float:
    """The power method's probability."""
    low, high = 0.5, 64.0
    for _ in range(100):
        middle = (low + high) / 2.0
        low, high = (middle, high) if one**middle + other**middle > 1.0 else (low, middle)
    raised, raised_other = math.pow(one, low), math.pow(other, low)
    return raised / (raised + raised_other)


def log_loss(probability: float, happened: bool) -> float:
    """The log loss of one forecast, clipped as everywhere in this project."""
    clipped = min(max(probability, 0.001), 0.999)
    return -math.log(clipped if happened else 1.0 - clipped)


@given(PROBABILITIES, MARGINS)
def test_both_sides_add_up_to_one(probability: float, surplus: float) -> None:
    """The fair probabilities of the two sides are probabilities, and add up to one."""
    one, other = pair(probability, surplus)
    fair, fair_other = fair_probability(one, other), fair_probability(other, one)
    assert fair is not None
    assert fair_other is not None
    assert 0.0 < fair < 1.0
    assert fair + fair_other == pytest.approx(1.0, abs=1e-12)


@given(st.floats(0.491, 0.6))
def test_equal_prices_are_an_even_game(implied: float) -> None:
    """Two equal prices leave a half, whatever the margin."""
    assert fair_probability(implied, implied) == 0.5


@given(PROBABILITIES, MARGINS, st.floats(0.0001, 0.2))
def test_a_shorter_price_is_a_likelier_side(probability: float, surplus: float, step: float) -> None:
    """With the other side's price held, a shorter price never makes a side less likely."""
    one, other = pair(probability, surplus)
    shorter = one + step
    fair, fairer = fair_probability(one, other), fair_probability(shorter, other)
    assume(fair is not None and fairer is not None)
    assert fair is not None
    assert fairer is not None
    assert fairer > fair


@given(PROBABILITIES)
def test_without_a_margin_the_prices_are_the_probabilities(probability: float) -> None:
    """With no margin to remove, Shin's method and proportional scaling agree: the inverse price itself."""
    fair = fair_probability(probability, 1.0 - probability)
    assert fair == pytest.approx(probability, abs=1e-12)


@given(st.floats(0.02, 0.98), st.floats(0.0001, 0.15))
def test_the_closed_form_solves_shins_equations(probability: float, surplus: float) -> None:
    """The closed form is what the iteration of Shin's equations converges to."""
    one, other = pair(probability, surplus)
    assert fair_probability(one, other) == pytest.approx(shin_by_bisection(one, other), abs=1e-9)


@given(st.floats(0.5, 0.95), st.floats(0.01, 0.1))
def test_the_outsider_pays_more_of_the_margin(probability: float, surplus: float) -> None:
    """The favourite is likelier than proportional scaling has it, as the favourite-longshot bias asks."""
    one, other = pair(probability, surplus)
    fair = fair_probability(one, other)
    assert fair is not None
    assert fair >= one / (one + other) - 1e-12


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True, allow_infinity=True))
def test_no_two_numbers_leave_an_absurd_probability(one: float, other: float) -> None:
    """Whatever two numbers come, a probability within (0, 1) leaves, or none."""
    for first, second in (
        (one, other),
        (implied_by_american(one), implied_by_american(other)),
        (implied_by_decimal(one), implied_by_decimal(other)),
    ):
        if first is not None and second is not None:
            fair = fair_probability(first, second)
            assert fair is None or 0.0 < fair < 1.0


@pytest.mark.parametrize(
    ("price", "implied"),
    [(100, 0.5), (-100, 0.5), (150, 0.4), (-150, 0.6), (99, None), (0, None), (-1, None), (1e9, None)],
)
def test_american_prices_are_read(price: float, implied: float | None) -> None:
    """+150 wins 150 on 100 and -150 wins 100 on 150; between -100 and +100 there is no price."""
    assert implied_by_american(price) == (None if implied is None else pytest.approx(implied))


@given(st.integers(100, 20_000))
def test_american_and_decimal_prices_of_the_same_bet_agree(price: int) -> None:
    """+P is 1 + P / 100 in decimal, and -P is 1 + 100 / P."""
    assert implied_by_american(price) == pytest.approx(implied_by_decimal(1.0 + price / 100.0))
    assert implied_by_american(-price) == pytest.approx(implied_by_decimal(1.0 + 100.0 / price))


@pytest.mark.parametrize("total", [1.0 + LEAST_MARGIN - 0.01, 1.0 + MOST_MARGIN + 0.01])
def test_prices_that_are_no_pair_have_no_probability(total: float) -> None:
    """A sum far below one, or far above, is no two sides of one market."""
    assert margin(total / 2.0, total / 2.0) == pytest.approx(total - 1.0)
    assert fair_probability(total / 2.0, total / 2.0) is None


def test_shins_method_beats_the_power_method_on_real_money_lines(shared_data: Path) -> None:
    """On every college money line with a result, Shin's log loss is below the power method's."""
    columns = ["home_ml", "away_ml", "home_score", "away_score"]
    lines = pq.read_table(shared_data / "odds" / "cfbd_lines_to_2023.parquet", columns=columns).to_pylist()
    shin, powered, read = 0.0, 0.0, 0
    for line in lines:
        if None in line.values() or line["home_score"] == line["away_score"]:
            continue
        one, other = implied_by_american(line["home_ml"]), implied_by_american(line["away_ml"])
        if one is None or other is None or margin(one, other) < 0.0:
            continue
        fair = fair_probability(one, other)
        if fair is None:
            continue
        home_won = line["home_score"] > line["away_score"]
        shin += log_loss(fair, home_won)
        powered += log_loss(power(one, other), home_won)
        read += 1
    assert read > 2_000
    assert shin < powered
