"""Whatever viewers and network do, every viewer's history is whole."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from engine.gateway.channel import Channel
from engine.gateway.counts import GatewayCounts
from engine.gateway.hub import Limits
from tests.gateway.history import BrokenError, History
from tests.gateway.stage import Game, gateway, read
from tests.gateway.viewer import viewing

VIEWERS = 8
UPDATES = 400
NOISE = random.Random(3).randbytes(750).hex()
"""Filler that stays long when it is deflated."""
SMALL = Limits(
    write_buffer_bytes=8 * 1024,
    catch_up_updates=6,
    catch_up_bytes=8 * 1024,
    kept_updates=120,
    walk_slice=3,
    tick_s=0.05,
)
"""Bounds that a small test reaches."""


async def _watch(port: int, game: Game, seed: int, done: asyncio.Event) -> History:
    """Watch a game like somebody on a train: come, go, be slow, come back; at the end stay until the end.

    On some visits compression is negotiated, on others it is not.
    """
    dice = random.Random(seed)
    history = History(game.epoch)
    last_visit = False
    while not last_visit:
        last_visit = done.is_set()
        resumes = history.offset is not None and dice.random() < 0.7
        by_query = dice.random() < 0.5
        asked = history.offset if resumes else None
        target = f"401?epoch={game.epoch}&offset={asked}" if resumes and by_query else "401"
        deflates = dice.random() < 0.5
        async with viewing(port, target, receive_buffer=4_096, read_bytes=4_096, deflates=deflates) as viewer:
            history.reconnected(asked if by_query else None)
            if asked is not None and not by_query:
                history.take(await viewer.message())  # The snapshot was sent before the question was heard.
                await viewer.send(f'{{"type":"resume","epoch":"{game.epoch}","offset":{asked}}}')
                message = await viewer.message()
                while message["type"] != "resumed" and (history.left_out or message["type"] != "snapshot"):
                    history.take(message)
                    message = await viewer.message()
                history.reconnected(asked)
                history.take(message)
            messages = dice.randrange(1, 60)
            while (last_visit or messages > 0) and history.offset != UPDATES - 1:
                messages -= 1
                if dice.random() < 0.05:
                    await asyncio.sleep(dice.random() * 0.08)  # slow
                history.take(await viewer.message())
    return history


async def _schedule(seed: int) -> tuple[list[History], GatewayCounts]:
    async with asyncio.timeout(30), gateway(SMALL) as (hub, listener):
        game = Game(hub, filler=NOISE).open()
        done = asyncio.Event()
        dice = random.Random(seed)
        async with asyncio.TaskGroup() as group:
            watching = [
                group.create_task(_watch(listener.port, game, seed * 100 + number, done))
                for number in range(VIEWERS)
            ]
            while game.offset < UPDATES - 1:
                game.say(min(dice.choice((1, 1, 1, 2, 5, 30)), UPDATES - 1 - game.offset))
                await asyncio.sleep(dice.choice((0, 0, 0.002, 0.01)))
            done.set()
        return [task.result() for task in watching], hub.counts


@pytest.mark.parametrize("seed", range(6))
def test_every_history_is_whole(seed: int) -> None:
    """Viewers that come and go, resume and read slowly miss nothing that they were not told they miss."""
    histories, _ = asyncio.run(_schedule(seed))
    assert all(history.offset == UPDATES - 1 for history in histories)


REACHED = (
    "conflations",
    "recoveries",
    "recoveries_by_snapshot",
    "stalls",
    "deliveries",
    "compressed_deliveries",
)


def test_the_schedules_reach_everything() -> None:
    """The schedules conflate, recover by updates and by snapshot, and stall: else they would show little."""
    totals = GatewayCounts()
    for seed in range(10, 13):
        _, counts = asyncio.run(_schedule(seed))
        for name in REACHED:
            setattr(totals, name, getattr(totals, name) + getattr(counts, name))
    assert totals.conflations > 5
    assert totals.recoveries > 20
    assert totals.recoveries_by_snapshot > 0
    assert totals.stalls > 5
    assert totals.deliveries - totals.compressed_deliveries > 250
    assert totals.compressed_deliveries > 250


def _skipping_chunk(chunk: Callable[..., tuple[bytes, int]]) -> Callable[..., tuple[bytes, int]]:
    return lambda channel, offset, **form: chunk(channel, min(offset + 1, channel.next_offset - 1), **form)


def test_a_gateway_that_skips_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recovery that leaves out its first update breaks a history."""
    monkeypatch.setattr(Channel, "chunk", _skipping_chunk(Channel.chunk))
    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(_schedule(0))
    assert raised.group_contains(BrokenError)


