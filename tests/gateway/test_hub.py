"""What the engine says reaches the viewers of its game, and what it should not say does no harm."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from engine.gateway.door import Listener, listen
from engine.gateway.hub import Hub, Limits
from engine.gateway.messages import status_message
from tests.gateway.stage import Game, gateway, read, told_of
from tests.gateway.viewer import viewing


def play(scene: Callable[[Hub, Listener], Awaitable[None]], limits: Limits | None = None) -> None:
    """Run a scene in a gateway of its own."""

    async def run() -> None:
        async with asyncio.timeout(15), gateway(limits) as (hub, listener):
            await scene(hub, listener)

    asyncio.run(run())


@pytest.mark.parametrize("walk_slice", [1, 3, 100])
def test_each_game_tells_its_own_viewers(walk_slice: int) -> None:
    """Every update reaches every viewer of its game in order, as canonical bytes, and nobody else."""

    async def scene(hub: Hub, listener: Listener) -> None:
        games = [Game(hub, game_id).open() for game_id in ("1", "2")]
        async with (
            viewing(listener.port, "1") as one,
            viewing(listener.port, "1") as two,
            viewing(listener.port, "1") as three,
            viewing(listener.port, "2") as other,
        ):
            assert hub.viewers() == {"1": 3, "2": 1}
            viewers = ((one, games[0]), (two, games[0]), (three, games[0]), (other, games[1]))
            for viewer, _ in viewers:
                assert (await viewer.message())["type"] == "snapshot"
            for turn in range(1, 6):
                games[0].say(turn)
                games[1].say()
                await asyncio.sleep(0)
            for viewer, game in viewers:
                for told in game.told:
                    assert (await viewer.message())["data"] == read(told.encoded)
            assert hub.counts.deliveries == 3 * 15 + 5
        assert hub.counts.updates == 20

    play(scene, Limits(walk_slice=walk_slice))


def test_counts_of_bytes_are_those_on_the_wire() -> None:
    """Deliveries and their bytes are counted as they are written."""

    async def scene(hub: Hub, listener: Listener) -> None:
        game = Game(hub).open()
        async with viewing(listener.port) as viewer:
            await viewer.message()
            before = viewer.read_bytes
            game.say(7)
            for _ in range(7):
                await viewer.message()
            assert hub.counts.delivered_bytes == viewer.read_bytes - before
            assert hub.counts.deliveries == 7

    play(scene)


def test_what_was_told_before_is_dropped() -> None:
    """An update that is published again is told once."""

    async def scene(hub: Hub, listener: Listener) -> None:
        game = Game(hub).open()
        game.say(2)
        async with viewing(listener.port) as viewer:
            await viewer.message()
            for told in game.told:
                hub.publish(told)
            game.say()
            assert (await viewer.message())["data"]["offset"] == 2
        assert hub.counts.repeated_updates == 2

    play(scene)


def test_a_hole_in_what_is_published_is_announced() -> None:
    """Where an update is missing, viewers are told what is left out, and get a snapshot; then they go on."""

    async def scene(hub: Hub, listener: Listener) -> None:
        game = Game(hub).open()
        game.say(2)
        async with viewing(listener.port) as viewer:
            await viewer.message()
            game.next()
            game.next()
            game.say()
            conflated = await viewer.message()
            assert conflated["data"] == {"status": "conflated", "from_offset": 2, "to_offset": 4}
            assert (await viewer.message())["data"]["offset"] == 4
            game.say()
            assert (await viewer.message())["data"]["offset"] == 5
            await viewer.send(f'{{"type":"resume","epoch":"{game.epoch}","offset":1}}')
            assert (await viewer.message())["type"] == "snapshot"
        assert hub.counts.gaps == 1

    play(scene)


@pytest.mark.parametrize("opened_again", [True, False])
def test_another_epoch_starts_anew(opened_again: bool) -> None:
    """When a game goes on in another epoch its viewers get a snapshot of it, and can resume in it only."""

    async def scene(hub: Hub, listener: Listener) -> None:
        game = Game(hub).open()
        game.say(5)
        async with viewing(listener.port) as viewer:
            await viewer.message()
            old, game.epoch, game.offset = game.epoch, "f" * 16, -1
            if opened_again:
                game.open()
                message = await viewer.message()
                assert (message["type"], message["data"]["epoch"]) == ("snapshot", game.epoch)
            game.say()
            message = await viewer.message()
            assert message["type"] == ("update" if opened_again else "snapshot")
            assert (message["data"]["epoch"], message["data"]["offset"]) == (game.epoch, 0)
            for epoch, answer in ((old, "snapshot"), (game.epoch, "resumed")):
                await viewer.send(f'{{"type":"resume","epoch":"{epoch}","offset":-1}}')
                assert (await viewer.message())["type"] == answer

    play(scene)


def test_what_is_restored_can_be_resumed() -> None:
    """After a restart the restored updates are there for who resumes, and nobody else is told them."""

    async def scene(hub: Hub, listener: Listener) -> None:
        game = Game(hub).open()
        hub.restore(game.game_id, [game.next() for _ in range(20)])
        async with viewing(listener.port, f"401?epoch={game.epoch}&offset=17") as viewer:
            assert (await viewer.message())["data"]["from_offset"] == 18
            game.say()
            assert [(await viewer.message())["data"]["offset"] for _ in range(3)] == [18, 19, 20]
        assert hub.counts.deliveries == 3

    play(scene)


def test_an_update_of_an_unknown_game_is_refused() -> None:
    """Publishing for a game that was not opened says so."""
    with pytest.raises(KeyError, match=r"Hub\.open"):
        Hub().publish(told_of("404", "e", 0))


def test_announcements_reach_all_or_one_game() -> None:
    """A status reaches the viewers of one game, or everybody."""

    async def scene(hub: Hub, listener: Listener) -> None:
        for game_id in ("1", "2"):
            Game(hub, game_id).open()
        async with viewing(listener.port, "1") as one, viewing(listener.port, "2") as two:
            hub.announce(status_message("rain"), "1")
            hub.announce(status_message("sun"))
            assert [(await one.until("status"))["data"]["status"] for _ in range(2)] == ["rain", "sun"]
            assert (await two.until("status"))["data"]["status"] == "sun"

    play(scene)


def test_a_closed_game_sends_its_viewers_away() -> None:
    """A game that is closed closes its sockets, and is unknown from then on."""

    async def scene(hub: Hub, listener: Listener) -> None:
        Game(hub).open()
        async with viewing(listener.port) as viewer:
            await viewer.message()
            hub.close("401")
            assert await viewer.closed() == 1000
        async with viewing(listener.port) as viewer:
            assert await viewer.closed() == 1008
        assert hub.counts.refused == {"game": 1}

    play(scene)


def test_a_snapshot_that_cannot_be_made() -> None:
    """Who needs a snapshot that cannot be made is closed with 1011; the others hear every update."""

    async def run() -> None:
        async with asyncio.timeout(10):
            faults: list[dict[str, object]] = []
            hub = Hub()
            game = Game(hub).open()
            asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
            listener = await listen(hub)
            async with viewing(listener.port) as well, viewing(listener.port) as asking:
                await well.message()
                await asking.message()
                game.say()
                hub.open("401", game.epoch, lambda: bytes(1 // 0))
                await asking.send('{"type":"request_snapshot"}')
                assert await asking.closed() == 1011
                async with viewing(listener.port) as new:
                    assert await new.closed() == 1011
                game.say()
                assert [(await well.message())["data"]["offset"] for _ in range(2)] == [0, 1]
            await listener.close()
            assert ["no snapshot" in str(fault["message"]) for fault in faults] == [True, True]

    asyncio.run(run())


def test_a_requested_snapshot_is_the_newest() -> None:
    """Who asks for a snapshot gets one of the last update that was published."""

    async def scene(hub: Hub, listener: Listener) -> None:
        game = Game(hub).open()
        async with viewing(listener.port) as viewer, viewing(listener.port) as second:
            await viewer.message()
            game.say(3)
            made = game.snapshots
            for each in (viewer, second):
                await each.send('{"type":"request_snapshot"}')
            for _ in range(3):
                assert (await viewer.message())["type"] == "update"
            assert (await viewer.message())["data"]["offset"] == 2
            await second.until("update")
            assert (await second.until("snapshot"))["data"]["offset"] == 2
            assert game.snapshots == made + 1

    play(scene)


def test_pong_tells_the_server_time() -> None:
    """A ping is answered with the clock that the hub was given."""

    async def run() -> None:
        async with asyncio.timeout(5):
            hub = Hub(clock_ns=lambda: 1_700_000_000_000_000_000)
            Game(hub).open()
            listener = await listen(hub)
            async with viewing(listener.port) as viewer:
                await viewer.send('{"type":"ping"}')
                assert (await viewer.until("pong"))["data"] == {"server_ns": 1_700_000_000_000_000_000}
            await listener.close()

    asyncio.run(run())
