"""Compressed messages: made once for all, inflated within bounds, and only for those who negotiated them."""

import asyncio
import tracemalloc
import zlib
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ProtocolError
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
)
from websockets.frames import CloseCode, Frame, Opcode

from engine.gateway import channel as channels
from engine.gateway.channel import Channel
from engine.gateway.deflate import deflated, inflate
from engine.gateway.frames import payload_of, text_frame
from engine.gateway.handshake import Accepted, shake_hands
from engine.gateway.hub import Limits
from engine.gateway.incoming import Reader, Violation
from tests.gateway.conformance_table import RSV1, bytewise, frame, request
from tests.gateway.conformance_table import deflated as deflated_by_hand
from tests.gateway.history import History
from tests.gateway.stage import HOST, Game, gateway, read
from tests.gateway.viewer import Viewer, viewing

MOST = 300
TAIL = b"\x00\x00\xff\xff"
ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

payloads = st.one_of(
    st.text(max_size=80).map(str.encode),
    st.binary(max_size=200),
    st.tuples(st.binary(max_size=20), st.integers(0, 6_000)).map(lambda unit: unit[0] * unit[1]),
)


def reference(*, fresh: bool = True) -> PerMessageDeflate:
    """Return what `websockets` makes of the same agreement."""
    return PerMessageDeflate(fresh, fresh, 15, 15)


# --- the agreement ---


@pytest.mark.parametrize(
    ("offers", "answer"),
    [
        (["permessage-deflate"], ANSWER),
        (["permessage-deflate; client_max_window_bits"], ANSWER),
        (["permessage-deflate; client_max_window_bits=8"], f"{ANSWER}; client_max_window_bits=8"),
        (["permessage-deflate; client_max_window_bits=12"], f"{ANSWER}; client_max_window_bits=12"),
        (["permessage-deflate; server_max_window_bits=15"], f"{ANSWER}; server_max_window_bits=15"),
        (["permessage-deflate; server_no_context_takeover; client_no_context_takeover"], ANSWER),
        (["x-none; a=1, permessage-deflate"], ANSWER),
        (["x-none", "permessage-deflate"], ANSWER),
        (["permessage-deflate; server_max_window_bits=10, permessage-deflate"], ANSWER),
        (["permessage-deflate, permessage-deflate"], ANSWER),
        (["permessage-deflate; server_max_window_bits=14"], None),
        (["permessage-deflate; server_max_window_bits=8"], None),
        (["permessage-deflate; server_max_window_bits"], None),
        (["permessage-deflate; client_max_window_bits=16"], None),
        (["permessage-deflate; client_max_window_bits=08"], None),
        (["permessage-deflate; unheard_of"], None),
        (["permessage-deflate; server_no_context_takeover; server_no_context_takeover"], None),
        (["x-webkit-deflate-frame"], None),
        ([], None),
    ],
)
def test_offers(offers: list[str], answer: str | None) -> None:
    """An offer that can be honoured is, always without contexts; any other is passed over."""
    more = "".join(f"Sec-WebSocket-Extensions: {offer}\r\n" for offer in offers)
    accepted = shake_hands(request("/401", more=more), ())
    assert isinstance(accepted, Accepted)
    lines = accepted.response.decode().split("\r\n")
    told = [line.partition(": ")[2] for line in lines if line.startswith("Sec-WebSocket-Extensions")]
    assert told == ([] if answer is None else [answer])
    assert accepted.deflates == (answer is not None)


def test_compression_can_be_turned_off() -> None:
    """With the limit turned off an offer is not answered, and its viewer gets plain frames."""

    async def run() -> None:
        async with asyncio.timeout(10), gateway(Limits(compression=False)) as (hub, listener):
            game = Game(hub, filler="x" * 500).open()
            async with connect(f"ws://{HOST}:{listener.port}/401") as viewer:
                assert viewer.protocol.extensions == []
                await viewer.recv()
                game.say()
                assert '"offset":0' in str(await viewer.recv())
            assert (hub.counts.deliveries, hub.counts.compressed_deliveries) == (1, 0)

    asyncio.run(run())


# --- out ---


@given(payloads)
def test_what_goes_out_is_read_by_websockets(payload: bytes) -> None:
    """A deflated frame says the same, is never longer, and needs nothing of the frames before it."""
    plain = text_frame(payload)
    assert payload_of(plain) == payload
    once = deflated(plain)
    assert len(once) <= len(plain)
    if once != plain:
        assert once[0] == 0xC1
        got = reference().decode(Frame(Opcode.TEXT, payload_of(once), rsv1=True), max_size=None)
        assert bytes(got.data) == payload


