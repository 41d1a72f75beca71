"""Damage: a torn end is cut and kept aside, at whatever byte; anything else is named and nothing is cut."""

import struct
import zlib
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.log.event_log import Disk, EventLog, LogCorruptError, LogReading, read_log
from engine.log.frames import HEADER_BYTES, header, record
from engine.log.payload import payload_of
from engine.log.reading import segment_path, segments_of
from engine.log.recovery import MOST_TORN_BYTES, MOST_TORN_FILES
from tests.log.statements import play, word

RECORDS = 4
NO_SYNC = Disk(fsync=lambda _fd: None)  # a thousand logs are opened here
PAYLOADS = [payload_of(word(number)) for number in range(RECORDS)]
WHOLE = header(0) + b"".join(record(number, payload) for number, payload in enumerate(PAYLOADS))
ENDS = [HEADER_BYTES]
for _payload in PAYLOADS:
    ENDS.append(ENDS[-1] + 16 + len(_payload))


def write(folder: Path, data: bytes, first_sequence: int = 0) -> Path:
    """Put a segment where the log expects it."""
    folder.mkdir(exist_ok=True)
    path = segment_path(folder, first_sequence)
    path.write_bytes(data)
    return path


def sequences(folder: Path) -> list[int]:
    """The sequences that a reader finds."""
    return [found.sequence for found in read_log(folder)]


def test_a_log_that_is_cut_at_any_byte_keeps_every_whole_record(tmp_path: Path) -> None:
    """Records before the cut stand, the rest is cut and kept aside, and the log goes on."""
    for length in range(len(WHOLE) + 1):
        folder = tmp_path / str(length)
        path = write(folder, WHOLE[:length])
        standing = sum(end <= length for end in ENDS) - 1
        kept = max(standing, 0)
        whole_bytes = ENDS[standing] if standing >= 0 else 0
        assert sequences(folder) == list(range(kept)), "a reader needs no writer to have cut"
        with EventLog.open(folder, disk=NO_SYNC) as log:
            recovered = log.recovered
            assert recovered.records == kept
            assert recovered.cut_bytes == length - whole_bytes
            assert (recovered.reason is None) == (length == whole_bytes > 0)
            if recovered.kept_in is not None:
                assert recovered.kept_in.read_bytes() == WHOLE[whole_bytes:length]
            assert log.append(word(kept)) == kept
        assert path.read_bytes() == WHOLE[: ENDS[min(kept + 1, RECORDS)]] or kept == RECORDS
        assert sequences(folder) == list(range(kept + 1))


def test_a_byte_that_changed_is_never_read_as_if_it_had_not(tmp_path: Path) -> None:
    """In the last record it is a torn end; anywhere before, an error names the place and nothing is cut."""
    for byte in range(len(WHOLE)):
        damaged = bytearray(WHOLE)
        damaged[byte] ^= 1 << byte % 8
        folder = tmp_path / str(byte)
        path = write(folder, bytes(damaged))
        if byte >= ENDS[-2]:
            assert sequences(folder) == [0, 1, 2]
            with EventLog.open(folder, disk=NO_SYNC) as log:
                assert (log.recovered.records, log.recovered.cut_bytes) == (3, ENDS[-1] - ENDS[-2])
                assert log.append(word(3)) == 3
            assert path.read_bytes() == WHOLE
            continue
        broken = sum(end <= byte for end in ENDS) - 1
        for opening in (EventLog.open, sequences):
            with pytest.raises(LogCorruptError, match=r"nothing was cut; .*--salvage") as caught:
                opening(folder)
            assert caught.value.path == path
            assert (caught.value.sequence, caught.value.byte) == (
                max(broken, 0),
                ENDS[broken] if broken >= 0 else 0,
            )
        assert path.read_bytes() == bytes(damaged)
        reading = LogReading(folder, salvage=True)
        found = [frame.sequence for frame in reading.frames()]
        assert found == [number for number in range(RECORDS) if number != broken]
        assert reading.skipped_records == (0 if broken < 0 else 1)


