"""`wpsim gate calibration`: three ways for a model to fall short, each with its reason.

- miscalibration beyond sampling (`consistency.py`): the farthest of several directions, or MCB, lies beyond
what
  a calibrated forecast with these games would show;
- a significant loss to another forecast on the same plays: the bootstrap over games puts the whole interval
of
  the paired Brier difference above 0;
- dishonest tails (`tails.py`): sides that were once given 99 % or 99.9 % lost more games than that allows.

`level` is shared out among them, so that a sound model fails the whole gate at most that often. A model falls
short because something was seen, never because nothing could be: how many games it takes to see a fault is
measured in the tests.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibration.assess import versus
from calibration.bootstrap import GameBootstrap
from calibration.consistency import GamePaths, by_chance, consistency, log_odds
from calibration.corp import Isotonic, miscalibration
from calibration.sets import common, directions
from calibration.tails import promises
from simulator.replay.predictions import Predictions

LEVEL: Final = 0.05
FITS: Final = 400
"""Resamples of each kind that MCB is held against; its level needs the far end of their distribution."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of the gate."""

    name: str
    passed: bool
    reason: str
    """What was found, in one sentence."""
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rival:
    """Another forecast of the same plays."""

    name: str
    probability: NDArray[np.float64]
    """NaN where it says nothing."""


def judge_gate(
    plays: Predictions,
    rival: Rival | None = None,
    *,
    level: float = LEVEL,
    resamples: int = 2_000,
    fits: int = FITS,
    seed: int = 0,
    knows_line: bool = True,
) -> tuple[Criterion, ...]:
    """Return the criteria over the common set, which must not be empty.

    Args:
        plays: what the model said; those of a game together and in their order.
        rival: the forecast that must not be lost to; without it there are two criteria.
        level: how often a sound model may fail, over all criteria.
        resamples: draws of games for the paired difference.
        fits: draws of signs, of each kind, for MCB.
        seed: the same seed gives the same verdict.
        knows_line: whether the model was told the line.
    """
    inside = common(plays)
    judged = plays.where(inside)
    share = level / (2.0 if rival is None else 3.0)
    paths = GamePaths(judged.home_win_probability, judged.home_won, judged.game)
    found = [
        _directions(judged, paths, share / 2.0, seed, knows_line=knows_line),
        _mcb(judged, paths, share / 2.0, fits, seed),
    ]
    if rival is not None:
        found.append(_paired(judged, rival, inside, share, resamples, seed))
    found.append(_tails(judged, share))
    return tuple(found)


def _directions(
    judged: Predictions, paths: GamePaths, level: float, seed: int, *, knows_line: bool
) -> Criterion:
    tested = directions(judged, log_odds(judged.home_win_probability), knows_line=knows_line)
    result = consistency(paths, tested, level=level, seed=seed)
    farthest = result.directions[0]
    return Criterion(
        "calibration",
        abs(farthest.t) <= result.critical_t,
        f"{_in_words(farthest.name, farthest.t)}: {abs(farthest.t):.1f} standard errors, where a calibrated"
        f" forecast stays within {result.critical_t:.1f}",
        {"direction": farthest.name, "t": farthest.t, "critical_t": result.critical_t, "p": result.p_value},
    )


def _in_words(name: str, t: float) -> str:
    if name.startswith("confidence"):
        return f"{name}: too {'timid' if t > 0 else 'bold'}"
    if name == "favourite by the line":
        return f"{name}: wins {'more' if t > 0 else 'less'} often than said"
    return f"{name}: the home side wins {'more' if t > 0 else 'less'} often than said"


def _mcb(judged: Predictions, paths: GamePaths, level: float, fits: int, seed: int) -> Criterion:
    value = miscalibration(Isotonic(judged.home_win_probability).fit(judged.home_won))
    sets = by_chance(paths, np.array([0.5]), resamples=fits, seed=seed)
    most = max(float(np.quantile(one.mcb, 1.0 - level)) for one in sets)
    return Criterion(
        "miscalibration",
        value <= most,
        f"MCB is {value:.5f}, where a calibrated forecast stays within {most:.5f}",
        {"mcb": value, "most": most},
    )


def _paired(
    judged: Predictions, rival: Rival, inside: NDArray[np.bool_], level: float, resamples: int, seed: int
) -> Criterion:
    theirs = rival.probability[inside]
    both = np.isfinite(theirs)
    if not both.any():
        return Criterion("paired", False, f"{rival.name} says nothing about any of these plays", {"plays": 0})
    shared = judged.where(both)
    bootstrap = GameBootstrap(shared.game, resamples, seed)
    compared = versus(shared, rival.name, theirs[both], bootstrap, 1.0 - 2.0 * level)
    diff = compared.diff
    return Criterion(
        "paired",
        diff.low <= 0.0,
        f"Brier {compared.ours:.5f} against {compared.brier:.5f} of {rival.name.partition(' (')[0]} on"
        f" {compared.plays:,} plays:"
        f" difference {diff.value:+.5f}, between {diff.low:+.5f} and {diff.high:+.5f}",
        {
            "rival": rival.name, "n": compared.plays, "games": compared.games, "share_of_plays":
            float(both.mean()), "brier": compared.ours, "rival_brier": compared.brier, "diff": diff.value,
            "low": diff.low, "high": diff.high,
        },
    )  # fmt: skip


def _tails(judged: Predictions, level: float) -> Criterion:
    words = promises(judged)
    worst = min(words, key=lambda one: one.p_value)
    return Criterion(
        "tails",
        worst.p_value >= level / len(words),
        f"sides once given {worst.sure * 100:g} % lost {worst.broken} of {worst.games:,} games, where"
        f" at most {worst.expected:.1f} were to be expected (p = {worst.p_value:.2g})",
        {
            f"{one.sure:g}": {
                "games": one.games, "broken": one.broken, "expected": one.expected, "p": one.p_value
            }
            for one in words
        },
    )  # fmt: skip
