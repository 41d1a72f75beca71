"""What a replay's probabilities were worth: scores, reliability, and other models on the same plays."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from calibration.reliability import Bin, reliability_bins
from calibration.scores import brier_score, log_loss
from simulator.replay.predictions import SCORED_SET, Predictions


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the plays that both have a probability for. No claim of significance."""

    reference: str
    plays: int
    games: int
    brier: float
    """Of the replayed model on these plays."""
    reference_brier: float
    log_loss: float
    reference_log_loss: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The scores of a replay; None where there was nothing to score."""

    plays: int
    games: int
    brier: float | None
    log_loss: float | None
    bins: tuple[Bin, ...]
    comparisons: tuple[Comparison, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "brier": self.brier,
            "log_loss": self.log_loss,
            "bins": [asdict(entry) for entry in self.bins],
            "scored": {"plays": self.plays, "games": self.games, "set": SCORED_SET},
            "references": [asdict(comparison) for comparison in self.comparisons],
        }


def judge(predictions: Predictions) -> Verdict:
    """Score a replay's probabilities in regulation, and those of the reference models beside it."""
    predictions = predictions.regulation()
    probability, won = predictions.home_win_probability, predictions.home_won
    plays = len(predictions)
    return Verdict(
        plays,
        len(np.unique(predictions.game)),
        brier_score(probability, won) if plays else None,
        log_loss(probability, won) if plays else None,
        reliability_bins(probability, won),
        tuple(
            compared
            for name in predictions.references
            if (compared := _compare(predictions, name)) is not None
        ),
    )


def _compare(predictions: Predictions, name: str) -> Comparison | None:
    reference = predictions.references[name]
    both = np.isfinite(reference)
    if not both.any():
        return None
    ours, won, theirs = predictions.home_win_probability[both], predictions.home_won[both], reference[both]
    return Comparison(
        name,
        int(both.sum()),
        len(np.unique(predictions.game[both])),
        brier_score(ours, won),
        brier_score(theirs, won),
        log_loss(ours, won),
        log_loss(theirs, won),
    )
