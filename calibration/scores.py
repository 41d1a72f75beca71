"""Proper scores of probabilities against what happened.

Both are means over plays; lower is better. Plays of one game share one outcome, so the size of a difference
says nothing about its certainty by itself: that takes a bootstrap over games.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LOG_LOSS_CLIP: Final = 0.001
"""Probabilities are moved into [0.001, 0.999] before the logarithm, as in the published comparisons."""


def brier_score(probability: NDArray[np.float64], happened: NDArray[Any]) -> float:
    """Return mean((p - y)^2), in [0, 1]; 0.25 is a coin (Brier, Monthly Weather Review 78, 1950).

    Raises:
        ValueError: there is nothing to score, or the lengths differ, or a probability is outside [0, 1].
    """
    _check(probability, happened)
    return float(np.mean((probability - happened) ** 2))


def log_loss(probability: NDArray[np.float64], happened: NDArray[Any], clip: float = LOG_LOSS_CLIP) -> float:
    """Return mean(-log of the probability of what happened), clipped to [clip, 1 - clip]; ln 2 is a coin.

    Raises:
        ValueError: as for `brier_score`.
    """
    _check(probability, happened)
    clipped = np.clip(probability, clip, 1.0 - clip)
    return float(-np.mean(np.where(happened, np.log(clipped), np.log1p(-clipped))))


def _check(probability: NDArray[np.float64], happened: NDArray[Any]) -> None:
    if len(probability) == 0 or len(probability) != len(happened):
        raise ValueError(
            f"{len(probability)} probabilities for {len(happened)} outcomes; expected as many, at least one"
        )
    if not bool(np.all((probability >= 0.0) & (probability <= 1.0))):
        raise ValueError("a probability is outside [0, 1]")
