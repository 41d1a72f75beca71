"""Rubbish of every kind is answered or refused as the standard says, and hurts nobody else."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode

from engine.gateway.door import Listener
from engine.gateway.hub import Hub, Limits
from engine.gateway.incoming import Reader, Violation
from tests.gateway.conformance_table import RSV1, deflated, frame, request
from tests.gateway.stage import HOST, Game, gateway, read
from tests.gateway.viewer import viewing

LIMITS = Limits(handshake_timeout_s=0.05, close_timeout_s=0.2, tick_s=0.01, message_burst=1_000)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
types = st.sampled_from(["ping", "resume", "request_snapshot", "snapshot", "", "PING"])
near_messages = st.fixed_dictionaries(
    {},
    optional={
        "type": types | json_values,
        "epoch": st.just("0123456789abcdef") | json_values,
        "offset": st.integers(-3, 8) | json_values,
    },
)


def _text_of(value: object) -> bytes:
    return repr(value).replace("'", '"').replace("None", "null").encode()


near_frames = near_messages.map(_text_of).map(lambda text: Frame(Opcode.TEXT, text).serialize(mask=True))
wild_frames = st.builds(
    frame,
    st.integers(0, 15),
    st.binary(max_size=140),
    final=st.booleans(),
    reserved=st.sampled_from([0, 0, 0, 0, 1, 4]),
    masked=st.sampled_from([True, True, True, False]),
    key=st.binary(min_size=4, max_size=4),
    length=st.sampled_from([None, None, None, 0, 125, 126, 70_000, 2**62]),
)
bytes_of_chance = st.binary(max_size=200)
deflated_frames = st.tuples(near_messages.map(_text_of), st.integers(0, 60), st.binary(max_size=2)).map(
    lambda parts: frame(1, _spoiled(deflated(parts[0]), parts[1], parts[2]), reserved=RSV1)
)
rubbish = st.lists(
    st.one_of(near_frames, near_frames, wild_frames, bytes_of_chance, deflated_frames), max_size=12
)


def _spoiled(body: bytes, place: int, put: bytes) -> bytes:
    """Put something into a body, mostly behind its end, where it is left out."""
    return body[:place] + put + body[place:] if place < len(body) else body


def play(scene: Callable[[Hub, Listener], Awaitable[None]]) -> None:
    """Run a scene beside a viewer who behaves; at the end that one must have heard everything."""

    async def run() -> None:
        async with asyncio.timeout(20), gateway(LIMITS) as (hub, listener):
            game = Game(hub).open()
            game.say(5)
            async with viewing(listener.port, host="127.0.0.9") as well:
                assert (await well.message())["type"] == "snapshot"
                await scene(hub, listener)
                game.say()
                assert (await well.message())["data"]["offset"] == 5
                await well.send('{"type":"ping"}')
                assert (await well.message())["type"] == "pong"

    asyncio.run(run())


def expected_of(data: bytes, *, inflates: bool) -> tuple[int, object]:
    """How many messages the bytes hold, and the code of the close that must end them.

    It is None where the server is left waiting. The reader that tells it is itself held against `websockets`.
    """
    reader = Reader(LIMITS.most_message_bytes, LIMITS.most_pieces, inflates=inflates)
    reader.feed(data)
    messages = 0
    try:
        while (received := reader.next()) is not None:
            opcode, payload = received
            if opcode is Opcode.CLOSE:
                return messages, int(Close.parse(payload).code)
            messages += opcode in (Opcode.TEXT, Opcode.BINARY)
    except Violation as violation:
        return messages, int(violation.code)
    return messages, None


@given(rubbish, st.booleans())
def test_rubbish_after_the_handshake(sent: list[bytes], deflates: bool) -> None:
    """Whatever a viewer sends, each whole message has one answer, and each fault the close that is due."""
    data = b"".join(sent)
    messages, code = expected_of(data, inflates=deflates)

    async def scene(_: Hub, listener: Listener) -> None:
        async with viewing(listener.port, deflates=deflates) as viewer:
            await viewer.send_bytes(data)
            viewer.finish()
            texts = [read(str(value))["type"] async for kind, value in viewer.events() if kind == "text"]
            answers = [text for text in texts if text != "update"]
            assert answers[0] == "snapshot"
            assert len(answers) == 1 + messages
            assert viewer.code == code

    play(scene)


PARTS = [
    b"GET ", b"POST ", b"/401", b"/", b"?epoch=", b"&offset=", b"-1", b" HTTP/1.1", b"\r\n", b"\r\n\r\n",
    b"Host: x", b"Host: [::1", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Origin: http://[", b"Content-Length: 7", b"\xff",
    b"Transfer-Encoding: chunked", b"\r\n", b" ", b"%zz", b"\x00", b":",
]  # fmt: skip
heads = st.one_of(
    bytes_of_chance,
    st.lists(
        st.sampled_from(PARTS),
        max_size=25,
    ).map(b"".join),
    st.tuples(st.integers(0, 200), bytes_of_chance).map(
        lambda cut: request("/401")[: cut[0]] + cut[1] + request("/401")[cut[0] :]
    ),
)


@given(st.lists(heads, min_size=3, max_size=10))
def test_rubbish_instead_of_a_handshake(many: list[bytes]) -> None:
    """Whatever comes instead of a request is answered with a status and closed, or closed in time."""

    async def scene(_: Hub, listener: Listener) -> None:
        for answer in await asyncio.gather(*(_answer(listener.port, head) for head in many)):
            assert answer == b"" or answer.startswith(b"HTTP/1.1 "), answer[:100]

    play(scene)


async def _answer(port: int, head: bytes) -> bytes:
    """Send bytes; return what comes back until the server closes."""
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, (HOST, port))
        answer = b""
        try:
            await loop.sock_sendall(sock, head)
            sock.shutdown(socket.SHUT_WR)
            while data := await loop.sock_recv(sock, 65_536):
                answer += data
        except OSError:
            pass
        return answer
