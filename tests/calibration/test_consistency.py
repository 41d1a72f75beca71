"""The tests of calibration: by hand, and their false alarms on games whose truth is known."""

import numpy as np
import pytest

from calibration.consistency import GamePaths, by_chance, consistency, log_odds
from calibration.corp import Isotonic, miscalibration
from calibration.sets import directions
from simulator.replay.predictions import Predictions
from tests.calibration.martingale import sharpened, sound

GAME = np.array([4, 4, 9, 9])
SAID = np.array([0.5, 0.8, 0.5, 0.4])
WON = np.array([True, True, False, False])


def _paths(plays: Predictions) -> GamePaths:
    return GamePaths(plays.home_win_probability, plays.home_won, plays.game)


def test_steps_lead_to_the_outcome_of_their_own_game() -> None:
    """0.5, 0.8, won: steps .3 and .2. 0.5, 0.4, lost: steps -.1 and -.4. Those to come are the residual."""
    paths = GamePaths(SAID, WON, GAME)
    assert paths.step.tolist() == pytest.approx([0.3, 0.2, -0.1, -0.4])
    assert paths.to_come(paths.step).tolist() == pytest.approx(paths.residual.tolist())
    assert paths.so_far(np.ones(4)).tolist() == [1.0, 2.0, 1.0, 2.0]


def test_a_direction_by_hand() -> None:
    """Along h = 1: games .7 and -.9, so -.2 in all; squares of steps .09+.16+.01+.64, by games .49+.81."""
    found = consistency(GamePaths(SAID, WON, GAME), {"home side": np.ones(4)}, level=0.05, seed=1)
    assert [one.name for one in found.directions] == ["home side"]
    assert found.directions[0].t == pytest.approx(-0.2 / 1.3**0.5)
    assert found.critical_t == pytest.approx(1.96, abs=0.03)


def test_more_directions_need_a_greater_distance() -> None:
    """The critical value is of the farthest direction: two unrelated ones have 2.24 at 5 %, not 1.96."""
    paths = _paths(sound(200, 1))
    early = np.asarray(np.arange(len(paths.of)) % 150 < 75)
    even = paths.of % 2 == 0
    found = consistency(paths, {"even": even & early, "odd": ~even & early}, level=0.05, seed=1)
    assert found.critical_t == pytest.approx(2.236, abs=0.03)


def test_a_direction_without_spread_is_left_out() -> None:
    """A bin that no play is in says nothing."""
    paths = GamePaths(SAID, WON, GAME)
    found = consistency(paths, {"empty": np.zeros(4), "home side": np.ones(4)}, level=0.05, seed=1)
    assert [one.name for one in found.directions] == ["home side"]


def _alarms(games: int, worlds: int, level: float) -> int:
    alarms = 0
    for seed in range(worlds):
        plays = sound(games, seed)
        tested = directions(plays, log_odds(plays.home_win_probability), knows_line=True)
        found = consistency(_paths(plays), tested, level=level, seed=seed)
        alarms += abs(found.directions[0].t) > found.critical_t
    return alarms


def test_the_truth_is_seldom_called_miscalibrated() -> None:
    """At a level of 10 %, 60 sets of 60 games with exact probabilities raise about six alarms.

    With the variance by games alone, the usual way, it would be about thirty.
    """
    assert _alarms(60, 60, 0.1) <= 12


def test_the_truth_keeps_its_mcb_within_what_chance_makes() -> None:
    """At 10 %, 30 sets of 60 games exceed it about three times; sharpened probabilities of 1,000 games do."""

    def exceeds(plays: Predictions, seed: int) -> bool:
        mcb = miscalibration(Isotonic(plays.home_win_probability).fit(plays.home_won))
        sets = by_chance(_paths(plays), np.array([0.5]), resamples=30, seed=seed)
        return mcb > max(float(np.quantile(one.mcb, 0.9)) for one in sets)

    assert sum(exceeds(sound(60, seed), seed) for seed in range(30)) <= 8
    assert exceeds(sharpened(sound(1_000, 1), 1.6), 1)


def test_chance_curves_lie_about_the_diagonal() -> None:
    """What a calibrated forecast would show is right in the mean, in both sets."""
    at = np.array([0.2, 0.5, 0.8])
    for one in by_chance(_paths(sound(300, 3)), at, resamples=60, seed=3):
        assert np.abs(one.curves.mean(axis=0) - at).max() < 0.03
