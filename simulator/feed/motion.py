"""How a player moves: from standing to standing along a straight line, as smoothly as a body can.

A minimum-jerk run (T. Flash, N. Hogan, "The coordination of arm movements", Journal of Neuroscience 5, 1985)
over a distance D in a time T has a top speed of 1.875 D/T and a greatest acceleration of 5.774 D/T^2. Turned
round, these give the shortest time for a distance, and the farthest point within a time.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, NamedTuple

TOP_SPEED_YD_S: Final = 10.0
"""The fastest that anybody runs here; the fastest carriers of a season reach about 10.5."""
ACCELERATION_YD_S2: Final = 7.0
_PEAK_SPEED: Final = 1.875
_PEAK_ACCELERATION: Final = 5.774


class Spot(NamedTuple):
    """A place on the field, yards: x from 0 to 120 with both end zones, y from 0 to 53.3."""

    x_yd: float
    y_yd: float

    def toward(self, other: "Spot", share: float) -> "Spot":
        """Return the place a share of the way to another."""
        return Spot(
            self.x_yd + (other.x_yd - self.x_yd) * share, self.y_yd + (other.y_yd - self.y_yd) * share
        )

    def distance_yd(self, other: "Spot") -> float:
        """Return how far another place is."""
        return math.hypot(self.x_yd - other.x_yd, self.y_yd - other.y_yd)


@dataclass(frozen=True, slots=True)
class Leg:
    """One run: from a place to another, between two moments."""

    start_s: float
    end_s: float
    start: Spot
    end: Spot

    def at(self, time_s: float) -> Spot:
        """Return the place at a moment."""
        if time_s >= self.end_s:
            return self.end
        u = max(0.0, time_s - self.start_s) / (self.end_s - self.start_s)
        return self.start.toward(self.end, u * u * u * (10.0 + u * (6.0 * u - 15.0)))


class Path:
    """Where somebody is over a play: runs, and standing between them."""

    def __init__(self, start: Spot) -> None:
        self._start = start
        self._legs: list[Leg] = []
        self._starts: list[float] = []

    @property
    def end(self) -> Spot:
        """Where the last run ends."""
        return self._legs[-1].end if self._legs else self._start

    @property
    def end_s(self) -> float:
        """When the last run ends."""
        return self._legs[-1].end_s if self._legs else 0.0

    def run_to(self, target: Spot, start_s: float, end_s: float, top_yd_s: float = TOP_SPEED_YD_S) -> None:
        """Run toward a target as far as the time allows; runs follow each other."""
        start_s = max(start_s, self.end_s)
        if end_s - start_s < 0.05:
            return
        far = self.end.distance_yd(target)
        reach = reach_yd(end_s - start_s, top_yd_s)
        if far > reach:
            target = self.end.toward(target, reach / far)
        self._legs.append(Leg(start_s, end_s, self.end, target))
        self._starts.append(start_s)

    def at(self, time_s: float) -> Spot:
        """Return the place at a moment."""
        place = bisect_right(self._starts, time_s) - 1
        return self._start if place < 0 else self._legs[place].at(time_s)


def shortest_s(distance_yd: float, top_yd_s: float = TOP_SPEED_YD_S) -> float:
    """Return the shortest time for a run over a distance."""
    return max(
        _PEAK_SPEED * distance_yd / top_yd_s,
        math.sqrt(_PEAK_ACCELERATION * distance_yd / ACCELERATION_YD_S2),
    )


def reach_yd(time_s: float, top_yd_s: float = TOP_SPEED_YD_S) -> float:
    """Return the longest run within a time."""
    return min(top_yd_s * time_s / _PEAK_SPEED, ACCELERATION_YD_S2 * time_s * time_s / _PEAK_ACCELERATION)
