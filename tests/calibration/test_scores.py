"""Scores and reliability against values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.reliability import calibration_error, reliability_bins
from calibration.scores import brier_score, log_loss

P = np.array([0.9, 0.2, 0.5, 1.0])
WON = np.array([True, False, False, True])


def test_brier_by_hand() -> None:
    """(0.01 + 0.04 + 0.25 + 0) / 4."""
    assert brier_score(P, WON) == pytest.approx(0.075, abs=1e-15)


def test_log_loss_by_hand() -> None:
    """-(ln 0.9 + ln 0.8 + ln 0.5 + ln 0.999) / 4: the certain call is clipped."""
    expected = -(math.log(0.9) + math.log(0.8) + math.log(0.5) + math.log(0.999)) / 4
    assert log_loss(P, WON) == pytest.approx(expected, abs=1e-15)


def test_a_certain_error_costs_what_the_clip_allows() -> None:
    """Saying 0 of what happened costs ln 1000, not infinity."""
    assert log_loss(np.array([0.0]), np.array([True])) == pytest.approx(math.log(1_000))


def test_a_coin_scores_a_quarter_and_ln_2() -> None:
    """The two constants that everybody knows."""
    coin = np.full(10, 0.5)
    won = np.arange(10) < 3
    assert brier_score(coin, won) == 0.25
    assert log_loss(coin, won) == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("probability", "won"),
    [([], []), ([0.5], []), ([1.5], [True]), ([-0.1], [True]), ([float("nan")], [True])],
)
def test_what_cannot_be_scored_is_refused(probability: list[float], won: list[bool]) -> None:
    """No plays, other lengths, and what is no probability."""
    for score in (brier_score, log_loss):
        with pytest.raises(ValueError, match=r"expected as many|outside \[0, 1\]"):
            score(np.array(probability), np.array(won, dtype=bool))


def test_bins_by_hand() -> None:
    """Edges belong to the bin above them, and 1 to the last; empty bins say nothing."""
    bins = reliability_bins(
        np.array([0.0, 0.05, 0.1, 0.3, 0.95, 1.0]), np.array([False, True, True, False, True, True])
    )
    assert [entry.count for entry in bins] == [2, 1, 0, 1, 0, 0, 0, 0, 0, 2]
    assert (bins[0].low, bins[0].high) == (0.0, 0.1)
    assert bins[0].predicted == pytest.approx(0.025)
    assert bins[0].actual == pytest.approx(0.5)
    assert (bins[1].predicted, bins[1].actual) == (0.1, 1.0)
    assert (bins[2].predicted, bins[2].actual) == (None, None)
    assert bins[9].predicted == pytest.approx(0.975)
    expected = (2 * 0.475 + 0.9 + 0.3 + 2 * 0.025) / 6
    assert calibration_error(bins) == pytest.approx(expected)


def test_no_plays_are_ten_empty_bins() -> None:
    """A season without decided games still has its table, and no error of calibration."""
    bins = reliability_bins(np.array([]), np.array([], dtype=bool))
    assert len(bins) == 10
    assert calibration_error(bins) is None


_PLAYS = st.lists(st.tuples(st.integers(0, 1_000_000), st.booleans()), min_size=1, max_size=200)


@given(_PLAYS)
def test_bins_lose_no_play_and_keep_their_bounds(plays: list[tuple[int, bool]]) -> None:
    """Whole millionths, as the engine speaks them: counts add up, each play is between its bin's edges."""
    probability = np.array([millionths / 1_000_000 for millionths, _ in plays])
    won = np.array([won for _, won in plays])
    bins = reliability_bins(probability, won)
    assert sum(entry.count for entry in bins) == len(plays)
    for place, entry in enumerate(bins):
        inside = [w for m, w in plays if min(m // 100_000, 9) == place]
        assert entry.count == len(inside)
        if inside:
            assert entry.actual == pytest.approx(sum(inside) / len(inside))


@given(_PLAYS)
def test_saying_the_share_that_happened_beats_any_other_constant(plays: list[tuple[int, bool]]) -> None:
    """Both scores are proper: no constant scores better than the share that really happened."""
    won = np.array([won for _, won in plays])
    share = float(won.mean())
    other = plays[0][0] / 1_000_000
    truth, lie = np.full(len(plays), share), np.full(len(plays), other)
    assert brier_score(truth, won) <= brier_score(lie, won) + 1e-12
    assert log_loss(truth, won, clip=1e-9) <= log_loss(lie, won, clip=1e-9) + 1e-9
