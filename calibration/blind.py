"""A model that is not told the line: how good is it without one, on the games that have one?"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from engine.core.models.interface import Model, Pregame, Scorer


@dataclass(frozen=True, slots=True)
class WithoutLine:
    """Another model, told everything but the spread and the total."""

    told: Model

    @property
    def name(self) -> str:
        """The other model's name; the parameters tell that it is blind."""
        return self.told.name

    @property
    def version(self) -> str:
        """The other model's version."""
        return self.told.version

    @property
    def leverage_scale(self) -> float:
        """The other model's scale."""
        return self.told.leverage_scale

    def parameters(self) -> Mapping[str, float]:
        """Return the other model's parameters, and `hide_line` 1."""
        return {**self.told.parameters(), "hide_line": 1.0}

    def for_game(self, pregame: Pregame) -> Scorer:
        """Return the other model's scorer of a game without a line."""
        return self.told.for_game(replace(pregame, home_spread=None, total=None))
