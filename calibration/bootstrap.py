"""The bootstrap over games: plays of one game share one outcome, so games are drawn again, never plays.

A mean over plays is a ratio of two sums over games. A resample draws as many games as there are, with
replacement, and so only weighs each game's two sums by how often it was drawn (Efron and Tibshirani, "An
Introduction to the Bootstrap", 1993, chapter 8: the unit that is drawn must be the independent one).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_AT_ONCE: Final = 256
"""Resamples that are worked out together, to bound memory."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over plays with its interval over games."""

    value: float
    low: float
    high: float


class GameBootstrap:
    """Draws of games, made once and used for every figure, so that differences are paired."""

    def __init__(self, game: NDArray[Any], resamples: int, seed: int) -> None:
        """Draw the games.

        Args:
            game: one game number a play; those that occur are the games.
            resamples: how often the games are drawn again.
            seed: the same seed gives the same draws.
        """
        _, self.game = np.unique(game, return_inverse=True)
        self.games = int(self.game.max(initial=-1)) + 1
        dice = np.random.default_rng(seed)
        self.draws: NDArray[np.uint8] = np.empty((resamples, self.games), dtype=np.uint8)
        """How often each game is in each resample."""
        for draw in self.draws:
            draw[:] = np.bincount(dice.integers(0, self.games, self.games), minlength=self.games)

    def per_game(self, values: NDArray[Any]) -> Floats:
        """Return the sum over each game's plays."""
        return np.asarray(np.bincount(self.game, weights=values, minlength=self.games), dtype=np.float64)

    def ratios(self, above: Floats, below: Floats) -> Floats:
        """Return ratios of sums over games: (games, figures) twice gives (resamples, figures)."""
        figures = above.shape[1]
        both = np.hstack([above, below])
        sums = np.vstack(
            [
                self.draws[start : start + _AT_ONCE].astype(np.float64) @ both
                for start in range(0, len(self.draws), _AT_ONCE)
            ]
        )
        with np.errstate(invalid="ignore"):
            ratios: Floats = sums[:, :figures] / sums[:, figures:]
        return ratios

    def estimates(
        self, wanted: Sequence[tuple[NDArray[Any], NDArray[np.bool_]]], level: float = 0.95
    ) -> list[Estimate]:
        """Return the mean over the chosen plays (at least one) of each pair of values and choice.

        The intervals are percentile intervals; a resample that drew none of the chosen plays does not count.
        """
        above = [self.per_game(np.where(chosen, values, 0.0)) for values, chosen in wanted]
        below = [self.per_game(chosen) for _, chosen in wanted]
        ratios = self.ratios(np.column_stack(above), np.column_stack(below))
        return [
            Estimate(float(np.mean(values[chosen])), *interval(column, level))
            for (values, chosen), column in zip(wanted, ratios.T, strict=True)
        ]


def interval(resampled: Floats, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of resampled figures; resamples that have none (NaN) do not count."""
    tail = (1.0 - level) / 2.0
    low, high = np.nanquantile(resampled, [tail, 1.0 - tail])
    return float(low), float(high)
