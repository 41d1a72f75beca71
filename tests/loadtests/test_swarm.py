"""The swarm's parts: counts that add up without a loss, histories, proofs, frames, scenarios."""

import zlib
from random import Random

import numpy as np
import pytest

from engine.service.histograms import histogram_of_values
from loadtests.swarm import frames
from loadtests.swarm.client import Client, Phase
from loadtests.swarm.heard import MOST_HEARD, MOST_HEARD_BYTES, read_text
from loadtests.swarm.history import (
    Place,
    fault_of_conflated,
    fault_of_resumed,
    fault_of_snapshot,
    fault_of_update,
)
from loadtests.swarm.judging import Judge
from loadtests.swarm.proofs import Block, judge_proofs
from loadtests.swarm.seen import Seen
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


def _told(judge: Judge, client: Client, *payloads: bytes) -> None:
    for payload in payloads:
        judge.text(client, b"\x81\x00" + payload, 2, 1)


def _viewer(judge: Judge, number: int, snapshot: int) -> Client:
    client = Client(number, "g", "127.0.0.1", None)
    client.phase = Phase.OPEN
    _told(judge, client, (UPDATE % snapshot).replace(b"update", b"snapshot", 1))
    return client


def _proven(judge: Judge, *clients: Client) -> list[Block]:
    for client in clients:
        judge.forget(client)
    return judge.proofs.blocks()


def test_viewers_who_came_at_different_moments_share_places_and_have_proofs_of_their_own() -> None:
    """Five viewers who came one by one are in one place once all hear the same; each proves its own."""
    judge = Judge(Seen())
    clients: list[Client] = []
    for offset in range(10):
        if offset < 5:
            clients.append(_viewer(judge, offset, offset - 1))
        for client in clients:
            _told(judge, client, UPDATE % offset)
    assert len({client.place for client in clients}) == 1
    judged = judge_proofs(_proven(judge, *clients), {"g": _log(10)})
    assert not judge.faults
    assert not judged.broken
    assert (judged.stretches, judged.different, judged.updates) == (5, 5, 10 + 9 + 8 + 7 + 6)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ([*_log(4), *_log(6)[5:3:-1], *_log(10)[6:]], ""),
        ([*_log(5), *_log(7)[6:4:-1], *_log(10)[7:]], "not those of the log"),
        ([*_log(7), b"{}", *_log(10)[8:]], "not those of the log"),
        (_log(9), "beyond the log"),
    ],
)
def test_a_viewer_whose_updates_are_not_the_logs_is_named(log: list[bytes], words: str) -> None:
    """A log with two updates swapped, one altered, or one fewer than were heard breaks the proof, by name."""
    judge = Judge(Seen())
    client = _viewer(judge, 41, 5)
    _told(judge, client, *(UPDATE % offset for offset in range(6, 10)))
    judged = judge_proofs(_proven(judge, client), {"g": log})
    assert judged.broken == ({41} if words else set())
    assert words in str(judged.faults.get(41, ""))


def test_who_hears_altered_bytes_is_broken_and_those_who_come_after_are_not() -> None:
    """One viewer hears an altered update first: those who heard the right one, and newcomers, are whole."""
    judge = Judge(Seen())
    odd, good = _viewer(judge, 1, -1), _viewer(judge, 2, -1)
    _told(judge, odd, UPDATE % 0, (UPDATE % 1).replace(b'"g"', b'"g" '), UPDATE % 2)
    _told(judge, good, UPDATE % 0, UPDATE % 1, UPDATE % 2)
    late = _viewer(judge, 3, 2)
    for client in (odd, late, good):
        _told(judge, client, UPDATE % 3)
    assert odd.place is good.place is late.place
    judged = judge_proofs(_proven(judge, odd, good, late), {"g": _log(4)})
    assert judged.broken == {1}


