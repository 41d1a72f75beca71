"""Piecewise-linear functions given by their values at knots, clamped at both ends."""

from bisect import bisect_right
from collections.abc import Sequence


class Axis:
    """The knots. `at(x)` finds the pair of knots about x and the share of the right one."""

    __slots__ = ("_first", "_knots", "_last", "_last_place")

    def __init__(self, knots: Sequence[float]) -> None:
        self._knots = tuple(float(knot) for knot in knots)
        self._first, self._last, self._last_place = self._knots[0], self._knots[-1], len(knots) - 2

    def at(self, x: float) -> tuple[int, float]:
        """Return the index of the left knot and the share, in [0, 1], of the one after it."""
        if x <= self._first:
            return 0, 0.0
        if x >= self._last:
            return self._last_place, 1.0
        knots = self._knots
        place = bisect_right(knots, x) - 1
        left = knots[place]
        return place, (x - left) / (knots[place + 1] - left)

    def value(self, values: Sequence[float], x: float) -> float:
        """Return the function with these values at the knots."""
        place, share = self.at(x)
        return values[place] * (1.0 - share) + values[place + 1] * share
