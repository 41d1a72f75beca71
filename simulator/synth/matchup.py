"""Two sides before kick-off: the line between them, and what it makes of their strength on every play.

The line and the score are all that matters: the strengths follow from spread and total, and move a little
with the score, since a side that does better than its line is likely better than its line. So the true win
probability is a function of the line and the state. The function was fitted by playing
(`calibration/synth_strength.py`).
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from engine.core.football import OvertimeRules, overtime_rules
from simulator.synth.tables import read_table, tables

FORM: Final = 0.125
"""Points a game by which a side proves better than its line for each point that it is ahead of it.

The posterior mean of a strength whose prior deviates by about 5 points a game, under a score that deviates
by 15: this is what makes generated margins scatter about the spread as real ones do.
"""
SCORING_FORM: Final = 0.24
"""The same for both sides' points beyond the total."""
STRONGEST: Final = 0.97
EVEN: Final = 1e-4
"""Strength 0 in practice: the machine divides by it."""

Strength = tuple[float, float, float]
"""Strength at the line; its change a point of home lead, and a point of both sides', beyond the line."""

_CENTRE: Final = 28.0
"""Points of an average side."""
_LEAST_POINTS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Matchup:
    """The line of a game and the season whose rules it is played by."""

    home_spread: float
    """Below zero the home side is the favourite; also on a neutral site."""
    total: float
    season: int = 2024

    @property
    def rules(self) -> OvertimeRules:
        """The overtime rules of the season."""
        return overtime_rules(self.season)

    def strengths(self) -> tuple[Strength, Strength]:
        """Return how far up the home and the away side draw their plays: -1 to 1, 0 is an average side."""
        home, away = (self.total - self.home_spread) / 2, (self.total + self.home_spread) / 2
        return _strength_about(home, away, 1), _strength_about(away, home, -1)


@dataclass(frozen=True, slots=True)
class FixedStrengths(Matchup):
    """A matchup whose strengths are given, for fitting the function above."""

    home: float = 0.0
    away: float = 0.0

    def strengths(self) -> tuple[Strength, Strength]:
        """Return the given strengths, which the score does not change."""
        return (self.home or EVEN, 0.0, 0.0), (self.away or EVEN, 0.0, 0.0)


def _strength_about(own: float, other: float, sign: int) -> Strength:
    """Return a side's strength with its slopes, from what five points more and less would make of it."""
    step = 5.0
    by_margin = (strength(own + step, other - step) - strength(own - step, other + step)) / (4 * step)
    by_points = (strength(own + step, other + step) - strength(own - step, other - step)) / (4 * step)
    return strength(own, other), sign * FORM * by_margin, SCORING_FORM * by_points


def strength(own_points: float, other_points: float) -> float:
    """Return the strength of a side that is expected to score `own_points` against `other_points`."""
    x = (max(own_points, _LEAST_POINTS) - _CENTRE) / 10
    y = (max(other_points, _LEAST_POINTS) - _CENTRE) / 10
    c = _coefficients()
    t = c[0] + c[1] * x + c[2] * y + c[3] * x * x + c[4] * x * y + c[5] * y * y
    t += c[6] * x * x * x + c[7] * x * x * y + c[8] * x * y * y + c[9] * y * y * y
    return min(max(t, -STRONGEST), STRONGEST)


def draw_line(random_a: float, random_b: float) -> tuple[float, float]:
    """Return (home spread, total) of the real distribution, from two numbers in [0, 1)."""
    t = tables()
    spread = t.home_spread[int(random_a * len(t.home_spread))]
    band = sum(abs(spread) >= edge for edge in t.band_edges)
    totals = t.totals[band]
    return spread, totals[int(random_b * len(totals))]


@cache
def _coefficients() -> tuple[float, ...]:
    return tuple(read_table("strength")["coefficients"])
