"""The native stream: every statement once, in order, from any number on."""

import asyncio

import aiohttp
import msgspec
import pytest

from engine.core.events import decode_event, encode_event
from simulator.feed.clock import SECOND_NS
from simulator.feed.games import FeedDay
from simulator.feed.sources import read_games
from simulator.replay.paced import schedule
from simulator.season.reader import open_season
from simulator.season.reader import read_games as read_recorded
from tests.simulator_feed.feeds import NOON_NS, SAMPLE, Client, client_of, end, game, run, run_play, start


async def read(client: Client, first: int, count: int) -> list[tuple[int, bytes]]:
    """Return the next frames of a stream: their numbers and their events' bytes."""
    frames: list[tuple[int, bytes]] = []
    async with client.session.ws_connect(f"{client.running.socket_url}/stream?from={first}") as socket:
        while len(frames) < count:
            message = await socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            frame = msgspec.json.decode(message.data, type=dict[str, msgspec.Raw])
            frames.append((int(bytes(frame["sequence"])), bytes(frame["event"])))
    return frames


def test_the_order_is_a_replays_order() -> None:
    """The day's statements come in the order in which a paced replay takes them."""
    season = open_season(SAMPLE)
    spans = season.spans[:9]
    due = schedule(read_recorded(season, spans), 1.0)
    day = FeedDay(read_games([SAMPLE], limit=9))
    assert [(entry.game_id, entry.row) for entry in day.schedule] == [(g, row) for _, g, row, _ in due]
    assert [entry.event for entry in day.schedule] == [event for *_, event in due]


def test_a_day_is_told_once_to_everybody() -> None:
    """Two clients, one of them resuming again and again, each get every statement once and in order."""

    async def test() -> None:
        async with client_of(read_games([SAMPLE], limit=3)) as client:
            client.at(1.0)
            total = len(client.running.day.schedule)
            whole = await read(client, 0, total)
            pieces: list[tuple[int, bytes]] = []
            while len(pieces) < total:
                pieces += await read(client, len(pieces), min(97, total - len(pieces)))
            expected = [
                (number, encode_event(entry.event))
                for number, entry in enumerate(client.running.day.schedule)
            ]
            assert whole == pieces == expected
            assert all(decode_event(event) for _, event in whole)

    run(test)


def test_nothing_comes_before_it_is_due() -> None:
    """A client hears a statement when the clock reaches its stamp, and not before."""

    async def test() -> None:
        async with client_of([game(start(), run_play(1, 60), run_play(2, 60), end(90))]) as client:
            url = f"{client.running.socket_url}/stream?from=0"
            async with client.session.ws_connect(url) as socket:
                heard = [await socket.receive()]
                for at_s, expected in ((59, 1), (60, 3), (89, 3), (90, 4)):
                    client.running.clock.set(NOON_NS + at_s * SECOND_NS)
                    while len(heard) < expected:
                        heard.append(await socket.receive())
                    with pytest.raises(asyncio.TimeoutError):
                        await socket.receive(timeout=0.03)
                assert len(heard) == 4

    run(test)


def test_a_running_clock_tells_by_itself() -> None:
    """At speed, statements come without anybody touching the clock, and the clock says when all is told."""

    async def test() -> None:
        async with client_of([game(start(), run_play(1, 60), end(90))]) as client:
            client.running.clock.set(speed=1_000.0)
            assert [number for number, _ in await read(client, 0, 3)] == [0, 1, 2]
            await client.running.finished()
            assert (await client.json("/clock"))["done"] is True

    run(test)


@pytest.mark.parametrize("first", ["-1", "x", "1.5", "9" * 30, "", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_number_that_is_none_is_refused(first: str) -> None:
    """A stream from nowhere is a 400 that says what is expected; one from beyond the end waits."""

    async def test() -> None:
        async with client_of([game(start(), run_play(1, 60), end(90))]) as client:
            status, _, body = await client.get(f"/stream?from={first}")
            assert status == 400
            assert b"from 0 up" in body

    run(test)


def test_a_feed_that_stops_says_so() -> None:
    """When the feed stops, streams are closed with the code for going away, and nobody waits."""

    async def test() -> None:
        async with aiohttp.ClientSession() as session:
            async with client_of([game(start(), run_play(1, 60), end(90))]) as client:
                socket = await session.ws_connect(f"{client.running.socket_url}/stream")
                await socket.receive()
                closing = asyncio.create_task(socket.receive())
                await asyncio.sleep(0)
            message = await closing
            assert message.type is aiohttp.WSMsgType.CLOSE
            assert message.data == aiohttp.WSCloseCode.GOING_AWAY
            await socket.close()

    run(test)
