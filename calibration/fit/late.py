"""The late layer: in the last 800 seconds, a table over the leads that matter.

It is written as jumps between neighbouring leads, by time and by time x (yards to goal, down, timeouts).
The ridge shrinks jumps, so what the data do not tell stays with the base layer. Each kind of jump may
undo no more than its share of the base layer's slope: base + late then never falls as the lead grows,
whatever the situation. Two terms, never negative, tell of leads that can be knelt out.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from calibration.fit.base import least_slope
from calibration.fit.knots import LATE_KNOTS, LATE_YARDS, Columns, places_of
from calibration.fit.plays import Floats, Whole
from calibration.fit.snaps import Snaps
from engine.core.models.fitted.artefact import LateTable
from engine.core.models.fitted.regulation import ALMOST_KNELT_S, KNEEL_S, LEAD_GROUPS, LEAST_LEAD, MOST_LEAD

PENALTY: Final = 30.0
STEPS: Final = tuple(range(LEAST_LEAD + 1, MOST_LEAD + 1))
"""The step table jumps where the lead reaches each of these."""
GROUPS: Final = max(LEAD_GROUPS) + 1
TIMES: Final = len(LATE_KNOTS) - 1
"""The last knot of time is zero: the layer fades in."""
TIMEOUT_TIMES: Final = 5
"""Timeouts matter at the first five knots alone."""
MOST_TIMEOUTS: Final = 3
SHARES: Final = {"step": 0.4, "yard": 0.2, "down": 0.2, "ours": 0.2 / 6, "theirs": 0.2 / 6}
"""Of the base layer's slope, what jumps of each kind may undo; timeouts count up to three each."""
DOWNS: Final = 4


@dataclass(frozen=True, slots=True)
class Jump:
    """One column of the design: a jump of a table where the lead (or its group) reaches `reached`."""

    kind: str
    time: int
    row: int
    """Knot of yards to goal, or down; 0 in tables without rows."""
    reached: int
    """Index of the lead or group from which it counts; 0 is the level of the lowest."""


def _jumps() -> tuple[Jump, ...]:
    jumps = [Jump("step", time, 0, step + 1) for time in range(TIMES) for step in range(len(STEPS))]
    for kind, rows in (("yard", len(LATE_YARDS)), ("down", DOWNS)):
        jumps += [
            Jump(kind, time, row, group)
            for time in range(TIMES)
            for row in range(rows)
            for group in range(GROUPS)
        ]
    for kind in ("ours", "theirs"):
        jumps += [Jump(kind, time, 0, group) for time in range(TIMEOUT_TIMES) for group in range(GROUPS)]
    return (*jumps, Jump("kneel", 0, 0, 0), Jump("kneel", 0, 1, 0))


JUMPS: Final = _jumps()


def _indices(snaps: Snaps) -> tuple[Whole, Whole]:
    """Return each snap's index of lead (0 is -9 or less) and its group of leads."""
    lead = (np.clip(snaps.lead, LEAST_LEAD, MOST_LEAD) - LEAST_LEAD).astype(np.int64)
    return lead, np.array(LEAD_GROUPS)[lead]


def kneel_terms(snaps: Snaps) -> Floats:
    """Return, of a leading offence, how nearly it can kneel the game out (0-2), and whether it can."""
    kneel_s = KNEEL_S * np.maximum(0, 4 - snaps.down - snaps.theirs)
    ahead = snaps.lead > 0
    near = np.clip((kneel_s + ALMOST_KNELT_S - snaps.left_s) / KNEEL_S + 1.0, 0.0, 2.0)
    return np.column_stack((ahead * near, ahead * (snaps.left_s <= kneel_s))).astype(np.float64)


def design(snaps: Snaps) -> Any:
    """Return the design, a column a jump, for snaps of the last 800 seconds."""
    columns = Columns(len(snaps))
    lead, group = _indices(snaps)
    one = np.zeros(len(snaps), dtype=np.int64)
    _add(columns, snaps, [(one, np.ones(len(snaps)))], 1, lead - 1, len(STEPS), TIMES)
    yard, share = places_of(snaps.yards_to_goal, LATE_YARDS)
    _add(columns, snaps, [(yard, 1.0 - share), (yard + 1, share)], len(LATE_YARDS), group, GROUPS, TIMES)
    _add(columns, snaps, [(snaps.down - 1, np.ones(len(snaps)))], DOWNS, group, GROUPS, TIMES)
    for count in (snaps.ours, snaps.theirs):
        _add(columns, snaps, [(one, count / MOST_TIMEOUTS)], 1, group, GROUPS, TIMEOUT_TIMES)
    columns.add_dense(kneel_terms(snaps))
    return columns.matrix()


def _add(
    columns: Columns, snaps: Snaps, rows: list[tuple[Whole, Floats]], height: int, reached: Whole, width: int,
    times: int,
) -> None:  # fmt: skip
    """Add the columns of one kind: hats of time x hats of the row x every jump up to the one reached."""
    time, share = places_of(snaps.left_s, LATE_KNOTS)
    found: list[tuple[Whole, Whole, Floats]] = []
    for knot, knot_weight in ((time, 1.0 - share), (time + 1, share)):
        for row, row_weight in rows:
            weight = knot_weight * row_weight
            for jump in range(width):
                kept = np.flatnonzero((knot < times) & (reached >= jump) & (weight != 0.0))
                found.append((kept, ((knot * height + row) * width + jump)[kept], weight[kept]))
    entries, places, values = zip(*found, strict=True)
    columns.add(
        np.concatenate(entries), np.concatenate(places), np.concatenate(values), times * height * width
    )


def floors(base: Floats) -> list[float | None]:
    """Return the least value of each jump that keeps base + late from falling as the lead grows."""
    slopes = [
        max(0.0, least_slope(base, LATE_KNOTS[max(time - 1, 0)], LATE_KNOTS[time + 1]))
        for time in range(TIMES)
    ]
    least: list[float | None] = []
    for jump in JUMPS:
        if jump.kind == "kneel":
            least.append(0.0)
        elif jump.kind != "step" and jump.reached == 0:
            least.append(None)  # the level of the lowest leads: no jump
        else:
            times_three = MOST_TIMEOUTS if jump.kind in ("ours", "theirs") else 1
            least.append(-SHARES[jump.kind] * times_three * slopes[jump.time])
    return least


def tables(jumps: Floats) -> tuple[LateTable, ...]:
    """Return the jumps as tables of levels by knot of time, as the artefact carries them."""
    levels = [
        {
            "step": np.zeros((1, len(STEPS) + 1)),
            "yard": np.zeros((len(LATE_YARDS), GROUPS)),
            "down": np.zeros((DOWNS, GROUPS)),
            "ours": np.zeros((1, GROUPS)),
            "theirs": np.zeros((1, GROUPS)),
        }
        for _ in range(TIMES)
    ]
    for value, jump in zip(jumps, JUMPS, strict=True):
        if jump.kind != "kneel":
            each = value / MOST_TIMEOUTS if jump.kind in ("ours", "theirs") else value
            levels[jump.time][jump.kind][jump.row, jump.reached :] += each
    return tuple(
        LateTable(
            step=tuple(level["step"][0].tolist()),
            yard=tuple(tuple(row) for row in level["yard"].tolist()),
            down=tuple(tuple(row) for row in level["down"].tolist()),
            ours=tuple(level["ours"][0].tolist()),
            theirs=tuple(level["theirs"][0].tolist()),
        )
        for level in levels
    )
