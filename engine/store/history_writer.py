"""Writes a history, a transaction at a time; what the file does to it is counted and does not raise."""

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from engine.core.events import Event, encode_event
from engine.store.history_counts import HistoryCounts
from engine.store.history_tables import NoHistoryError, check, make
from engine.told import Told

_BUSY_S: Final = 1.0
_OF_THE_FILE: Final = (sqlite3.OperationalError, sqlite3.DatabaseError, NoHistoryError)
"""What is wrong with the file and not with a row; sqlite3 raises the second, itself, for a damaged one."""
_SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    # With WAL this cannot damage the file; what the last moments lose, the log tells again.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA journal_size_limit = 67108864",
)
_ADD_EVENT: Final = "INSERT INTO events VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ADD_UPDATE: Final = "INSERT INTO updates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ADD_GAME: Final = (
    "INSERT INTO games VALUES (?, ?) ON CONFLICT (game_id) DO UPDATE SET epoch = excluded.epoch"
)
_EVENT_BODY: Final = "SELECT body FROM events WHERE sequence = ?"
_UPDATE_BODY: Final = 'SELECT body FROM updates WHERE game_id = ? AND epoch = ? AND "offset" = ?'
_BEFORE_A_GAP: Final = (
    "SELECT sequence FROM events WHERE sequence >= ? AND NOT EXISTS"
    " (SELECT 1 FROM events AS later WHERE later.sequence = events.sequence + 1) ORDER BY sequence LIMIT 1"
)

Row = tuple[Any, ...]


class Recorded(NamedTuple):
    """A statement that stands in the log, and what was told of it."""

    sequence: int
    event: Event
    told: Told | None


class Writer:
    """The writing end of a history's file; only one thread uses it."""

    def __init__(self, path: Path, counts: HistoryCounts) -> None:
        """Args: counts: where to count what happens."""
        self._path = path
        self._counts = counts
        self._connection: sqlite3.Connection | None = None
        # The epoch of each game as its table of games says.
        self._epochs: dict[str, str] = {}
        # Everything up to here is stored, -1 where nothing is; and the highest that is.
        self.stored_through = -1
        self._highest = -1

    def write(self, batch: Sequence[Recorded]) -> bool:
        """Store statements and their updates, all or none; return whether they are done with."""
        try:
            self._store(self._connection or self._open(), batch)
        except sqlite3.Error as error:
            if type(error) in _OF_THE_FILE:
                self._refused(error)
                return False
            return self._write_apart(batch, error)
        except (OverflowError, ValueError, TypeError) as error:
            return self._write_apart(batch, error)
        return True

    def _write_apart(self, batch: Sequence[Recorded], error: Exception) -> bool:
        """Store what can be stored of a batch in which something cannot; that is counted and left out."""
        if len(batch) > 1:
            return all(self.write([one]) for one in batch)
        self._count_error(error)
        self._counts.missed += 1
        return True

    def _store(self, connection: sqlite3.Connection, batch: Sequence[Recorded]) -> None:
        events = [_event_row(one) for one in batch]
        updates = [_update_row(one.sequence, one.told) for one in batch if one.told is not None]
        connection.execute("BEGIN IMMEDIATE")
        try:
            divergences = self._add(connection, events, updates)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            self._epochs.clear()
            raise
        self._advance(connection, [one.sequence for one in batch])
        self._counts.unavailable = False
        self._counts.written += len(events)
        self._counts.updates += len(updates)
        self._counts.divergences += len(divergences)
        if divergences:
            self._counts.last_divergence = divergences[-1]

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def open(self) -> None:
        """Open the file, or move it aside where it is damaged; on failure it is tried again at a write."""
        try:
            self._open()
        except sqlite3.Error as error:
            self._refused(error)

    # --- the file ---

    def _open(self) -> sqlite3.Connection:
        # The thread that opens is not always the one that writes, but never are there two at once.
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            exists = check(connection)
            for setting in _SETTINGS:
                connection.execute(setting).fetchall()
            if not exists:
                make(connection)
            self._epochs = dict(connection.execute("SELECT game_id, epoch FROM games"))
            self.stored_through = -1
            highest = connection.execute("SELECT max(sequence) FROM events").fetchone()[0]
            self._highest = -1 if highest is None else int(highest)
            self._advance(connection, [0] if connection.execute(_EVENT_BODY, (0,)).fetchone() else [])
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._counts.unavailable = False
        return connection

    def _refused(self, error: sqlite3.Error) -> None:
        """Count what the file refused; one that is damaged is moved aside, and the next write begins anew."""
        self._counts.unavailable = True
        self._count_error(error)
        if isinstance(error, sqlite3.OperationalError):  # locked, full, no permission: it may pass
            return
        self.close()
        if self.stored_through >= 0:  # what it held is missing now, until the log is told again
            self._counts.behind = True
        self.stored_through = self._highest = -1
        self._epochs.clear()
        try:
            aside = self._free_name()
            for ending in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self._path}{ending}").rename(f"{aside}{ending}")
        except OSError as another:
            self._count_error(another)
        else:
            self._counts.moved_aside += 1

    def _free_name(self) -> Path:
        for number in range(1, 1_000):
            path = self._path.with_name(f"{self._path.name}.aside-{number}")
            if not path.exists():
                return path
        return path

    def _count_error(self, error: Exception) -> None:
        self._counts.errors += 1
        self._counts.last_error = f"{type(error).__name__}: {error}"[:200]

    # --- the rows ---

    def _add(self, connection: sqlite3.Connection, events: list[Row], updates: list[Row]) -> list[str]:
        """Insert what is not there yet; return what is there with other bytes."""
        divergences: list[str] = []
        if connection.executemany(_ADD_EVENT, events).rowcount < len(events):
            divergences += [
                f"event {row[0]}"
                for row in events
                if connection.execute(_EVENT_BODY, row[:1]).fetchone()[0] != row[-1]
            ]
        if updates and connection.executemany(_ADD_UPDATE, updates).rowcount < len(updates):
            divergences += [
                f"update {row[2]} of game {row[0]}, epoch {row[1]}"
                for row in updates
                if connection.execute(_UPDATE_BODY, row[:3]).fetchone()[0] != row[-1]
            ]
        for game_id, epoch, *_ in updates:
            if self._epochs.get(game_id) != epoch:
                connection.execute(_ADD_GAME, (game_id, epoch))
                self._epochs[game_id] = epoch
        return divergences

    def _advance(self, connection: sqlite3.Connection, sequences: Sequence[int]) -> None:
        """Move `stored_through` on, over what stood behind a gap too where the gap has closed."""
        through = self.stored_through
        for sequence in sequences:
            if sequence == through + 1:
                through = sequence
        self._highest = max(self._highest, *sequences, through)
        if self.stored_through < through < self._highest:
            through = int(connection.execute(_BEFORE_A_GAP, (through,)).fetchone()[0])
        self.stored_through = through


def _event_row(one: Recorded) -> Row:
    event = one.event
    kind = str(event.__struct_config__.tag)
    return one.sequence, event.game_id, kind, event.received_ns, encode_event(event).decode()


def _update_row(sequence: int, told: Told) -> Row:
    update = told.update
    return (
        update.game_id, update.epoch, update.offset, sequence, update.cause.value, told.received_ns,
        told.updated_ns, update.play_id, update.home_win_probability, told.text, told.encoded.decode(),
    )  # fmt: skip
