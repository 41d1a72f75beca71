"""Games whose true win probability is known in closed form, and ways to spoil what is said of them.

The home lead is a Brownian motion with the line as drift. Its probability of ending above 0 is exact, so that
what `sound` says is calibrated in every respect; a gate that fails it raises a false alarm.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulator.replay.predictions import Predictions

PLAYS = 150
SIGMA = 16.0

Floats = NDArray[np.float64]


def sound(games: int, seed: int, *, frozen_clock: bool = False) -> Predictions:
    """Return games of 150 plays each with their true probabilities.

    With `frozen_clock` the same games are told by a forecaster whose clock stands at 15:00 in all of the
    last quarter.
    """
    dice = np.random.default_rng(seed)
    line = 3.0 + dice.normal(0.0, 13.0, games)
    gone = np.arange(PLAYS) / PLAYS
    steps = dice.normal(0.0, SIGMA / np.sqrt(PLAYS), (games, PLAYS)) + line[:, None] / PLAYS
    lead = np.cumsum(steps, axis=1)
    before = np.column_stack([np.zeros(games), lead[:, :-1]])
    left = np.where(gone >= 0.75, 0.25, 1.0 - gone) if frozen_clock else 1.0 - gone
    said = ndtr((before + line[:, None] * left) / (SIGMA * np.sqrt(left)))
    period = np.minimum(gone * 4, 3).astype(np.int8) + 1
    total = games * PLAYS
    return Predictions(
        game=np.repeat(np.arange(games, dtype=np.int32), PLAYS),
        play_id=np.tile(np.arange(PLAYS).astype(np.str_), games),
        season=np.full(total, 2023, dtype=np.int16),
        home_won=np.repeat(lead[:, -1] > 0.0, PLAYS),
        home_win_probability=np.round(said.ravel(), 6),
        period=np.tile(period, games),
        seconds_left=np.tile(3600.0 * (1.0 - gone), games),
        margin=np.round(before.ravel()).astype(np.int16),
        home_spread=np.repeat(-line, PLAYS),
        down=np.ones(total, dtype=np.int8),
        yards_to_goal=np.full(total, 50.0),
        references={},
    )


def saying(plays: Predictions, probability: Floats) -> Predictions:
    """Return the same plays with other words, in whole millionths."""
    return replace(plays, home_win_probability=np.round(probability, 6))


def sharpened(plays: Predictions, temperature: float = 1.3) -> Predictions:
    """Return the same plays with log-odds multiplied."""
    said = np.clip(plays.home_win_probability, 1e-9, 1.0 - 1e-9)
    return saying(plays, 1.0 / (1.0 + (1.0 / said - 1.0) ** temperature))


def swapped(plays: Predictions, seed: int, share: float = 0.02) -> Predictions:
    """Return the same plays with the sides exchanged on some rows."""
    rows = np.random.default_rng(seed).random(len(plays)) < share
    return saying(plays, np.where(rows, 1.0 - plays.home_win_probability, plays.home_win_probability))
