"""Which plays are judged, and the slices that each judgement is split by.

The common set is where every model can be asked: regulation, a stated down, a line before kick-off. What lies
outside of it, overtime and games without a line, is shown as slices of its own.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.football import REGULATION_PERIODS
from simulator.replay.predictions import Predictions

Chosen = NDArray[np.bool_]

COMMON_SET: Final = (
    "scrimmage plays of regulation with a stated down 1-4 and a line, before the snap, in games won by a side"
)
LAST_S: Final = 300
CLOSE_POINTS: Final = 8
SPREADS: Final = (0.0, 3.5, 7.5, 14.5, 28.5)
"""Lower edges of the buckets of |spread|, points."""

OUTSIDE: Final = ("overtime", "no_line")
"""The slices that lie outside of the common set."""


def regulation(plays: Predictions) -> Chosen:
    """Return the plays of periods 1-4."""
    return np.asarray(plays.period <= REGULATION_PERIODS)


def with_line(plays: Predictions) -> Chosen:
    """Return the plays of games with a line before kick-off."""
    return np.isfinite(plays.home_spread)


def common(plays: Predictions) -> Chosen:
    """Return the common set."""
    return regulation(plays) & with_line(plays)


def slices(plays: Predictions) -> Iterator[tuple[str, Chosen]]:
    """Yield the slices by name, those outside of the common set last; one may be empty."""
    inside = common(plays)
    for period in range(1, REGULATION_PERIODS + 1):
        yield f"quarter_{period}", inside & (plays.period == period)
    yield "last_5_min_within_8", inside & last_minutes(plays)
    spread = np.abs(plays.home_spread)
    for low, high in zip(SPREADS, (*SPREADS[1:], np.inf), strict=True):
        name = f"spread_{low:g}_to_{high - 0.5:g}" if np.isfinite(high) else f"spread_from_{low:g}"
        yield name, inside & (spread >= low) & (spread < high)
    for down in range(1, 5):
        yield f"down_{down}", inside & (plays.down == down)
    yield "red_zone", inside & (plays.yards_to_goal <= 20)
    for season in np.unique(plays.season[inside]).tolist():
        if season:
            yield f"season_{season}", inside & (plays.season == season)
    yield "overtime", ~regulation(plays)
    yield "no_line", regulation(plays) & ~with_line(plays)


def last_minutes(plays: Predictions) -> Chosen:
    """Return the last five minutes of regulation with at most eight points between the sides."""
    close = np.abs(plays.margin) <= CLOSE_POINTS
    return regulation(plays) & close & (plays.seconds_left <= LAST_S)


def directions(
    plays: Predictions, log_odds: NDArray[np.float64], *, knows_line: bool
) -> dict[str, NDArray[Any]]:
    """Return the ways of being miscalibrated that are tested: functions of what is known before each play.

    In the large (the home side wins more or less often than said), the slope of confidence in all and by
    quarter, and ten bins; and the line, which only a model that was told of it (`knows_line`) can weigh
    right.
    """
    cell = np.minimum(np.floor(plays.home_win_probability * 10.0), 9.0)
    found: dict[str, NDArray[Any]] = {"home side": np.ones(len(plays)), "confidence": log_odds}
    for period in range(1, REGULATION_PERIODS + 1):
        found[f"confidence in quarter {period}"] = log_odds * (plays.period == period)
    for place in range(10):
        found[f"said {place / 10:.1f}-{(place + 1) / 10:.1f}"] = cell == place
    if knows_line and with_line(plays).any():
        found["favourite by the line"] = np.where(with_line(plays), -plays.home_spread, 0.0)
    return found
