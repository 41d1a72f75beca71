"""Field goals, fourth-down conversions, punts and tries: ridge regressions on a handful of readable terms."""

from typing import Final

import numpy as np
from scipy import sparse

from calibration.fit.knots import PUNT_KNOTS, hats
from calibration.fit.plays import TOUCHDOWN, Flags, Floats, Plays, kind_number
from calibration.fit.regression import fit_logistic, fit_ridge
from engine.core.football import REGULATION_PERIODS, PlayKind
from engine.core.models.fitted.artefact import Choices
from engine.core.models.fitted.choices import KICK_BEHIND_LINE_YD, LEAST_PUNT_YD

PENALTY: Final = 1.0
LEAST_KICK_YD: Final = 17.0
MOST_KICK_YD: Final = 65.0
MOST_TO_GO_YD: Final = 25
_RUN_AS_PLAYS: Final = (PlayKind.RUN, PlayKind.PASS, PlayKind.SACK, PlayKind.UNKNOWN)
PRIOR_TRIES: Final = 50.0
"""A try's rate is shrunk as if so many more had been seen, at the rates below."""
PRIOR_TWO: Final = 0.44
PRIOR_KICK: Final = 0.96


def fit(plays: Plays) -> Choices:
    """Return the tables of the choices."""
    kicks, made = field_goals(plays)
    spots, ends = punts(plays)
    terms, converted = conversions(plays)
    punt_hats = sparse.csr_array(hats(spots, PUNT_KNOTS))
    return Choices(
        field_goal=tuple(fit_logistic(sparse.csr_array(kick_terms(kicks)), made, PENALTY).tolist()),
        go=tuple(fit_logistic(sparse.csr_array(terms), converted, PENALTY)[:-2].tolist()),
        punt_end=tuple(fit_ridge(punt_hats, ends, PENALTY).tolist()),
        punt_knots=tuple(float(knot) for knot in PUNT_KNOTS),
        two_point=_rate(plays.two_good, plays.two_tried, PRIOR_TWO),
        kick=_rate(plays.kick_good, plays.kick_tried, PRIOR_KICK),
    )


def field_goals(plays: Plays) -> tuple[Floats, Floats]:
    """Return the lengths of field goals, and which were good."""
    kicks = plays.where(plays.kind == kind_number(PlayKind.FIELD_GOAL))
    length = np.where(np.isnan(kicks.kick_yd), kicks.yards_to_goal + KICK_BEHIND_LINE_YD, kicks.kick_yd)
    known = (length >= LEAST_KICK_YD) & (length <= MOST_KICK_YD)
    return length[known], (kicks.points[known] == 3).astype(np.float64)


def kick_terms(length_yd: Floats) -> Floats:
    """Return the terms of a field goal of a length, shape (kicks, 4)."""
    tens = (length_yd - 35.0) / 10.0
    return np.column_stack((np.ones_like(tens), tens, tens**2, np.maximum(tens - 1.5, 0.0) ** 2))


def punts(plays: Plays) -> tuple[Floats, Floats]:
    """Return the yards to goal of the punting side, and of the other side after the punt."""
    chosen = (
        (plays.kind == kind_number(PlayKind.PUNT))
        & (plays.yards_to_goal >= LEAST_PUNT_YD)
        & ~np.isnan(plays.lost_at_yd)
    )
    return plays.yards_to_goal[chosen].astype(np.float64), plays.lost_at_yd[chosen]


def conversions(plays: Plays) -> tuple[Floats, Floats]:
    """Return the terms of fourth downs run as plays, and which reached the line to gain.

    Third downs come along to steady the shape; the last two terms are theirs alone.
    """
    chosen = (
        np.isin(plays.kind, [kind_number(kind) for kind in _RUN_AS_PLAYS])
        & (plays.down >= 3)
        & (plays.distance_yd >= 1)
        & (plays.distance_yd <= MOST_TO_GO_YD)
        & (plays.period <= REGULATION_PERIODS)
        & ~np.isnan(plays.yards_gained)
    )
    p = plays.where(chosen)
    reached = (p.yards_gained >= p.distance_yd) & ~p.turnover & np.isnan(p.lost_at_yd)
    third = (p.down == 3).astype(np.float64)
    distance = p.distance_yd.astype(np.float64)
    terms = go_terms(distance, np.maximum(p.yards_to_goal, p.distance_yd).astype(np.float64))
    return (
        np.column_stack((terms, third, third * np.log(distance))),
        (reached | (p.points >= TOUCHDOWN)).astype(np.float64),
    )


def go_terms(distance_yd: Floats, yards_to_goal: Floats) -> Floats:
    """Return the terms of going for it, shape (plays, 7)."""
    short, near = np.log(np.clip(distance_yd, 1, MOST_TO_GO_YD)), (yards_to_goal <= 10) * 1.0
    return np.column_stack(
        (
            np.ones_like(short),
            short,
            short**2,
            (distance_yd <= 1) * 1.0,
            near,
            near * short,
            np.minimum(yards_to_goal, 50.0) / 50.0,
        )
    )


def _rate(good: Flags, tried: Flags, prior: float) -> float:
    return float((np.sum(good) + PRIOR_TRIES * prior) / (np.sum(tried) + PRIOR_TRIES))
