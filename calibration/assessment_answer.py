"""The JSON objects of `wpsim calibrate --json` and `wpsim gate calibration --json`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from calibration.assess import Assessment, Slice, Versus
from calibration.gate import Criterion
from calibration.sets import COMMON_SET
from engine.core.models.interface import Model


def calibrate_answer(found: Assessment | None, model: Model, seasons: Sequence[str]) -> dict[str, Any]:
    """Return what `wpsim calibrate --json` prints; `n` is 0 where there was nothing to judge."""
    answer: dict[str, Any] = {**_named(model), "seasons": list(seasons), "set": COMMON_SET}
    if found is None:
        scores = dict.fromkeys(("brier", "log_loss", "mcb", "dsc", "unc"))
        return {**answer, "n": 0, "games": 0, **scores, "by": {}, "versus": {}}
    return {
        **answer,
        **_slice(found.whole),
        "mcb": found.mcb.value,
        "dsc": found.parts.dsc,
        "unc": found.parts.unc,
        "miscalibration": asdict(found.mcb),
        "calibration_error": found.calibration_error,
        "smooth_calibration_error": found.smooth_calibration_error,
        "bins": [asdict(entry) for entry in found.bins],
        "consistency": asdict(found.consistency),
        "tails": [asdict(tail) for tail in found.tails],
        "promises": [asdict(promise) for promise in found.promises],
        "by": {one.name: _slice(one) for one in found.by},
    }


def gate_answer(
    criteria: Sequence[Criterion], model: Model, seasons: Sequence[str], plays: int, games: int
) -> dict[str, Any]:
    """Return what `wpsim gate calibration --json` prints."""
    return {
        "passed": all(criterion.passed for criterion in criteria),
        **_named(model),
        "seasons": list(seasons),
        "n": plays,
        "games": games,
        "criteria": [asdict(criterion) for criterion in criteria],
    }


def _named(model: Model) -> dict[str, Any]:
    return {"model": f"{model.name} {model.version}", "parameters": dict(sorted(model.parameters().items()))}


def _slice(one: Slice) -> dict[str, Any]:
    return {
        "n": one.plays,
        "games": one.games,
        "brier": one.brier.value,
        "brier_low": one.brier.low,
        "brier_high": one.brier.high,
        "log_loss": one.log_loss.value,
        "log_loss_low": one.log_loss.low,
        "log_loss_high": one.log_loss.high,
        "versus": {compared.reference: _versus(compared) for compared in one.versus},
    }


def _versus(compared: Versus) -> dict[str, Any]:
    return {
        "n": compared.plays,
        "games": compared.games,
        "brier": compared.brier,
        "ours": compared.ours,
        "diff": compared.diff.value,
        "low": compared.diff.low,
        "high": compared.diff.high,
        "log_loss": compared.log_loss,
        "log_loss_ours": compared.log_loss_ours,
        "log_loss_diff": compared.log_loss_diff.value,
        "log_loss_low": compared.log_loss_diff.low,
        "log_loss_high": compared.log_loss_diff.high,
    }
