"""The artefact: every number of the fit, rounded, with where it comes from, as JSON of one line a part."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from calibration.fit import choices, late, recipe, series
from calibration.fit.ensemble import members, overtime_log_odds_sd
from calibration.fit.knots import (
    BASE_KNOTS,
    EP_HALF,
    EP_YARDS,
    EP_YARDS_LATE,
    HOME_EDGE,
    KICK_KNOTS,
    LATE_KNOTS,
    LATE_S,
    LATE_YARDS,
    TAU_EPS,
)
from calibration.fit.plays import Floats, Plays
from calibration.fit.recipe import Layers
from calibration.fit.snaps import Snaps, regulation
from calibration.scores import brier_score
from engine.core.models.fitted.artefact import ARTEFACT_FORMAT, Artefact, Provenance, Regulation, Variant

_Struct = TypeVar("_Struct", bound=msgspec.Struct)

NAME: Final = "fitted"
RECIPE: Final = "1"
"""Version of the recipe; the model's own version adds a hash of the numbers."""
DIGITS: Final = 6
MEMBERS: Final = 12
SEED: Final = 20180901
LEVERAGE_SCALE: Final = 0.015
INTERVAL_SCALE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What of a fit is not data."""

    members: int = MEMBERS
    seed: int = SEED
    leverage_scale: float = LEVERAGE_SCALE
    interval_scale: float = INTERVAL_SCALE
    name: str = NAME


def make(plays: Plays, older: Snaps, settings: Settings, *, command: str, data_sha256: str) -> Artefact:
    """Fit everything; the same plays and settings give the same artefact.

    Args:
        plays: the plays of all seasons.
        older: fourth downs of older seasons; may be empty.
        settings: the ensemble's size and seed, and the two scales, which are measured on a finished artefact.
        command: how to make it again, without paths of this machine.
        data_sha256: hash of the data.
    """
    _, snaps = regulation(plays)
    line = recipe.fit(snaps, older, with_line=True)
    no_line = recipe.fit(snaps, older, with_line=False, ep=line.ep)
    tables = Regulation(
        base_knots=_numbers(BASE_KNOTS),
        kick_knots=_numbers(KICK_KNOTS),
        tau_eps=TAU_EPS,
        late_s=LATE_S,
        late_knots=_numbers(LATE_KNOTS),
        late_yards=_numbers(LATE_YARDS),
        ep=_numbers(line.ep),
        ep_yards=_numbers(EP_YARDS),
        ep_half=_numbers(EP_HALF),
        ep_yards_late=_numbers(EP_YARDS_LATE),
        home_edge=HOME_EDGE,
        line=_variant(line, snaps, older, settings),
        no_line=_variant(no_line, snaps, older, settings),
    )
    known = ~np.isnan(snaps.line)
    scored = snaps.where(known)
    seasons = tuple(int(season) for season in np.unique(plays.season))
    provenance = Provenance(
        command=command,
        seasons=seasons,
        data_sha256=data_sha256,
        seed=settings.seed,
        games=len(np.unique(plays.game)),
        plays=len(plays),
        code=sources_sha256(),
        scores={
            "brier_in_sample": round(brier_score(line.probability(scored), scored.won), DIGITS),
            "brier_in_sample_no_line": round(brier_score(no_line.probability(snaps), snaps.won), DIGITS),
        },
    )
    odds_of_choices = _rounded(choices.fit(plays))
    overtime_sd = overtime_log_odds_sd(plays, odds_of_choices, settings.members, settings.seed)
    return Artefact(
        format=ARTEFACT_FORMAT,
        name=settings.name,
        version=RECIPE,
        leverage_scale=settings.leverage_scale,
        interval_scale=settings.interval_scale,
        overtime_log_odds_sd=_number(overtime_sd),
        regulation=tables,
        series=_rounded(series.fit(plays)),
        choices=odds_of_choices,
        provenance=provenance,
    )


def write(artefact: Artefact, path: Path) -> None:
    """Write an artefact, so that `git diff` shows which part of it changed."""
    path.write_bytes(encode(artefact))


def encode(artefact: Artefact) -> bytes:
    """Return the artefact's bytes: JSON, a part or a table row a line."""
    parts = []
    for part in fields_of(artefact):
        value = getattr(artefact, part)
        if part == "regulation":
            inner = ",\n".join(f"  {_json(name)}: {_json(getattr(value, name))}" for name in fields_of(value))
            parts.append(f'"regulation": {{\n{inner}\n }}')
        else:
            parts.append(f"{_json(part)}: {_json(value)}")
    return ("{\n " + ",\n ".join(parts) + "\n}\n").encode()


def fields_of(struct: msgspec.Struct) -> tuple[str, ...]:
    """Return the names of a struct's fields, in order."""
    return struct.__struct_fields__


def sources_sha256() -> str:
    """Return a hash over the sources of the fit, by name and bytes."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _variant(layers: Layers, snaps: Snaps, older: Snaps, settings: Settings) -> Variant:
    drawn = members(layers, snaps, older, settings.members, settings.seed)
    return Variant(
        base=_numbers(layers.base),
        late=tuple(_rounded(table) for table in late.tables(layers.jumps)),
        kneel=(_number(layers.jumps[-2]), _number(layers.jumps[-1])),
        members=tuple(_numbers(member) for member in drawn),
    )


def _number(value: float) -> float:
    return round(float(value), DIGITS) + 0.0  # adding zero turns -0.0 into 0.0


def _numbers(values: Sequence[float] | Floats) -> tuple[float, ...]:
    return tuple(_number(value) for value in values)


def _rounded(struct: _Struct) -> _Struct:
    """Return a struct with every float in it rounded."""
    return msgspec.convert(_round_all(msgspec.to_builtins(struct)), type(struct))


def _round_all(value: Any) -> Any:
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {key: _round_all(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_round_all(inner) for inner in value]
    return value
