"""The clock of a rehearsal: the recorded day's time, running at any speed, on the monotonic clock."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

SECOND_NS: Final = 1_000_000_000
_LONGEST_SLEEP_S: Final = 60.0


class VirtualClock:
    """Where in the recorded day it is now. Every jump and every change of speed wakes those who wait."""

    def __init__(
        self, position_ns: int, speed: float, *, real_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._real_ns: Final = real_ns
        # The recorded time at the real time `_since_ns`; `set` moves them together.
        self._base_ns = position_ns
        self._since_ns = real_ns()
        self._speed = speed
        # Set and replaced at every jump; sleepers hold the one that was there when they fell asleep.
        self._changed = asyncio.Event()

    @property
    def speed(self) -> float:
        """Recorded seconds a second; 0 while it stands."""
        return self._speed

    @property
    def position_ns(self) -> int:
        """The recorded time now, nanoseconds since 1970."""
        return self._base_ns + int((self._real_ns() - self._since_ns) * self._speed)

    def set(self, position_ns: int | None = None, speed: float | None = None) -> None:
        """Jump to a position, change the speed, or both; what is left out stays as it is.

        Raises:
            ValueError: the speed is below 0 or no number.
        """
        if speed is not None and not 0.0 <= speed < float("inf"):
            raise ValueError(f"the speed is {speed}; expected a number from 0 up")
        self._base_ns = self.position_ns if position_ns is None else position_ns
        self._since_ns = self._real_ns()
        self._speed = self._speed if speed is None else speed
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    def restart(self) -> None:
        """Count from now: the time since the clock was made has not passed."""
        self.set(self._base_ns)

    async def reach(self, position_ns: int) -> None:
        """Wait until the recorded time is `position_ns` or later."""
        while (left_ns := position_ns - self.position_ns) > 0:
            changed = self._changed
            delay_s = left_ns / SECOND_NS / self._speed if self._speed > 0 else _LONGEST_SLEEP_S
            try:
                await asyncio.wait_for(changed.wait(), min(delay_s, _LONGEST_SLEEP_S))
            except TimeoutError:
                continue
