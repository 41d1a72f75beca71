"""Frames written past asyncio never overtake what asyncio holds back, and never reach anybody else."""

import asyncio
import contextlib
import errno
import os
import random
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
from websockets.frames import CloseCode

from engine.gateway import walk
from engine.gateway.connection import Connection
from engine.gateway.frames import PING
from engine.gateway.hub import Hub, Limits
from engine.gateway.outlet import NEVER, ROUNDABOUT, Outlet
from tests.gateway.history import History
from tests.gateway.stage import Game, gateway
from tests.gateway.viewer import Viewer, viewing

OLD = 40
SLOW = Limits(write_buffer_bytes=256 * 1024, message_burst=1_000)
"""A viewer's buffer takes much before it stalls, so asyncio holds something back of one who is still LIVE."""


def only(hub: Hub) -> Connection:
    """Return the one who watches."""
    (connection,) = everybody(hub, "401")
    return connection


@contextlib.asynccontextmanager
async def one_viewer(filler: str = "") -> AsyncIterator[tuple[Hub, Game, Viewer, History]]:
    """A gateway with one viewer who reads only when told to, and has read its snapshot."""
    async with asyncio.timeout(30), gateway(SLOW) as (hub, listener):
        game = Game(hub, filler=filler).open()
        async with viewing(listener.port, receive_buffer=4_096) as viewer:
            history = History(game.epoch)
            history.take(await viewer.message())
            yield hub, game, viewer, history


async def read_on(game: Game, viewer: Viewer, history: History) -> None:
    """Read until all that was said is known."""
    while history.offset != game.offset:
        history.take(await viewer.message())


def test_the_short_way_and_the_long_one_in_turn() -> None:
    """A viewer is written to directly, by way of asyncio once something waits, and directly again after."""

    async def run() -> None:
        async with one_viewer("x" * 2_000) as (hub, game, viewer, history):
            connection = only(hub)
            for _ in range(3):
                assert connection.fd >= 0
                while connection.fd >= 0:
                    game.say()
                waits = connection.transport.get_write_buffer_size()
                assert waits > 0
                game.say(5)
                assert connection.transport.get_write_buffer_size() > waits + 10_000
                assert connection.fd == ROUNDABOUT
                await read_on(game, viewer, history)
                game.say()  # nothing waits any more, and this one finds it out
            await read_on(game, viewer, history)
            assert history.seen == list(range(game.offset + 1))
            assert history.conflated == 0

    asyncio.run(run())


async def _everything_in_between() -> None:
    """Updates, announcements, pings, snapshots asked for, and reading, as the dice say."""
    dice = random.Random(7)
    async with one_viewer("x" * 1_500) as (hub, game, viewer, history):
        connection = only(hub)
        direct = around = 0
        for _ in range(400):
            match dice.randrange(6):
                case 0:
                    hub.announce(b'{"type":"status","data":{"status":"announced"}}')
                case 1:
                    connection.say(PING)
                case 2 if game.offset >= 0 and history.offset == game.offset:
                    await viewer.send('{"type":"ping"}')
                case 3 if dice.random() < 0.2:
                    await read_on(game, viewer, history)
                case _:
                    direct += connection.fd >= 0
                    around += connection.fd < 0
                    game.say()
            if dice.random() < 0.3:
                await asyncio.sleep(0)
        await read_on(game, viewer, history)
        assert history.seen == list(range(game.offset + 1))
        assert direct > 20
        assert around > 20


def test_nothing_overtakes_anything() -> None:
    """Whatever is sent in whatever way, a viewer who reads now and then gets whole frames in order."""
    asyncio.run(_everything_in_between())


def test_an_overtaking_frame_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: an outlet that does not look at asyncio's buffer is found out."""

    def careless(self: Outlet, data: bytes) -> None:
        self.transport.write(data)
        self.fd = self.transport.get_extra_info("socket").fileno()

    monkeypatch.setattr(Outlet, "push", careless)
    with pytest.raises((AssertionError, msgspec.DecodeError, UnicodeDecodeError)):
        asyncio.run(_everything_in_between())


