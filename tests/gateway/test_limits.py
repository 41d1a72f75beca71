"""Every bound is held, and whoever meets it is told."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from websockets.frames import Frame, Opcode

from engine.gateway.door import Listener
from engine.gateway.hub import Hub, Limits
from tests.gateway.conformance_table import request
from tests.gateway.stage import HOST, Game, gateway
from tests.gateway.viewer import viewing

GOOD = request("/401")


def play(limits: Limits, scene: Callable[[Hub, Listener], Awaitable[None]]) -> None:
    """Run a scene in a gateway with these limits and one game."""

    async def run() -> None:
        async with asyncio.timeout(20), gateway(limits) as (hub, listener):
            Game(hub).open().say(2)
            await scene(hub, listener)

    asyncio.run(run())


async def ask(port: int, data: bytes) -> bytes:
    """Send bytes; return all that comes back."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(data)
        return await reader.read()
    finally:
        writer.close()


def test_connections_of_one_address() -> None:
    """One connection too many of an address is answered 429, and let in when a place is free again."""

    async def scene(hub: Hub, listener: Listener) -> None:
        async with viewing(listener.port):
            async with viewing(listener.port):
                answer = await ask(listener.port, GOOD)
                assert answer.startswith(b"HTTP/1.1 429 ")
                assert b"\r\nRetry-After: 1\r\n" in answer
                async with viewing(listener.port, host="127.0.0.2") as other:
                    assert (await other.message())["type"] == "snapshot"
            while hub.counts.connections > 1:
                await asyncio.sleep(0)
            async with viewing(listener.port) as again:
                assert (await again.message())["type"] == "snapshot"
        assert hub.counts.refused == {"address": 1}

    play(Limits(most_connections_an_address=2), scene)


def test_connections_altogether() -> None:
    """One connection too many is answered 503, with a time to come back."""

    async def scene(hub: Hub, listener: Listener) -> None:
        async with viewing(listener.port), viewing(listener.port, host="127.0.0.2"):
            answer = await ask(listener.port, GOOD)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nRetry-After: 1\r\n" in answer
        assert hub.counts.refused == {"full": 1}

    play(Limits(most_connections=2), scene)


