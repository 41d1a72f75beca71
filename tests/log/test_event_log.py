"""Appending, reading and going on: sequences, segments, the lock, and what is refused."""

import math
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.events import Event, GameStart, Market, Odds, Play, Team, Tracking, encode_event
from engine.log.event_log import (
    EventLog,
    LogError,
    LogLockedError,
    Record,
    UnrecordableError,
    payload_of,
    read_log,
)
from engine.log.frames import MOST_PAYLOAD_BYTES
from engine.log.reading import segments_of
from tests.conftest import ROOT
from tests.core.strategies import events as any_events
from tests.log.statements import play, recordable_events


def test_a_new_log_begins_with_0_and_reads_as_it_was_written(tmp_path: Path) -> None:
    """Sequences are 0, 1, 2, ...; reading gives the same statements in the same order."""
    said = [play(number) for number in range(5)]
    with EventLog.open(tmp_path / "log") as log:
        assert [log.append(event) for event in said] == [0, 1, 2, 3, 4]
        assert (log.next_sequence, log.counts.records) == (5, 5)
    assert list(read_log(tmp_path / "log")) == [Record(number, event) for number, event in enumerate(said)]


def test_an_append_has_left_the_process_before_it_returns(tmp_path: Path) -> None:
    """A reader sees each record at once, while the writer is open and has synced nothing."""
    with EventLog.open(tmp_path) as log:
        for number in range(20):
            log.append(play(number))
            assert len(list(read_log(tmp_path))) == number + 1


def test_a_log_that_is_opened_again_goes_on_where_it_ended(tmp_path: Path) -> None:
    """Opening counts what is there, and the next sequence follows."""
    for opened in range(4):
        with EventLog.open(tmp_path, segment_bytes=1024) as log:
            assert (log.recovered.records, log.recovered.cut_bytes, log.recovered.reason) == (
                3 * opened,
                0,
                None,
            )
            assert [log.append(play(number)) for number in range(3)] == [
                3 * opened + more for more in range(3)
            ]
    assert [record.sequence for record in read_log(tmp_path)] == list(range(12))


def test_segments_are_bounded_and_named_by_their_first_record(tmp_path: Path) -> None:
    """No segment is longer than it may be, but for one that holds a single longer record."""
    texts = ["short", "x" * 3_000, "short", "short", *("y" * 300 for _ in range(10))]
    with EventLog.open(tmp_path, segment_bytes=2_048) as log:
        for number, text in enumerate(texts):
            log.append(play(number, text=text))
        assert log.counts.segments == len(segments_of(tmp_path)) > 4
    assert [record.event.text for record in read_log(tmp_path) if isinstance(record.event, Play)] == texts
    for segment in segments_of(tmp_path):
        assert segment.path.stat().st_size <= 2_048 or segment.first_sequence == 1
        assert segment.path.name == f"events-{segment.first_sequence:012}.log"


@given(st.lists(recordable_events(), max_size=12))
def test_every_statement_survives_to_the_last_field(said: list[Event]) -> None:
    """Whatever can be recorded reads as it was, bytes and all."""
    with TemporaryDirectory() as folder:
        with EventLog.open(folder, segment_bytes=1_024) as log:
            for event in said:
                log.append(event)
        read = [record.event for record in read_log(folder)]
    assert [encode_event(event) for event in read] == [encode_event(event) for event in said]
    assert read == said


@given(any_events())
def test_a_statement_is_refused_or_survives(event: Event) -> None:
    """Of anything at all, a log takes what will read the same, and says so where it does not take it."""
    with TemporaryDirectory() as folder, EventLog.open(folder) as log:
        try:
            log.append(event)
        except UnrecordableError:
            assert list(read_log(folder)) == []
        else:
            assert [record.event for record in read_log(folder)] == [event]


LINE = Odds(game_id="g", book="b", market=Market.LIVE)


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (replace(play(1), clock_s=2**63), "clock_s"),
        (replace(play(1), order=-(10**30)), "order"),
        (replace(LINE, home_spread=math.nan), "home_spread"),
        (replace(LINE, total=math.inf), "total"),
        (replace(LINE, total=1e9), "total"),
        (replace(LINE, home_spread=7), "would read otherwise"),  # an int reads as 7.0: other bytes
        (Tracking(game_id="g", play_id="1", top_speed_yd_s=-math.inf), "top_speed_yd_s"),
        (play(1, text="x" * 65_537), "65537 characters"),
        (play(1, game_id="\ud800"), "surrogates"),
        (GameStart(game_id="g", home=Team("x" * MOST_PAYLOAD_BYTES, "", "")), "bytes"),
        (replace(play(1), clock_s="ten"), "JSON"),
        (play(1, text="\0" * 65_536), None),  # six bytes a character, and still a record
    ],
)
def test_what_no_log_can_hold_is_refused_by_name(tmp_path: Path, event: Event, named: str | None) -> None:
    """A statement that would read otherwise, or not at all, is refused, and the log goes on."""
    with EventLog.open(tmp_path) as log:
        if named is None:
            log.append(event)
        else:
            with pytest.raises(UnrecordableError, match=named):
                payload_of(event)
            with pytest.raises(UnrecordableError, match=named):
                log.append(event)
        assert log.append(play(2)) == (0 if named else 1)


def test_a_second_writer_is_turned_away(tmp_path: Path) -> None:
    """The lock names the process that holds it; another process is turned away too; closing lets go."""
    attempt = "from engine.log.event_log import EventLog; import sys; EventLog.open(sys.argv[1])"
    with EventLog.open(tmp_path) as log:
        log.append(play(0))
        with pytest.raises(LogLockedError, match=r"process \d+ writes to this event log"):
            EventLog.open(tmp_path)
        other = subprocess.run(
            [sys.executable, "-c", attempt, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert "LogLockedError" in other.stderr
        assert log.append(play(1)) == 1
    EventLog.open(tmp_path).close()


def test_a_log_that_could_not_be_opened_is_not_locked(tmp_path: Path) -> None:
    """An opener that fails on damage lets go of the lock."""
    (tmp_path / "events-000000000007.log").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(LogError, match="a segment before it is missing"):
            EventLog.open(tmp_path)


def test_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    """Closing twice is closing once; appending afterwards is an error."""
    log = EventLog.open(tmp_path)
    log.close()
    log.close()
    with pytest.raises(LogError, match="closed"):
        log.append(play(0))


def test_segments_must_hold_something(tmp_path: Path) -> None:
    """A segment size that is none is refused."""
    with pytest.raises(ValueError, match="segment_bytes is 10"):
        EventLog.open(tmp_path, segment_bytes=10)


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """What is no segment is neither read nor touched."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "events-1.log").write_text("mine too")
    with EventLog.open(tmp_path) as log:
        log.append(play(0))
    assert len(list(read_log(tmp_path))) == 1
    assert (tmp_path / "notes.txt").read_text() == "mine"