class Counting:
    """Counts what is deflated."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        monkeypatch.setattr(channels, "deflated", self)

    def __call__(self, plain: bytes) -> bytes:
        """Deflate, and count."""
        self.times += 1
        return deflated(plain)


async def _heard(viewer: Viewer, history: History, offset: int) -> None:
    while history.offset != offset:
        history.take(await viewer.message())


def test_each_message_is_deflated_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten who negotiated it cost one deflating a message, all hear the same, and fewer bytes go out."""
    counting = Counting(monkeypatch)

    async def run() -> None:
        async with asyncio.timeout(20), gateway() as (hub, listener), AsyncExitStack() as stack:
            game = Game(hub, filler="many words " * 50).open()
            viewers = [
                await stack.enter_async_context(viewing(listener.port, deflates=place % 2 == 0))
                for place in range(20)
            ]
            histories = [History(game.epoch) for _ in viewers]
            assert counting.times == 1  # the snapshot
            for _ in range(5):
                game.say()
                for viewer, history in zip(viewers, histories, strict=True):
                    await _heard(viewer, history, game.offset)
            assert counting.times == 1 + 5
            assert all(history.seen == list(range(5)) for history in histories)
            late = await stack.enter_async_context(viewing(listener.port, deflates=True))
            assert (await late.message())["data"]["offset"] == 4
            again = f"401?epoch={game.epoch}&offset=-1"
            for deflates in (True, False):
                back = await stack.enter_async_context(viewing(listener.port, again, deflates=deflates))
                history = History(game.epoch)
                history.reconnected(-1)
                await _heard(back, history, game.offset)
            assert counting.times == 1 + 5 + 1  # the newest snapshot; the updates were at hand
            assert viewers[0].read_bytes < 0.7 * viewers[1].read_bytes
            counts = hub.counts
            assert (counts.deliveries, counts.compressed_deliveries) == (110, 55)
            assert counts.compressed_bytes < 0.7 * (counts.delivered_bytes - counts.compressed_bytes)

    asyncio.run(run())


def test_nothing_is_deflated_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody who negotiated it is there, no message is deflated."""
    counting = Counting(monkeypatch)

    async def run() -> None:
        async with asyncio.timeout(20), gateway() as (hub, listener):
            game = Game(hub, filler="many words " * 50).open()
            game.say(3)
            async with viewing(listener.port, f"401?epoch={game.epoch}&offset=-1") as viewer:
                history = History(game.epoch)
                history.reconnected(-1)
                game.say(3)
                await _heard(viewer, history, 5)
            async with viewing(listener.port, deflates=True) as viewer:
                await viewer.message()
            assert counting.times == 1

    asyncio.run(run())


def test_old_updates_are_not_deflated_for_who_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who resumes far back gets old updates plain and the newest deflated, so that nobody waits for it."""
    counting = Counting(monkeypatch)
    limits = Limits(catch_up_updates=4)

    async def run() -> None:
        async with asyncio.timeout(20), gateway(limits) as (hub, listener):
            game = Game(hub, filler="many words " * 50).open()
            game.say(500)
            target = f"401?epoch={game.epoch}&offset=-1"
            for _ in range(2):
                async with viewing(listener.port, target, deflates=True) as viewer:
                    history = History(game.epoch)
                    history.reconnected(-1)
                    await _heard(viewer, history, 499)
                    assert history.seen == list(range(500))
            assert counting.times == 4

    asyncio.run(run())


def test_what_is_forgotten_is_forgotten_deflated_too() -> None:
    """Deflated frames are kept no longer than the frames they stand for, and not over a new epoch."""
    limits = Limits(kept_updates=10)
    channel = Channel("401", "e", lambda: b"snapshot " * 50, limits)
    for number in range(100):
        channel.add(text_frame(b"%d " % number * 100))
        assert payload_of(channel.newest_deflated()) != payload_of(channel.newest)
    joined, end = channel.chunk(channel.first_offset, deflates=True)
    assert end == 100
    assert len(joined) < 100 * 10
    assert sorted(channel._deflated_frames) == list(range(90, 100))
    before = channel.snapshot(deflates=True)
    channel.restart("f")
    assert not channel._deflated_frames
    channel.add(text_frame(b"new " * 100))
    assert inflate(payload_of(channel.newest_deflated()), 500) == b"new " * 100
    assert channel.few_since(0, deflates=True) == channel.newest_deflated()
    assert channel.few_since(0) == channel.newest
    channel.replace_snapshot(lambda: b"another " * 50)
    assert channel.snapshot(deflates=True) != before


def test_the_default_client_of_websockets() -> None:
    """`websockets` as it comes negotiates compression, and each side reads the other's."""

    async def run() -> None:
        async with asyncio.timeout(20), gateway() as (hub, listener):
            game = Game(hub, filler="many words " * 200).open()
            async with connect(f"ws://{HOST}:{listener.port}/401", compression="deflate") as viewer:
                (extension,) = viewer.protocol.extensions
                assert isinstance(extension, PerMessageDeflate)
                assert extension.remote_no_context_takeover
                assert extension.local_no_context_takeover
                assert read(await viewer.recv())["type"] == "snapshot"
                game.say(3)
                for offset in range(3):
                    assert read(await viewer.recv())["data"]["offset"] == offset
                await viewer.send('{"type":"ping"' + " " * 1_000 + "}")
                assert read(await viewer.recv())["type"] == "pong"
                await viewer.send(["{", '"type"', ":", '"request_snapshot"', "}"])
                assert read(await viewer.recv())["type"] == "snapshot"
            factory = ClientPerMessageDeflateFactory(client_max_window_bits=9)
            async with connect(f"ws://{HOST}:{listener.port}/401", extensions=[factory]) as viewer:
                assert read(await viewer.recv())["type"] == "snapshot"
                await viewer.send('{"type":"ping"' + " " * 3_000 + "}")
                assert read(await viewer.recv())["type"] == "pong"

    asyncio.run(run())


