"""How far the members of an ensemble lie apart: the model refitted on games drawn with replacement."""

import math
from collections.abc import Sequence
from typing import Final

INTERVAL_Z: Final = 1.645
"""Standard deviations on either side of an interval that holds nine values in ten."""


def spread(log_odds: Sequence[float]) -> float:
    """Return the standard deviation of the members' log-odds; 0 where there are no members."""
    if not log_odds:
        return 0.0
    mean = sum(log_odds) / len(log_odds)
    return math.sqrt(sum((value - mean) ** 2 for value in log_odds) / len(log_odds))
