"""What is done about a log before it is written to again: lock it, read it through, cut a torn end.

The cut bytes are kept in a `.torn` file beside the segment, up to a bound, so that nobody has to take this
program's word for it that they were worthless.
"""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.log.errors import LogLockedError
from engine.log.frames import Damage
from engine.log.reading import LogReading, segments_of
from engine.log.syncing import sync_folder

LOCK_NAME: Final = "lock"
MOST_TORN_BYTES: Final = 2 * 1024 * 1024
"""What is kept of one cut: more than the longest record."""
MOST_TORN_FILES: Final = 16
"""The oldest make room."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found in a log when it was opened for writing."""

    records: int = 0
    segments: int = 0
    cut_bytes: int = 0
    reason: str | None = None
    """Why the end was cut; None where nothing was."""
    kept_in: Path | None = None
    """Where the cut bytes are."""


def lock(folder: Path) -> int:
    """Return the descriptor that holds a log's lock until it is closed, be it by the process's death.

    Raises:
        LogLockedError: somebody else holds it.
    """
    path = folder / LOCK_NAME
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(fd, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(fd)
        raise LogLockedError(
            f"{folder}: process {owner} writes to this event log; stop it, or use another folder"
        ) from None
    except BaseException:
        os.close(fd)
        raise
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


def recover(folder: Path, fsync: Callable[[int], None]) -> tuple[Recovered, int, int]:
    """Read a log through and cut its torn end.

    Returns:
        What was found, the next record's sequence, and the length of the last segment's whole part.

    Raises:
        LogCorruptError: the log is damaged elsewhere than at its end.
    """
    reading = LogReading(folder)
    for _ in reading.frames():
        pass
    if not reading.segments:
        return Recovered(), 0, 0
    whole_bytes = reading.whole_bytes()
    recovered = Recovered(reading.records, reading.segments)
    if reading.torn is not None:
        recovered = _cut(folder, reading, reading.torn, whole_bytes, fsync)
    return recovered, reading.next_sequence, whole_bytes


def _cut(
    folder: Path, reading: LogReading, torn: Damage, whole_bytes: int, fsync: Callable[[int], None]
) -> Recovered:
    path = torn.path
    kept_in = _name_for(folder, torn)
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(whole_bytes)
        with kept_in.open("wb") as aside:
            aside.write(file.read(MOST_TORN_BYTES))
            aside.flush()
            fsync(aside.fileno())
        file.truncate(whole_bytes)
        fsync(file.fileno())
    _make_room(folder)
    sync_folder(folder, fsync)
    where = f"{torn.reason} at byte {torn.byte} of {path.name}, record {torn.sequence}"
    return Recovered(reading.records, reading.segments, size - whole_bytes, where, kept_in)


def _name_for(folder: Path, torn: Damage) -> Path:
    """Return the next name; names sort by age."""
    newest = max((int(path.name[4:10]) for path in _kept(folder)), default=0)
    return folder / f"cut-{newest + 1:06}-record-{torn.sequence:012}.torn"


def _make_room(folder: Path) -> None:
    for path in _kept(folder)[:-MOST_TORN_FILES]:
        path.unlink(missing_ok=True)


def _kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("cut-[0-9][0-9][0-9][0-9][0-9][0-9]-record-*.torn"))


def last_segment(folder: Path) -> Path | None:
    """Return the segment that is written to; None where there is none yet."""
    segments = segments_of(folder)
    return segments[-1].path if segments else None
