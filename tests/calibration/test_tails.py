"""Sure things: counts and exact probabilities by hand."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.bootstrap import GameBootstrap
from calibration.tails import at_least, promises, tails
from tests.calibration.martingale import sound, swapped


@pytest.mark.parametrize(("count", "probability"), [(0, 1.0), (1, 0.28), (2, 0.02), (3, 0.0)])
def test_at_least_so_many_of_two_events(count: int, probability: float) -> None:
    """Chances of 1 and 2 in 10: neither happens with .9 * .8, both with .02."""
    assert at_least(count, np.array([0.1, 0.2])) == pytest.approx(probability, abs=1e-15)


def test_promises_by_hand() -> None:
    """Sure of home, who wins; sure of away, then of home, who wins; sure of away, who wins; never sure.

    So at 99 % three games hold a promise and one is broken; at most (.01 + .005 + .002) / .99 were expected.
    At 99.9 % two hold one and none is broken.
    """
    plays = sound(4, 1).where(np.arange(600) % 150 < 3)
    said = [0.6, 0.99, 0.9999, 0.005, 0.9, 0.9995, 0.5, 0.002, 0.3, 0.9899, 0.5, 0.4]
    plays = replace(
        plays, home_win_probability=np.array(said), home_won=np.repeat([True, True, False, False], 3)
    )
    sure, surer = promises(plays)
    assert (sure.sure, sure.games, sure.broken) == (0.99, 3, 1)
    assert sure.expected == pytest.approx(0.017 / 0.99)
    none = (1 - 0.01 / 0.99) * (1 - 0.005 / 0.99) * (1 - 0.002 / 0.99)
    assert sure.p_value == pytest.approx(1 - none)
    assert 0.0 < sure.low < 1 / 3 < sure.high < 1.0
    assert (surer.sure, surer.games, surer.broken, surer.p_value) == (0.999, 2, 0, 1.0)


def test_tails_by_plays() -> None:
    """Above and below, what was said beside the share of plays that the home side won."""
    plays = sound(2, 1).where(np.arange(300) % 150 < 2)
    said, won = np.array([0.992, 0.998, 0.004, 0.5]), np.array([True, True, False, False])
    plays = replace(plays, home_win_probability=said, home_won=won)
    over, under = tails(plays, GameBootstrap(plays.game, 50, 1))
    assert (over.name, over.plays, over.games, over.happened.value) == ("over 0.99", 2, 1, 1.0)
    assert over.said == pytest.approx(0.995)
    assert (under.name, under.plays, under.happened.value) == ("under 0.01", 1, 0.0)
    # One game that went as it was said bounds nothing much: 1 - 0.025 ** (1 / 1).
    assert under.happened.low == 0.0
    assert under.happened.high == pytest.approx(0.975)
    assert over.happened.low < 1.0 == over.happened.high


def test_swapped_sides_break_promises() -> None:
    """The truth breaks no more than it may; with the sides swapped on 2 % of rows most games are broken."""
    truth = sound(60, 5)
    assert min(promise.p_value for promise in promises(truth)) > 0.05
    assert max(promise.p_value for promise in promises(swapped(truth, 5))) < 1e-9


def test_the_truth_breaks_no_more_than_is_expected() -> None:
    """Over 3,000 games with exact probabilities the broken promises stay near the bound, on either side."""
    sure, surer = promises(sound(3_000, 6))
    assert 0.6 * sure.expected < sure.broken < 1.25 * sure.expected
    assert surer.broken <= 2.0 * surer.expected
    assert sure.p_value > 0.05
