"""How long to leave a server alone after failures."""

import random


def back_off_s(first_s: float, most_s: float, doublings: int, dice: random.Random) -> float:
    """Return a pause in seconds: twice as long with each doubling, up to the most, and never in step."""
    return min(most_s, first_s * 2.0 ** min(doublings, 30)) * dice.uniform(0.5, 1.0)
