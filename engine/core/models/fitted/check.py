"""Whether an artefact can be scored with: its tables fit their knots, and its numbers are numbers.

An artefact comes from a file, and a file may come from anywhere: what is wrong is said once, when it is
opened.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from engine.core.models.fitted.artefact import Artefact, LateTable, Numbers, Variant
from engine.core.models.fitted.regulation import LEAD_GROUPS

NEEDS = ("first", "any", "three", "touchdown")
_LARGEST = 1e6


def check(artefact: Artefact) -> None:
    """Return if the artefact can be scored with.

    Raises:
        ValueError: it cannot; the message names the field, what came and what was expected.
    """
    for field, came, expected in _lengths(artefact):
        if came != expected:
            raise ValueError(f"{field} has {came} numbers; expected {expected}")
    tables = artefact.regulation
    for name in (
        "base_knots",
        "kick_knots",
        "late_knots",
        "late_yards",
        "ep_yards",
        "ep_half",
        "ep_yards_late",
    ):
        _check_rising(name, getattr(tables, name))
    _check_rising("punt_knots", artefact.choices.punt_knots)
    for name in ("leverage_scale", "interval_scale", "overtime_log_odds_sd"):
        if getattr(artefact, name) <= 0.0:
            raise ValueError(f"{name} is {getattr(artefact, name)}; expected more than 0")
    for name in ("two_point", "kick"):
        if not 0.0 < getattr(artefact.choices, name) < 1.0:
            raise ValueError(f"{name} is {getattr(artefact.choices, name)}; expected a share between 0 and 1")
    for number in _numbers(msgspec.to_builtins(artefact)):
        if not (math.isfinite(number) and abs(number) <= _LARGEST):
            raise ValueError(f"it holds the number {number}; expected at most a million either way")


def _lengths(artefact: Artefact) -> Iterator[tuple[str, int, int]]:
    """Yield the name of each table, how long it is, and how long it must be."""
    tables, series, choices = artefact.regulation, artefact.series, artefact.choices
    halves, late = len(tables.ep_half) - 1, len(tables.ep_yards_late)
    yield "ep", len(tables.ep), 4 * len(tables.ep_yards) + 8 + halves * late
    for name, variant in (("line", tables.line), ("no_line", tables.no_line)):
        yield from _variant_lengths(name, variant, tables.base_knots, tables.kick_knots)
        yield f"{name}.late", len(variant.late), len(tables.late_knots) - 1
        for table in variant.late:
            yield from _late_lengths(f"{name}.late", table, len(tables.late_yards))
    yield "series.td", len(series.td), 11
    yield "series.fg", len(series.fg), 11
    yield "series.need", len([need for need in NEEDS if need in series.need]), len(NEEDS)
    yield "field_goal", len(choices.field_goal), 4
    yield "go", len(choices.go), max(len(choices.go), 7)
    yield "punt_end", len(choices.punt_end), len(choices.punt_knots)


def _variant_lengths(
    name: str, variant: Variant, base_knots: Numbers, kick_knots: Numbers
) -> Iterator[tuple[str, int, int]]:
    expected = 3 * len(base_knots) + len(kick_knots) - 1
    yield f"{name}.base", len(variant.base), expected
    for member in variant.members:
        yield f"{name}.members", len(member), expected


def _late_lengths(name: str, table: LateTable, yards: int) -> Iterator[tuple[str, int, int]]:
    groups = LEAD_GROUPS[-1] + 1
    yield f"{name}.step", len(table.step), len(LEAD_GROUPS)
    yield f"{name}.yard", len(table.yard), yards
    yield f"{name}.down", len(table.down), 4
    for row in (*table.yard, *table.down, table.ours, table.theirs):
        yield f"{name} by group of leads", len(row), groups


def _check_rising(name: str, knots: Numbers) -> None:
    if len(knots) < 2 or not all(left < right for left, right in pairwise(knots)):
        raise ValueError(f"{name} is {list(knots)}; expected at least two knots, each above the one before")


def _numbers(value: object) -> Iterator[float]:
    """Yield every real number inside lists and dictionaries."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for inside in value.values():
            yield from _numbers(inside)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _numbers(inside)
