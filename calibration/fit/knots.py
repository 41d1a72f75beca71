"""Where the piecewise-linear functions of the model bend, and the hat functions that carry them."""

from typing import Any, Final

import numpy as np
from scipy import sparse

from calibration.fit.plays import Floats, Whole

EP_YARDS: Final = (1, 3, 6, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 96, 99)
EP_HALF: Final = (0, 15, 30, 60, 120, 240, 1800)
EP_YARDS_LATE: Final = (1, 20, 40, 70, 99)
BASE_KNOTS: Final = (0, 30, 90, 240, 600, 1200, 1800, 3600)
KICK_KNOTS: Final = (1799, 1800, 2700, 3600)
TAU_EPS: Final = 0.0006
"""Two seconds, as a share of a game: keeps 1 / sqrt(tau) finite at the end."""
LATE_S: Final = 800.0
LATE_KNOTS: Final = (0, 15, 40, 80, 140, 240, 420, 800)
LATE_YARDS: Final = (1, 10, 20, 35, 50, 70, 99)
PUNT_KNOTS: Final = (30, 38, 45, 55, 65, 75, 90, 99)
HOME_EDGE: Final = 2.6
"""Points of home advantage where no line is known: mean home margin of FBS games off neutral sites."""


def hats(x: Floats, knots: tuple[int, ...]) -> Floats:
    """Return the hat functions at x, shape (len(x), len(knots)): rows add up to 1, clamped at the ends."""
    places, shares = places_of(x, knots)
    table = np.zeros((len(x), len(knots)))
    rows = np.arange(len(x))
    table[rows, places] = 1.0 - shares
    table[rows, places + 1] = shares
    return table


def places_of(x: Floats, knots: tuple[int, ...]) -> tuple[Whole, Floats]:
    """Return the left knot of each x, and the share of the one after it."""
    at = np.asarray(knots, dtype=np.float64)
    inside = np.clip(x, at[0], at[-1])
    places = np.clip(np.searchsorted(at, inside, side="right") - 1, 0, len(at) - 2)
    return places.astype(np.int64), (inside - at[places]) / (at[places + 1] - at[places])


class Columns:
    """A sparse design, assembled block by block of columns."""

    def __init__(self, rows: int) -> None:
        self.width = 0
        self._rows = rows
        self._parts: list[tuple[Whole, Whole, Floats]] = []

    def add(self, rows: Whole, columns: Whole, values: Floats, width: int) -> None:
        """Add a block of `width` columns by its entries; values in the same place add up."""
        self._parts.append((rows, columns + self.width, values))
        self.width += width

    def add_hats(
        self, x: Floats, knots: tuple[int, ...], weight: Floats | None = None, first: int = 0, last: int = 0
    ) -> None:
        """Add the hat functions of x times a weight, without the `first` and the `last` knots."""
        places, shares = places_of(x, knots)
        weight = np.ones(len(x)) if weight is None else weight
        width = len(knots) - first - last
        rows, columns, values = [], [], []
        for place, share in ((places, 1.0 - shares), (places + 1, shares)):
            kept = (place >= first) & (place < len(knots) - last) & (share != 0.0) & (weight != 0.0)
            rows.append(np.flatnonzero(kept))
            columns.append(place[kept] - first)
            values.append((share * weight)[kept])
        self.add(np.concatenate(rows), np.concatenate(columns), np.concatenate(values), width)

    def add_dense(self, values: Floats) -> None:
        """Add dense columns, shape (rows, width)."""
        rows, columns = np.nonzero(values)
        self.add(rows, columns, values[rows, columns], values.shape[1])

    def matrix(self) -> Any:
        """Return the design as a CSR matrix, shape (rows, width)."""
        rows, columns, values = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        matrix = sparse.csr_array((values, (rows, columns)), shape=(self._rows, self.width))
        matrix.sum_duplicates()
        return matrix
