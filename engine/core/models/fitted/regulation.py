"""Regulation, seen from the side with the ball: log-odds of winning from plain numbers.

    log-odds = base + late

`base` is a Brownian motion in log-odds: lead / sqrt(tau), drift * sqrt(tau) and expected points /
sqrt(tau), each with a coefficient that is piecewise linear in the seconds left, so that the decay of the
line and the market's own error are learned rather than assumed. `late`, in the last minutes, is a table
over the leads that matter, by time, field position, down and timeouts, built of jumps that keep more lead
from ever hurting. Seen from the offence, exchanging the sides changes nothing, so the mirror law is exact.
"""

import math
from typing import Final, NamedTuple

from engine.core.models.fitted.artefact import LateTable, Regulation, Variant
from engine.core.models.fitted.axis import Axis

LEAST_LEAD: Final = -9
MOST_LEAD: Final = 9
LEAD_GROUPS: Final = (0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 6)
"""Group of each lead from -9 to 9: <= -9, -8..-4, -3..-1, 0, 1..3, 4..8, >= 9."""
KNEEL_S: Final = 40.0
"""Seconds that one kneel-down takes off a running clock."""
KNEEL_YD: Final = 2
"""Yards that one kneel-down loses."""
ALMOST_KNELT_S: Final = 20.0
NEVER_CERTAIN: Final = 1e-6
"""A probability that is not certain stays this far from 0 and 1."""


class Snap(NamedTuple):
    """A scrimmage snap of regulation, from the side with the ball."""

    period: int
    clock_s: float
    """Seconds believed to be left in the period."""
    reading_s: float
    """Seconds left by the last reading, less what kneel-downs run off before the snap."""
    lead: int
    drift: float
    """Points by which the side is favoured over a whole game."""
    down: int
    distance_yd: float
    yards_to_goal: float
    ours: int
    """Timeouts of the side with the ball."""
    theirs: int
    kick: int
    """1 where the side receives the second half's kick-off, -1 where the other does, else 0."""


class Terms(NamedTuple):
    """What the base layer multiplies: shared by the model and every member of its ensemble."""

    place: int
    share: float
    lead: float
    drift: float
    points: float
    kick: int
    kick_place: int
    kick_share: float


