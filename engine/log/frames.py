"""The bytes of an event log's segment: a header, then records. docs/event-log.md shows the same layout.

All numbers are little-endian and unsigned.

    header, 24 bytes    magic `WPSIMLOG` (8) | version (4) | first sequence (8) | CRC-32 of the 20 before (4)
    record, 16 + n      length n (4) | CRC-32 (4) | sequence (8) | payload (n)

The record's CRC-32 (zlib's) is taken over length, sequence and payload. The payload is the canonical JSON of
one event, so every payload begins with the same ten bytes. That is how records are found again behind damage:
raw zero bytes, which every length holds, cannot stand in JSON.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from engine.log.errors import LogError

MAGIC: Final = b"WPSIMLOG"
VERSION: Final = 1
MOST_PAYLOAD_BYTES: Final = 1024 * 1024
"""A longer statement is refused when it is written, and a longer record is no record when it is read."""

_HEADER: Final = struct.Struct("<8sIQ")
_CRC: Final = struct.Struct("<I")
_HEAD: Final = struct.Struct("<IIQ")
_COVERED: Final = struct.Struct("<IQ")
HEADER_BYTES: Final = _HEADER.size + _CRC.size
HEAD_BYTES: Final = _HEAD.size
_OPENING: Final = b'{"event":"'
_CHUNK_BYTES: Final = 1024 * 1024


class Frame(NamedTuple):
    """One whole record, and where it stands."""

    sequence: int
    payload: bytes
    path: Path
    byte: int


class Damage(NamedTuple):
    """A stretch of a segment that holds no record where one should be."""

    path: Path
    byte: int
    """Where it begins."""
    bytes: int
    """How long it is: up to the next whole record, or to the end of the segment."""
    sequence: int
    """Of the record that should be there."""
    next_sequence: int | None
    """Of the next whole record in the segment; None where there is none."""
    reason: str
    foreign: bool = False
    """Whether a whole header stands there, of another segment or version: no torn write leaves that."""


def header(first_sequence: int) -> bytes:
    """Return a segment's header."""
    told = _HEADER.pack(MAGIC, VERSION, first_sequence)
    return told + _CRC.pack(zlib.crc32(told))


def record(sequence: int, payload: bytes) -> bytes:
    """Return a record."""
    checksum = _checksum(len(payload), sequence, payload)
    return _HEAD.pack(len(payload), checksum, sequence) + payload


def read_segment(file: BinaryIO, path: Path, first_sequence: int) -> Iterator[Frame | Damage]:
    """Yield a segment's records in order, and the damage between and behind them.

    Args:
        file: the segment, from its beginning.
        path: what its frames are to say they come from.
        first_sequence: of the first record, as the segment's name tells.
    """
    sequence, byte = first_sequence, HEADER_BYTES
    problem, foreign = _header_problem(file.read(HEADER_BYTES), first_sequence)
    if problem is not None:
        byte = 0
    while True:
        if problem is None:
            came = _read_record(file)
            if came is None:
                return
            if not isinstance(came, str) and came[0] == sequence:
                yield Frame(sequence, came[1], path, byte)
                sequence += 1
                byte += HEAD_BYTES + len(came[1])
                continue
            problem = came if isinstance(came, str) else f"record {came[0]} stands in its place"
        found = _find_record(file, byte, sequence)
        end = file.seek(0, 2) if found is None else found[0]
        following = None if found is None else found[1]
        yield Damage(path, byte, end - byte, sequence, following, problem, foreign)
        if found is None:
            return
        byte, sequence = found
        problem, foreign = None, False
        file.seek(byte)


def _header_problem(came: bytes, first_sequence: int) -> tuple[str | None, bool]:
    """Return what is wrong with a header, and whether it is a whole one all the same."""
    if len(came) < HEADER_BYTES:
        return f"the header has {len(came)} of {HEADER_BYTES} bytes", False
    magic, version, first = _HEADER.unpack_from(came)
    if _CRC.unpack_from(came, _HEADER.size)[0] != zlib.crc32(came[: _HEADER.size]):
        return "the header's checksum does not fit", False
    if magic != MAGIC or version != VERSION:
        return f"the header says {magic!r} version {version}; expected {MAGIC!r} version {VERSION}", True
    if first != first_sequence:
        return f"the header says that it begins with record {first}, the name says {first_sequence}", True
    return None, False


def _read_record(file: BinaryIO) -> tuple[int, bytes] | str | None:
    """Return the next record's sequence and payload; a word on why there is none; None at the end."""
    head = file.read(HEAD_BYTES)
    if not head:
        return None
    if len(head) < HEAD_BYTES:
        return f"its head has {len(head)} of {HEAD_BYTES} bytes"
    length, checksum, sequence = _HEAD.unpack(head)
    if not len(_OPENING) <= length <= MOST_PAYLOAD_BYTES:
        return f"its length is {length}; expected {len(_OPENING)} to {MOST_PAYLOAD_BYTES}"
    payload = file.read(length)
    if len(payload) < length:
        return f"its payload has {len(payload)} of {length} bytes"
    if _checksum(length, sequence, payload) != checksum:
        return "its checksum does not fit"
    return sequence, payload


def _find_record(file: BinaryIO, start: int, least_sequence: int) -> tuple[int, int] | None:
    """Return byte and sequence of the first whole record from `start` on that may follow; None if none."""
    read_to, carried = start, b""
    while True:
        file.seek(read_to)
        chunk = file.read(_CHUNK_BYTES)
        if not chunk:
            return None
        window = carried + chunk
        place = window.find(_OPENING)
        while place >= 0:
            byte = read_to - len(carried) + place - HEAD_BYTES
            if byte >= start:
                file.seek(byte)
                came = _read_record(file)
                if isinstance(came, tuple) and came[0] >= least_sequence:
                    return byte, came[0]
            place = window.find(_OPENING, place + 1)
        read_to += len(chunk)
        carried = window[-len(_OPENING) + 1 :]


def _checksum(length: int, sequence: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(_COVERED.pack(length, sequence)))


def payload_at(file: BinaryIO, byte: int) -> bytes:
    """Return the payload of the record that begins at a byte, as an earlier pass found it there.

    Raises:
        LogError: none stands there any more.
    """
    file.seek(byte)
    came = _read_record(file)
    if not isinstance(came, tuple):
        raise LogError(f"no record stands at byte {byte} any more ({came or 'the file ends there'})")
    return came[1]
