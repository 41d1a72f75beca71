"""Are the sure things sure? What was said beyond 99 % and 99.9 %, against what happened.

By plays: the mean of what was said beside the share that happened. By games: a side that was once given at
least c = 99 % is a promise, and it is broken when that side loses. When a calibrated forecast that knows
what it said before first gives q >= c to a side, that side loses with probability 1 - q, whatever came
before (optional stopping); and the other side is given c later on with at most (1 - q) / c (Doob), to lose
then with at most 1 - c. So a promise is broken in the game with at most (1 - q) (1 + (1 - c) / c) = (1 - q)
/ c. Games are independent, so the number of games with a broken promise is at most a sum of independent
chances, whose distribution is known exactly, however few they are. A forecast that says 99 % at every
flicker of a bad reading breaks many, and is caught.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from calibration.bootstrap import Estimate, GameBootstrap
from simulator.replay.predictions import Predictions

Floats = NDArray[np.float64]

SURE: Final = (0.99, 0.999)


@dataclass(frozen=True, slots=True)
class Tail:
    """The plays before which the home side's probability lay beyond a threshold."""

    name: str
    plays: int
    games: int
    said: float
    """Mean home win probability."""
    happened: Estimate
    """Share of the plays in whose games the home side won, with its interval over games."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The games in which a side was once given at least `sure`."""

    sure: float
    games: int
    broken: int
    """Those that such a side lost."""
    expected: float
    """How many a calibrated forecast would break, at most."""
    p_value: float
    """Probability that a calibrated forecast breaks as many, at most."""
    low: float
    """Ends of the exact 95 % interval of the share broken (Clopper and Pearson, Biometrika 26, 1934)."""
    high: float


def tails(plays: Predictions, bootstrap: GameBootstrap) -> tuple[Tail, ...]:
    """Return the four tails that have plays; `bootstrap` is over the games of `plays`."""
    said = plays.home_win_probability
    beyond = [(f"over {sure:g}", said >= sure) for sure in SURE]
    beyond += [(f"under {1.0 - sure:g}", said <= 1.0 - sure) for sure in SURE]
    beyond = [(name, chosen) for name, chosen in beyond if chosen.any()]
    if not beyond:
        return ()
    happened = bootstrap.estimates([(plays.home_won, chosen) for _, chosen in beyond])
    found = []
    for (name, chosen), share in zip(beyond, happened, strict=True):
        games = len(np.unique(plays.game[chosen]))
        found.append(
            Tail(name, int(chosen.sum()), games, float(said[chosen].mean()), _with_doubt(share, games))
        )
    return tuple(found)


def _with_doubt(share: Estimate, games: int) -> Estimate:
    """Return the share with an interval of some width where every game went one way.

    Drawing such games again shows no other; what could still be is bounded by their number (Clopper and
    Pearson).
    """
    could_be = 1.0 - 0.025 ** (1.0 / games)
    if share.value == 0.0:
        return replace(share, high=max(share.high, could_be))
    return replace(share, low=min(share.low, 1.0 - could_be)) if share.value == 1.0 else share


def promises(plays: Predictions) -> tuple[Promise, ...]:
    """Return for each threshold what became of the games in which it was reached."""
    favoured = np.maximum(plays.home_win_probability, 1.0 - plays.home_win_probability)
    lost = (plays.home_win_probability > 0.5) != plays.home_won
    found = []
    for sure in SURE:
        places = np.flatnonzero(favoured >= sure)
        given, first = np.unique(plays.game[places], return_index=True)
        chance = np.minimum((1.0 - favoured[places[first]]) / sure, 1.0)
        games, broken = len(given), len(np.unique(plays.game[places[lost[places]]]))
        found.append(
            Promise(
                sure,
                games,
                broken,
                float(chance.sum()),
                at_least(broken, chance),
                float(beta.ppf(0.025, broken, games - broken + 1)) if broken else 0.0,
                float(beta.ppf(0.975, broken + 1, games - broken)) if broken < games else 1.0,
            )
        )
    return tuple(found)


def at_least(count: int, chance: NDArray[Any]) -> float:
    """Return the probability that at least `count` of independent events happen, each with its own chance."""
    fewer = np.zeros(count + 1)  # the chance of 0, 1, ..., count - 1 events; the last stands for all others
    fewer[0] = 1.0
    for one in chance:
        moved = fewer * one
        fewer -= moved
        fewer[1:] += moved[:-1]
        fewer[-1] += moved[-1]
    return float(fewer[count])
