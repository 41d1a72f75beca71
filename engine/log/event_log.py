"""The event log of a day: an append-only record of what was accepted, in a folder of segments.

A record has left the process before `append` returns, so a `kill -9` loses nothing; the fsync policy says
what the failure of the whole machine may cost. A write that fails leaves the log as it was. One process
writes, any number read. The bytes are described in `frames.py` and in docs/event-log.md.
"""

import contextlib
import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.core.events import Event
from engine.log.errors import (
    LogCorruptError,
    LogError,
    LogLockedError,
    LogWriteError,
    UnrecordableError,
)
from engine.log.frames import HEADER_BYTES, header, record
from engine.log.payload import payload_of
from engine.log.reading import LogReading, Record, read_log, segment_path
from engine.log.recovery import Recovered, last_segment, lock, recover
from engine.log.syncing import Fsync, Syncer, SyncWhen, parse_fsync, sync_folder

__all__ = [
    "Disk",
    "EventLog",
    "Fsync",
    "LogCorruptError",
    "LogCounts",
    "LogError",
    "LogLockedError",
    "LogReading",
    "LogWriteError",
    "Record",
    "Recovered",
    "UnrecordableError",
    "parse_fsync",
    "payload_of",
    "read_log",
]

SEGMENT_BYTES: Final = 64 * 1024 * 1024
LEAST_SEGMENT_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Disk:
    """The calls by which the log reaches the disk; a test hands in ones that fail."""

    write: Callable[[int, bytes], int] = os.write
    fsync: Callable[[int], None] = os.fsync
    truncate: Callable[[int, int], None] = os.ftruncate


@dataclass(slots=True)
class LogCounts:
    """What a log has lived through since it was opened, for the metrics."""

    records: int = 0
    bytes: int = 0
    segments: int = 0
    """Segments begun."""
    write_errors: int = 0
    fsyncs: int = 0
    fsync_errors: int = 0


