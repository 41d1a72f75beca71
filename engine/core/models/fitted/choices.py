"""How likely each choice is to come off: field goals, conversions, punts and tries."""

import math
from typing import Final

from engine.core.models.fitted.artefact import Choices
from engine.core.models.fitted.axis import Axis

KICK_BEHIND_LINE_YD: Final = 17.5
"""Yards from the line of scrimmage to the spot of the kick plus the depth of the end zone."""
LONGEST_KICK_YD: Final = 67.0
LEAST_PUNT_YD: Final = 30
"""Nearer to the goal than this nobody punts."""


class ChoiceOdds:
    """Success probabilities as functions of the spot and the distance."""

    def __init__(self, tables: Choices) -> None:
        self._tables = tables
        self._punt_axis = Axis(tables.punt_knots)

    @property
    def kick(self) -> float:
        """The probability that a kick after a touchdown is good."""
        return self._tables.kick

    @property
    def two_point(self) -> float:
        """The probability that a two-point try is good."""
        return self._tables.two_point

    def field_goal(self, yards_to_goal: int) -> float | None:
        """Return the probability of a field goal from this line of scrimmage; None beyond reach."""
        length_yd = yards_to_goal + KICK_BEHIND_LINE_YD
        if length_yd > LONGEST_KICK_YD:
            return None
        table, tens = self._tables.field_goal, (length_yd - 35.0) / 10.0
        long = max(tens - 1.5, 0.0)
        return chance(table[0] + table[1] * tens + table[2] * tens * tens + table[3] * long * long)

    def conversion(self, distance_yd: int, yards_to_goal: int) -> float:
        """Return the probability that a fourth down run as a play reaches the line to gain."""
        table, distance = self._tables.go, min(max(distance_yd, 1), 25)
        short, near = math.log(distance), yards_to_goal <= 10
        odds = table[0] + table[1] * short + table[2] * short * short
        if distance == 1:
            odds += table[3]
        if near:
            odds += table[4] + table[5] * short
        return chance(odds + table[6] * min(yards_to_goal, 50) / 50.0)

    def punt_end(self, yards_to_goal: int) -> int:
        """Return the yards to goal with which the other side can expect to start after a punt."""
        return min(max(round(self._punt_axis.value(self._tables.punt_end, yards_to_goal)), 1), 99)


def chance(log_odds: float) -> float:
    """Turn the log-odds of a table into a probability."""
    return 1.0 / (1.0 + math.exp(-log_odds))
