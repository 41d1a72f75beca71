"""Viewers that are gone leave nothing behind."""

import asyncio
import contextlib
import gc
import random
import weakref

import pytest
from websockets.frames import Frame, Opcode

from engine.gateway.connection import Connection
from engine.gateway.door import Door
from engine.gateway.hub import Limits
from tests.gateway.stage import HOST, Game, gateway
from tests.gateway.viewer import Gone, viewing

TIMES = 500


def _live(kind: type) -> int:
    return sum(type(each) is kind for each in gc.get_objects())


def test_five_hundred_viewers_come_and_go() -> None:
    """After 500 visits that end in every way nothing is left of them, without a garbage collection."""

    async def visit(port: int, dice: random.Random) -> None:
        async with viewing(port, dice.choice(["401", "401?epoch=e&offset=1", "402"])) as viewer:
            with contextlib.suppress(Gone):
                await viewer.event()
            match 4 if viewer.code else dice.randrange(5):
                case 0:
                    await viewer.send_bytes(Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
                    await viewer.closed()
                case 1:
                    await viewer.send_bytes(b"\x00\x00")
                    await viewer.closed()
                case 2:
                    await viewer.send_bytes(Frame(Opcode.TEXT, b"half").serialize(mask=True)[:5])
                case 3:
                    await viewer.send('{"type":"ping"}')
                case _:
                    pass

    async def run() -> None:
        async with asyncio.timeout(30), gateway(Limits(kept_updates=10)) as (hub, listener):
            game = Game(hub).open()
            channel = hub.channel("401")
            assert channel is not None
            seen: list[weakref.ref[Connection]] = []
            dice = random.Random(4)
            gc.collect()
            gc.disable()
            try:
                for _ in range(TIMES // 10):
                    visits = asyncio.gather(*(visit(listener.port, dice) for _ in range(10)))
                    while not visits.done():
                        game.say()
                        seen += map(weakref.ref, channel.members)
                        await asyncio.sleep(0)
                    await visits
                while hub.counts.connections or hub.counts.greeting:
                    await asyncio.sleep(0)
                await asyncio.sleep(0.01)
                assert len(seen) > 50
                assert [ref for ref in seen if ref() is not None] == []
                assert (_live(Connection), _live(Door)) == (0, 0)
            finally:
                gc.enable()
            shared = hub.shared
            assert shared.wheel.waiting == 0
            assert shared.held(HOST) == 0
            assert hub.counts.sessions == hub.counts.connections_ever > 200
            assert len(channel.members) == 0

    asyncio.run(run())


def test_a_viewer_that_is_kept_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: a gateway that forgets to let a connection go is found out."""
    kept: list[Connection] = []
    lost = Connection.connection_lost

    def keep(self: Connection, exc: Exception | None) -> None:
        kept.append(self)
        lost(self, exc)

    monkeypatch.setattr(Connection, "connection_lost", keep)
    with pytest.raises(AssertionError):
        test_five_hundred_viewers_come_and_go()


def test_an_idle_viewer_holds_no_reader() -> None:
    """Between messages a connection keeps no reader; in the middle of one it does."""

    async def run() -> None:
        async with asyncio.timeout(5), gateway() as (hub, listener):
            Game(hub).open()
            async with viewing(listener.port) as viewer:
                await viewer.send('{"type":"ping"}')
                await viewer.until("pong")
                channel = hub.channel("401")
                assert channel is not None
                (connection,) = channel.members
                assert not connection.in_message
                await viewer.send_bytes(b"\x81")
                while not connection.in_message:
                    await asyncio.sleep(0)

    asyncio.run(run())
