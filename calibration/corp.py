"""CORP: what a forecast loses to miscalibration and gains by discrimination, without choosing bins.

The best monotone recalibration of a forecast is the isotonic regression of the outcomes on it, found by
pool-adjacent-violators. Its score splits the Brier score into three parts,

    Brier = MCB - DSC + UNC,   MCB = Brier(p) - Brier(r),  DSC = UNC - Brier(r),  UNC = mean(y) (1 - mean(y)),

with r the recalibrated forecast (Dimitriadis, Gneiting and Jordan, "Stable reliability diagrams for
probabilistic classifiers", PNAS 118(8), 2021). The fit sees the outcomes, so MCB is above 0 by chance alone:
`consistency.py` says by how much.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The three parts of a Brier score; `brier = mcb - dsc + unc`."""

    mcb: float
    """Miscalibration, from 0 (the best monotone recalibration changes nothing)."""
    dsc: float
    """Discrimination, from 0 (knows no more than the share of wins) to `unc`."""
    unc: float
    """Uncertainty of the outcomes, 0 to 0.25; no forecast changes it."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """A recalibrated forecast: one element a distinct probability, rising."""

    said: Floats
    mean: Floats
    """Mean outcome of the plays with that probability."""
    fit: Floats
    """The isotonic fit to these means."""
    plays: Floats
    """Weight of each."""


class Isotonic:
    """A forecast sorted once, to be recalibrated against many outcomes or weights."""

    def __init__(self, probability: Floats) -> None:
        self.order = np.argsort(probability, kind="stable")
        ordered = probability[self.order]
        self._starts = np.flatnonzero(np.diff(ordered, prepend=-1.0))
        self.levels: Floats = ordered[self._starts]
        """The distinct probabilities, rising."""
        self._plays = np.diff(self._starts, append=len(ordered)).astype(np.float64)

    def fit(self, outcome: NDArray[Any], weight: NDArray[Any] | None = None) -> Pooled:
        """Return the isotonic regression of outcomes (any reals) given in the order of the plays."""
        ordered = np.asarray(outcome, dtype=np.float64)[self.order]
        return self.fit_ordered(ordered, None if weight is None else np.asarray(weight)[self.order])

    def fit_ordered(self, outcome: Floats, weight: NDArray[Any] | None = None) -> Pooled:
        """Return the same for outcomes and weights that are in `self.order` already."""
        if weight is None:
            plays, said = self._plays, self.levels
            means = np.add.reduceat(outcome, self._starts) / plays
        else:
            plays = np.add.reduceat(np.asarray(weight, dtype=np.float64), self._starts)
            there = plays > 0.0
            sums = np.add.reduceat(weight * outcome, self._starts)
            plays, said = plays[there], self.levels[there]
            means = sums[there] / plays
        return Pooled(said, means, isotonic_regression(means, weights=plays).x, plays)


def miscalibration(pooled: Pooled) -> float:
    """Return MCB, in [0, 1]: mean((p - y)^2) - mean((r - y)^2), with what is common to both left out."""
    gain = (pooled.said - pooled.mean) ** 2 - (pooled.fit - pooled.mean) ** 2
    return float(np.sum(pooled.plays * gain) / np.sum(pooled.plays))


def decompose(probability: Floats, happened: NDArray[Any]) -> Decomposition:
    """Return the CORP decomposition of the Brier score (at least one play)."""
    outcome = np.asarray(happened, dtype=np.float64)
    share = float(outcome.mean())
    pooled = Isotonic(probability).fit(outcome)
    mcb = miscalibration(pooled)
    uncertainty = share * (1.0 - share)
    best = float(np.mean((probability - outcome) ** 2)) - mcb
    return Decomposition(mcb, uncertainty - best, uncertainty)
