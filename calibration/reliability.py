"""Reliability: of the times a model said 70 %, did it happen 70 % of the time?"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The plays whose probability lies in [low, high); the last bin takes 1 as well."""

    low: float
    high: float
    predicted: float | None
    """Mean probability; None where no play is in the bin."""
    actual: float | None
    """Share of them in which it happened."""
    count: int


def reliability_bins(
    probability: NDArray[np.float64], happened: NDArray[Any], bins: int = BINS
) -> tuple[Bin, ...]:
    """Return the reliability table in bins of equal width over [0, 1]."""
    edges = np.arange(bins + 1) / bins
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    predicted = np.bincount(place, weights=probability, minlength=bins)
    actual = np.bincount(place, weights=np.asarray(happened, dtype=np.float64), minlength=bins)
    return tuple(
        Bin(
            float(edges[index]),
            float(edges[index + 1]),
            float(predicted[index] / count[index]) if count[index] else None,
            float(actual[index] / count[index]) if count[index] else None,
            int(count[index]),
        )
        for index in range(bins)
    )


def calibration_error(bins: tuple[Bin, ...]) -> float | None:
    """Return the mean |predicted - actual| over plays (expected calibration error), None without plays."""
    plays = sum(entry.count for entry in bins)
    if not plays:
        return None
    gaps = (
        abs(entry.predicted - entry.actual) * entry.count
        for entry in bins
        if entry.predicted is not None and entry.actual is not None
    )
    return sum(gaps) / plays
