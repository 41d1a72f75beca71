"""Expected points: ridge regression of the half's next score, signed, on down, distance and field position.

By down piecewise linear in yards to goal; distance enters as the logarithm of its share of an ordinary
first down, and more so far from the goal; in the last four minutes of a half, field position is worth
less and less.
"""

from typing import Any, Final

import numpy as np

from calibration.fit.knots import EP_HALF, EP_YARDS, EP_YARDS_LATE, Columns, places_of
from calibration.fit.plays import Floats
from calibration.fit.regression import fit_ridge
from calibration.fit.snaps import Snaps

PENALTY: Final = 3.0
LONGEST_DISTANCE_YD: Final = 30.0
DOWNS: Final = (1, 2, 3, 4)


def design(snaps: Snaps) -> Any:
    """Return the design in the order of `Regulation.ep`."""
    yards = snaps.yards_to_goal
    columns = Columns(len(snaps))
    for down in DOWNS:
        columns.add_hats(yards, EP_YARDS, weight=(snaps.down == down) * 1.0)
    to_gain = np.log(np.clip(snaps.distance_yd, 1.0, LONGEST_DISTANCE_YD) / np.minimum(10.0, yards))
    far = np.maximum(yards - 50.0, 0.0) / 50.0
    for down in DOWNS:
        term = (snaps.down == down) * to_gain
        columns.add_dense(np.column_stack((term, term * far)))
    _add_half(columns, snaps)
    return columns.matrix()


def _add_half(columns: Columns, snaps: Snaps) -> None:
    """Add the products of the hats of the half's time and of field position, but for the last of time."""
    half, half_share = places_of(snaps.half_left_s, EP_HALF)
    yard, yard_share = places_of(snaps.yards_to_goal, EP_YARDS_LATE)
    rows, places, values = [], [], []
    for time, time_weight in ((half, 1.0 - half_share), (half + 1, half_share)):
        for spot, spot_weight in ((yard, 1.0 - yard_share), (yard + 1, yard_share)):
            kept = np.flatnonzero((time < len(EP_HALF) - 1) & (time_weight * spot_weight != 0.0))
            rows.append(kept)
            places.append((time * len(EP_YARDS_LATE) + spot)[kept])
            values.append((time_weight * spot_weight)[kept])
    width = (len(EP_HALF) - 1) * len(EP_YARDS_LATE)
    columns.add(np.concatenate(rows), np.concatenate(places), np.concatenate(values), width)


def fit(snaps: Snaps) -> Floats:
    """Return the coefficients."""
    return fit_ridge(design(snaps), snaps.next_points, PENALTY)