def test_a_stretch_that_was_ended_stays_proven() -> None:
    """What was heard before a return that knows nothing, and after it, are two rows of one viewer."""
    judge = Judge(Seen())
    client = _viewer(judge, 7, -1)
    _told(judge, client, UPDATE % 0, UPDATE % 1)
    judge.forget(client)
    _told(judge, client, (UPDATE % 4).replace(b"update", b"snapshot", 1), UPDATE % 5)
    judged = judge_proofs(_proven(judge, client), {"g": _log(6)})
    assert (judged.stretches, judged.updates, judged.broken) == (2, 3, set())
    spoilt = judge_proofs(judge.proofs.blocks(), {"g": [*_log(1), b"{}", *_log(6)[2:]]})
    assert spoilt.faults == {7: ["updates 0-1 are not those of the log"]}


def test_a_worker_forgets_what_it_need_not_know_any_more() -> None:
    """However many updates and snapshots are heard, what is kept of them has bounds, in number and bytes."""
    judge = Judge(Seen())
    client = _viewer(judge, 1, -1)
    for offset in range(2 * MOST_HEARD):
        _told(judge, client, UPDATE % offset)
    assert len(judge.heard) <= MOST_HEARD
    big = b" " * 30_000
    for number in range(300):
        snapshot = (UPDATE % 5).replace(b"update", b"snapshot", 1)
        _told(judge, Client(3, "g", "127.0.0.1", None), snapshot + big + b" " * number)
    assert sum(map(len, judge.heard)) <= MOST_HEARD_BYTES + 40_000
    assert not judge.faults


def test_each_fault_of_a_sequence_is_named() -> None:
    """Gap, duplicate, wrong game or epoch, silent skip, stale snapshot, wrong resume or conflation."""
    place = Place("g", "e", 4)

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
    assert frames.frame_at(b"\xc1\x02hi", 0, deflates=True) == (frames.TEXT, 2, 4)
    for begin in (b"\xc9\x00", b"\xa1\x00", b"\x41\x00"):
        with pytest.raises(frames.FrameError):
            frames.frame_at(begin, 0, deflates=True)


def test_a_deflated_message_says_what_it_said_before() -> None:
    """What a server deflates is judged as the plain message is; what is none, or too long, is a fault."""
    judge = Judge(Seen())
    client = _viewer(judge, 1, -1)
    for offset in range(4):
        body = zlib.compressobj(6, zlib.DEFLATED, -15)
        deflated = body.compress(UPDATE % offset) + body.flush(zlib.Z_SYNC_FLUSH)
        plain, short = b"\x81\x00" + UPDATE % offset, b"\xc1\x00" + deflated[:-4]
        judge.text(client, short if offset % 2 else plain, 2, 1)
    assert judge_proofs(_proven(judge, client), {"g": _log(4)}).broken == set()
    assert not judge.faults
    for number, length in ((1, 40), (2, frames.MOST_MESSAGE_BYTES + 1)):
        body = zlib.compressobj(6, zlib.DEFLATED, -15)
        deflated = body.compress(b" " * length) + body.flush(zlib.Z_SYNC_FLUSH)
        judge.text(Client(number, "g", "", None), b"\xc1\x00" + deflated[:-4][number == 1 :], 2, 1)
    assert "inflated" in judge.faults[1][0] or "read" in judge.faults[1][0]
    assert "more than" in judge.faults[2][0]


def test_an_answer_must_accept_the_very_key() -> None:
    """An answer that is no 101, or accepts another key, opens nothing."""
    _, accept = frames.handshake("/g", "h", Random(1))
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += b"Sec-WebSocket-Accept: "
    assert frames.fault_of_answer(head + accept, accept) is None
    assert frames.fault_of_answer(head + b"x" + accept, accept)
    agreed = head + accept + b"\r\nSec-WebSocket-Extensions: " + frames.OFFER
    assert frames.fault_of_answer(agreed, accept, offered=True) is None
    assert frames.deflates(agreed)
    assert frames.fault_of_answer(agreed, accept)
    assert frames.fault_of_answer(agreed.replace(b"server_no", b"no"), accept, offered=True)
    assert frames.fault_of_answer(b"HTTP/1.1 503 Busy", accept) == "HTTP/1.1 503 Busy"