@given(
    st.binary(max_size=64) | st.sampled_from([b"\0" * 5_000, WHOLE, WHOLE[HEADER_BYTES:], b'{"event":"' * 40])
)
def test_garbage_behind_the_last_record_is_cut(garbage: bytes) -> None:
    """Whatever stands there, even records of long ago: the whole records stand, the rest is kept aside."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = write(folder, WHOLE + garbage)
        assert sequences(folder) == list(range(RECORDS))
        with EventLog.open(folder) as log:
            assert (log.recovered.records, log.recovered.cut_bytes) == (RECORDS, len(garbage))
            if garbage:
                assert log.recovered.kept_in is not None
                assert log.recovered.kept_in.read_bytes() == garbage
        assert path.read_bytes() == WHOLE


@given(st.binary(min_size=1, max_size=64), st.integers(0, RECORDS - 1))
def test_garbage_between_records_is_not_cut(garbage: bytes, place: int) -> None:
    """No torn write can have put it there."""
    damaged = WHOLE[: ENDS[place]] + garbage + WHOLE[ENDS[place] :]
    with TemporaryDirectory() as name:
        path = write(Path(name), damaged)
        with pytest.raises(LogCorruptError) as caught:
            EventLog.open(name)
        assert (caught.value.byte, caught.value.sequence) == (ENDS[place], place)
        assert path.read_bytes() == damaged
        reading = LogReading(name, salvage=True)
        assert [frame.sequence for frame in reading.frames()] == list(range(RECORDS))
        assert (reading.skipped_bytes, reading.skipped_records) == (len(garbage), 0)


@pytest.mark.parametrize("length", range(24, 80))
def test_a_record_is_found_again_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """Behind damage of any length, also where a record lies across two of the pieces that are searched."""
    monkeypatch.setattr("engine.log.frames._CHUNK_BYTES", 32)
    write(tmp_path, WHOLE[: ENDS[1]] + b"?" * length + WHOLE[ENDS[1] :])
    reading = LogReading(tmp_path, salvage=True)
    assert [frame.sequence for frame in reading.frames()] == list(range(RECORDS))
    assert reading.skipped_bytes == length


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [0, 3, 2, 1]])
def test_records_out_of_order_are_an_error(tmp_path: Path, order: list[int]) -> None:
    """Whole records in a wrong place are damage too: one is missing, or one was written twice."""
    write(tmp_path, header(0) + b"".join(record(number, PAYLOADS[number]) for number in order))
    with pytest.raises(LogCorruptError, match="stands in its place"):
        sequences(tmp_path)


def test_damage_in_an_earlier_segment_is_never_a_torn_end(tmp_path: Path) -> None:
    """Only the last segment can end in a torn write; an earlier one that is cut short is an error."""
    with EventLog.open(tmp_path, segment_bytes=1_024) as log:
        for number in range(12):
            log.append(play(number, text="x" * 200))
    first, *_, last = segments_of(tmp_path)
    whole = first.path.read_bytes()
    first.path.write_bytes(whole[:-1])
    with pytest.raises(LogCorruptError, match="its payload has") as caught:
        EventLog.open(tmp_path)
    assert caught.value.path == first.path
    reading = LogReading(tmp_path, salvage=True)
    assert len(list(reading.frames())) == 11
    assert (reading.skipped_records, len(reading.skipped)) == (1, 2), "the damage, and the gap that it leaves"
    first.path.write_bytes(whole + b"more")
    with pytest.raises(LogCorruptError, match="its head has 4 of 16 bytes"):
        EventLog.open(tmp_path)
    first.path.write_bytes(whole)
    last.path.write_bytes(last.path.read_bytes()[:-1])
    with EventLog.open(tmp_path) as log:
        assert log.recovered.records == 11


def test_a_missing_segment_is_an_error(tmp_path: Path) -> None:
    """Whichever but the last is taken away, reading says what is missing; salvage reads the others."""
    with EventLog.open(tmp_path, segment_bytes=1_024) as log:
        for number in range(12):
            log.append(play(number, text="x" * 200))
    segments = segments_of(tmp_path)
    for lost, following in pairwise(segments):
        kept = lost.path.read_bytes()
        lost.path.unlink()
        with pytest.raises(LogCorruptError, match="a segment before it is missing") as caught:
            EventLog.open(tmp_path)
        assert (caught.value.path, caught.value.sequence) == (following.path, lost.first_sequence)
        reading = LogReading(tmp_path, salvage=True)
        missing = following.first_sequence - lost.first_sequence
        assert len(list(reading.frames())) == 12 - missing
        assert reading.skipped_records == missing
        lost.path.write_bytes(kept)
    assert len(sequences(tmp_path)) == 12


@pytest.mark.parametrize("length", range(HEADER_BYTES))
def test_a_segment_that_was_just_begun_may_be_torn(tmp_path: Path, length: int) -> None:
    """A crash while a segment is begun leaves a part of its header: it is begun again."""
    write(tmp_path, WHOLE)
    write(tmp_path, header(RECORDS)[:length], RECORDS)
    assert sequences(tmp_path) == list(range(RECORDS))
    with EventLog.open(tmp_path) as log:
        assert (log.recovered.records, log.recovered.cut_bytes) == (RECORDS, length)
        assert log.append(play(RECORDS)) == RECORDS
    assert sequences(tmp_path) == list(range(RECORDS + 1))


@pytest.mark.parametrize("following", [WHOLE[HEADER_BYTES:], b"", b"records of another kind"])
def test_a_segment_of_another_version_is_refused_by_name(tmp_path: Path, following: bytes) -> None:
    """What a later wpsim wrote is not cut: the header says what came and what was expected."""
    told = struct.pack("<8sIQ", b"WPSIMLOG", 2, 0)
    write(tmp_path, told + struct.pack("<I", zlib.crc32(told)) + following)
    with pytest.raises(LogCorruptError, match="version 2; expected b'WPSIMLOG' version 1"):
        EventLog.open(tmp_path)


def test_a_segment_under_anothers_name_is_refused(tmp_path: Path) -> None:
    """Name and header must agree."""
    write(tmp_path, WHOLE)
    write(tmp_path, WHOLE, RECORDS)
    with pytest.raises(LogCorruptError, match="begins with record 0, the name says 4"):
        EventLog.open(tmp_path)


def test_a_segment_that_overlaps_another_is_refused(tmp_path: Path) -> None:
    """A record stands in one place; salvage takes the first."""
    write(tmp_path, WHOLE)
    write(tmp_path, header(2) + record(2, PAYLOADS[2]), 2)
    with pytest.raises(LogCorruptError, match="it was read before"):
        EventLog.open(tmp_path)
    assert [frame.sequence for frame in LogReading(tmp_path, salvage=True).frames()] == [0, 1, 2, 3]


def test_a_whole_record_that_is_no_event_is_named(tmp_path: Path) -> None:
    """A kind of statement that this version does not know is an error, not a skip."""
    write(tmp_path, WHOLE + record(RECORDS, b'{"event":"moon_phase","game_id":"g"}'))
    with pytest.raises(LogCorruptError, match="no event of this version") as caught:
        sequences(tmp_path)
    assert caught.value.sequence == RECORDS


def test_an_empty_folder_is_an_empty_log(tmp_path: Path) -> None:
    """Nothing is there, and nothing is wrong; no folder at all is an error."""
    assert sequences(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        sequences(tmp_path / "missing")


def test_what_is_kept_of_torn_ends_is_bounded(tmp_path: Path) -> None:
    """However often the end is torn, and however long it is, so much is kept and the newest of it."""
    path = write(tmp_path, WHOLE)
    for number in range(MOST_TORN_FILES + 5):
        with path.open("ab") as file:
            file.write(b"torn %03d" % number)
        EventLog.open(tmp_path).close()
    kept = sorted(tmp_path.glob("*.torn"))
    assert len(kept) == MOST_TORN_FILES
    assert kept[-1].read_bytes() == b"torn %03d" % (MOST_TORN_FILES + 4)
    with path.open("ab") as file:
        file.write(b"\1" * (MOST_TORN_BYTES + 999))
    with EventLog.open(tmp_path) as log:
        assert log.recovered.cut_bytes == MOST_TORN_BYTES + 999
        assert log.recovered.kept_in is not None
        assert log.recovered.kept_in.stat().st_size == MOST_TORN_BYTES
