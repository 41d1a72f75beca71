"""One timer for all connections: each waits in the slot of the tick at which it wants to be visited.

A timer a connection would cost more memory than the connection. Here it costs one number.
"""

import asyncio
import math
from typing import Protocol


class Visited(Protocol):
    """Something that wants to be visited in a while."""

    due: int
    """The tick of the next visit, -1 for none; only the wheel writes it."""

    def visit(self) -> float | None:
        """Look after yourself; return in how many seconds to come again, None for never."""


class Wheel:
    """Visits what was put into it; ticks only while there is something in it."""

    def __init__(self, tick_s: float) -> None:
        self._tick_s = tick_s
        self._slots: dict[int, set[Visited]] = {}
        # The tick up to which all were visited.
        self._now = 0
        self._timer: asyncio.TimerHandle | None = None
        # Whether the last tick came late, and visited nobody.
        self._held_back = False

    @property
    def waiting(self) -> int:
        """How many things are in it."""
        return sum(map(len, self._slots.values()))

    @property
    def ticking(self) -> bool:
        """Whether its timer is set."""
        return self._timer is not None

    def put(self, visited: Visited, delay_s: float) -> None:
        """Visit it after the delay, which is rounded up to whole ticks, and not at its former time."""
        loop = asyncio.get_running_loop()
        if not self._slots:
            self._now = max(self._now, int(loop.time() / self._tick_s))
        if self._timer is None:
            self._wind(loop)
        self._leave(visited)
        now = max(self._now, int(loop.time() / self._tick_s))
        due = now + 1 + math.ceil(delay_s / self._tick_s)
        slot = self._slots.get(due)
        if slot is None:
            self._slots[due] = slot = set()
        slot.add(visited)
        visited.due = due

    def drop(self, visited: Visited) -> None:
        """Forget it."""
        self._leave(visited)
        visited.due = -1
        if not self._slots and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _leave(self, visited: Visited) -> None:
        slot = self._slots.get(visited.due)
        if slot is not None:
            slot.discard(visited)
            if not slot:
                del self._slots[visited.due]

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self._tick_s, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        late_s = 0.0 if self._timer is None else loop.time() - self._timer.when()
        if late_s > self._tick_s and not self._held_back:
            # The loop has stalled; what clients sent in time is unread. It is heard before anybody is
            # judged for having been silent.
            self._held_back = True
            self._wind(loop)
            return
        self._held_back = False
        self._timer = None
        last = int(loop.time() / self._tick_s)
        while self._now < last and self._slots:
            self._now += 1
            for visited in self._slots.pop(self._now, ()):
                if visited.due == self._now:  # not moved or dropped by the visit of another
                    visited.due = -1
                    self._visit(visited, loop)
        if self._slots and self._timer is None:
            self._wind(loop)

    def _visit(self, visited: Visited, loop: asyncio.AbstractEventLoop) -> None:
        try:
            delay_s = visited.visit()
        except Exception as error:  # noqa: BLE001 - one that fails must not stop the clock of all others
            loop.call_exception_handler({"message": f"the visit of {visited!r} failed", "exception": error})
            return
        if delay_s is not None and visited.due < 0:
            self.put(visited, delay_s)
