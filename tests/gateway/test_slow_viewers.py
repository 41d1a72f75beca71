"""A viewer that does not read gets the newest state instead of a backlog, and nobody waits for it."""

import asyncio
import time

from engine.gateway.hub import Hub, Limits
from engine.gateway.shared import READ_BYTES
from engine.gateway.states import FOLLOWS, State
from tests.gateway.history import History
from tests.gateway.stage import Game, gateway
from tests.gateway.viewer import Viewer, viewing


def waiting_bytes(hub: Hub) -> int:
    """The most that waits for any viewer now."""
    channel = hub.channel("401")
    assert channel is not None
    return max(member.transport.get_write_buffer_size() for member in channel.members)


async def say_until_stalled(hub: Hub, game: Game, quick: Viewer) -> int:
    """Say updates, which the quick one reads, until somebody stalls; return the most that waited."""
    most = 0
    while hub.counts.stalls == 0:
        game.say()
        most = max(most, waiting_bytes(hub))
        await quick.until("update")
    return most


def test_newest_state_instead_of_a_backlog() -> None:
    """A stalled viewer is told what is left out, then gets a snapshot and goes on; memory stays bounded."""

    async def run() -> None:
        limits = Limits()
        async with asyncio.timeout(20), gateway(limits) as (hub, listener):
            game = Game(hub, filler="x" * 2_000).open()
            async with (
                viewing(listener.port) as quick,
                viewing(listener.port, receive_buffer=4_096) as slow,
            ):
                await quick.message()
                most = await say_until_stalled(hub, game, quick)
                for _ in range(500):
                    game.say()
                    most = max(most, waiting_bytes(hub))
                    await quick.until("update")
                assert most <= limits.write_buffer_bytes + 3_000
                history = History(game.epoch)
                while history.offset != game.offset:
                    history.take(await slow.message())
                game.say()
                history.take(await slow.until("update"))
                assert history.snapshots == 2
                assert history.conflated >= 500
                assert history.seen[-1] == game.offset
            assert hub.counts.conflations == 1
            assert hub.counts.conflated_updates == history.conflated
            assert hub.counts.stalled_closes == 0

    asyncio.run(run())


def test_a_few_missed_updates_are_sent_after_all() -> None:
    """A viewer that stalls only for a moment gets what it missed, and no snapshot."""

    async def run() -> None:
        async with asyncio.timeout(20), gateway() as (hub, listener):
            game = Game(hub, filler="x" * 2_000).open()
            async with (
                viewing(listener.port) as quick,
                viewing(listener.port, receive_buffer=4_096) as slow,
            ):
                await quick.message()
                await say_until_stalled(hub, game, quick)
                game.say(3)
                history = History(game.epoch)
                while history.offset != game.offset:
                    history.take(await slow.message())
                assert history.seen == list(range(game.offset + 1))
                assert history.snapshots == 1
            assert hub.counts.conflations == 0

    asyncio.run(run())


def test_who_never_reads_is_cut_off() -> None:
    """A viewer that stays stalled is cut off and counted; meanwhile the other misses nothing."""

    async def run() -> None:
        limits = Limits(stall_timeout_s=0.2, tick_s=0.02, ping_interval_s=600.0)
        async with asyncio.timeout(20), gateway(limits) as (hub, listener):
            game = Game(hub, filler="x" * 2_000).open()
            async with viewing(listener.port) as quick, viewing(listener.port, receive_buffer=4_096):
                history = History(game.epoch)
                history.take(await quick.message())
                while hub.counts.stalled_closes == 0:
                    game.say()
                    history.take(await quick.message())
                    await asyncio.sleep(0)
                while hub.viewers() != {"401": 1}:
                    await asyncio.sleep(0)
                assert history.seen == list(range(game.offset + 1))
            assert hub.counts.closed["stalled"] == 1

    asyncio.run(run())


def test_who_reads_just_enough_is_not_cut_off() -> None:
    """A viewer that reads half its buffer within the time is not cut off, however often it stalls."""

    async def run() -> None:
        limits = Limits(stall_timeout_s=0.3, tick_s=0.02, write_buffer_bytes=16 * 1024, catch_up_bytes=4_096)
        async with asyncio.timeout(20), gateway(limits) as (hub, listener):
            game = Game(hub, filler="x" * 1_000).open()
            async with viewing(listener.port, receive_buffer=4_096, read_bytes=4_096) as slow:
                history = History(game.epoch)
                end_s = time.monotonic() + 1.0
                while time.monotonic() < end_s:
                    game.say(3)
                    history.take(await slow.message())
                    await asyncio.sleep(0.005)
            assert hub.counts.stalls > 3
            assert hub.counts.conflations > 2
            assert hub.counts.stalled_closes == 0

    asyncio.run(run())


def test_nothing_is_read_from_who_does_not_read() -> None:
    """A viewer that asks and asks without reading makes neither memory nor answers, until it reads."""

    async def run() -> None:
        limits = Limits(messages_a_second=1e6, message_burst=100_000)
        async with asyncio.timeout(20), gateway(limits) as (hub, listener):
            game = Game(hub, filler="x" * 15_000).open()
            members = hub.open("401", game.epoch, game.snapshot).members
            async with viewing(listener.port, receive_buffer=4_096) as rude:
                await rude.message()
                asking = asyncio.create_task(_ask(rude, 2_000))
                while hub.counts.stalls == 0:
                    await asyncio.sleep(0)
                for _ in range(50):
                    await asyncio.sleep(0)
                    assert waiting_bytes(hub) <= limits.write_buffer_bytes + 16_000
                    assert max(member.unread_bytes for member in members) <= READ_BYTES + 1_100
                answered = hub.counts.snapshots
                for _ in range(50):
                    await asyncio.sleep(0)
                assert hub.counts.snapshots == answered < 100
                for _ in range(2_000):
                    await rude.until("snapshot")
                await asking
            assert hub.counts.messages == {"request_snapshot": 2_000}
            assert game.snapshots == 1

    asyncio.run(run())


async def _ask(viewer: Viewer, times: int) -> None:
    for _ in range(times):
        await viewer.send('{"type":"request_snapshot"' + " " * 1_000 + "}")


def test_the_states_form_no_dead_end() -> None:
    """From every state a connection can be closed, and a closed one can become nothing else."""
    for state, following in FOLLOWS.items():
        assert (State.CLOSED in following) == (state is not State.CLOSED)
    assert FOLLOWS[State.CLOSED] == set()
    assert set(FOLLOWS) == set(State)
