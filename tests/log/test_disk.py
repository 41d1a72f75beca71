"""A disk that refuses: the log stands as before the write, says so, and goes on when the disk does."""

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.log import syncing
from engine.log.event_log import Disk, EventLog, Fsync, LogWriteError, parse_fsync, read_log
from engine.log.syncing import Syncer
from tests.conftest import ROOT
from tests.log.statements import play


class BadDisk:
    """The real disk, with calls that fail while they are told to."""

    def __init__(self) -> None:
        self.write_error: int | None = None
        # How many bytes of a write are taken; None for all.
        self.takes: int | None = None
        self.fsync_error: int | None = None
        self.truncate_error: int | None = None
        self.synced_files = 0
        self.synced_folders = 0
        self.synced = threading.Event()

    def disk(self) -> Disk:
        """The calls to hand to the log."""
        return Disk(write=self._write, fsync=self._fsync, truncate=self._truncate)

    def _write(self, fd: int, data: bytes) -> int:
        if self.write_error is not None:
            raise OSError(self.write_error, os.strerror(self.write_error))
        return os.write(fd, data if self.takes is None else data[: self.takes])

    def _fsync(self, fd: int) -> None:
        if self.fsync_error is not None:
            raise OSError(self.fsync_error, os.strerror(self.fsync_error))
        os.fsync(fd)
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            self.synced_folders += 1
        else:
            self.synced_files += 1
        self.synced.set()

    def _truncate(self, fd: int, length: int) -> None:
        if self.truncate_error is not None:
            raise OSError(self.truncate_error, os.strerror(self.truncate_error))
        os.ftruncate(fd, length)


def _full(bad: BadDisk) -> None:
    bad.write_error = errno.ENOSPC


def _broken(bad: BadDisk) -> None:
    bad.write_error = errno.EIO


def _short(bad: BadDisk) -> None:
    bad.takes = 30


def _none_taken(bad: BadDisk) -> None:
    bad.takes = 0


def _unsynced(bad: BadDisk) -> None:
    bad.fsync_error = errno.EIO


@pytest.mark.parametrize("fault", [_full, _broken, _short, _none_taken, _unsynced])
@pytest.mark.parametrize("truncating_fails", [False, True])
def test_a_write_that_fails_leaves_the_log_as_it_was(
    tmp_path: Path, fault: Callable[[BadDisk], None], truncating_fails: bool
) -> None:
    """The error names the record; nothing of it stands; the same sequence is given once the disk is well."""
    bad = BadDisk()
    with EventLog.open(tmp_path, fsync=Fsync.always(), disk=bad.disk()) as log:
        log.append(play(0))
        fault(bad)
        bad.truncate_error = errno.EIO if truncating_fails else None
        for attempt in range(3):
            with pytest.raises(LogWriteError, match=r"record 1 cannot be written .*; the log ends with"):
                log.append(play(1))
            assert log.counts.write_errors == attempt + 1
        if not truncating_fails:
            assert [record.event for record in read_log(tmp_path)] == [play(0)]
        bad.write_error = bad.takes = bad.fsync_error = bad.truncate_error = None
        assert log.append(play(2)) == 1
    assert [record.event for record in read_log(tmp_path)] == [play(0), play(2)]
    with EventLog.open(tmp_path) as log:
        assert (log.recovered.records, log.recovered.cut_bytes) == (2, 0)


def test_what_could_not_be_cut_off_is_cut_on_closing(tmp_path: Path) -> None:
    """A part of a record that the disk would not let go of does not outlive the log."""
    bad = BadDisk()
    with EventLog.open(tmp_path, disk=bad.disk()) as log:
        log.append(play(0))
        bad.takes, bad.truncate_error = 30, errno.EIO
        with pytest.raises(LogWriteError):
            log.append(play(1))
        bad.takes = bad.truncate_error = None
    with EventLog.open(tmp_path) as log:
        assert (log.recovered.records, log.recovered.cut_bytes) == (1, 0)


@pytest.mark.parametrize("fault", [_full, _short, _unsynced])
def test_a_segment_that_cannot_be_begun_is_begun_later(
    tmp_path: Path, fault: Callable[[BadDisk], None]
) -> None:
    """Records that would still fit the old segment do not go there once a new one was tried."""
    bad = BadDisk()
    with EventLog.open(tmp_path, segment_bytes=1_024, disk=bad.disk()) as log:
        log.append(play(0))
        fault(bad)
        if fault is _short:
            bad.takes = 10
        with pytest.raises(LogWriteError):
            log.append(play(1, text="x" * 1_000))
        bad.write_error = bad.takes = bad.fsync_error = None
        assert log.append(play(1)) == 1
    assert sorted(path.name for path in tmp_path.glob("*.log")) == [
        "events-000000000000.log",
        "events-000000000001.log",
    ]
    assert [record.event for record in read_log(tmp_path)] == [play(0), play(1)]


def test_a_log_that_cannot_be_begun_says_so(tmp_path: Path) -> None:
    """A full disk at the start is an error of opening, and leaves nothing that hinders the next try."""
    bad = BadDisk()
    bad.write_error = errno.ENOSPC
    with pytest.raises(LogWriteError, match="No space left"):
        EventLog.open(tmp_path, disk=bad.disk())
    bad.write_error = None
    EventLog.open(tmp_path, disk=bad.disk()).close()


