"""Reads an event log: its segments in order, record by record, with nothing skipped in silence.

The end of the last segment may be torn: a write that a crash cut short. Whatever stands there is not yet a
record and reading ends before it. Damage anywhere else is an error, unless the reader asks to salvage.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from engine.core.events import Event, decode_event
from engine.log.errors import LogCorruptError
from engine.log.frames import HEADER_BYTES, Damage, Frame, read_segment

MOST_DAMAGES_KEPT: Final = 1_000
_NAME: Final = re.compile(r"events-(\d{12})\.log")


class Record(NamedTuple):
    """One recorded statement."""

    sequence: int
    event: Event


class Segment(NamedTuple):
    """One file of a log."""

    path: Path
    first_sequence: int


def segment_path(folder: Path, first_sequence: int) -> Path:
    """Return where the segment stands that begins with a record."""
    return folder / f"events-{first_sequence:012}.log"


def segments_of(folder: Path) -> list[Segment]:
    """Return the segments of a log, oldest first; other files are not its business."""
    found = []
    for path in folder.iterdir():
        named = _NAME.fullmatch(path.name)
        if named is not None:
            found.append(Segment(path, int(named[1])))
    return sorted(found, key=lambda segment: segment.first_sequence)


class LogReading:
    """One pass over a log. What it met is told once `frames` is exhausted."""

    def __init__(self, folder: str | os.PathLike[str], *, salvage: bool = False) -> None:
        """Args: salvage: go on behind damage in the middle, and keep account of it, instead of raising."""
        self.folder: Final = Path(folder)
        self.salvage: Final = salvage
        self.segments = 0
        self.records = 0
        self.next_sequence = 0
        # The torn end of the last segment; None where it ends with a whole record.
        self.torn: Damage | None = None
        # What was skipped, the first MOST_DAMAGES_KEPT of them; the bytes count all.
        self.skipped: list[Damage] = []
        self.skipped_bytes = 0
        self.skipped_records = 0

    def frames(self) -> Iterator[Frame]:
        """Yield the whole records in order.

        Raises:
            LogCorruptError: the log is damaged elsewhere than at its torn end, and salvage is off.
        """
        segments = segments_of(self.folder)
        for place, segment in enumerate(segments):
            last = place == len(segments) - 1
            self.segments += 1
            first = segment.first_sequence
            if first != self.next_sequence:
                before = (
                    "a segment before it is missing" if first > self.next_sequence else "it was read before"
                )
                reason = f"the segment begins with record {first}: {before}"
                self._skip(Damage(segment.path, 0, 0, self.next_sequence, first, reason))
                if first < self.next_sequence:
                    continue
                self.next_sequence = first
            with segment.path.open("rb") as file:
                for came in read_segment(file, segment.path, first):
                    if isinstance(came, Frame):
                        self.records += 1
                        self.next_sequence = came.sequence + 1
                        yield came
                    elif last and came.next_sequence is None and not came.foreign:
                        self.torn = came
                    else:
                        self._skip(came)

    def whole_bytes(self) -> int:
        """Return how long the last segment's whole part is; 0 where not even its header is whole."""
        last = segments_of(self.folder)[-1].path
        if self.torn is None:
            return last.stat().st_size
        return self.torn.byte if self.torn.byte >= HEADER_BYTES else 0

    def _skip(self, damage: Damage) -> None:
        if not self.salvage:
            raise LogCorruptError(damage.path, damage.byte, damage.sequence, damage.reason)
        if len(self.skipped) < MOST_DAMAGES_KEPT:
            self.skipped.append(damage)
        self.skipped_bytes += damage.bytes
        if damage.next_sequence is not None:
            self.skipped_records += max(0, damage.next_sequence - damage.sequence)


def event_of(frame: Frame) -> Event:
    """Return the event that a record holds.

    Raises:
        LogCorruptError: it is whole, but no event that this version knows.
    """
    try:
        event: Event = decode_event(frame.payload)
    except msgspec.MsgspecError as error:
        reason = f"it is whole but no event of this version of wpsim: {error}"
        raise LogCorruptError(frame.path, frame.byte, frame.sequence, reason) from None
    return event


def read_log(folder: str | os.PathLike[str]) -> Iterator[Record]:
    """Yield a log's records in order, whether or not somebody writes to it meanwhile; a torn end is left out.

    Raises:
        LogCorruptError: the log is damaged elsewhere than at its torn end.
        FileNotFoundError: there is no such folder.
    """
    for frame in LogReading(folder).frames():
        yield Record(frame.sequence, event_of(frame))
