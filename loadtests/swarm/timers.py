"""What is to happen later in the swarm's loop, in order of time."""

import time
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Final

_NEVER_S: Final = float("inf")


class Timers:
    """Calls that are due at moments of the monotonic clock."""

    __slots__ = ("_due", "_number")

    def __init__(self) -> None:
        # The number keeps calls of one moment in the order in which they were asked for.
        self._due: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = 0

    @property
    def next_s(self) -> float:
        """When the next call is due; infinity where none is."""
        return self._due[0][0] if self._due else _NEVER_S

    def later(self, delay_s: float, what: Callable[..., None], *arguments: Any) -> None:
        """Have something called after a delay."""
        self._number += 1
        heappush(self._due, (time.monotonic() + delay_s, self._number, what, arguments))

    def call_due(self, now_s: float) -> None:
        """Call all that is due by now."""
        while self._due and self._due[0][0] <= now_s:
            _, _, what, arguments = heappop(self._due)
            what(*arguments)
