"""Are the sure things sure? What was said beyond 99 % and 99.9 %, against what happened.

By plays: the mean of what was said beside the share that happened. By games: when a calibrated forecast
that knows what it said before first says q >= c for either side, that side loses with probability 1 - q <=
1 - c, whatever came before (optional stopping). Games are independent, so the number of games lost after
such a word is a sum of independent chances, and its distribution is known exactly, however few games were
lost. A forecast that says 99 % at every flicker of a bad reading has many such first words, and is caught.
"""

from dataclasses import dataclass
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
class FirstWord:
    """The games in which either side was once given at least `sure`."""

    sure: float
    games: int
    lost: int
    """Those in which the side that was first given it lost."""
    expected: float
    """How many would have lost by what was said then."""
    p_value: float
    """Probability that a calibrated forecast loses as many."""
    low: float
    """Ends of the exact 95 % interval of the share lost (Clopper and Pearson, Biometrika 26, 1934)."""
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
    return tuple(
        Tail(name, int(chosen.sum()), len(np.unique(plays.game[chosen])), float(said[chosen].mean()), share)
        for (name, chosen), share in zip(beyond, happened, strict=True)
    )


def first_words(plays: Predictions) -> tuple[FirstWord, ...]:
    """Return for each threshold what became of the games in which it was reached."""
    favoured = np.maximum(plays.home_win_probability, 1.0 - plays.home_win_probability)
    lost = (plays.home_win_probability > 0.5) != plays.home_won
    found = []
    for sure in SURE:
        places = np.flatnonzero(favoured >= sure)
        _, first = np.unique(plays.game[places], return_index=True)
        first = places[first]
        chance, count = 1.0 - favoured[first], int(lost[first].sum())
        found.append(
            FirstWord(
                sure,
                len(first),
                count,
                float(chance.sum()),
                at_least(count, chance),
                float(beta.ppf(0.025, count, len(first) - count + 1)) if count else 0.0,
                float(beta.ppf(0.975, count + 1, len(first) - count)) if count < len(first) else 1.0,
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
