"""The reader of clients' bytes agrees with `websockets` on every stream of frames, however it is cut."""

import codecs
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from engine.gateway.incoming import Reader, Violation
from tests.gateway.conformance_table import frame

MOST = 300

Heard = list[tuple[object, ...]]
"""Messages and control frames, and at the end `("violation", code)` where there was one."""


@dataclass(frozen=True)
class Sent:
    """A client's frame, good or bad."""

    opcode: int
    payload: bytes
    final: bool
    reserved: int = 0
    masked: bool = True

    def encoded(self, key: bytes) -> bytes:
        """Return its bytes."""
        return frame(
            self.opcode, self.payload, final=self.final, reserved=self.reserved, masked=self.masked, key=key
        )


texts = st.text(max_size=40).map(str.encode)
broken_texts = st.binary(max_size=6)
sizes = st.sampled_from([0, 1, 100, 125, 126, 127, MOST - 1, MOST, MOST + 1, 70_000]).map(bytes)
payloads = st.one_of(texts, broken_texts, sizes)
data_frames = st.builds(Sent, st.sampled_from([0, 0, 1, 1, 1, 2]), payloads, st.booleans())
control_frames = st.builds(Sent, st.sampled_from([9, 10]), st.binary(max_size=125), st.just(True))
closes = st.builds(
    Sent,
    st.just(8),
    st.one_of(
        st.just(b""), st.binary(max_size=4), st.integers(995, 1020).map(lambda code: code.to_bytes(2, "big"))
    ),
    st.just(True),
)
odd_frames = st.builds(
    Sent, st.integers(0, 15), st.binary(max_size=130), st.booleans(), st.integers(0, 7), st.booleans()
)


@st.composite
def good_messages(draw: st.DrawFn) -> list[Sent]:
    """A message in some pieces, perhaps with control frames between them."""
    kind = draw(st.sampled_from([1, 1, 2]))
    pieces = draw(st.lists(texts, min_size=1, max_size=4))
    sent: list[Sent] = []
    for place, piece in enumerate(pieces):
        sent.append(Sent(kind if place == 0 else 0, piece, place == len(pieces) - 1))
        if draw(st.integers(0, 4)) == 0:
            sent.append(draw(control_frames))
    return sent


odd_ones = st.one_of(data_frames, data_frames, control_frames, closes, odd_frames).map(lambda one: [one])
streams = st.lists(st.one_of(good_messages(), good_messages(), good_messages(), odd_ones), max_size=8).map(
    lambda parts: [sent for part in parts for sent in part]
)


def heard_by_reader(data: bytes, cuts: list[int]) -> Heard:
    """What the gateway's reader makes of a stream that comes in these parts."""
    reader = Reader(MOST, 10_000)
    heard: Heard = []
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {len(data)})
    start = 0
    try:
        for end in ends:
            reader.feed(data[start:end])
            start = end
            while (received := reader.next()) is not None:
                heard.append(received)
                if received[0] is Opcode.CLOSE:
                    return heard
            if reader.idle:
                reader = Reader(MOST, 10_000)  # as the connection does
    except Violation as violation:
        heard.append(("violation", violation.code))
    return heard


def heard_by_websockets(data: bytes) -> Heard:
    """What `websockets` makes of it; messages are put together here, as its asyncio server does."""
    protocol = ServerProtocol(state=OPEN, max_size=MOST)
    protocol.receive_data(data)
    heard: Heard = []
    kind: Opcode | None = None
    parts = b""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    for event in protocol.events_received():
        assert isinstance(event, Frame)
        if event.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
            heard.append((event.opcode, bytes(event.data)))
            continue
        if event.opcode is not Opcode.CONT:
            kind, parts = event.opcode, b""
            utf8.reset()
        parts += bytes(event.data)
        if kind is Opcode.TEXT:
            try:
                utf8.decode(bytes(event.data), event.fin)
            except UnicodeDecodeError:
                return [*heard, ("violation", CloseCode.INVALID_DATA)]
        if event.fin:
            assert kind is not None
            heard.append((kind, parts))
    if protocol.parser_exc is None:
        return heard
    if str(protocol.parser_exc) == "incomplete fragmented message":
        # RFC 6455, 5.4: a close, too, may stand between the pieces of a message. The reader allows it.
        assert protocol.close_rcvd is not None
        return [*heard, ("close between pieces",)]
    codes: dict[type[BaseException], CloseCode] = {
        ProtocolError: CloseCode.PROTOCOL_ERROR,
        PayloadTooBig: CloseCode.MESSAGE_TOO_BIG,
        UnicodeDecodeError: CloseCode.INVALID_DATA,
    }
    return [*heard, ("violation", codes[type(protocol.parser_exc)])]


@given(streams, st.binary(min_size=4, max_size=4), st.lists(st.integers(0, 2_000), max_size=8))
def test_agrees_with_websockets(sent: list[Sent], key: bytes, cuts: list[int]) -> None:
    """Same messages, same control frames, same violation at the same place."""
    data = b"".join(each.encoded(key) for each in sent)
    mine, theirs = heard_by_reader(data, cuts), heard_by_websockets(data)
    if theirs and theirs[-1] == ("close between pieces",):
        assert mine[-1][0] is Opcode.CLOSE
        del mine[-1], theirs[-1]
    if mine != theirs and mine and theirs and mine[-1][0] == theirs[-1][0] == "violation":
        # A frame with two faults: each of the two names the one that it looks for first.
        assert {mine[-1][1], theirs[-1][1]} == {CloseCode.PROTOCOL_ERROR, CloseCode.MESSAGE_TOO_BIG}
        del mine[-1], theirs[-1]
    assert mine == theirs


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_any_bytes_are_frames_or_a_violation(data: bytes, cuts: list[int]) -> None:
    """Bytes of chance raise nothing but a violation, whatever they are, and however they come."""
    assert heard_by_reader(data, cuts) == heard_by_reader(data, [])


def test_nothing_is_kept_of_what_is_given_out() -> None:
    """A reader is idle between messages, and not within one."""
    reader = Reader(MOST, 10)
    assert reader.idle
    whole = frame(1, b"a", final=False) + frame(0, b"b")
    for end in range(1, len(whole)):
        reader.feed(whole[end - 1 : end])
        assert reader.next() is None
        assert not reader.idle
    reader.feed(whole[-1:])
    assert reader.next() == (Opcode.TEXT, b"ab")
    assert reader.idle
    assert reader.waiting_bytes == 0


def test_too_many_pieces() -> None:
    """A message in more pieces than the bound is a violation of policy, though it has no bytes at all."""
    reader = Reader(MOST, 3)
    reader.feed((frame(1, b"a", final=False) + frame(0, b"b", final=False) + frame(0, b"c")) * 5)
    assert [reader.next() for _ in range(5)] == [(Opcode.TEXT, b"abc")] * 5
    reader.feed(frame(1, final=False) + frame(0, final=False) * 3)
    with pytest.raises(Violation) as raised:
        reader.next()
    assert raised.value.code == CloseCode.POLICY_VIOLATION


def test_bad_text_is_refused_before_its_end() -> None:
    """A text that is no longer UTF-8 is refused at once, not when its last piece has come."""
    reader = Reader(MOST, 3)
    reader.feed(frame(1, b"\xff", final=False))
    with pytest.raises(Violation) as raised:
        reader.next()
    assert raised.value.code == CloseCode.INVALID_DATA
