"""The tables of the history, and what makes a file one. docs/history.md shows them to analysts."""

import sqlite3
from typing import Final

SCHEMA_VERSION: Final = 1
"""Stands in `PRAGMA user_version`; a file of another version is moved aside and told again from the log."""

TABLES: Final = """
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    game_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_ns INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX events_of_a_game ON events (game_id, sequence);
CREATE TABLE updates (
    game_id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    cause TEXT NOT NULL,
    received_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    play_id TEXT,
    home_win_probability REAL NOT NULL,
    text TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (game_id, epoch, "offset")
);
CREATE INDEX updates_of_a_play ON updates (game_id, play_id);
CREATE INDEX updates_by_time ON updates (received_ns);
CREATE TABLE games (
    game_id TEXT PRIMARY KEY,
    epoch TEXT NOT NULL
);
"""


class NoHistoryError(sqlite3.DatabaseError):
    """A file that is damaged, or something else than a history of this version."""


def check(connection: sqlite3.Connection) -> bool:
    """Return whether a file holds a history; False where it holds nothing at all.

    Raises:
        NoHistoryError: it holds something else.
        sqlite3.Error: it cannot be read.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if version == 0 and not tables:
        return False
    if version != SCHEMA_VERSION or not {"events", "updates", "games"} <= tables:
        raise NoHistoryError(f"its schema is version {version}; this wpsim reads version {SCHEMA_VERSION}")
    verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if verdict != "ok":
        raise NoHistoryError(verdict)
    return True


def make(connection: sqlite3.Connection) -> None:
    """Make the tables, all or none."""
    connection.executescript(f"BEGIN IMMEDIATE;{TABLES}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
