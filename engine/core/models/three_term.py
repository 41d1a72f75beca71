"""The three-term logistic: score, score growing with time, and field position.

    log-odds(home) = 0.12 margin + 0.15 margin elapsed + 0.05 field + 0.10

with the margin in points, the elapsed share of regulation in [0, 1], and field position in [-1, 1]: 1 is the
home side with the ball on the other goal line. The constant is home advantage and falls away at a neutral
site. It knows no betting line, and it is kept because it is what many broadcasts started from.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from engine.core.clock import regulation_left_s
from engine.core.football import HOME, REGULATION_S
from engine.core.models.interface import Pregame
from engine.core.probability import logistic
from engine.core.state import State


@dataclass(frozen=True, slots=True)
class ThreeTerm:
    """The model; its four coefficients are in log-odds."""

    margin: float = 0.12
    margin_elapsed: float = 0.15
    field: float = 0.05
    home_advantage: float = 0.10

    name = "three_term"
    version = "1"
    leverage_scale = 0.01027

    def parameters(self) -> Mapping[str, float]:
        """Return the coefficients."""
        return asdict(self)

    def for_game(self, pregame: Pregame) -> "ThreeTermScorer":
        """Return the scorer of one game."""
        return ThreeTermScorer(
            self.margin,
            self.margin_elapsed / REGULATION_S,
            self.field / 50.0,
            0.0 if pregame.neutral_site else self.home_advantage,
        )


@dataclass(frozen=True, slots=True)
class ThreeTermScorer:
    """The three terms of one game, with units folded into the coefficients."""

    margin: float
    margin_elapsed_s: float
    field_yd: float
    home_advantage: float

    def home_win_probability(self, state: State) -> float:
        """Return the probability that the home side wins."""
        points = state.home_score - state.away_score
        log_odds = self.home_advantage
        if points:
            elapsed_s = REGULATION_S - regulation_left_s(state)
            log_odds += points * (self.margin + self.margin_elapsed_s * elapsed_s)
        side, spot = state.possession, state.yards_to_goal
        if side is not None and spot is not None:
            field = (50 - spot) * self.field_yd
            log_odds += field if side is HOME else -field
        return logistic(log_odds)

    def interval(self, state: State) -> None:
        """Return None: fixed coefficients have no sampling error to tell of."""

    def decision(self, state: State) -> None:
        """Return None: the model cannot value what a choice would lead to."""

    def expected_points(self, state: State) -> None:
        """Return None: the model does not value possession in points."""
