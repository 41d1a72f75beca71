"""Reading a history: a connection of its own a query, so that any thread may ask."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.store.history_tables import check

MOST_ROWS: Final = 10_000
"""What one query returns at most."""
_BUSY_S: Final = 1.0


class HistoryUnavailableError(Exception):
    """The history cannot be read now: it is missing, damaged or locked."""


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """An update as it was told."""

    received_ns: int
    updated_ns: int
    text: str
    encoded: bytes
    """The update's canonical bytes."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A statement as it stands in the log."""

    sequence: int
    body: bytes
    """The event's canonical bytes."""


@dataclass(frozen=True, slots=True)
class StoredGame:
    """A game of the history."""

    game_id: str
    epoch: str
    """The epoch in which it was last told; empty where nothing was told."""
    events: int
    updates: int
    """Of that epoch."""


class HistoryReading:
    """One look into a history, by one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Args: connection: as `reading` opens it."""
        self._connection = connection

    def updates(self, game_id: str, first: int, limit: int) -> list[StoredUpdate]:
        """Return updates of a game's epoch from offset `first` on, oldest first, at most `MOST_ROWS`."""
        rows = self._connection.execute(
            "SELECT received_ns, updated_ns, text, body FROM updates JOIN games USING (game_id, epoch)"
            ' WHERE game_id = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?',
            (game_id, first, max(0, min(limit, MOST_ROWS))),
        )
        return [
            StoredUpdate(received, updated, text, body.encode()) for received, updated, text, body in rows
        ]

    def events(self, game_id: str, first_sequence: int, limit: int) -> list[StoredEvent]:
        """Return statements about a game from a place in the log on, oldest first, at most `MOST_ROWS`."""
        rows = self._connection.execute(
            "SELECT sequence, body FROM events WHERE game_id = ? AND sequence >= ? ORDER BY sequence LIMIT ?",
            (game_id, first_sequence, max(0, min(limit, MOST_ROWS))),
        )
        return [StoredEvent(sequence, body.encode()) for sequence, body in rows]

    def games(self) -> list[StoredGame]:
        """Return the games, by id."""
        rows = self._connection.execute(
            "SELECT game_id, coalesce(epoch, ''), heard, (SELECT count(*) FROM updates"
            "  WHERE updates.game_id = known.game_id AND updates.epoch = games.epoch)"
            " FROM (SELECT game_id, count(*) AS heard FROM events GROUP BY game_id) AS known"
            " LEFT JOIN games USING (game_id) ORDER BY game_id"
        )
        return [StoredGame(*row) for row in rows]


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[HistoryReading]:
    """Open a history to look into it, whether or not somebody writes to it; nothing in it can be changed.

    Raises:
        sqlite3.Error: it is missing, damaged, busy, or no history.
    """
    file = Path(path).absolute()
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=_BUSY_S, isolation_level=None)
    try:
        yield HistoryReading(connection)
    finally:
        connection.close()


def check_history(path: str | os.PathLike[str]) -> None:
    """Read a history through.

    Raises:
        sqlite3.Error: it is missing, damaged, or no history.
    """
    file = Path(path).absolute()
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=_BUSY_S, isolation_level=None)
    try:
        check(connection)
    finally:
        connection.close()
