"""What was told, on its way to the air: everything waits as long as the picture is late.

The line knows what is coming: a play that is taken back, or told otherwise, while its first statement still
waits never goes on the air in its first form.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from engine.core.events import GameStart, Status
from engine.core.update import Cause
from engine.told import Told

MOST_WAITING: Final = 20_000
"""Fifteen games' updates of many minutes; beyond that the oldest is let go."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something told, and when it is due on the air."""

    due_ns: int
    told: Told
    start: GameStart


class AirDelay:
    """A line in which order is kept, and what is known to be wrong is struck."""

    def __init__(self, delay_s: float = 0.0, most: int = MOST_WAITING) -> None:
        if not 0.0 <= delay_s <= 600.0:
            raise ValueError(f"the air delay is {delay_s} s; expected 0 to 600 s")
        self.delay_ns: Final = round(delay_s * 1_000_000_000)
        self._most: Final = most
        # In the order in which it came; due times never fall along it.
        self._line: deque[Waiting] = deque()
        # What was taken out because a later statement about the same play said otherwise.
        self.struck = 0
        # What was let go because the line was full.
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._line)

    @property
    def next_ns(self) -> int | None:
        """When the first in the line is due; None where nobody waits."""
        return self._line[0].due_ns if self._line else None

    def put(self, told: Told, start: GameStart, now_ns: int) -> None:
        """Add what was told: due its delay after it was received, and never before what came earlier.

        A stamp that lies in the future delays nothing beyond the delay from now.
        """
        if self._line and _takes_back(told):
            kept = deque(one for one in self._line if not _is_wrong(one.told, told))
            self.struck += len(self._line) - len(kept)
            self._line = kept
        due_ns = min(told.received_ns, now_ns) + self.delay_ns
        if self._line:
            due_ns = max(due_ns, self._line[-1].due_ns)
        self._line.append(Waiting(due_ns, told, start))
        if len(self._line) > self._most:
            self._line.popleft()
            self.dropped += 1

    def due(self, now_ns: int) -> Waiting | None:
        """Take the first in the line where it is due."""
        if self._line and self._line[0].due_ns <= now_ns:
            return self._line.popleft()
        return None


def _takes_back(told: Told) -> bool:
    return told.update.play_id is not None and told.update.cause in {Cause.PLAY, Cause.CORRECTION}


def _is_wrong(waiting: Told, news: Told) -> bool:
    """Whether what waits is known to be wrong by news about the same play."""
    old, new = waiting.update, news.update
    if old.game_id != new.game_id or old.play_id != new.play_id:
        return False
    if old.cause is not Cause.PLAY and old.cause is not Cause.CORRECTION:
        return old.cause is Cause.CONFIRMATION and new.status is Status.CANCELLED
    return new.status is Status.CANCELLED or old.win_probability_added != new.win_probability_added
