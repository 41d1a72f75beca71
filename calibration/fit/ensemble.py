"""The ensemble: the base layer fitted again on games drawn with replacement.

Plays of one game share one outcome, so games are drawn, never plays (Efron, 1979, over clusters). The
members differ in the base layer alone; what else an interval must cover is the artefact's
`interval_scale` (`interval.py`).
"""

import math
from typing import Final

import numpy as np

from calibration.fit import base, series
from calibration.fit.plays import Floats, Plays
from calibration.fit.recipe import Layers, base_data
from calibration.fit.regression import fit_logistic
from calibration.fit.snaps import Snaps
from engine.core.football import OvertimeRules
from engine.core.models.fitted.artefact import Choices
from engine.core.models.fitted.overtime_odds import OvertimeOdds

_OVERTIME_STATES: Final = ((0, True), (0, False), (-3, False), (-7, False))
"""Lead, and whether the series is the first of its period: how series of the first overtime begin."""

LEAST_MEMBERS: Final = 2
UNMEASURED_SD: Final = 0.15
"""Stands for overtime's spread where there are too few members to measure it; six real seasons gave it."""


def members(layers: Layers, snaps: Snaps, older: Snaps, count: int, seed: int) -> list[Floats]:
    """Return the base coefficients of `count` members, the same for the same seed."""
    data = base_data(snaps, older, layers.ep, with_line=layers.with_line)
    _, place = np.unique(data.game, return_inverse=True)
    games = int(place.max()) + 1
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        drawn = np.bincount(dice.integers(0, games, games), minlength=games).astype(np.float64)
        weights = data.weights * drawn[place]
        kept = np.flatnonzero(weights)
        found.append(
            fit_logistic(data.design[kept], data.won[kept], base.PENALTY, weights[kept], start=layers.base)
        )
    return found


def overtime_log_odds_sd(plays: Plays, choices: Choices, count: int, seed: int) -> float:
    """Return the spread of overtime's log-odds over games drawn again, a mean over how series begin."""
    if count < LEAST_MEMBERS:
        return UNMEASURED_SD
    _, place = np.unique(plays.game, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(int(place.max()) + 2))
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        drawn = np.sort(dice.integers(0, len(starts) - 1, len(starts) - 1))
        rows = np.concatenate([order[starts[game] : starts[game + 1]] for game in drawn])
        odds = OvertimeOdds(series.fit(plays.take(rows)), choices, OvertimeRules.FROM_2021)
        wins = (odds.offence_wins(1, lead, 0.0, first=first) for lead, first in _OVERTIME_STATES)
        found.append([math.log(p / (1.0 - p)) for p in wins])
    return float(np.mean(np.std(np.array(found), axis=0, ddof=1)))
