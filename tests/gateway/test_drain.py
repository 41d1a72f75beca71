"""A graceful end: everybody is told, nobody is left, and nobody new comes in."""

import asyncio

from engine.gateway.hub import Limits
from tests.gateway.stage import Game, gateway
from tests.gateway.viewer import Viewer, viewing


def test_a_drain_tells_everybody_when_to_return() -> None:
    """Each viewer hears `draining` with a hint of its own, then a close 1012."""

    async def end(viewer: Viewer) -> tuple[int, object]:
        hint: int = (await viewer.until("status"))["data"]["reconnect_after_ms"]
        return hint, await viewer.closed()

    async def run() -> None:
        async with asyncio.timeout(15), gateway() as (hub, listener):
            Game(hub).open().say(3)
            async with (
                viewing(listener.port) as one,
                viewing(listener.port) as two,
                viewing(listener.port) as three,
            ):
                ends = asyncio.gather(*(end(viewer) for viewer in (one, two, three)))
                await hub.drain(1_000, 1.0)
                hints = [hint for hint, _ in await ends]
                assert [code for _, code in await ends] == [1012] * 3
                assert len(set(hints)) == 3
                assert all(1_000 <= hint < 2_000 for hint in hints)
            assert hub.counts.connections == 0
            assert hub.counts.closed == {"1012": 3}

    asyncio.run(run())


def test_a_drain_ends_though_somebody_does_not_go() -> None:
    """A viewer that neither reads nor goes is cut off, so that the drain ends."""

    async def run() -> None:
        async with asyncio.timeout(15), gateway(Limits(close_timeout_s=0.2, tick_s=0.02)) as (hub, listener):
            game = Game(hub, filler="x" * 4_000).open()
            async with viewing(listener.port, receive_buffer=4_096) as stuck:
                while hub.counts.stalls == 0:
                    game.say()
                await hub.drain(1_000, 0.1)
                assert hub.counts.connections == 0
                assert await stuck.closed() is None

    asyncio.run(run())


def test_updates_go_on_until_the_close() -> None:
    """What is published while the drain goes on still reaches who is there, in order."""

    async def run() -> None:
        async with asyncio.timeout(15), gateway(Limits(walk_slice=1)) as (hub, listener):
            game = Game(hub).open()
            async with viewing(listener.port) as viewer, viewing(listener.port) as other:
                await viewer.message()
                await other.message()
                draining = asyncio.create_task(hub.drain(1_000, 0.1))
                await asyncio.sleep(0)  # the first of them has been told, the other not yet
                game.say()
                for each in (viewer, other):
                    assert {(await each.message())["type"] for _ in range(2)} == {"status", "update"}
                assert [await viewer.closed(), await other.closed()] == [1012, 1012]
                await draining
                game.say(3)  # to nobody

    asyncio.run(run())


def test_an_empty_gateway_drains_at_once() -> None:
    """With nobody there a drain takes no time to speak of."""

    async def run() -> None:
        async with asyncio.timeout(0.5), gateway() as (hub, _):
            await hub.drain(1_000, 10.0)

    asyncio.run(run())
