"""The CORP decomposition against values worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.corp import Isotonic, decompose, miscalibration
from calibration.scores import brier_score

PLAYS = st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.integers(1, 3)), min_size=1, max_size=60)


def test_the_parts_by_hand() -> None:
    """Pooling 0.2 and 0.3 makes the fit 0, 1/2, 1/2, 1: Brier .275 = .15 - .125 + .25."""
    parts = decompose(np.array([0.3, 0.1, 0.4, 0.2]), np.array([False, False, True, True]))
    assert parts.mcb == pytest.approx(0.15)
    assert parts.dsc == pytest.approx(0.125)
    assert parts.unc == pytest.approx(0.25)


def test_plays_that_were_given_the_same_are_one_point() -> None:
    """A coin that came up once in two is calibrated; twice in two, it is off by a half."""
    coin = np.array([0.5, 0.5])
    assert decompose(coin, np.array([True, False])).mcb == 0.0
    assert decompose(coin, np.array([True, True])).mcb == pytest.approx(0.25)
    fitted = Isotonic(coin).fit(np.array([True, False]))
    assert (fitted.said.tolist(), fitted.fit.tolist(), fitted.plays.tolist()) == ([0.5], [0.5], [2.0])


def test_a_forecast_that_is_upside_down_discriminates_nothing() -> None:
    """The best rising recalibration of a falling truth is a constant: DSC is 0 and MCB takes all."""
    parts = decompose(np.array([0.1, 0.9]), np.array([True, False]))
    assert parts.dsc == pytest.approx(0.0)
    assert parts.mcb == pytest.approx(0.81 - 0.25)


@given(PLAYS)
def test_the_parts_add_up_to_the_brier_score(plays: list[tuple[int, bool, int]]) -> None:
    """Brier = MCB - DSC + UNC; neither MCB nor DSC is below 0, and DSC is at most UNC."""
    said = np.array([twentieths / 20 for twentieths, *_ in plays])
    won = np.array([won for _, won, _ in plays])
    parts = decompose(said, won)
    assert parts.mcb - parts.dsc + parts.unc == pytest.approx(brier_score(said, won))
    assert parts.mcb >= -1e-12
    assert -1e-12 <= parts.dsc <= parts.unc + 1e-12


@given(PLAYS)
def test_a_weight_is_so_many_plays(plays: list[tuple[int, bool, int]]) -> None:
    """A play of weight 3 counts as three plays, and one of weight 0 as none."""
    said = np.array([twentieths / 20 for twentieths, *_ in plays])
    won = np.array([won for _, won, _ in plays])
    weight = np.array([weight - 1 for *_, weight in plays])
    weight[0] = 1
    repeated = Isotonic(np.repeat(said, weight)).fit(np.repeat(won, weight))
    weighted = Isotonic(said).fit(won, weight)
    assert weighted.said.tolist() == repeated.said.tolist()
    np.testing.assert_allclose(weighted.fit, repeated.fit, atol=1e-12)
    assert miscalibration(weighted) == pytest.approx(miscalibration(repeated), abs=1e-12)


@given(PLAYS)
def test_saying_it_otherwise_changes_miscalibration_alone(plays: list[tuple[int, bool, int]]) -> None:
    """Any strictly rising rewording, here the square, leaves discrimination and uncertainty as they are."""
    said = np.array([twentieths / 20 for twentieths, *_ in plays])
    won = np.array([won for _, won, _ in plays])
    plain, squared = decompose(said, won), decompose(said**2, won)
    assert squared.dsc == pytest.approx(plain.dsc, abs=1e-12)
    assert squared.unc == plain.unc
