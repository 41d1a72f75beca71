"""Probabilities as the engine speaks them: whole millionths.

A probability is held as an integer number of millionths of a home win and spoken as that number divided by
1,000,000. Two things follow, and a test goes through all 1,000,001 values to prove the first: home and away
add up to exactly 1.0 in binary floating point, and differences in the last bit of a C library's `exp` vanish.
"""

import math
from typing import Final

ONE: Final = 1_000_000
EVEN: Final = 500_000


def millionths(probability: float) -> int:
    """Round a probability in [0, 1] to whole millionths; what is outside is moved to the nearer end.

    Raises ValueError for NaN: a model that returns it is broken, and no neighbour is a right answer.
    """
    if probability > 0.5:  # 1 - p is exact here, so a probability and its mirror round alike
        return ONE - round(max(0.0, 1.0 - probability) * ONE)
    if probability <= 0.5:
        return round(max(0.0, probability) * ONE)
    raise ValueError("the model returned NaN for a probability; expected a number in [0, 1]")


def logistic(log_odds: float) -> float:
    """Turn log-odds into a probability, so that those of x and -x add up to 1 to the last bit."""
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    return 1.0 - 1.0 / (1.0 + math.exp(log_odds))


def normal_cdf(z: float) -> float:
    """Evaluate the standard normal distribution, so that z and -z add up to 1 to the last bit."""
    if z >= 0.0:
        return 0.5 + 0.5 * math.erf(z * 0.7071067811865476)
    return 1.0 - (0.5 + 0.5 * math.erf(z * -0.7071067811865476))
