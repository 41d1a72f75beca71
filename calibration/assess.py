"""What a model's probabilities are worth, with intervals over games: all that `wpsim calibrate` says."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibration.bootstrap import Estimate, GameBootstrap
from calibration.consistency import Chance, Consistency, GamePaths, by_chance, consistency, log_odds
from calibration.corp import Decomposition, Isotonic, Pooled, decompose, miscalibration
from calibration.reliability import Bin, calibration_error, reliability_bins
from calibration.scores import LOG_LOSS_CLIP
from calibration.sets import common, directions, slices
from calibration.smooth import smooth_calibration_error
from calibration.tails import Promise, Tail, promises, tails
from simulator.replay.predictions import Predictions

Floats = NDArray[np.float64]

FITS: Final = 10
"""An isotonic regression is drawn again in one of so many resamples: it takes longer than a sum."""
FEWEST_FITS: Final = 40
BAND_AT: Final = np.linspace(0.005, 0.995, 100)
LEVEL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Versus:
    """Two forecasts on the plays that both have, paired: differences are ours minus theirs."""

    reference: str
    plays: int
    games: int
    brier: float
    """Theirs."""
    ours: float
    diff: Estimate
    """Of the Brier scores; below 0 we are better."""
    log_loss: float
    log_loss_ours: float
    log_loss_diff: Estimate


@dataclass(frozen=True, slots=True)
class Slice:
    """The scores on some of the plays."""

    name: str
    plays: int
    games: int
    brier: Estimate
    log_loss: Estimate
    versus: tuple[Versus, ...]


@dataclass(frozen=True, slots=True)
class Miscalibration:
    """The MCB part of the Brier score, and how much of it sampling alone makes."""

    value: float
    low: float
    high: float
    """Ends of the two one-sided 95 % bounds of the MCB that endless games would show."""
    safe_high: float
    """An upper bound that is too high, if anything."""
    by_chance: float
    """Mean MCB of a calibrated forecast with these games."""
    by_chance_high: float
    """A calibrated forecast stays below this with 95 %."""


@dataclass(frozen=True, slots=True)
class Band:
    """Where the curve of a calibrated forecast with these games lies with 95 %, point by point."""

    said: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known of a forecast over the common set, and of its slices in and outside of it."""

    whole: Slice
    parts: Decomposition
    mcb: Miscalibration
    calibration_error: float
    smooth_calibration_error: float
    bins: tuple[Bin, ...]
    curve: Pooled
    """The CORP reliability curve."""
    band: Band
    consistency: Consistency
    tails: tuple[Tail, ...]
    promises: tuple[Promise, ...]
    by: tuple[Slice, ...]


