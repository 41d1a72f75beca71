"""The Brownian score difference, with the line as its drift and possession as points in hand.

The home lead moves like a Brownian motion whose drift is the betting line and whose deviation over a game is
`sigma` points (Stern, "A Brownian motion model for the progress of sports scores", JASA 89, 1994):

    z = (margin + possession's points - spread * left) / (sigma * sqrt(left + floor))

with `left` the share of regulation left. What a possession is worth is linear in the yards to goal for each
down, the least-squares fit of the next score of the half on 639,133 scrimmage plays of 2018-2022
(`POSSESSION_POINTS`), and fades as the half runs out. The floor keeps the last seconds from being certain: a
clock is read, not known.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from engine.core.clock import regulation_left_s
from engine.core.football import HALF_PERIODS, KICKOFF_RETURN_YD, OVERTIME_START_YD, REGULATION_S, Phase
from engine.core.models.interface import Pregame, possession_sign
from engine.core.probability import normal_cdf
from engine.core.state import State

_PHASE_TRY: Final = Phase.TRY

POSSESSION_POINTS: Final = (5.77, 5.42, 4.73, 3.34)
"""Points at the goal line on first to fourth down."""
POINTS_A_YARD: Final = 0.068
TRY_POINTS: Final = 0.95
HALF_S: Final = REGULATION_S // 2


@dataclass(frozen=True, slots=True)
class Brownian:
    """The model; `possession` 0 leaves the plain score difference."""

    sigma: float = 16.5
    """Deviation of the final margin about the line, points."""
    floor_s: float = 30.0
    """Seconds added to the time left in the deviation."""
    possession: float = 1.0
    """Weight of the points in hand."""
    fade_s: float = 15.0
    """Seconds left in the half at which a possession is worth half of its points."""
    overtime_sigma: float = 5.0
    home_advantage: float = 2.5
    """Points, where no line is known and the site is not neutral."""

    name = "brownian"
    version = "1"
    leverage_scale = 0.01555

    def __post_init__(self) -> None:
        """Refuse a deviation or a floor that is not above zero."""
        for name in ("sigma", "floor_s", "fade_s", "overtime_sigma"):
            if getattr(self, name) <= 0.0:
                raise ValueError(f"parameter {name} is {getattr(self, name)}; expected more than 0")

    def parameters(self) -> Mapping[str, float]:
        """Return the parameters."""
        return asdict(self)

    def for_game(self, pregame: Pregame) -> "BrownianScorer":
        """Return the scorer of one game."""
        if pregame.home_spread is not None:
            drift = 0.0 - pregame.home_spread
        else:
            drift = 0.0 if pregame.neutral_site else self.home_advantage
        return BrownianScorer(
            drift, self.sigma, self.floor_s, self.possession, self.fade_s, self.overtime_sigma
        )


@dataclass(frozen=True, slots=True)
class BrownianScorer:
    """The Brownian score difference of one game."""

    drift: float
    """Points by which the home side is expected to outscore the other over a whole game."""
    sigma: float
    floor_s: float
    possession: float
    fade_s: float
    overtime_sigma: float

    def home_win_probability(self, state: State) -> float:
        """Return the probability that the home side wins."""
        margin = state.home_score - state.away_score
        points = possession_points(state)
        if state.period > 4:
            if state.overtime_series % 2 == 1:  # the other side's series of this period is still to come
                points -= _first_and_ten(OVERTIME_START_YD)
            lead = margin + possession_sign(state) * points
            return normal_cdf(lead / self.overtime_sigma + self.drift / self.sigma / 4.0)
        left_s = regulation_left_s(state)
        half_left_s = left_s - HALF_S if state.period <= HALF_PERIODS else left_s
        points *= self.possession * half_left_s / (half_left_s + self.fade_s)
        lead = margin + possession_sign(state) * points + self.drift * left_s / REGULATION_S
        return normal_cdf(lead / (self.sigma * math.sqrt((left_s + self.floor_s) / REGULATION_S)))

    def interval(self, state: State) -> None:
        """Return None: fixed parameters have no sampling error to tell of."""

    def decision(self, state: State) -> None:
        """Return None: the model cannot value what a choice would lead to."""

    def expected_points(self, state: State) -> float:
        """Return the points in hand of the side in possession, undiscounted by the clock."""
        return possession_points(state)


def possession_points(state: State) -> float:
    """Return the points that a possession is worth to the side that has it; 0 where nobody is known to."""
    spot = state.yards_to_goal
    if state.phase is _PHASE_TRY:
        return TRY_POINTS
    if spot is None or state.possession is None:
        return 0.0
    if state.down is None:
        return _first_and_ten(KICKOFF_RETURN_YD)
    return POSSESSION_POINTS[state.down - 1] - POINTS_A_YARD * spot


def _first_and_ten(yards_to_goal: int) -> float:
    return POSSESSION_POINTS[0] - POINTS_A_YARD * yards_to_goal
