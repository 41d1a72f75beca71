"""What the engine asks of a model, and what it tells it before kick-off.

A `Model` is a name, a version and its parameters; together they are part of every epoch. It makes one
`Scorer` a game, so that what is fixed at kick-off is computed once. A scorer is a pure function of the state:
the same state gives the same floats in every process. To add a model, write one file beside this one and
enter it in `catalogue.py`.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from engine.core.decision import Decision
from engine.core.football import HOME, OvertimeRules, overtime_rules
from engine.core.state import State


class Pregame(msgspec.Struct, frozen=True, gc=False):
    """What is known of a game before kick-off."""

    season: int | None = None
    neutral_site: bool = False
    home_spread: float | None = None
    """Below zero the home side is the favourite by that many points; None where no line is known."""
    total: float | None = None

    @property
    def rules(self) -> OvertimeRules:
        """The overtime rules of the season."""
        return overtime_rules(self.season)


def mirror_pregame(pregame: Pregame) -> Pregame:
    """Return the same game with the sides exchanged; only at a neutral site is it a game that could be."""
    spread = pregame.home_spread
    return Pregame(
        pregame.season, pregame.neutral_site, None if spread is None else 0.0 - spread, pregame.total
    )


class Scorer(Protocol):
    """One game's win probability, as a function of its state."""

    def home_win_probability(self, state: State) -> float:
        """Return the probability, in [0, 1], that the home side wins from a state before the next snap."""

    def interval(self, state: State) -> tuple[float, float] | None:
        """Return the ends of an interval about the probability, or None where the model has none."""

    def expected_points(self, state: State) -> float | None:
        """Return the expected points of the next score for the side in possession, or None."""

    def decision(self, state: State) -> Decision | None:
        """Return what a fourth down or a try offers to choose, or None where nothing is or can be valued."""


class Model(Protocol):
    """A named and versioned way to compute win probability."""

    @property
    def name(self) -> str:
        """The catalogue's name."""

    @property
    def version(self) -> str:
        """Changes whenever any probability could."""

    @property
    def leverage_scale(self) -> float:
        """Mean expected |change in win probability| of a scrimmage play over real seasons."""

    def parameters(self) -> Mapping[str, float]:
        """Return everything tunable, by name; equal parameters mean equal probabilities."""

    def for_game(self, pregame: Pregame) -> Scorer:
        """Return the scorer of one game."""


def possession_sign(state: State) -> int:
    """Return 1 where the home side has the ball, -1 where the away side has it, 0 where it is unknown."""
    side = state.possession
    if side is None:
        return 0
    return 1 if side is HOME else -1
