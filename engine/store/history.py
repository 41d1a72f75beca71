"""The history of a day in SQLite: every statement and every update, to be queried while the day goes on.

It is a projection of the event log: whatever befalls it, the log tells the same story again at the next
start. So it may fall behind or fail, is counted when it does, and never makes the day wait. The tables are
described in docs/history.md.
"""

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic
from typing import Final, Protocol, TypeVar

from engine.core.events import Event
from engine.store.history_counts import HistoryCounts
from engine.store.history_queries import (
    HistoryReading,
    HistoryUnavailableError,
    StoredEvent,
    StoredGame,
    StoredUpdate,
    reading,
)
from engine.store.history_writer import Recorded, Writer
from engine.told import Told

__all__ = [
    "History",
    "HistoryCounts",
    "HistoryUnavailableError",
    "SqliteHistory",
    "StoredEvent",
    "StoredGame",
    "StoredUpdate",
]

Answer = TypeVar("Answer")

MOST_QUEUED: Final = 16_384
"""Statements that may wait for the disk: minutes of a busy day, some ten megabytes."""
MOST_A_TRANSACTION: Final = 512
GATHER_S: Final = 0.05
"""How long statements are gathered before they are written together."""
RETRY_S: Final = 0.5
"""How long to wait before a write that was refused is tried again."""


class History(Protocol):
    """Keeps what was heard and told, and answers from it.

    Queries may be asked from any thread; one that cannot be answered now raises `HistoryUnavailableError`.
    """

    @property
    def counts(self) -> HistoryCounts:
        """What it has lived through."""

    def record(self, sequence: int, event: Event, told: Told | None) -> None:
        """Keep a statement and its update. Never blocks, never raises; the same again changes nothing."""

    def updates(self, game_id: str, first: int, limit: int) -> list[StoredUpdate]:
        """Return updates of the game's epoch from an offset on, oldest first."""

    def events(self, game_id: str, first_sequence: int, limit: int) -> list[StoredEvent]:
        """Return statements from a place in the log on, oldest first."""

    def games(self) -> list[StoredGame]:
        """Return the games, by id."""

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Wait until all that was recorded is stored; return whether it is."""

    def close(self) -> None:
        """Store what waits, and let go."""


class SqliteHistory:
    """A history in one SQLite file, written by a thread of its own."""

    def __init__(self, path: str | os.PathLike[str], *, most_queued: int = MOST_QUEUED) -> None:
        """Open or make the file. Does not raise: one that is damaged is moved aside, and counted.

        Args:
            path: the file.
            most_queued: statements that may wait; more are missing until they are told again.
        """
        self.path: Final = Path(path)
        self._most_queued = most_queued
        self._counts = HistoryCounts()
        self._writer = Writer(self.path, self._counts)
        # What waits: `record` appends, the thread takes away once it is stored.
        self._queue: deque[Recorded] = deque()
        # Set when there is something to write or to end, and when all is written.
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        # Held for a moment while something is queued, or while the queue is found empty.
        self._turning = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._writer.open()
        self._thread.start()

    # --- what it is told ---

    @property
    def counts(self) -> HistoryCounts:
        """What it has lived through."""
        self._counts.queued = len(self._queue)
        return self._counts

    @property
    def stored_through(self) -> int:
        """Up to which sequence everything is stored without a gap; -1 where nothing is."""
        return self._writer.stored_through

    def record(self, sequence: int, event: Event, told: Told | None) -> None:
        """Keep a statement and its update; where the queue is full, note that it is missing."""
        if self._stopping.is_set():
            return
        if len(self._queue) < self._most_queued:
            with self._turning:
                self._queue.append(Recorded(sequence, event, told))
                self._idle.clear()
            self._wake.set()
        elif sequence > self._writer.stored_through:
            self._counts.missed += 1
            self._counts.behind = True

    def catch_up(self, recorded: Iterable[tuple[int, Event, Told | None]], timeout_s: float = 60.0) -> bool:
        """Store again what the log tells, waiting for room; call it from a thread that may wait.

        Args:
            recorded: from `stored_through + 1` on, or from any earlier place.
            timeout_s: how long to wait for the disk without anything being stored.

        Returns:
            Whether everything is stored now.
        """
        missed = self._counts.missed
        for sequence, event, told in recorded:
            if not self._wait_for_room(timeout_s):
                return False
            self.record(sequence, event, told)
        self._counts.behind = not self.flush(timeout_s) or self._counts.missed > missed
        return not self._counts.behind

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Wait until all that waits is stored; return whether it is."""
        self._wake.set()
        return self._idle.wait(timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Store what waits, as far as the disk lets, and let go of the file."""
        if self._thread.is_alive():
            self.flush(timeout_s)
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)

    # --- what it is asked ---

    def updates(self, game_id: str, first: int, limit: int) -> list[StoredUpdate]:
        """Return updates of the game's epoch from offset `first` on, oldest first."""
        return self._ask(lambda history: history.updates(game_id, first, limit))

    def events(self, game_id: str, first_sequence: int, limit: int) -> list[StoredEvent]:
        """Return statements from a place in the log on, oldest first."""
        return self._ask(lambda history: history.events(game_id, first_sequence, limit))

    def games(self) -> list[StoredGame]:
        """Return the games, by id."""
        return self._ask(HistoryReading.games)

    def _ask(self, question: Callable[[HistoryReading], list[Answer]]) -> list[Answer]:
        try:
            with reading(self.path) as history:
                return question(history)
        except (OverflowError, UnicodeEncodeError):
            self._counts.query_errors += 1
            return []  # no row can have such a number or such a game
        except sqlite3.Error as error:
            self._counts.query_errors += 1
            raise HistoryUnavailableError(str(error)) from error

    # --- the thread ---

    def _wait_for_room(self, timeout_s: float) -> bool:
        deadline = monotonic() + timeout_s
        waiting = len(self._queue)
        while len(self._queue) >= self._most_queued:
            if len(self._queue) != waiting:
                waiting, deadline = len(self._queue), monotonic() + timeout_s
            if monotonic() > deadline or self._stopping.wait(0.002):
                return False
        return True

    def _run(self) -> None:
        try:
            while True:
                self._wake.wait()
                self._wake.clear()
                if not self._stopping.is_set():
                    self._stopping.wait(GATHER_S)
                self._write_all()
                if self._stopping.is_set():
                    return
        finally:
            self._writer.close()

    def _write_all(self) -> None:
        """Store what waits, a transaction at a time."""
        while self._queue:
            size = min(len(self._queue), MOST_A_TRANSACTION)
            batch = [self._queue[place] for place in range(size)]
            if self._writer.write(batch):
                for _ in range(size):
                    self._queue.popleft()
            elif self._stopping.wait(RETRY_S):
                break
        with self._turning:
            if not self._queue:
                self._idle.set()
