"""What a run must hold to: latency limits by stage, and the conditions under which it counts at all.

Objectives stand in a small TOML file; `data/objectives.toml` holds those that the live system is required to
meet, and shows every key.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from simulator.season.errors import InputError

PERCENTILES: Final = {"p50_ms": 50.0, "p95_ms": 95.0, "p99_ms": 99.0, "p999_ms": 99.9, "max_ms": 100.0}
"""Keys of a stage's limits, and the percentiles that they limit."""
_RUN_KEYS: Final = ("minimum_clients", "minimum_deliveries", "maximum_broken_histories", "maximum_error_rate")


@dataclass(frozen=True, slots=True)
class Objectives:
    """What a run must hold to."""

    limits_ms: dict[str, dict[str, float]] = field(default_factory=dict)
    """By stage and key of `PERCENTILES`, milliseconds."""
    minimum_clients: int = 0
    minimum_deliveries: int = 1
    maximum_broken_histories: int = 0
    maximum_error_rate: float = 0.0
    """Errors of connections, as a share of the clients."""
    generator_lag_ms: dict[str, float] = field(default_factory=dict)
    """Limits of the generator's own lag by key of `PERCENTILES`: a run beyond them is invalid."""


def named_objectives(named: Path | None, shipped: Path) -> Path:
    """Return the file of objectives: as named, by path or by a name of those that ship, or the ordinary one.

    Args:
        named: `scale` is `objectives_scale.toml` of the shipped ones; None: `objectives.toml`.
        shipped: their folder.
    """
    if named is None:
        return shipped / "objectives.toml"
    own = shipped / f"objectives_{named}.toml"
    return own if named.suffix == "" and not named.exists() and own.is_file() else named


def read_objectives(path: Path) -> Objectives:
    """Return the objectives of a TOML file.

    Raises:
        InputError: it cannot be read, or holds a key or a value that is none.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            path, "", f"it cannot be read as TOML ({error})", "see data/objectives.toml"
        ) from None
    _only(path, "", written, ("run", "generator", "stage"))
    run = _table(path, "run", written.get("run", {}))
    _only(path, "run", run, _RUN_KEYS)
    numbers = {key: _number(path, f"run.{key}", value) for key, value in run.items()}
    rate = numbers.pop("maximum_error_rate", 0.0)
    stages = _table(path, "stage", written.get("stage", {}))
    return Objectives(
        {name: _limits(path, f"stage.{name}", limits) for name, limits in stages.items()},
        maximum_error_rate=rate,
        generator_lag_ms=_limits(path, "generator", written.get("generator", {})),
        **{key: int(value) for key, value in numbers.items()},
    )


def _limits(path: Path, place: str, written: Any) -> dict[str, float]:
    limits = _table(path, place, written)
    _only(path, place, limits, tuple(PERCENTILES))
    return {key: _number(path, f"{place}.{key}", value) for key, value in limits.items()}


def _table(path: Path, place: str, written: Any) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise InputError(path, place, f"it is {written!r}", "make it a table: see data/objectives.toml")
    return written


def _only(path: Path, place: str, table: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise InputError(path, place or "the top", f"{key} is no key here", f"use {', '.join(known)}")


def _number(path: Path, place: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise InputError(path, place, f"it is {value!r}", "write a number from 0 on")
    return float(value)
