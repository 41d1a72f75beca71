"""Where a play that was not known belongs among those that are: an `order` that never moves again.

A play at the end of the feed's list comes a step after everything known, so appended plays are numbered alike
however many come at once. A play found between two known ones gets a number between theirs: an eighth of the
way on, not half, because a drive that comes late comes from its first play to its last, each after the other.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from engine.core.events import ORDER_STEP

_PARTS: Final = 8


class Placed(NamedTuple):
    """The orders of the unknown plays of a list, by id."""

    orders: dict[str, int]
    crowded: int
    """How many found no number of their own between their neighbours, and share one with a neighbour."""


def place(shown: Sequence[str], known: Mapping[str, int]) -> Placed:
    """Give every unknown play of a list its place.

    Args:
        shown: play ids in the feed's order, each once.
        known: the orders of all plays ever said, withdrawn ones included.
    """
    orders: dict[str, int] = {}
    crowded = 0
    taken = sorted(known.values())
    run: list[str] = []
    left: tuple[int, str] | None = None
    for play_id in shown:
        order = known.get(play_id)
        if order is None:
            run.append(play_id)
            continue
        key = (order, play_id)
        if left is not None and key < left:
            continue  # the feed has turned two known plays round: they stay where they are
        if run:
            crowded += _between(run, left, key, taken, orders)
            run = []
        left = key
    following = taken[-1] + ORDER_STEP if taken else 0
    for number, play_id in enumerate(run):
        orders[play_id] = following + number * ORDER_STEP
    return Placed(orders, crowded)


def _between(
    run: list[str],
    left: tuple[int, str] | None,
    right: tuple[int, str],
    taken: list[int],
    orders: dict[str, int],
) -> int:
    """Place a run of plays between its neighbours; return how many found no number of their own."""
    if left is None:
        first = taken[0] - len(run) * ORDER_STEP
        orders.update((play_id, first + number * ORDER_STEP) for number, play_id in enumerate(run))
        return 0
    low, high = _widest_gap(left[0], right[0], taken)
    step = max(1, (high - low) // max(_PARTS, len(run) + 1))
    room = max(0, high - low - 1)
    for number, play_id in enumerate(run[:room], 1):
        orders[play_id] = low + number * step
    for play_id in run[room:]:
        orders[play_id] = _shared(play_id, left, right, room)
    return len(run[room:])


def _shared(play_id: str, left: tuple[int, str], right: tuple[int, str], room: int) -> int:
    """Return a neighbour's order; ties go by id, so it is one beside which the play still falls between."""
    if not room and play_id > left[1]:
        return left[0]
    return right[0] if play_id < right[1] else right[0] - (1 if room else 0)


def _widest_gap(left: int, right: int, taken: list[int]) -> tuple[int, int]:
    """Return the widest gap between two orders, the first of equals; withdrawn plays may stand between."""
    edges = [left, *taken[bisect_right(taken, left) : bisect_left(taken, right)], right]
    return max(pairwise(edges), key=lambda gap: gap[1] - gap[0])