class RegulationOdds:
    """Log-odds and expected points by the tables of an artefact."""

    def __init__(self, tables: Regulation) -> None:
        self.home_edge: Final = tables.home_edge
        self._tables = tables
        self._base_axis, self._kick_axis = Axis(tables.base_knots), Axis(tables.kick_knots)
        self._late_axis, self._late_yards = Axis(tables.late_knots), Axis(tables.late_yards)
        self._ep_yards, self._ep_half = Axis(tables.ep_yards), Axis(tables.ep_half)
        self._ep_yards_late = Axis(tables.ep_yards_late)

    def expected_points(
        self, down: int, distance_yd: float, yards_to_goal: float, half_left_s: float
    ) -> float:
        """Return the expected signed points of the half's next score for the side with the ball."""
        table, knots = self._tables.ep, len(self._tables.ep_yards)
        place, share = self._ep_yards.at(yards_to_goal)
        at = (down - 1) * knots + place
        points = table[at] * (1.0 - share) + table[at + 1] * share
        distance = min(max(distance_yd, 1.0), 30.0)
        to_gain = math.log(distance / min(yards_to_goal, 10.0))
        at = 4 * knots + 2 * (down - 1)
        points += table[at] * to_gain
        if yards_to_goal > 50.0:
            points += table[at + 1] * to_gain * (yards_to_goal - 50.0) / 50.0
        half, half_share = self._ep_half.at(half_left_s)
        place, share = self._ep_yards_late.at(yards_to_goal)
        start, width = 4 * knots + 8, len(self._tables.ep_yards_late)
        for row, weight in ((half, 1.0 - half_share), (half + 1, half_share)):
            if row < len(self._tables.ep_half) - 1:  # the last knot, a whole half to play, adds nothing
                at = start + row * width + place
                points += weight * (table[at] * (1.0 - share) + table[at + 1] * share)
        return points

    def is_certain(self, snap: Snap) -> bool:
        """Whether the game can be knelt out: the other side cannot stop the clock, and there is room.

        With timeouts left it is only nearly certain: feeds tell of a timeout after the play that it followed.
        """
        kneels = 4 - snap.down  # on fourth down only what is running off already counts
        return (
            snap.period == 4
            and snap.lead > 0
            and snap.theirs == 0
            and snap.reading_s <= KNEEL_S * kneels
            and snap.yards_to_goal < 100 - KNEEL_YD * kneels
        )

    def terms(self, snap: Snap) -> Terms:
        """Return what the base layer multiplies at this snap."""
        left_s = (4 - snap.period) * 900.0 + snap.clock_s
        half_left_s = left_s - 1800.0 if snap.period <= 2 else left_s
        points = self.expected_points(snap.down, snap.distance_yd, snap.yards_to_goal, half_left_s)
        tau = left_s / 3600.0
        root = math.sqrt(tau + self._tables.tau_eps)
        place, share = self._base_axis.at(left_s)
        kick = snap.kick if snap.period <= 2 else 0
        kick_place, kick_share = self._kick_axis.at(left_s) if kick else (0, 0.0)
        return Terms(
            place,
            share,
            0.075 * snap.lead / root,
            0.25 * snap.drift * math.sqrt(tau),
            0.075 * points / root,
            kick,
            kick_place,
            kick_share,
        )

    def base(self, coefficients: tuple[float, ...], terms: Terms) -> float:
        """Return the base layer's log-odds under the model's coefficients, or a member's."""
        place, share, lead, drift, points, kick, kick_place, kick_share = terms
        knots, rest = len(self._tables.base_knots), 1.0 - share
        odds = (coefficients[place] * rest + coefficients[place + 1] * share) * lead
        place += knots
        odds += (coefficients[place] * rest + coefficients[place + 1] * share) * drift
        place += knots
        odds += (coefficients[place] * rest + coefficients[place + 1] * share) * points
        if kick:
            at = 3 * knots - 1 + kick_place  # the first knot, half-time, adds nothing
            left = coefficients[at] * (1.0 - kick_share) if kick_place else 0.0
            odds += kick * (left + coefficients[at + 1] * kick_share)
        return odds

    def late(self, variant: Variant, snap: Snap) -> float:
        """Return the late layer's log-odds; 0 before the last minutes."""
        left_s = (4 - snap.period) * 900.0 + snap.clock_s
        if left_s >= self._tables.late_s:
            return 0.0
        lead = min(max(snap.lead, LEAST_LEAD), MOST_LEAD) - LEAST_LEAD
        group = LEAD_GROUPS[lead]
        knot, share = self._late_axis.at(left_s)
        yard, yard_share = self._late_yards.at(snap.yards_to_goal)
        odds = 0.0
        for place, weight in ((knot, 1.0 - share), (knot + 1, share)):
            if weight and place < len(variant.late):
                odds += weight * _from_table(variant.late[place], lead, group, yard, yard_share, snap)
        if snap.lead > 0:
            kneel_s = KNEEL_S * max(4 - snap.down - snap.theirs, 0)
            near = (kneel_s + ALMOST_KNELT_S - left_s) / KNEEL_S + 1.0
            if near > 0.0:
                odds += variant.kneel[0] * min(near, 2.0)
            if left_s <= kneel_s:
                odds += variant.kneel[1]
        return odds


def _from_table(table: LateTable, lead: int, group: int, yard: int, yard_share: float, snap: Snap) -> float:
    return (
        table.step[lead]
        + table.yard[yard][group] * (1.0 - yard_share)
        + table.yard[yard + 1][group] * yard_share
        + table.down[snap.down - 1][group]
        + snap.ours * table.ours[group]
        + snap.theirs * table.theirs[group]
    )


def probability(log_odds: float) -> float:
    """Turn log-odds into a probability that is not certain."""
    if log_odds >= 0.0:
        p = 1.0 / (1.0 + math.exp(-log_odds))
        return min(p, 1.0 - NEVER_CERTAIN)
    return 1.0 - min(1.0 / (1.0 + math.exp(max(log_odds, -700.0))), 1.0 - NEVER_CERTAIN)


def log_odds(p: float) -> float:
    """Turn a probability into log-odds, those of certainty held to what is not certain."""
    bounded = min(max(p, NEVER_CERTAIN), 1.0 - NEVER_CERTAIN)
    return math.log(bounded / (1.0 - bounded))
