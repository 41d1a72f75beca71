"""The swarm's parts: counts that add up without a loss, histories, proofs, frames, scenarios."""

from random import Random

import numpy as np
import pytest

from engine.service.histograms import histogram_of_values
from loadtests.proof import Stretch
from loadtests.swarm import frames
from loadtests.swarm.checker import Group, groups_of, judge_groups
from loadtests.swarm.client import Client
from loadtests.swarm.heard import read_text
from loadtests.swarm.history import (
    Place,
    fault_of_conflated,
    fault_of_resumed,
    fault_of_snapshot,
    fault_of_update,
)
from loadtests.swarm.tally import Tally

DATA = b'{"game_id":"g","epoch":"e","offset":%d}'
UPDATE = b'{"type":"update","received_ns":1,"updated_ns":2,"text":"","data":' + DATA + b"}"


def test_tallies_add_up_without_a_loss() -> None:
    """Two workers' latencies, packed, sent and merged, are those that one worker would have counted."""
    values = np.random.default_rng(1).integers(1, 10**11, 5_000)
    master = Tally()
    for half in (values[:1_700], values[1_700:]):
        worker = Tally()
        worker.measure("handshake", half)
        worker.counts["deliveries"] += len(half)
        worker.errors["reset"] += 1
        master.merge(Tally.unpack(worker.pack()))
    one = histogram_of_values(values)
    merged = master.stages["handshake"].histogram()
    assert list(merged.counts) == list(one.counts)
    assert (merged.get_min_value(), merged.get_max_value()) == (one.get_min_value(), one.get_max_value())
    assert (master.counts["deliveries"], master.errors["reset"]) == (5_000, 2)


def _log(count: int) -> list[bytes]:
    return [DATA % offset for offset in range(count)]


def _watched(first: int, last: int, number: int = 0) -> Client:
    client = Client(number, "g", "127.0.0.1", None)
    client.place = Place("g", "e", first, first - 1)
    for offset in range(first, last + 1):
        heard = read_text(UPDATE % offset)
        assert fault_of_update(client.place, "g", heard) is None
        client.place = client.place.after(heard)
    return client


def test_a_proof_is_the_chain_of_the_log() -> None:
    """The chain of a place is that of `loadtests.proof`, and whole histories are judged whole."""
    clients = [_watched(2, 9, number) for number in range(5)] + [_watched(0, 9, 5)]
    stretch = Stretch("e", 2)
    for data in _log(10)[2:]:
        stretch.take(data)
    assert clients[0].place is not None
    assert clients[0].place.chain == stretch.chain
    groups = groups_of(clients)
    assert sorted(group.viewers for group in groups) == [1, 5]
    assert judge_groups(groups, {"g": _log(10)}) == {}


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ([*_log(4), *_log(6)[5:3:-1], *_log(10)[6:]], "not those of the log"),
        ([*_log(7), b"{}", *_log(10)[8:]], "not those of the log"),
        (_log(9), "beyond the log"),
    ],
)
def test_a_viewer_whose_updates_are_not_the_logs_is_named(log: list[bytes], words: str) -> None:
    """A log with two updates swapped, one altered, or one fewer than were heard breaks the proof, by name."""
    (faults,) = judge_groups(groups_of([_watched(2, 9, number=41)]), {"g": log}).items()
    assert faults[0] == 41
    assert words in faults[1][0]


def test_each_fault_of_a_sequence_is_named() -> None:
    """Gap, duplicate, wrong game or epoch, silent skip, stale snapshot, wrong resume or conflation."""
    place = Place("g", "e", 0, 4)

    def update(text: bytes) -> str:
        return fault_of_update(place, "g", read_text(text)) or ""

    assert "gap" in update(UPDATE % 6)
    assert "duplicate" in update(UPDATE % 4)
    assert "game h" in update((UPDATE % 5).replace(b'"g"', b'"h"'))
    assert "epoch f" in update((UPDATE % 5).replace(b'"e"', b'"f"'))
    assert not update(UPDATE % 5)
    jump = read_text((UPDATE % 8).replace(b"update", b"snapshot", 1))
    assert "without a word" in (fault_of_snapshot(place, "g", jump, may_jump=False) or "")
    assert fault_of_snapshot(place, "g", jump, may_jump=True) is None
    old = read_text((UPDATE % 3).replace(b"update", b"snapshot", 1))
    assert "stale" in (fault_of_snapshot(place, "g", old, may_jump=True) or "")
    resumed = b'{"type":"resumed","data":{"game_id":"g","epoch":"e","from_offset":%d,"to_offset":9}}'
    assert fault_of_resumed(place, read_text(resumed % 5)) is None
    assert fault_of_resumed(place, read_text(resumed % 6))
    left_out = b'{"type":"status","data":{"status":"conflated","from_offset":%d,"to_offset":9}}'
    assert fault_of_conflated(place, read_text(left_out % 5)) is None
    assert fault_of_conflated(place, read_text(left_out % 7))


def test_frames_that_no_server_may_send_are_refused() -> None:
    """In pieces, masked, compressed or enormous: nothing of it was agreed on."""
    for begin in (b"\x01\x00", b"\x81\x85", b"\xc1\x00", b"\x82\x7f" + (1 << 40).to_bytes(8, "big")):
        with pytest.raises(frames.FrameError):
            frames.frame_at(begin, 0)
    assert frames.frame_at(b"\x81\x02hi\x81", 0) == (frames.TEXT, 2, 4)
    assert frames.frame_at(b"\x81\x02hi\x81", 4) is None


def test_an_answer_must_accept_the_very_key() -> None:
    """An answer that is no 101, or accepts another key, opens nothing."""
    _, accept = frames.handshake("/g", "h", Random(1))
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += b"Sec-WebSocket-Accept: "
    assert frames.fault_of_answer(head + accept, accept) is None
    assert frames.fault_of_answer(head + b"x" + accept, accept)
    assert frames.fault_of_answer(b"HTTP/1.1 503 Busy", accept) == "HTTP/1.1 503 Busy"


def test_a_group_travels_as_a_list() -> None:
    """What a worker sends of a proof is what the master reads."""
    group = Group("g", "e", 0, 4, b"\x01" * 16, 3, [1, 2, 3])
    assert judge_groups([group], {"g": _log(5)})[2] == [
        "updates 0-4 are not those of the log (and of 2 others)"
    ]
