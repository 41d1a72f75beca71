"""When what was written must be on the disk itself: the fsync policy, and the thread that follows it.

A write that the kernel has taken survives the process; only fsync makes it survive the machine.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

INTERVAL_MS: Final = 200
MOST_INTERVAL_MS: Final = 60_000


class SyncWhen(StrEnum):
    """How often the disk is asked."""

    ALWAYS = "always"
    """Before `append` returns."""
    INTERVAL = "interval"
    """By a thread, so long after a write at the latest."""
    NEVER = "never"
    """When the kernel likes."""


@dataclass(frozen=True, slots=True)
class Fsync:
    """An fsync policy."""

    when: SyncWhen = SyncWhen.INTERVAL
    interval_ms: int = INTERVAL_MS

    def __post_init__(self) -> None:
        if not 1 <= self.interval_ms <= MOST_INTERVAL_MS:
            raise ValueError(f"the fsync interval is {self.interval_ms} ms; expected 1 to {MOST_INTERVAL_MS}")

    @classmethod
    def always(cls) -> "Fsync":
        """Return the policy that loses nothing when the machine fails; each append waits for the disk."""
        return cls(SyncWhen.ALWAYS)

    @classmethod
    def interval(cls, interval_ms: int = INTERVAL_MS) -> "Fsync":
        """Return the policy that loses at most so much when the machine fails."""
        return cls(SyncWhen.INTERVAL, interval_ms)

    @classmethod
    def never(cls) -> "Fsync":
        """Return the policy that leaves it to the kernel."""
        return cls(SyncWhen.NEVER)

    def __str__(self) -> str:
        return f"interval:{self.interval_ms}" if self.when is SyncWhen.INTERVAL else self.when.value


def parse_fsync(written: str) -> Fsync:
    """Return the policy that is written as always, never, interval or interval:MILLISECONDS.

    Raises:
        ValueError: it is none of these.
    """
    if written in tuple(SyncWhen):
        return Fsync(SyncWhen(written))
    name, _, interval = written.partition(":")
    if name == SyncWhen.INTERVAL and interval.isdecimal():
        return Fsync.interval(int(interval))
    raise ValueError(
        f"the fsync policy is {written!r}; expected always, never, interval or interval:MILLISECONDS"
    )


class Syncer:
    """The thread of the interval policy: some time after a write it calls `sync`, once for all of them."""

    def __init__(self, interval_s: float, sync: Callable[[], None]) -> None:
        """Args: sync: must not raise."""
        self._interval_s = interval_s
        self._sync = sync
        # Set by whoever has written; cleared by the thread before it syncs.
        self._written = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event-log-fsync", daemon=True)
        self._thread.start()

    def written(self) -> None:
        """Say that something was written."""
        self._written.set()

    def stop(self) -> None:
        """End the thread, without a last sync."""
        self._stopping.set()
        self._written.set()
        self._thread.join()

    def _run(self) -> None:
        # Stopping is looked at after the clearing: `stop` sets it before it sets `_written`, so that either
        # the flag or the wait sees it.
        while not self._stopping.is_set():
            self._written.wait()
            if self._stopping.wait(self._interval_s):
                return
            self._written.clear()
            self._sync()


def sync_folder(folder: str | os.PathLike[str], fsync: Callable[[int], None]) -> None:
    """Put a folder's list of files on the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fsync(fd)
    finally:
        os.close(fd)