def _message(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "data": {"epoch": "e", **data}}


SNAPSHOT = _message("snapshot", offset=3)
GOOD = [SNAPSHOT, *(_message("update", offset=offset) for offset in (4, 5, 6))]


@pytest.mark.parametrize(
    "messages",
    [
        [SNAPSHOT, GOOD[2]],
        [SNAPSHOT, GOOD[1], GOOD[1]],
        [SNAPSHOT, GOOD[1], GOOD[3]],
        [GOOD[1]],
        [*GOOD, SNAPSHOT],
        [SNAPSHOT, _message("update", offset=4) | {"data": {"offset": 4, "epoch": "other"}}],
        [SNAPSHOT, _message("status", status="conflated", from_offset=5, to_offset=6)],
        [SNAPSHOT, _message("status", status="conflated", from_offset=4, to_offset=6), SNAPSHOT],
        [SNAPSHOT, _message("status", status="conflated", from_offset=4, to_offset=4), GOOD[1]],
        [SNAPSHOT, _message("resumed", from_offset=4, to_offset=4)],
    ],
    ids=[
        "hole",
        "double",
        "order",
        "no snapshot",
        "back",
        "epoch",
        "silent hole",
        "old",
        "no news",
        "unasked",
    ],
)
def test_the_checker_catches(messages: list[dict[str, Any]]) -> None:
    """The checker refuses every kind of broken history."""
    whole = History("e")
    for message in GOOD:
        whole.take(message)
    history = History("e")
    for message in messages[:-1]:
        history.take(message)
    with pytest.raises(BrokenError):
        history.take(messages[-1])


def test_resume_tells_exactly_what_was_missed() -> None:
    """Who resumes by query gets no snapshot, but `resumed` and each missed update with its own bytes."""

    async def run() -> None:
        async with asyncio.timeout(10), gateway() as (hub, listener):
            game = Game(hub).open()
            game.say(10)
            async with viewing(listener.port, f"401?epoch={game.epoch}&offset=6") as viewer:
                resumed = await viewer.message()
                assert resumed == {
                    "type": "resumed",
                    "data": {"game_id": "401", "epoch": game.epoch, "from_offset": 7, "to_offset": 9},
                }
                game.say()
                for offset in range(7, 11):
                    message = await viewer.message()
                    assert message["data"] == read(game.told[offset].encoded)
                    assert message["received_ns"] == game.told[offset].received_ns
            assert hub.counts.recoveries == 1
            assert hub.counts.snapshots == 0

    asyncio.run(run())


@pytest.mark.parametrize(
    ("epoch", "offset"), [("other", 5), ("0123456789abcdef", 10), ("0123456789abcdef", 2)]
)
def test_resume_from_nowhere_is_a_snapshot(epoch: str, offset: int) -> None:
    """Another epoch, an offset of the future and one that is no longer kept are answered with a snapshot."""

    async def run() -> None:
        async with asyncio.timeout(10), gateway(Limits(kept_updates=5)) as (hub, listener):
            Game(hub).open().say(10)
            async with viewing(listener.port, f"401?epoch={epoch}&offset={offset}") as viewer:
                message = await viewer.message()
                assert (message["type"], message["data"]["offset"]) == ("snapshot", 9)
            assert hub.counts.recoveries_by_snapshot == 1

    asyncio.run(run())


def test_a_long_recovery_is_whole_and_waits_for_its_reader() -> None:
    """A slow viewer that resumes far back gets every update, and only a bounded part of them waits for it."""

    async def run() -> None:
        limits = Limits()
        bound = limits.write_buffer_bytes
        async with asyncio.timeout(20), gateway(limits) as (hub, listener):
            game = Game(hub, filler="x" * 2_000).open()
            game.say(1_500)
            target = f"401?epoch={game.epoch}&offset=-1"
            async with viewing(listener.port, target, receive_buffer=4_096) as viewer:
                history = History(game.epoch)
                history.reconnected(-1)
                channel = hub.channel("401")
                assert channel is not None
                (connection,) = channel.members
                most = 0
                while history.offset != 1_599:
                    most = max(most, connection.transport.get_write_buffer_size())
                    if len(history.seen) % 15 == 0 and game.offset < 1_599:
                        game.say()
                    history.take(await viewer.message())
            assert history.seen == list(range(1_600))
            assert hub.counts.conflations == 0
            assert hub.counts.stalls > 3
            assert bound < most <= bound + limits.catch_up_bytes + 3_000

    asyncio.run(run())