# --- in ---


@given(
    payloads.filter(lambda payload: len(payload) <= MOST),
    st.integers(0, 9),
    st.booleans(),
    st.lists(st.integers(0, 400), max_size=6),
    st.sampled_from([Opcode.TEXT, Opcode.BINARY]),
)
def test_what_comes_in_is_what_was_deflated(
    payload: bytes, level: int, final: bool, cuts: list[int], opcode: Opcode
) -> None:
    """A deflated message in whatever pieces is the message, or a violation where a text is no UTF-8."""
    body = deflated_by_hand(payload, level=level, final=final)
    ends = [*sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    starts = [0, *ends[:-1]]
    reader = Reader(MOST, 10, inflates=True)
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        last = place == len(ends) - 1
        first = place == 0
        reader.feed(frame(opcode if first else 0, body[start:end], final=last, reserved=RSV1 if first else 0))
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        if opcode is Opcode.TEXT:
            assert _code(reader) == CloseCode.INVALID_DATA
            return
    else:
        assert text is not None
    assert reader.next() == (opcode, payload)
    assert reader.idle


def _code(reader: Reader) -> CloseCode:
    with pytest.raises(Violation) as raised:
        reader.next()
    return raised.value.code


mutated = st.tuples(payloads, st.integers(0, 300), st.binary(max_size=3), st.integers(0, 3)).map(
    lambda parts: _mutated(deflated_by_hand(parts[0]), *parts[1:])
)


def _mutated(body: bytes, place: int, put: bytes, skip: int) -> bytes:
    place %= len(body) + 1
    return body[:place] + put + body[place + skip :]


@given(st.one_of(st.binary(max_size=120), mutated))
def test_inflating_rubbish(body: bytes) -> None:
    """Whatever comes is a violation, or inflated within the bound to what `websockets` reads."""
    message = _inflated(body, MOST)
    if message is CloseCode.MESSAGE_TOO_BIG:
        assert len(zlib.decompressobj(-15).decompress(body + TAIL, MOST + 1)) == MOST + 1
    if not isinstance(message, bytes):
        return
    assert len(message) <= MOST
    try:
        theirs = reference().decode(Frame(Opcode.BINARY, body, rsv1=True), max_size=None)
    except ProtocolError:
        pytest.fail(f"{body!r} is nothing that was deflated")
    assert bytes(theirs.data) == message


def _inflated(body: bytes, most_bytes: int) -> bytes | CloseCode:
    """Return what was deflated, or the code of the violation."""
    try:
        return inflate(body, most_bytes)
    except Violation as violation:
        return violation.code


def test_a_bomb_takes_no_room() -> None:
    """Ten million bytes that come as ten thousand are never made, not even for a moment."""
    bomb = deflated_by_hand(bytes(10_000_000))
    assert len(bomb) < 15_000
    tracemalloc.start()
    try:
        with pytest.raises(Violation) as raised:
            inflate(bomb, 4_096)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert raised.value.code == CloseCode.MESSAGE_TOO_BIG
    assert peak < 150_000


def test_a_reader_that_is_not_to_inflate() -> None:
    """Without the agreement the very same bytes are a violation."""
    for opcode in (Opcode.TEXT, Opcode.BINARY):
        sent = frame(opcode, deflated_by_hand(b"x" * 100), reserved=RSV1)
        plain, agreed = Reader(MOST, 3), Reader(MOST, 3, inflates=True)
        plain.feed(sent)
        agreed.feed(sent)
        assert _code(plain) == CloseCode.PROTOCOL_ERROR
        assert agreed.next() == (opcode, b"x" * 100)


def test_no_compressor_is_kept() -> None:
    """Between two messages a connection that negotiated compression holds no reader and no zlib object."""

    async def run() -> None:
        async with asyncio.timeout(10), gateway() as (hub, listener):
            Game(hub).open()
            async with viewing(listener.port, deflates=True) as viewer:
                for piece in bytewise(frame(1, deflated_by_hand(b'{"type":"ping"}'), reserved=RSV1)):
                    await viewer.send_bytes(piece)
                await viewer.until("pong")
                watched = hub.channel("401")
                assert watched is not None
                (connection,) = watched.members
                assert connection.deflates
                assert not connection.in_message

    asyncio.run(run())
