"""`kill -9` of a writer at seeded moments: every acknowledged record is there, and the log goes on."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from engine.log.event_log import EventLog, read_log
from tests.conftest import ROOT
from tests.log.statements import play

# The writer goes on where the log ends and says each sequence once append has returned. With "late" it is at
# fault: its writes stay in the process, as a buffered file's would for a while. They all belong to one
# segment: a second one after an empty one is another fault, with an error of its own.
_WRITER = """
import os, sys
from engine.log.event_log import Disk, EventLog, Fsync, parse_fsync
from tests.log.statements import play
late = sys.argv[3] == "late"
disk = Disk(write=lambda fd, data: len(data)) if late else Disk()
segment_bytes = 2**30 if late else 8192
log = EventLog.open(sys.argv[1], fsync=parse_fsync(sys.argv[2]), segment_bytes=segment_bytes, disk=disk)
while True:
    number = log.next_sequence
    assert log.append(play(number, text="x" * (number * 37 % 400))) == number
    os.write(1, b"%d\\n" % number)
"""


def killed(folder: Path, fsync: str, after: int, writer: str = "sound") -> int:
    """Let a writer acknowledge so many records, kill it in the midst of its work, and return the last one."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, folder, fsync, writer], cwd=ROOT, stdout=subprocess.PIPE
    )
    said: IO[bytes] | None = process.stdout
    assert said is not None
    try:
        lines = [said.readline() for _ in range(after)]
        os.kill(process.pid, signal.SIGKILL)
        lines += said.readlines()
    finally:
        process.kill()
        process.wait()
        said.close()
    whole = [line for line in lines if line.endswith(b"\n")]
    assert whole, "the writer died before it said anything"
    return int(whole[-1])


@pytest.mark.parametrize("fsync", ["interval:1", "never", "always"])
def test_every_acknowledged_record_outlives_kill_9(tmp_path: Path, fsync: str) -> None:
    """Killed and started again, over and over: no record that was acknowledged is lost, none is another."""
    dice = random.Random(fsync)
    for _ in range(5):
        last = killed(tmp_path, fsync, dice.randint(1, 120))
        records = list(read_log(tmp_path))
        assert len(records) > last
        assert [record.sequence for record in records] == list(range(len(records)))
        for number, event in records:
            assert event == play(number, text="x" * (number * 37 % 400))
        with EventLog.open(tmp_path) as log:
            assert log.recovered.records == len(records)


def test_a_writer_that_keeps_its_bytes_to_itself_is_caught(tmp_path: Path) -> None:
    """The check above sees a writer that acknowledges what has not left the process."""
    last = killed(tmp_path, "never", 10, "late")
    assert len(list(read_log(tmp_path))) <= last