def _part(fd: int, data: bytes) -> int:
    return REAL_WRITE(fd, data[: max(1, len(data) // 3)])


def _nothing(_: int, __: bytes) -> int:
    raise BlockingIOError(errno.EAGAIN, "not now")


def _by_turns() -> Callable[[int, bytes], int]:
    turns = [_part, _nothing, os.write]

    def write(fd: int, data: bytes) -> int:
        turns.append(turns.pop(0))
        return turns[-1](fd, data)

    return write


REAL_WRITE = os.write


@pytest.mark.parametrize("write", [_part, _nothing, _by_turns()], ids=["a part", "nothing", "by turns"])
def test_what_the_kernel_does_not_take(
    write: Callable[[int, bytes], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a frame that the kernel takes in part, or not now, the rest follows by way of asyncio, once."""

    class System:
        def __getattr__(self, name: str) -> object:
            return write if name == "write" else getattr(os, name)

    monkeypatch.setattr(walk, "os", System())

    async def run() -> None:
        async with one_viewer("x" * 200) as (hub, game, viewer, history):
            for _ in range(50):
                game.say()
                assert only(hub).fd >= 0
                await read_on(game, viewer, history)
            assert history.seen == list(range(50))
            assert hub.counts.deliveries == 50

    asyncio.run(run())


@pytest.mark.parametrize("end", ["close", "cut", "abort", "reset", "half"])
def test_a_number_that_is_another_viewers_by_now(end: str) -> None:
    """Viewers go while a pass is under way; who comes then and gets their numbers hears nothing of it."""

    async def run() -> None:
        limits = Limits(walk_slice=1)
        async with (
            asyncio.timeout(30),
            gateway(limits) as (hub, listener),
            contextlib.AsyncExitStack() as stack,
        ):
            game, other = Game(hub).open(), Game(hub, game_id="402").open()
            old = [await stack.enter_async_context(viewing(listener.port)) for _ in range(OLD)]
            connections = everybody(hub, "401")
            numbers = {connection.fd for connection in connections}
            assert min(numbers) >= 0
            game.say()
            while connections[-1].next_offset == 0:
                await asyncio.sleep(0)
            # The next pass begins with the youngest, so the oldest, whose low numbers are given away first,
            # come last. Each has its own turn of the loop.
            game.say()
            for viewer, connection in zip(old, connections, strict=True):
                go(end, viewer, connection)
            new: list[Viewer] = []
            while len(new) < 5:
                new.append(await stack.enter_async_context(viewing(listener.port, "402")))
            reused = {connection.fd for connection in everybody(hub, "402")} & numbers
            for _ in range(2 * OLD):
                await asyncio.sleep(0)
            other.say()
            for viewer in new:
                assert [(await viewer.message())["data"]["game_id"] for _ in range(2)] == ["402", "402"]
            assert reused
            assert {connection.fd for connection in connections} == {NEVER}

    asyncio.run(run())


def everybody(hub: Hub, game_id: str) -> list[Connection]:
    """Return who watches a game, oldest first."""
    channel = hub.channel(game_id)
    assert channel is not None
    return list(channel.members)


def go(end: str, viewer: Viewer, connection: Connection) -> None:
    """End a connection in one way or another."""
    match end:
        case "close":
            connection.close(CloseCode.GOING_AWAY, "going")
            viewer.finish()
        case "cut":
            connection.cut("test")
        case "abort":
            connection.transport.abort()
        case "reset":
            viewer.reset()
        case _:
            viewer.finish()


def test_an_end_that_asyncio_has_not_told_yet() -> None:
    """Between a transport's end and `connection_lost` frames go nowhere and hurt nobody."""

    async def run() -> None:
        async with asyncio.timeout(30), gateway() as (hub, listener):
            game = Game(hub).open()
            async with viewing(listener.port) as gone, viewing(listener.port) as well:
                channel = hub.channel("401")
                assert channel is not None
                first, _ = channel.members
                gone.reset()
                first.transport.abort()
                game.say(10)  # in the same turn of the loop
                history = History(game.epoch)
                await read_on(game, well, history)
                assert history.seen == list(range(10))
                while first in channel.members:
                    await asyncio.sleep(0)
                assert first.fd == NEVER

    asyncio.run(run())


def test_nobody_is_written_to_without_a_descriptor_that_stands() -> None:
    """Stalled, closing and closed connections have no descriptor to write to."""

    async def run() -> None:
        async with asyncio.timeout(30), gateway(Limits(close_timeout_s=0.1, tick_s=0.02)) as (hub, listener):
            game = Game(hub, filler="x" * 5_000).open()
            async with viewing(listener.port, receive_buffer=4_096):
                connection = only(hub)
                while hub.counts.stalls == 0:
                    game.say()
                assert connection.fd == ROUNDABOUT
                connection.close(CloseCode.GOING_AWAY, "going")
                assert connection.fd == ROUNDABOUT
                while hub.counts.connections:
                    await asyncio.sleep(0.005)
                assert connection.fd == NEVER

    asyncio.run(run())
