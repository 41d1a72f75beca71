"""The longest run of values that never falls: what most rows agree on, and so which rows do not."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any


def longest_rising(values: Sequence[Any]) -> list[int]:
    """Return the indices of the longest subsequence that never falls; None is never in it."""
    tails: list[Any] = []  # the least value on which a subsequence of each length can end
    ends: list[int] = []  # the index of that value
    before = [-1] * len(values)
    for index, value in enumerate(values):
        if value is None:
            continue
        length = bisect_right(tails, value)
        before[index] = ends[length - 1] if length else -1
        if length == len(tails):
            tails.append(value)
            ends.append(index)
        else:
            tails[length] = value
            ends[length] = index
    run: list[int] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        run.append(index)
        index = before[index]
    return run[::-1]
