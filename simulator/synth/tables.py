"""The frequency tables of `data/synth`, unfolded once for fast drawing.

A histogram becomes a tuple of `GRID` equally likely entries in the order from bad to good for the offence, so
that a draw is one index and a stronger side is one that draws further up. How they were counted:
`calibration/synth_fit.py`.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

GRID: Final = 2048
"""Equally likely entries of an unfolded table; a rarer outcome than 1 in this many is rounded."""

GAIN, INCOMPLETE, SACK, TOUCHDOWN, INTERCEPTION, FUMBLE = range(6)
"""Outcomes of a snap."""
SPOT, RETURNED, TOUCHBACK, KEPT = range(4)
"""Ends of a kick or a lost ball: dead at a spot, returned for a touchdown, touchback, kept by who had it."""

_FOLDER: Final = Path(__file__).resolve().parents[2] / "data" / "synth"
_GOODNESS: Final = {INTERCEPTION: -200, FUMBLE: -190, INCOMPLETE: 0, TOUCHDOWN: 200}

Entry = tuple[int, int]
Unfolded = tuple[Entry, ...]


class Tables(NamedTuple):
    """Everything that a play is drawn from. The classes that index it are those of `situation.py`."""

    run_share: tuple[tuple[tuple[tuple[float, ...], ...], ...], ...]
    """Share of runs by situation, down - 1, distance and zone."""
    runs: tuple[tuple[Unfolded, ...], ...]
    """(outcome, yards) by zone and distance."""
    passes: tuple[tuple[tuple[Unfolded, ...], ...], ...]
    """(outcome, yards) by hurry, zone and distance."""
    fourth: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]
    """Shares of field goals and of punts by situation, spot and distance."""
    penalty_rate: tuple[float, ...]
    penalties: tuple[Unfolded, ...]
    """(first down, yards) in the open field and near the goal."""
    interceptions: tuple[Unfolded, ...]
    fumbles: tuple[Unfolded, ...]
    punts: tuple[Unfolded, ...]
    field_goal_good: tuple[float, ...]
    """By yards to goal; index 0 is not used."""
    field_goal_returned: float
    kickoffs: Unfolded
    onside: Unfolded
    two_early: float
    two_late: tuple[float, ...]
    """By the lead after the touchdown, from -20 to 20."""
    kick_good: float
    two_good: float
    try_returned: float
    lasted: tuple[tuple[tuple[int, ...], ...], ...]
    """Seconds that a play takes, by lateness and kind: snap, incompletion, punt, field goal, penalty."""
    waits: tuple[tuple[tuple[int, ...], ...], ...]
    """Seconds that the clock runs before a snap, by first down and situation (the ninth: the last minute)."""
    kick_return: tuple[int, ...]
    timeouts: tuple[tuple[float, float], ...]
    """Chance that the offence or the defence takes one while the clock runs, by class."""
    home_spread: tuple[float, ...]
    band_edges: tuple[float, ...]
    totals: tuple[tuple[float, ...], ...]
    neutral_site: float


def read_table(name: str) -> dict[str, Any]:
    """Return one of the JSON files of `data/synth`."""
    table: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return table


@cache
def tables() -> Tables:
    """Return the frequency tables; they are read once a process."""
    t = read_table("frequencies")
    kicks, tries, clock, lines = t["kickoffs"], t["tries"], t["clock"], t["lines"]
    return Tables(
        _tuples(t["run_share"]),
        tuple(tuple(_snaps(cell) for cell in row) for row in t["outcomes"]["run"]),
        tuple(tuple(tuple(_snaps(cell) for cell in row) for row in part) for part in t["outcomes"]["pass"]),
        _tuples(t["fourth"]),
        tuple(t["penalties"]["rate"]),
        tuple(_unfold(cell) for cell in t["penalties"]["outcome"]),
        tuple(_unfold(cell) for cell in t["lost"]["interception"]),
        tuple(_unfold(cell) for cell in t["lost"]["fumble"]),
        tuple(_unfold(cell) for cell in t["punts"]),
        (1.0, *t["field_goals"]["good"]),
        t["field_goals"]["returned"],
        _unfold(kicks["plain"]),
        _unfold(kicks["onside"]),
        tries["two_early"],
        tuple(tries["two_late_by_lead_from_-20"]),
        tries["kick_good"],
        tries["two_good"],
        tries["returned"],
        _tuples(clock["lasted"]),
        _tuples(clock["waits"]),
        tuple(clock["kick_return"]),
        _tuples(t["timeouts"]),
        tuple(lines["home_spread"]),
        tuple(lines["band_edges"]),
        _tuples(lines["total"]),
        lines["neutral_site"],
    )


def _snaps(histogram: Sequence[Sequence[int]]) -> Unfolded:
    """Unfold what a snap comes to, the worst for the offence first."""
    return _unfold(sorted(histogram, key=lambda row: (_GOODNESS.get(row[0], row[1]), row[0], row[1])))


def _unfold(histogram: Sequence[Sequence[int]]) -> Unfolded:
    """Return `GRID` entries in the histogram's order, each value as often as its count asks for."""
    total = sum(row[2] for row in histogram)
    entries: list[Entry] = []
    seen = 0
    for outcome, yards, count in histogram:
        seen += count
        entries += [(outcome, yards)] * ((2 * seen * GRID + total) // (2 * total) - len(entries))
    return tuple(entries)


def _tuples(value: Any) -> Any:
    """Return nested lists as nested tuples."""
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value
