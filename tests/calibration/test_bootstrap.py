"""The bootstrap draws games, pairs differences, and repeats itself."""

import numpy as np
import pytest

from calibration.bootstrap import GameBootstrap, interval

TWO_GAMES = np.repeat([7, 3], 100)
ALL = np.ones(200, dtype=np.bool_)


def test_games_are_drawn_and_not_plays() -> None:
    """Two games of a hundred equal plays each have three possible means, however many plays they hold."""
    (found,) = GameBootstrap(TWO_GAMES, 400, seed=1).estimates([(np.repeat([0.0, 1.0], 100), ALL)])
    assert (found.value, found.low, found.high) == (0.5, 0.0, 1.0)


def test_every_resample_holds_as_many_games() -> None:
    """Drawn with replacement: the counts of a resample add up to the number of games."""
    bootstrap = GameBootstrap(np.arange(50), 100, seed=1)
    assert bootstrap.draws.sum(axis=1).tolist() == [50] * 100
    assert bootstrap.draws.max() > 1


def test_a_mean_is_over_plays_and_not_over_games() -> None:
    """A game of three plays weighs three times one of one play: 3/4, and never anything but 0, 3/4 or 1."""
    bootstrap = GameBootstrap(np.array([0, 0, 0, 1]), 100, seed=2)
    values = np.array([[3.0], [0.0]]), np.array([[3.0], [1.0]])
    assert set(bootstrap.ratios(*values)[:, 0].tolist()) == {0.0, 0.75, 1.0}


def test_a_difference_is_paired() -> None:
    """A loss that is lower by .01 on every play is lower by .01 in every resample, whatever games it drew."""
    losses = np.random.default_rng(3).random(200)
    (found,) = GameBootstrap(TWO_GAMES, 100, seed=1).estimates([((losses - 0.01) - losses, ALL)])
    assert [found.low, found.high] == pytest.approx([-0.01, -0.01])


def test_the_interval_has_the_width_of_the_standard_error() -> None:
    """For 400 independent games the 95 % interval of a mean is 1.96 standard errors to either side."""
    values = np.random.default_rng(4).normal(size=400)
    bootstrap = GameBootstrap(np.arange(400), 4_000, seed=5)
    (found,) = bootstrap.estimates([(values, np.ones(400, dtype=np.bool_))])
    expected = 1.96 * values.std() / 20.0
    assert found.value - found.low == pytest.approx(expected, rel=0.1)
    assert found.high - found.value == pytest.approx(expected, rel=0.1)


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    """Figures can be repeated."""
    game = np.arange(30)
    first, again, other = (GameBootstrap(game, 10, seed).draws.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_resamples_without_the_slice_do_not_count() -> None:
    """Where a slice is in one game only, resamples that did not draw it have no mean."""
    chosen = np.arange(200) < 100
    (found,) = GameBootstrap(TWO_GAMES, 50, seed=1).estimates([(np.ones(200), chosen)])
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert interval(np.array([1.0, np.nan, 3.0]), 1.0) == (1.0, 3.0)
