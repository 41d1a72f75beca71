"""A history whose file is locked, damaged, foreign or gone: the day goes on, and nothing is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.core.events import encode_event
from engine.store.history import HistoryCounts, HistoryUnavailableError, SqliteHistory
from engine.store.history_writer import Recorded, Writer
from engine.told import Told
from tests.conftest import ROOT
from tests.store.day import small_day
from tests.store.test_history import DAY, GAME, tell


def stored(history: SqliteHistory) -> int:
    """How many statements the file holds."""
    return sum(game.events for game in history.games())


def test_recording_does_not_wait_for_a_locked_file(tmp_path: Path) -> None:
    """While somebody else holds the file everything is queued and counted; then all of it is stored."""
    path = tmp_path / "h.sqlite"
    with closing(SqliteHistory(path)) as history:
        tell(history, DAY[:10])
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for one in DAY[10:]:
                history.record(*one)
            assert not history.flush(1.5)
            assert history.counts.queued == len(DAY) - 10
            other.execute("ROLLBACK")
        assert history.flush(30)
        assert (history.counts.unavailable, history.counts.behind, stored(history)) == (
            False,
            False,
            len(DAY),
        )


def test_a_full_queue_is_told_of_and_caught_up_with(tmp_path: Path) -> None:
    """What found no room is counted, `behind` says so, and telling the log again makes the history whole."""
    path = tmp_path / "h.sqlite"
    with closing(SqliteHistory(path, most_queued=20)) as history:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for one in DAY[:100]:
                history.record(*one)
            assert (history.counts.queued, history.counts.missed, history.counts.behind) == (20, 80, True)
            other.execute("ROLLBACK")
        assert history.flush(30)
        tell(history, DAY[100:110])
        assert (history.stored_through, stored(history), history.counts.behind) == (19, 30, True)
        assert history.catch_up(one for one in DAY if one.sequence > history.stored_through)
        assert (history.stored_through, stored(history)) == (len(DAY) - 1, len(DAY))
        assert not history.counts.behind


def test_what_is_stored_already_is_not_missed(tmp_path: Path) -> None:
    """At a start the log is told faster than the disk takes it; what stands there already needs no room."""
    path = tmp_path / "h.sqlite"
    with closing(SqliteHistory(path)) as history:
        tell(history)
    with closing(SqliteHistory(path, most_queued=5)) as history:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for one in DAY:
                history.record(*one)
            other.execute("ROLLBACK")
        assert history.flush(30)
        assert (history.counts.missed, history.counts.behind) == (0, False)


def test_catching_up_gives_up_on_a_file_that_does_not_move(tmp_path: Path) -> None:
    """A bounded wait, and the history stays behind."""
    path = tmp_path / "h.sqlite"
    with closing(SqliteHistory(path, most_queued=5)) as history:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not history.catch_up(DAY[:50], timeout_s=0.2)
            other.execute("ROLLBACK")
        assert history.catch_up(DAY)
        assert stored(history) == len(DAY)


def _noise(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1_000)


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _scribbled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[5_000:60_000] = b"\xff" * 55_000
    path.write_bytes(data)


def _bruised(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(4_096 * 8, 4_096 * 12, 4_096):
        data[page + 8 : page + 16] = b"\xff" * 8  # where the rows of a page are said to stand
    path.write_bytes(data)


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def _foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()


@pytest.mark.parametrize("fault", [_noise, _half, _scribbled, _bruised, _newer, _foreign])
def test_a_file_that_is_no_history_is_moved_aside(tmp_path: Path, fault: object) -> None:
    """It is kept, byte for byte, under another name; a new one is begun and told from the log."""
    assert callable(fault)
    path = tmp_path / "h.sqlite"
    for number in (1, 2):
        with closing(SqliteHistory(path)) as history:
            tell(history)
        fault(path)
        damaged = path.read_bytes()
        with closing(SqliteHistory(path)) as history:
            assert history.counts.moved_aside == 1
            assert history.stored_through == -1
            tell(history)
            assert (stored(history), history.counts.unavailable) == (len(DAY), False)
        assert (tmp_path / f"h.sqlite.aside-{number}").read_bytes() == damaged


def test_a_file_that_is_damaged_while_it_is_written_is_moved_aside(tmp_path: Path) -> None:
    """The history goes on in a new file and says that it is behind; telling again makes it whole."""
    path = tmp_path / "h.sqlite"
    with closing(SqliteHistory(path)) as history:
        tell(history, DAY[:200])
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            other.execute("UPDATE games SET epoch = epoch")  # makes the writer forget what it has in memory
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _scribbled(path)
        for one in DAY[200:]:
            history.record(*one)
        assert history.flush()
        assert (history.counts.moved_aside, history.counts.behind) == (1, True)
        assert (history.stored_through, stored(history)) == (-1, len(DAY) - 200)
        assert history.catch_up(DAY)
        assert (history.stored_through, stored(history)) == (len(DAY) - 1, len(DAY))


def test_a_place_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    """A missing folder is no error of the day, but counted; once it is there everything is stored."""
    path = tmp_path / "missing" / "h.sqlite"
    with closing(SqliteHistory(path)) as history:
        for one in DAY[:20]:
            history.record(*one)
        assert (history.counts.unavailable, history.counts.errors > 0) == (True, True)
        assert "unable to open" in history.counts.last_error
        for ask in (history.games, lambda: history.updates(GAME, 0, 9), lambda: history.events(GAME, 0, 9)):
            with pytest.raises(HistoryUnavailableError, match="unable to open"):
                ask()
        assert history.counts.query_errors == 3
        path.parent.mkdir()
        assert history.flush(30)
        assert stored(history) == 20


def test_closing_does_not_wait_for_ever(tmp_path: Path) -> None:
    """With a file that never opens, closing ends after its time."""
    history = SqliteHistory(tmp_path)  # a folder is no file
    history.record(*DAY[0])
    history.close(0.2)
    assert history.counts.unavailable


def test_a_row_that_cannot_be_stored_takes_no_other_with_it(tmp_path: Path) -> None:
    """Words that are no Unicode and a number beyond 64 bits are left out, and counted."""
    first, second = (one for one in DAY[:40] if one.told is not None and one.sequence in (5, 9))
    assert first.told is not None
    assert second.told is not None
    words = Told(first.told.update, first.told.encoded, "\ud800", 1, 2)
    stamp = Told(second.told.update, second.told.encoded, "", 1, 2**70)
    bad = {5: first._replace(told=words), 9: second._replace(told=stamp)}
    with closing(SqliteHistory(tmp_path / "h.sqlite")) as history:
        tell(history, tuple(bad.get(one.sequence, one) for one in DAY))
        assert (stored(history), history.counts.missed, history.counts.errors) == (len(DAY) - 2, 2, 2)
        assert not history.counts.unavailable


class FullAtTheEnd(sqlite3.Connection):
    """A file that takes every row and then has no room for the whole, once."""

    refused = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run a statement; the first COMMIT is refused."""
        if sql == "COMMIT" and not self.refused:
            self.refused = True
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, parameters)


