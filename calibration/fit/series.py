"""How a series inside the 40 ends: in a touchdown, a field goal, or nothing.

Regulation gives the shape over down, distance, field position and line; overtime moves its level by what
the series must bring (anything first; a score; three points; a touchdown), shrunk, since overtimes are
few. Those that the feed scored wrongly are left out.
"""

from typing import Final

import numpy as np
from scipy import sparse

from calibration.fit.plays import TOUCHDOWN, Flags, Floats, Plays, Whole, kind_number
from calibration.fit.regression import fit_logistic, sigmoid
from engine.core.football import REGULATION_PERIODS, PlayKind
from engine.core.models.fitted.artefact import Series

NEEDS: Final = ("first", "any", "three", "touchdown")
"""What a series must bring: it is its period's first; level or ahead; up to 3 behind; more behind."""
WITHIN_YD: Final = 40
LONGEST_DISTANCE_YD: Final = 30
HURRIED_S: Final = 150.0
"""The last snaps of a half are left out: there the clock ends series, not the defence."""
PENALTY: Final = 1.0
NEED_PENALTY: Final = 4.0
LEAST_SNAPS: Final = 20
"""A need seen on fewer overtime snaps keeps regulation's level."""


def fit(plays: Plays) -> Series:
    """Return the tables of a series."""
    touchdown, field_goal = _outcomes(plays)
    chosen = _in_range(plays)
    x = terms(plays.where(chosen))
    td, fg = touchdown[chosen], field_goal[chosen]
    overtime = plays.period[chosen] > REGULATION_PERIODS
    settled = plays.settled[chosen]
    shape_td = _fit(x[~overtime], td[~overtime])
    none = ~overtime & (td == 0.0)
    shape_fg = _fit(x[none], fg[none])
    odds_td = np.sum(x * shape_td, axis=1)
    odds_fg = np.sum(x * shape_fg, axis=1)
    need = needs(plays.where(chosen))
    added: dict[str, tuple[float, float]] = {}
    for number, name in enumerate(NEEDS):
        here = overtime & settled & (need == number)
        kicks = here & (td == 0.0)
        enough = int(np.sum(here)) >= LEAST_SNAPS
        added[name] = (
            (_level(odds_td[here], td[here]), _level(odds_fg[kicks], fg[kicks])) if enough else (0.0, 0.0)
        )
    return Series(td=tuple(shape_td.tolist()), fg=tuple(shape_fg.tolist()), need=added)


def _fit(x: Floats, happened: Floats) -> Floats:
    return fit_logistic(sparse.csr_array(x), happened, PENALTY)


def _in_range(plays: Plays) -> Flags:
    ends_half = np.isin(plays.period, (2, 4)) & (plays.clock_s < HURRIED_S)
    return (plays.yards_to_goal <= WITHIN_YD) & (plays.distance_yd <= LONGEST_DISTANCE_YD) & ~ends_half


def terms(plays: Plays) -> Floats:
    """Return the terms of a series under way, shape (snaps, 11), in the order of `Series.td`."""
    distance = np.log(np.clip(plays.distance_yd.astype(np.float64), 1.0, 20.0))
    yards = plays.yards_to_goal.astype(np.float64)
    line = np.nan_to_num(np.where(plays.home_ball, -1.0, 1.0) * plays.home_spread)
    columns = [np.ones_like(yards), yards / 10.0, np.sqrt(yards)]
    columns += [(plays.down == down) * 1.0 for down in (2, 3, 4)]
    columns += [(plays.down == down) * distance for down in (1, 2, 3, 4)]
    return np.column_stack((*columns, line / 10.0))


def needs(plays: Plays) -> Whole:
    """Return, as an index into `NEEDS`, what an overtime series must bring; -1 in regulation."""
    sign = np.where(plays.home_ball, 1, -1)
    behind = -sign * (plays.home_score - plays.away_score)
    second = np.where(behind <= 0, 1, np.where(behind <= 3, 2, 3))
    need = np.where(plays.overtime_series % 2 == 1, 0, second)
    return np.where(plays.period > REGULATION_PERIODS, need, -1).astype(np.int64)


def _outcomes(plays: Plays) -> tuple[Floats, Floats]:
    """Return, a snap, whether its series ends in a touchdown, and whether in a field goal."""
    _, place = np.unique(plays.series, return_inverse=True)
    kicked = (plays.kind == kind_number(PlayKind.FIELD_GOAL)) & (plays.points == 3)
    scored = plays.points >= TOUCHDOWN
    touchdown = np.bincount(place, weights=scored)[place] > 0
    field_goal = (np.bincount(place, weights=kicked)[place] > 0) & ~touchdown
    return touchdown.astype(np.float64), field_goal.astype(np.float64)


def _level(log_odds: Floats, happened: Floats) -> float:
    """Return the one number added to the log-odds that fits best, shrunk to 0."""
    level = 0.0
    for _ in range(20):
        mean = sigmoid(log_odds + level)
        slope = float(np.sum(happened - mean)) - NEED_PENALTY * level
        level += slope / (float(np.sum(mean * (1.0 - mean))) + NEED_PENALTY)
    return level