class EventLog:
    """The writing end of a log; see `open`."""

    def __init__(self, folder: Path, fsync: Fsync, segment_bytes: int, disk: Disk, lock_fd: int) -> None:
        """Go on where the log ends; `open` is the way in, since it takes the lock."""
        self.folder: Final = folder
        self.fsync: Final = fsync
        self.counts: Final = LogCounts()
        self._segment_bytes = segment_bytes
        self._disk = disk
        self._lock_fd = lock_fd
        self.recovered, self._next_sequence, self._whole_bytes = recover(folder, disk.fsync)
        self._path = last_segment(folder)
        # The segment that is written to; -1 once closed. Changed under _fd_change, for the syncer's sake.
        self._fd = -1
        self._fd_change = threading.Lock()
        # Whether bytes of a failed write may stand behind the whole part, since cutting them failed too.
        self._torn = False
        # Whether a new segment is due; a try that failed may have left its file, so it stays due.
        self._full = False
        if self._path is not None and self._whole_bytes >= HEADER_BYTES:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        else:
            self._begin_segment()
        self._syncer = (
            Syncer(fsync.interval_ms / 1e3, self._sync_counted) if fsync.when is SyncWhen.INTERVAL else None
        )

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        fsync: Fsync | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        disk: Disk | None = None,
    ) -> Self:
        """Open a folder's log for writing, and begin one where there is none; a torn end is cut.

        Args:
            folder: where the segments stand; it is made if it is missing.
            fsync: when the disk itself is asked; `Fsync.interval()` by default.
            segment_bytes: a segment is closed before a record would make it longer.
            disk: the calls to reach the disk by.

        Raises:
            LogLockedError: another process writes to it.
            LogCorruptError: it is damaged elsewhere than at its end.
            LogWriteError: its first segment cannot be begun.
        """
        if segment_bytes < LEAST_SEGMENT_BYTES:
            raise ValueError(f"segment_bytes is {segment_bytes}; expected at least {LEAST_SEGMENT_BYTES}")
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        lock_fd = lock(path)
        try:
            return cls(path, fsync or Fsync.interval(), segment_bytes, disk or Disk(), lock_fd)
        except BaseException:
            os.close(lock_fd)
            raise

    @property
    def next_sequence(self) -> int:
        """The sequence that the next record gets."""
        return self._next_sequence

    def append(self, event: Event) -> int:
        """Record a statement and return its sequence; its bytes have left the process by then.

        Raises:
            LogWriteError: the disk refused. The log is as it was, and a later attempt may succeed.
            UnrecordableError: no log can hold this statement.
        """
        if self._fd < 0:
            raise LogError(f"{self.folder}: the event log is closed; nothing more can be recorded")
        payload = payload_of(event)
        sequence = self._next_sequence
        written = record(sequence, payload)
        if self._torn:
            self._cut_back()
            if self._torn:
                raise self._failed("the bytes of a write that failed cannot be cut off")
        fits = self._whole_bytes + len(written) <= self._segment_bytes or self._whole_bytes == HEADER_BYTES
        if self._full or not fits:
            self._begin_segment()
        try:
            self._write_whole(self._fd, written)
            if self.fsync.when is SyncWhen.ALWAYS:
                self._sync()
        except OSError as error:
            self._cut_back()
            raise self._failed(error.strerror or str(error)) from error
        self._whole_bytes += len(written)
        self._next_sequence = sequence + 1
        self.counts.records += 1
        self.counts.bytes += len(written)
        if self._syncer is not None:
            self._syncer.written()
        return sequence

    def close(self) -> None:
        """Put everything on the disk, unless the policy is never, and let go of the log."""
        if self._fd < 0:
            return
        if self._syncer is not None:
            self._syncer.stop()
        if self._torn:
            self._cut_back()
        if self.fsync.when is not SyncWhen.NEVER:
            self._sync_counted()
        with self._fd_change:
            os.close(self._fd)
            self._fd = -1
        os.close(self._lock_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the segment that is written to ---

    def _begin_segment(self) -> None:
        """Begin the segment of the next record; the one before it is on the disk first."""
        path = segment_path(self.folder, self._next_sequence)
        self._full = True
        fd = -1
        try:
            if self._fd >= 0 and self.fsync.when is not SyncWhen.NEVER:
                self._sync()
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            told = header(self._next_sequence)
            self._write_whole(fd, told)
            if self.fsync.when is not SyncWhen.NEVER:
                self._disk.fsync(fd)
                sync_folder(self.folder, self._disk.fsync)
        except OSError as error:
            if fd >= 0:
                # If even this fails, a torn last segment is left, which can be opened.
                with contextlib.suppress(OSError):
                    path.unlink()
                os.close(fd)
            raise self._failed(error.strerror or str(error)) from error
        with self._fd_change:
            old, self._fd = self._fd, fd
        if old >= 0:
            os.close(old)
        self._path = path
        self._whole_bytes = len(told)
        self.counts.segments += 1
        self._full = False

    def _write_whole(self, fd: int, written: bytes) -> None:
        length = self._disk.write(fd, written)
        if length != len(written):
            raise OSError(errno.ENOSPC, f"the disk took {length} of {len(written)} bytes")

    def _cut_back(self) -> None:
        """Cut what a failed write has left."""
        try:
            self._disk.truncate(self._fd, self._whole_bytes)
        except OSError:
            self._torn = True
        else:
            self._torn = False

    def _failed(self, reason: str) -> LogWriteError:
        self.counts.write_errors += 1
        return LogWriteError(
            f"{self.folder}: record {self._next_sequence} cannot be written ({reason}); the log ends with the"
            " record before it; make room on the disk or mend it, and it goes on"
        )

    def _sync(self) -> None:
        """Ask the disk. The descriptor is doubled, so that the segment may change meanwhile."""
        with self._fd_change:
            fd = os.dup(self._fd)
        try:
            self._disk.fsync(fd)
        except OSError:
            self.counts.fsync_errors += 1
            raise
        finally:
            os.close(fd)
        self.counts.fsyncs += 1

    def _sync_counted(self) -> None:
        """Ask the disk; a refusal is counted, and asked again after the next write."""
        with contextlib.suppress(OSError):
            self._sync()
