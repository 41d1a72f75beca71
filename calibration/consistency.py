"""Is a forecast calibrated, but for sampling? Tests that know that the plays of one game share one outcome.

A calibrated forecast has residuals y - p of mean 0, whatever it said: for every function h of the situation
the sum of h (y - p) over all plays has mean 0. Its variance is the question. Residuals of one game hang
together, and taking each game as one draw (cluster-robust variance) fails where misses are rare: a bin of
sure things in which nobody happened to lose shows hardly any variance, and a sound forecast of 250 games is
called miscalibrated 15 times in 100 where 1.7 were asked for.

A forecast that knows what it said before is a martingale: its next value, and at last the outcome, has its
present one as mean. Then y - p is the sum of the steps still to come, and the sum over all plays is a sum
of steps, each times the h of the plays before it, whose squares add up to the variance (Hall and Heyde,
"Martingale Limit Theory and its Application", 1980, theorem 3.2). Every small step bears witness, so that
rare misses are no trouble. A forecast may be calibrated and yet slow to react; then the variance by games
is the larger one. Whichever is larger is used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibration.corp import Isotonic, miscalibration
from calibration.scores import LOG_LOSS_CLIP

Floats = NDArray[np.float64]

_DRAWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Direction:
    """One way of being miscalibrated: how far the residuals point along a function of the situation."""

    name: str
    t: float
    """In standard errors; below 0 it happened less than was said along h."""


@dataclass(frozen=True, slots=True)
class Consistency:
    """What the test of several directions at once found."""

    directions: tuple[Direction, ...]
    """The farthest from 0 first."""
    critical_t: float
    """A calibrated forecast's farthest direction lies beyond this with the probability that was asked for."""
    p_value: float


class GamePaths:
    """The steps of a forecast through its games: from play to play, and from the last one to the outcome."""

    def __init__(self, probability: Floats, happened: NDArray[Any], game: NDArray[Any]) -> None:
        """Take the plays (at least one), those of a game together and in their order."""
        self.probability = probability
        self.residual: Floats = np.asarray(happened, dtype=np.float64) - probability
        self.first = np.flatnonzero(np.diff(game, prepend=game[0] - 1))
        """Place of each game's first play."""
        self.last = np.append(self.first[1:], len(game)) - 1
        self.of = np.repeat(np.arange(len(self.first)), self.last - self.first + 1)
        """Number of each play's game."""
        after = np.append(probability[1:], 0.0)
        after[self.last] = np.asarray(happened, dtype=np.float64)[self.last]
        self.step: Floats = after - probability

    def so_far(self, values: Floats) -> Floats:
        """Return the sum of a game's values up to and with each play."""
        sums = np.cumsum(values, axis=0)
        result: Floats = sums - (sums[self.first] - values[self.first])[self.of]
        return result

    def to_come(self, steps: Floats) -> Floats:
        """Return the sum of a game's steps from each play on; of `self.step` it is the residual."""
        sums = self.so_far(steps)
        result: Floats = sums[self.last][self.of] - sums + steps
        return result


def log_odds(probability: Floats, clip: float = LOG_LOSS_CLIP) -> Floats:
    """Return ln(p / (1 - p)), with p moved into [clip, 1 - clip]."""
    clipped = np.clip(probability, clip, 1.0 - clip)
    odds: Floats = np.log(clipped) - np.log1p(-clipped)
    return odds


def consistency(
    paths: GamePaths, directions: Mapping[str, NDArray[Any]], *, level: float, seed: int
) -> Consistency:
    """Test that residuals point along none of the directions, all at once (sup-t).

    Args:
        paths: the forecast and the outcomes.
        directions: h of each play, by name, known before the play. One without any spread is left out.
        level: probability of rejecting a calibrated forecast.
        seed: of the draws for the critical value; the same seed gives the same answer.
    """
    steps = paths.so_far(np.column_stack([np.asarray(h, dtype=np.float64) for h in directions.values()]))
    steps *= paths.step[:, None]
    by_game = np.add.reduceat(steps, paths.first, axis=0)
    covariance = steps.T @ steps
    by_step = np.diag(covariance)
    alive = by_step > 0.0
    variance = np.maximum(by_step, np.sum(by_game**2, axis=0))[alive]
    t = by_game.sum(axis=0)[alive] / np.sqrt(variance)
    spread = np.sqrt(by_step[alive])
    farthest = _farthest(covariance[np.ix_(alive, alive)] / np.outer(spread, spread), seed)
    observed = float(np.abs(t).max(initial=0.0))
    names = [name for name, lives in zip(directions, alive, strict=True) if lives]
    found = [Direction(name, float(value)) for name, value in zip(names, t, strict=True)]
    return Consistency(
        tuple(sorted(found, key=lambda direction: -abs(direction.t))),
        float(np.quantile(farthest, 1.0 - level)),
        float((1 + np.sum(farthest >= observed)) / (1 + _DRAWS)),
    )


@dataclass(frozen=True, slots=True)
class Chance:
    """What a calibrated forecast with these games would show by sampling alone."""

    mcb: Floats
    """MCB of each resample."""
    curves: Floats
    """The reliability curve of each resample at the points asked for."""


def by_chance(paths: GamePaths, at: Floats, *, resamples: int, seed: int) -> tuple[Chance, Chance]:
    """Return two sets of resamples under the hypothesis that the forecast is calibrated.

    Outcomes are made whose mean is p by construction: p + residual with random signs. In the first set one
    sign is drawn a game (wild cluster bootstrap: Cameron, Gelbach and Miller, "Bootstrap-based improvements
    for inference with clustered errors", Review of Economics and Statistics 90(3), 2008), in the second one
    a step. Isotonic regression takes any real outcome. For the reasons at the top it is the wider set that
    counts.
    """
    isotonic = Isotonic(paths.probability)
    dice = np.random.default_rng(seed)

    def resample(residual: Floats) -> tuple[float, Floats]:
        pooled = isotonic.fit(paths.probability + residual)
        return miscalibration(pooled), np.interp(at, pooled.said, pooled.fit)

    def several(residuals: Callable[[], Floats]) -> Chance:
        mcb, curves = zip(*(resample(residuals()) for _ in range(resamples)), strict=True)
        return Chance(np.array(mcb), np.array(curves))

    return (
        several(lambda: _signs(dice, len(paths.first))[paths.of] * paths.residual),
        several(lambda: paths.to_come(_signs(dice, len(paths.of)) * paths.step)),
    )


def _farthest(correlation: Floats, seed: int) -> Floats:
    """Return draws of the largest |t| among normal directions of this correlation."""
    width = len(correlation)
    root = np.linalg.cholesky(correlation + 1e-9 * np.eye(width)) if width else correlation
    draws = np.random.default_rng(seed).normal(size=(_DRAWS, width)) @ root.T
    return np.asarray(np.abs(draws).max(axis=1, initial=0.0))


def _signs(dice: np.random.Generator, count: int) -> Floats:
    return np.asarray(dice.integers(0, 2, count) * 2.0 - 1.0, dtype=np.float64)
