"""Regulation snaps seen from the side with the ball: what the layers of the model take in, and who won.

Exchanging the sides of a game changes nothing here, so whatever is fitted on it obeys the mirror law
exactly.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from calibration.fit.knots import HOME_EDGE
from calibration.fit.plays import Flags, Floats, Plays, Whole
from engine.core.football import HALF_PERIODS, PERIOD_S, REGULATION_PERIODS

MOST_NEXT_POINTS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Snaps:
    """Arrays of one length, one element a snap."""

    game: Whole
    weight: Floats
    """For how many plays of the base layer one stands."""
    left_s: Floats
    """Seconds of regulation believed to be left."""
    half_left_s: Floats
    lead: Floats
    line: Floats
    """Points by which the line favours the side with the ball; NaN where there is none."""
    edge: Floats
    """Points of home advantage, where no line is known."""
    kick: Floats
    """1 where the side receives the second half's kick-off, -1 where the other does, else 0."""
    down: Whole
    distance_yd: Floats
    yards_to_goal: Floats
    ours: Whole
    """Timeouts of the side with the ball."""
    theirs: Whole
    won: Floats
    next_points: Floats
    """Points of the half's next score, for the side with the ball."""

    def __len__(self) -> int:
        return len(self.game)

    def where(self, chosen: Flags) -> "Snaps":
        """Return the chosen snaps."""
        return Snaps(**{field.name: getattr(self, field.name)[chosen] for field in fields(Snaps)})


def regulation(plays: Plays) -> tuple[Flags, Snaps]:
    """Return which plays belong to regulation, and their snaps."""
    chosen = plays.period <= REGULATION_PERIODS
    p = plays.where(chosen)
    sign = np.where(p.home_ball, 1.0, -1.0)
    before_half = p.period <= HALF_PERIODS
    left_s = (REGULATION_PERIODS - p.period) * float(PERIOD_S) + p.clock_s
    return chosen, Snaps(
        game=p.game,
        weight=np.ones(len(p)),
        left_s=left_s,
        half_left_s=np.where(before_half, left_s - HALF_PERIODS * float(PERIOD_S), left_s),
        lead=sign * (p.home_score - p.away_score),
        line=-sign * p.home_spread,
        edge=np.where(p.neutral, 0.0, sign * HOME_EDGE),
        kick=np.where(before_half, sign * p.second_half, 0.0),
        down=p.down,
        distance_yd=p.distance_yd.astype(np.float64),
        yards_to_goal=p.yards_to_goal.astype(np.float64),
        ours=np.where(p.home_ball, p.home_timeouts, p.away_timeouts),
        theirs=np.where(p.home_ball, p.away_timeouts, p.home_timeouts),
        won=np.where(p.home_ball, p.home_won, ~p.home_won).astype(np.float64),
        next_points=np.clip(sign * p.next_points, -MOST_NEXT_POINTS, MOST_NEXT_POINTS),
    )