def test_a_crowd_at_the_door_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that say nothing are bounded in number, too: those beyond are cut off unheard."""
    monkeypatch.setattr("engine.gateway.door._SPARE", 3)

    async def scene(hub: Hub, listener: Listener) -> None:
        socks = [socket.create_connection((HOST, listener.port)) for _ in range(8)]
        while hub.counts.refused.get("cut", 0) < 3:
            await asyncio.sleep(0)
        assert hub.counts.greeting <= 5 + 3
        for sock in socks:
            sock.close()
        while hub.counts.greeting:
            await asyncio.sleep(0)
        assert hub.counts.refused == {"cut": 3}

    play(Limits(most_connections=2), scene)


@pytest.mark.parametrize(("sent", "answer"), [(b"", b""), (GOOD[:20], b"HTTP/1.1 408 ")])
def test_a_head_that_does_not_come(sent: bytes, answer: bytes) -> None:
    """Who does not finish the request in time is told so; who said nothing is closed without a word."""

    async def scene(hub: Hub, listener: Listener) -> None:
        assert (await ask(listener.port, sent))[: len(answer) or None] == answer
        assert hub.counts.refused == {"timeout": 1}

    play(Limits(handshake_timeout_s=0.1, tick_s=0.02), scene)


def test_a_head_that_trickles() -> None:
    """The time for the head is not longer for who sends it drop by drop."""

    async def scene(_: Hub, listener: Listener) -> None:
        reader, writer = await asyncio.open_connection(HOST, listener.port)
        answer = asyncio.create_task(reader.read())
        for place in range(len(GOOD) - 4):
            writer.write(GOOD[place : place + 1])
            await asyncio.sleep(0.01)
            if answer.done():
                break
        assert (await answer).startswith(b"HTTP/1.1 408 ")
        writer.close()

    play(Limits(handshake_timeout_s=0.1, tick_s=0.02), scene)


def test_pages_that_are_allowed() -> None:
    """A page of an allowed origin is let in, one of another is refused; `*` lets in all."""

    async def status(port: int, origin: str) -> bytes:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(request("/401", Origin=origin))
        line = await reader.readline()
        writer.close()
        return line.split()[1]

    async def scene(_: Hub, listener: Listener) -> None:
        assert await status(listener.port, "https://scores.example") == b"101"
        assert await status(listener.port, "http://scores.example") == b"403"
        assert await status(listener.port, "https://localhost:8443") == b"403"

    async def scene_all(_: Hub, listener: Listener) -> None:
        assert await status(listener.port, "https://any.example") == b"101"

    play(Limits(origins=("https://scores.example",)), scene)
    play(Limits(origins=("*",)), scene_all)


def test_too_many_messages() -> None:
    """Beyond the burst each message is answered with an error, and beyond twice the burst with a close."""

    async def scene(hub: Hub, listener: Listener) -> None:
        async with viewing(listener.port) as viewer:
            await viewer.message()
            for _ in range(60):
                await viewer.send('{"type":"ping"}')
            messages = [await viewer.message() for _ in range(10)]
            answers = [message["data"].get("error", message["type"]) for message in messages]
            assert await viewer.closed() == 1008
            assert answers == ["pong"] * 5 + ["too many messages"] * 5
        assert hub.counts.messages == {"ping": 5, "too_many": 5}
        assert hub.counts.closed == {"1008": 1}

    play(Limits(messages_a_second=0.01, message_burst=5), scene)


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG])
def test_too_many_control_frames(opcode: Opcode) -> None:
    """Pings and pongs count as well."""

    async def scene(hub: Hub, listener: Listener) -> None:
        async with viewing(listener.port) as viewer:
            await viewer.send_bytes(Frame(opcode, b"x").serialize(mask=True) * 50)
            assert await viewer.closed() == 1008
        assert hub.counts.closed == {"1008": 1}

    play(Limits(messages_a_second=0.01, message_burst=5), scene)


def test_who_asks_slowly_may_ask_forever() -> None:
    """A client within the rate is always answered."""

    async def scene(hub: Hub, listener: Listener) -> None:
        async with viewing(listener.port) as viewer:
            for _ in range(30):
                await viewer.send('{"type":"ping"}')
                await viewer.until("pong")
                await asyncio.sleep(0.012)
        assert hub.counts.messages == {"ping": 30}

    play(Limits(messages_a_second=100, message_burst=5), scene)


def test_who_does_not_answer_pings_is_cut_off() -> None:
    """Who answers pings stays; who no longer does is closed and counted."""

    async def scene(hub: Hub, listener: Listener) -> None:
        async with viewing(listener.port) as alive, viewing(listener.port) as dead:
            dead.pongs_left = 2
            staying = asyncio.create_task(alive.closed())
            assert await dead.closed() == 1011
            await asyncio.sleep(0.4)
            assert not staying.done()
            staying.cancel()
            assert hub.counts.ping_timeouts == 1
            assert hub.viewers() == {"401": 1}

    play(Limits(ping_interval_s=0.1, ping_timeout_s=0.05, tick_s=0.01), scene)


def test_who_does_not_answer_a_close_is_cut_off() -> None:
    """After a close the client has a little time to go; then it is cut off."""

    async def scene(hub: Hub, listener: Listener) -> None:
        async with viewing(listener.port) as viewer:
            await viewer.send_bytes(Frame(Opcode.TEXT, b"x").serialize(mask=False))
            while hub.counts.connections:
                await asyncio.sleep(0.01)
            assert await viewer.closed() == 1002

    play(Limits(close_timeout_s=0.1, tick_s=0.02, ping_interval_s=600.0), scene)


def test_who_says_it_is_done_and_does_not_read_is_cut_off() -> None:
    """A client that half-closes while something still waits for it has a little time to read it."""

    async def run() -> None:
        limits = Limits(close_timeout_s=0.1, tick_s=0.02, ping_interval_s=600.0)
        async with asyncio.timeout(20), gateway(limits) as (hub, listener):
            game = Game(hub, filler="x" * 4_000).open()
            members = hub.open("401", game.epoch, game.snapshot).members
            async with viewing(listener.port, receive_buffer=4_096) as viewer:
                (connection,) = members
                while connection.transport.get_write_buffer_size() == 0:
                    game.say()
                assert hub.counts.stalls == 0
                viewer.finish()
                while hub.counts.connections:
                    await asyncio.sleep(0.01)
            assert hub.counts.closed == {"lost": 1}

    asyncio.run(run())


def test_who_is_refused_and_stays_is_cut_off() -> None:
    """Who is turned away and does not go is cut off."""

    async def scene(hub: Hub, listener: Listener) -> None:
        reader, writer = await asyncio.open_connection(HOST, listener.port)
        writer.write(b"\x00")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        while hub.counts.greeting:
            await asyncio.sleep(0.01)
        writer.close()

    play(Limits(close_timeout_s=0.1, tick_s=0.02), scene)
