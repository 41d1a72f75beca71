"""The one timer: everything is visited once, in time, whatever happens in the meantime."""

import asyncio
import random
import socket
import time
from collections.abc import Callable

from engine.gateway.wheel import Wheel

TICK_S = 0.01


class Thing:
    """Notes when it is visited, and does as it is told then."""

    def __init__(self, then: Callable[[], float | None] = lambda: None) -> None:
        self.due = -1
        self.visits: list[float] = []
        self._then = then

    def visit(self) -> float | None:
        """Note the time."""
        self.visits.append(asyncio.get_running_loop().time())
        return self._then()


async def _rested(wheel: Wheel) -> None:
    while wheel.waiting:
        await asyncio.sleep(TICK_S)


def test_each_is_visited_once_and_not_early() -> None:
    """Things with delays of chance are visited once each, never before their time."""

    async def run() -> None:
        async with asyncio.timeout(5):
            wheel = Wheel(TICK_S)
            now = asyncio.get_running_loop().time()
            dice = random.Random(1)
            things = [(Thing(), dice.random() * 0.2) for _ in range(200)]
            for thing, delay_s in things:
                wheel.put(thing, delay_s)
            await _rested(wheel)
            for thing, delay_s in things:
                assert [visit - now > delay_s - 0.001 for visit in thing.visits] == [True]

    asyncio.run(run())


def test_moved_dropped_and_repeated() -> None:
    """What is put again is visited at the later time only, what is dropped never, what asks again again."""

    async def run() -> None:
        async with asyncio.timeout(5):
            wheel = Wheel(TICK_S)
            left = [0.02, 0.02, 0.0]
            moved, dropped, repeated = Thing(), Thing(), Thing(lambda: left.pop() if left else None)
            for thing in (moved, dropped, repeated):
                wheel.put(thing, 0.02)
            wheel.put(moved, 0.1)
            wheel.drop(dropped)
            await _rested(wheel)
            assert [len(thing.visits) for thing in (moved, dropped, repeated)] == [1, 0, 4]
            assert moved.visits[0] > repeated.visits[0]

    asyncio.run(run())


def test_visits_that_move_others_of_the_same_tick() -> None:
    """A visit may drop or move what is due in the same tick, or itself: then the last word counts."""

    async def run() -> None:
        async with asyncio.timeout(5):
            wheel = Wheel(TICK_S)
            things: list[Thing] = []

            def act() -> None:
                for thing in things[:5]:
                    wheel.drop(thing)
                for thing in things[5:]:
                    wheel.put(thing, 0.05)
                things.clear()

            things.extend(Thing(act) for _ in range(10))
            kept = list(things)
            for thing in kept:
                wheel.put(thing, 0.0)
            await _rested(wheel)
            # The one that acted, and the five that were moved: it may be one of them.
            assert sum(len(thing.visits) for thing in kept) == 6
            assert all(thing.visits for thing in kept[5:])

    asyncio.run(run())


def test_one_that_fails_stops_nobody() -> None:
    """A visit that raises is told to the loop; the others are visited all the same."""

    async def run() -> None:
        async with asyncio.timeout(5):
            faults: list[dict[str, object]] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
            wheel = Wheel(TICK_S)
            things = [Thing(lambda: 1 // 0), Thing(), Thing(lambda: 1 // 0), Thing()]
            for thing in things:
                wheel.put(thing, 0.0)
            await _rested(wheel)
            assert [len(thing.visits) for thing in things] == [1, 1, 1, 1]
            assert len(faults) == 2

    asyncio.run(run())


def test_it_rests_when_nothing_waits() -> None:
    """An empty wheel holds no timer, and starts again by itself."""

    async def run() -> None:
        async with asyncio.timeout(5):
            wheel = Wheel(TICK_S)
            for _ in range(2):
                thing = Thing()
                wheel.put(thing, 0.0)
                assert wheel.waiting == 1
                await _rested(wheel)
                assert len(thing.visits) == 1
                wheel.put(thing, 1.0)
                wheel.drop(thing)
                assert not wheel.waiting
                assert not wheel.ticking

    asyncio.run(run())


def test_a_stalled_loop_hears_before_it_judges() -> None:
    """What came while the loop stood still is heard before anybody is visited for having been silent."""

    async def run() -> None:
        async with asyncio.timeout(5):
            loop = asyncio.get_running_loop()
            wheel = Wheel(TICK_S)
            mine, theirs = socket.socketpair()
            with mine, theirs:
                order: list[str] = []
                thing = Thing(lambda: order.append("visited"))
                wheel.put(thing, TICK_S)

                def heard() -> None:
                    order.append("heard")
                    loop.remove_reader(mine)

                def stall() -> None:
                    # As with an accepted connection: its reader is added one turn later.
                    loop.call_soon(loop.add_reader, mine, heard)
                    theirs.send(b"x")
                    time.sleep(10 * TICK_S)

                loop.call_soon(stall)
                while len(order) < 2:
                    await asyncio.sleep(TICK_S)
            assert order == ["heard", "visited"]

    asyncio.run(run())
