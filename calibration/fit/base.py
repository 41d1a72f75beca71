"""The base layer: a Brownian motion in log-odds, every coefficient piecewise linear in the time left.

    lead * a(T) / sqrt(tau) + drift * b(T) * sqrt(tau) + points * c(T) / sqrt(tau) + kick * r(T)

with tau = (T + 2 s) / 3600 s and expected points, after Stern (1994), "A Brownian motion model for the
progress of sports scores". That the line's own error is a drift which the score so far tells about
changes only the mix of a and b, so that it is learned with them. Drift is the line, or the home edge
where none is known.
"""

from typing import Any, Final

import numpy as np

from calibration.fit.knots import BASE_KNOTS, KICK_KNOTS, TAU_EPS, Columns
from calibration.fit.plays import Floats
from calibration.fit.snaps import Snaps

PENALTY: Final = 5.0
LEAD_SCALE: Final = 0.075
DRIFT_SCALE: Final = 0.25
"""Rough sizes of the coefficients, so that one ridge penalty suits them all."""


def design(snaps: Snaps, drift: Floats, points: Floats) -> Any:
    """Return the design in the order of `Variant.base`."""
    tau = snaps.left_s / 3600.0
    root = np.sqrt(tau + TAU_EPS)
    columns = Columns(len(snaps))
    for weight in (
        LEAD_SCALE * snaps.lead / root,
        DRIFT_SCALE * drift * np.sqrt(tau),
        LEAD_SCALE * points / root,
    ):
        columns.add_hats(snaps.left_s, BASE_KNOTS, weight)
    columns.add_hats(snaps.left_s, KICK_KNOTS, snaps.kick, first=1)
    return columns.matrix()


def least_slope(coefficients: Floats, low_s: float, high_s: float) -> float:
    """Return the least log-odds that a point of lead is worth between two times."""
    times = np.linspace(low_s, high_s, 60)
    slopes = np.interp(times, BASE_KNOTS, coefficients[: len(BASE_KNOTS)]) * LEAD_SCALE
    return float((slopes / np.sqrt(times / 3600.0 + TAU_EPS)).min())
