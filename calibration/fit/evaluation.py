"""Scores seasons with models that have not seen them, through the product's own replay: the bars of the fit.

Each season is replayed as it would be on the air, once as it stands and once with its lines withheld, and
every comparison is paired, on the plays both have, with intervals over games. docs/model.md shows the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec.structs import replace as replace_struct

from calibration.assess import Slice, Versus, assess
from calibration.sets import common, regulation
from engine.core.models.interface import Model, Pregame, Scorer
from engine.store.models import open_model
from simulator.replay.predictions import Predictions, merge
from simulator.replay.run import replay
from simulator.season.reader import open_season

RESAMPLES: Final = 1_000
SEED: Final = 7
DIGITS: Final = 5
UNSEEN_FROM: Final = 2021
"""Seasons from this one on are new to the booster of December 2020, too."""


class WithoutLine:
    """A model from which the lines are withheld."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.name: Final = f"{model.name}_no_line"
        self.version: Final = model.version
        self.leverage_scale: Final = model.leverage_scale

    def parameters(self) -> Mapping[str, float]:
        """Return the model's."""
        return self._model.parameters()

    def for_game(self, pregame: Pregame) -> Scorer:
        """Return the scorer of the same game without a line."""
        return self._model.for_game(replace_struct(pregame, home_spread=None, total=None))


@dataclass(frozen=True, slots=True)
class Scored:
    """All seasons as their models saw them: with lines, and on the same plays without."""

    with_line: Predictions
    no_line: Predictions


def score(seasons: Mapping[Path, Path]) -> Scored:
    """Replay each season file with the artefact that has not seen it.

    Raises:
        InputError: a season file cannot be used.
        ValueError: an artefact cannot be used.
    """
    with_line, no_line, games = [], [], [0]
    for season, artefact in seasons.items():
        opened, model = open_season(season), open_model(str(artefact))
        result = replay(opened, model=model)
        with_line.append(result.predictions)
        no_line.append(replay(opened, model=WithoutLine(model)).predictions)
        games.append(games[-1] + len(result.games))
    return Scored(merge(with_line, games[:-1]), merge(no_line, games[:-1]))


def judge(scored: Scored) -> dict[str, Any]:
    """Return the bars as JSON values: scores, paired differences (ours less theirs) and their intervals."""
    plays, bare = scored.with_line, scored.no_line
    shared = common(plays)
    for values in plays.references.values():
        shared &= np.isfinite(values)
    judged = plays.where(shared | ~regulation(plays))
    whole = assess(judged, resamples=RESAMPLES, seed=SEED)
    if whole is None:
        raise ValueError("no play has a line and every reference")
    unseen = judged.where(judged.season >= UNSEEN_FROM)
    later = assess(unseen, resamples=RESAMPLES, seed=SEED)
    without = assess(bare.where(shared), resamples=RESAMPLES, seed=SEED)
    assert later is not None
    assert without is not None
    told = {"all": _slice(whole.whole), **{one.name: _slice(one) for one in whole.by}}
    return {
        "plays": whole.whole.plays,
        "games": whole.whole.games,
        "slices": told,
        f"from_{UNSEEN_FROM}": _slice(later.whole),
        "no_line": _slice(without.whole),
        "no_line_by_season": {one.name: _slice(one) for one in without.by if one.name.startswith("season_")},
        "mcb": {"value": round(whole.mcb.value, DIGITS), "upper": round(whole.mcb.high, DIGITS)},
        "parts": {
            "dsc": round(whole.parts.dsc, DIGITS),
            "unc": round(whole.parts.unc, DIGITS),
        },
        "tails": {
            tail.name: {
                "plays": tail.plays,
                "said": round(tail.said, DIGITS),
                "happened": round(tail.happened.value, DIGITS),
            }
            for tail in whole.tails
        },
    }


def _slice(one: Slice) -> dict[str, Any]:
    return {
        "plays": one.plays,
        "games": one.games,
        "brier": round(one.brier.value, DIGITS),
        "log_loss": round(one.log_loss.value, DIGITS),
        "versus": {versus.reference: _versus(versus) for versus in one.versus},
    }


def _versus(one: Versus) -> dict[str, float]:
    figures = {"ours": one.ours, "brier": one.brier, "diff": one.diff.value, "low": one.diff.low}
    return {name: round(value, DIGITS) for name, value in (figures | {"high": one.diff.high}).items()}