def assess(plays: Predictions, *, resamples: int, seed: int, knows_line: bool = True) -> Assessment | None:
    """Return the assessment, or None where the common set is empty.

    Args:
        plays: what a model said; those of a game together and in their order.
        resamples: draws of games; isotonic regressions take a tenth of it.
        seed: the same seed gives the same figures.
        knows_line: whether the model was told the line.
    """
    inside = common(plays)
    if not inside.any():
        return None
    judged = plays.where(inside)
    whole, *by = _slices(plays, GameBootstrap(plays.game, resamples, seed))
    said, won = judged.home_win_probability, judged.home_won
    paths = GamePaths(said, won, judged.game)
    bootstrap = GameBootstrap(judged.game, resamples, seed)
    bins = reliability_bins(said, won)
    error = calibration_error(bins)
    assert error is not None
    fits = max(FEWEST_FITS, resamples // FITS)
    chance = by_chance(paths, BAND_AT, resamples=fits // 2, seed=seed)
    tested = directions(judged, log_odds(said), knows_line=knows_line)
    return Assessment(
        whole,
        decompose(said, won),
        _miscalibration(judged, bootstrap, fits, chance),
        error,
        smooth_calibration_error(said, won),
        bins,
        Isotonic(said).fit(won),
        _band(chance),
        consistency(paths, tested, level=LEVEL, seed=seed),
        tails(judged, bootstrap),
        promises(judged),
        tuple(by),
    )


def squared_error(probability: Floats, happened: NDArray[Any]) -> Floats:
    """Return (p - y)^2 of each play."""
    loss: Floats = (probability - happened) ** 2
    return loss


def log_error(probability: Floats, happened: NDArray[Any]) -> Floats:
    """Return minus the logarithm of the probability of what happened, clipped as in `scores.log_loss`."""
    clipped = np.clip(probability, LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP)
    return -np.where(happened, np.log(clipped), np.log1p(-clipped))


def versus(plays: Predictions, name: str, theirs: Floats, bootstrap: GameBootstrap, level: float) -> Versus:
    """Return the paired comparison with another forecast (NaN where it says nothing) over all the plays."""
    slot = _Slot("", np.ones(len(plays), dtype=np.bool_), {name: np.isfinite(theirs)})
    wanted = _wanted(slot, _losses(plays, plays.home_win_probability), {name: _losses(plays, theirs)})
    return _slice(plays, slot, bootstrap.estimates(wanted, level), {name: theirs}).versus[0]


@dataclass(frozen=True, slots=True)
class _Slot:
    """A slice before it is scored: its plays, and those that each reference has a promise on."""

    name: str
    chosen: NDArray[np.bool_]
    shared: dict[str, NDArray[np.bool_]]


_Losses = tuple[Floats, Floats]


def _losses(plays: Predictions, said: Floats) -> _Losses:
    return squared_error(said, plays.home_won), log_error(said, plays.home_won)


def _slices(plays: Predictions, bootstrap: GameBootstrap) -> list[Slice]:
    """Return the common set, and then the slices that have plays. All means are drawn again together."""
    slots = [
        _Slot(
            name,
            chosen,
            {
                reference: shared
                for reference, values in plays.references.items()
                if (shared := chosen & np.isfinite(values)).any()
            },
        )
        for name, chosen in (("all", common(plays)), *slices(plays))
        if chosen.any()
    ]
    ours = _losses(plays, plays.home_win_probability)
    theirs = {name: _losses(plays, values) for name, values in plays.references.items()}
    wanted = [_wanted(slot, ours, theirs) for slot in slots]
    found = iter(bootstrap.estimates([pair for one in wanted for pair in one]))
    return [
        _slice(plays, slot, list(islice(found, len(one))), plays.references)
        for slot, one in zip(slots, wanted, strict=True)
    ]


def _wanted(slot: _Slot, ours: _Losses, theirs: dict[str, _Losses]) -> list[tuple[Floats, NDArray[np.bool_]]]:
    """Return what is to be averaged for a slice: our two losses, then two differences a reference."""
    wanted = [(loss, slot.chosen) for loss in ours]
    for name, shared in slot.shared.items():
        wanted += [(us - them, shared) for us, them in zip(ours, theirs[name], strict=True)]
    return wanted


def _slice(plays: Predictions, slot: _Slot, found: list[Estimate], references: Mapping[str, Floats]) -> Slice:
    brier, log_loss, *diffs = found
    compared = []
    for place, (name, shared) in enumerate(slot.shared.items()):
        on = plays.where(shared)
        ours, theirs = _losses(on, on.home_win_probability), _losses(on, references[name][shared])
        brier_diff, log_diff = diffs[2 * place : 2 * place + 2]
        compared.append(
            Versus(
                name, len(on), len(np.unique(on.game)),
                float(theirs[0].mean()), float(ours[0].mean()), brier_diff,
                float(theirs[1].mean()), float(ours[1].mean()), log_diff,
            )
        )  # fmt: skip
    games = len(np.unique(plays.game[slot.chosen]))
    return Slice(slot.name, int(slot.chosen.sum()), games, brier, log_loss, tuple(compared))


def _miscalibration(
    judged: Predictions, bootstrap: GameBootstrap, fits: int, chance: tuple[Chance, Chance]
) -> Miscalibration:
    """Return MCB with bounds.

    A resample of games takes the noise of the sample for truth and adds its own, so MCB rises by about as
    much from the sample to a resample as it rose from the truth to the sample. The basic bootstrap takes
    that off again: its upper bound is twice the value minus the 5 % quantile of the resamples. On Brownian
    games whose truth is known it covered the true MCB 90 to 94 times in 100, and always where the truth was
    0; the plain 95 % quantile of the resamples, `safe_high`, carries both rises and never failed to cover.
    """
    isotonic = Isotonic(judged.home_win_probability)
    outcome = judged.home_won.astype(np.float64)[isotonic.order]
    game = bootstrap.game[isotonic.order]
    value = miscalibration(isotonic.fit_ordered(outcome))
    again = [miscalibration(isotonic.fit_ordered(outcome, draw[game])) for draw in bootstrap.draws[:fits]]
    below, above = (float(q) for q in np.quantile(again, [LEVEL, 1.0 - LEVEL]))
    return Miscalibration(
        value,
        max(0.0, 2.0 * value - above),
        max(0.0, 2.0 * value - below),
        above,
        float(np.mean([one.mcb for one in chance])),
        max(float(np.quantile(one.mcb, 1.0 - LEVEL)) for one in chance),
    )


def _band(chance: tuple[Chance, Chance]) -> Band:
    tail = LEVEL / 2.0
    ends = [np.quantile(one.curves, [tail, 1.0 - tail], axis=0) for one in chance]
    low, high = np.minimum(ends[0][0], ends[1][0]), np.maximum(ends[0][1], ends[1][1])
    return Band(BAND_AT, np.maximum(low, 0.0), np.minimum(high, 1.0))
