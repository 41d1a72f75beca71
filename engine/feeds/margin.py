"""The bookmaker's margin, taken out of a two-way price by Shin's method.

A price's inverse is no probability: the inverses of both sides add up to more than one, and the surplus is
not spread evenly, as books ask relatively more of those who back the outsider. H. S. Shin ("Optimal betting
odds against insider traders", The Economic Journal 101, 1991; "Prices of state contingent claims with insider
traders, and the favourite-longshot bias", the same 102, 1992) derives how a book spreads it from a share of
informed bettors. For two outcomes his iteration has a closed form, half the surplus off each side (S. Clarke,
S. Kovalchik, M. Ingram, "Adjusting bookmaker's odds to allow for overround", American Journal of Sports
Science 5(6), 2017, who also set out the rivals):

    p = (1 + a - b) / 2        a, b: the inverse prices of the side and of the other side

Why not the rivals: proportional scaling ignores the bias; the power method, which that paper prefers because
it stays within [0, 1] with *many* outcomes, has no such advantage with two and needs a solver; and on real
college money lines it was the least accurate of the three (a test says so).
"""

import math
from typing import Final

LEAST_AMERICAN: Final = 100.0
MOST_AMERICAN: Final = 100_000.0
MOST_DECIMAL: Final = 1_001.0

LEAST_MARGIN: Final = -0.02
"""Both sides of one book below a sum of one would be free money: their prices are not of one moment."""
MOST_MARGIN: Final = 0.25
"""Beyond it the two prices are no pair of one market; live prices reach about 0.1."""


def implied_by_american(price: float) -> float | None:
    """Return the inverse of an American price (+150: 100 wins 150; -150: 150 wins 100); None if absurd."""
    if not LEAST_AMERICAN <= abs(price) <= MOST_AMERICAN:  # false for NaN, too
        return None
    return 100.0 / (100.0 + price) if price > 0 else -price / (100.0 - price)


def implied_by_decimal(price: float) -> float | None:
    """Return the inverse of a decimal price (2.5: 1 returns 2.5, the stake with it); None if absurd."""
    return 1.0 / price if 1.0 < price <= MOST_DECIMAL else None


def fair_probability(implied: float, implied_other: float) -> float | None:
    """Return the probability of the side with the first of two inverse prices, the margin removed.

    Args:
        implied: inverse decimal price of the side, in (0, 1).
        implied_other: that of the other side.

    Returns:
        A probability in (0, 1), or None where the two are no pair of prices of one market.
    """
    if not (0.0 < implied < 1.0 and 0.0 < implied_other < 1.0):
        return None
    if not LEAST_MARGIN <= margin(implied, implied_other) <= MOST_MARGIN:
        return None
    return 0.5 + (implied - implied_other) / 2.0


def margin(implied: float, implied_other: float) -> float:
    """Return the book's margin: by how much the inverse prices of both sides exceed one."""
    return math.fsum((implied, implied_other, -1.0))