def test_a_transaction_that_fails_at_its_end_is_done_again_whole(tmp_path: Path) -> None:
    """Nothing of the first try counts: neither rows nor what was noted of the games."""
    path = tmp_path / "h.sqlite"
    counts = HistoryCounts()
    writer = Writer(path, counts)
    writer.open()
    writer.close()
    writer._connection = sqlite3.connect(path, isolation_level=None, factory=FullAtTheEnd)
    assert not writer.write(DAY[:30])
    assert (counts.written, counts.errors, counts.unavailable, writer.stored_through) == (0, 1, True, -1)
    assert writer.write(DAY[:30])
    assert (counts.written, counts.errors, counts.unavailable, writer.stored_through) == (30, 1, False, 29)
    writer.close()
    with closing(SqliteHistory(path)) as history:
        assert all(game.epoch for game in history.games())


_WRITER = """
import os, sys
from engine.store.history import SqliteHistory
from tests.store.day import small_day
history = SqliteHistory(sys.argv[1])
day = small_day()
told = 0
while True:
    for one in day[told:told + 7]:
        history.record(*one)
    told = min(told + 7, len(day))
    history.flush()
    os.write(1, b"%d\\n" % told)
"""


def test_kill_9_leaves_a_history_that_can_be_told_to_its_end(tmp_path: Path) -> None:
    """Whatever was flushed is there after the writer was killed; telling again diverges nowhere."""
    path = tmp_path / "h.sqlite"
    for flushes in (1, 4, 9):
        process = subprocess.Popen([sys.executable, "-c", _WRITER, path], cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout:
            said = [int(process.stdout.readline()) for _ in range(flushes)]
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        with closing(SqliteHistory(path)) as history:
            assert history.stored_through >= said[-1] - 1
            assert history.counts.moved_aside == 0
    with closing(SqliteHistory(path)) as history:
        tell(history)
        assert (history.counts.divergences, stored(history)) == (0, len(DAY))


def test_two_days_in_one_file_are_noticed(tmp_path: Path) -> None:
    """A log that is another than the history was told: the divergences say so."""
    path = tmp_path / "h.sqlite"
    with closing(SqliteHistory(path)) as history:
        tell(history)
    moved = tuple(Recorded(one.sequence - 1, one.event, one.told) for one in small_day()[1:])
    with closing(SqliteHistory(path)) as history:
        tell(history, moved)
        assert history.counts.divergences >= len(moved) - 5
        assert history.events(GAME, 0, 1)[0].body == encode_event(DAY[0].event)