_LIMITED = """
import resource, sys
from engine.log.event_log import EventLog, LogWriteError, read_log
from tests.log.statements import play
log = EventLog.open(sys.argv[1])
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
taken = 0
try:
    while True:
        log.append(play(taken)); taken += 1
except LogWriteError as error:
    print(error)
assert 2 <= taken == len(list(read_log(sys.argv[1]))), taken
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
assert log.append(play(taken)) == taken
log.close()
print(len(list(read_log(sys.argv[1]))))
"""


def test_a_real_limit_cuts_a_real_write_short(tmp_path: Path) -> None:
    """The kernel takes a part of a record and then no more: the part is cut off, the log goes on later."""
    said = subprocess.run(
        [sys.executable, "-c", _LIMITED, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "the disk took" in said.stdout
    with EventLog.open(tmp_path) as log:
        assert log.recovered.cut_bytes == 0
        assert log.recovered.records == int(said.stdout.splitlines()[-1])


# --- fsync ---


def test_always_asks_the_disk_before_an_append_returns(tmp_path: Path) -> None:
    """One fsync a record, and one of file and folder for each segment that is begun."""
    bad = BadDisk()
    with EventLog.open(tmp_path, fsync=Fsync.always(), segment_bytes=1_024, disk=bad.disk()) as log:
        assert (bad.synced_files, bad.synced_folders) == (1, 1)
        for number in range(5):
            before = bad.synced_files
            log.append(play(number, text="x" * 600))
            assert bad.synced_files > before
        assert bad.synced_folders == log.counts.segments == 5


def test_the_interval_asks_the_disk_once_for_many(tmp_path: Path) -> None:
    """A thread syncs after the interval; what is written meanwhile costs nothing; closing syncs the rest."""
    bad = BadDisk()
    with EventLog.open(tmp_path, fsync=Fsync.interval(30), disk=bad.disk()) as log:
        bad.synced.clear()
        before = bad.synced_files
        for number in range(50):
            log.append(play(number))
        assert bad.synced.wait(20), "the thread never synced"
        assert 1 <= bad.synced_files - before < 50
        log.append(play(50))
        before = bad.synced_files
    assert bad.synced_files > before


def test_an_idle_log_does_not_wear_the_disk(tmp_path: Path) -> None:
    """Without a write between them there is no second sync."""
    bad = BadDisk()
    with EventLog.open(tmp_path, fsync=Fsync.interval(1), disk=bad.disk()) as log:
        bad.synced.clear()
        log.append(play(0))
        assert bad.synced.wait(20)
        settled = bad.synced_files
        threading.Event().wait(0.05)  # fifty intervals; a thread that syncs anyway is seen in the first
        assert bad.synced_files == settled


def test_an_interval_that_fails_is_counted_and_tried_again(tmp_path: Path) -> None:
    """The disk's refusal reaches nobody's append, but the counts."""
    bad = BadDisk()
    with EventLog.open(tmp_path, fsync=Fsync.interval(1), disk=bad.disk()) as log:
        bad.fsync_error = errno.EIO
        number = 0
        while not log.counts.fsync_errors:
            log.append(play(number))
            number += 1
        bad.fsync_error = None
        bad.synced.clear()
        log.append(play(number))
        assert bad.synced.wait(20)


def test_never_never_asks_the_disk(tmp_path: Path) -> None:
    """Not for records, not for segments, not on closing."""
    bad = BadDisk()
    with EventLog.open(tmp_path, fsync=Fsync.never(), segment_bytes=1_024, disk=bad.disk()) as log:
        for number in range(5):
            log.append(play(number))
    assert (bad.synced_files, bad.synced_folders) == (0, 0)
    assert len(list(read_log(tmp_path))) == 5


def test_a_syncer_ends_whenever_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to end at the worst moment, just before it forgets the last write, it waits for no other."""
    syncers: list[Syncer] = []

    class Worst(threading.Event):
        def clear(self) -> None:
            syncers[0]._stopping.set()  # what `stop` does before it waits
            syncers[0]._written.set()
            super().clear()

    monkeypatch.setattr(syncing, "threading", SimpleNamespace(Event=Worst, Thread=threading.Thread))
    syncers.append(Syncer(0.0, lambda: None))
    syncers[0].written()
    thread = syncers[0]._thread
    thread.join(20)
    hanging = thread.is_alive()
    syncers[0].stop()
    assert not hanging


@pytest.mark.parametrize("written", ["always", "never", "interval:200", "interval:5"])
def test_a_policy_reads_as_it_is_written(written: str) -> None:
    """What the command line takes is what is shown."""
    assert str(parse_fsync(written)) == written


@pytest.mark.parametrize("written", ["", "sometimes", "always:5", "interval:", "interval:x", "interval:0"])
def test_what_is_no_policy_is_refused(written: str) -> None:
    """The error says what came and what was expected."""
    with pytest.raises(ValueError, match=r"fsync (policy|interval) is .*; ?expected|fsync interval is 0 ms"):
        parse_fsync(written)
    assert parse_fsync("interval") == Fsync.interval()
