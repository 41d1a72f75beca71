"""The native stream: each statement once, whatever breaks in between."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from msgspec.structs import replace

from engine.core.events import (
    Event,
    FeedHealth,
    FeedStatus,
    GameEnd,
    GameStart,
    Odds,
    Play,
    Status,
    content,
    decode_event,
    encode_event,
)
from engine.core.events import Market as _Market
from engine.feeds.catalogue import open_source
from engine.feeds.streaming import Streaming
from engine.feeds.wpsim_live import WpsimLive
from tests.feeds.wire import Ear, Handler, listening, served

QUICK = Streaming(
    heartbeat_s=5.0, back_off_first_s=0.01, back_off_most_s=0.05, stale_after_s=0.4, lost_after_s=0.8
)
PATIENT = Streaming(back_off_first_s=0.01, back_off_most_s=0.05, stale_after_s=9.0, lost_after_s=20.0)
DAY: list[Event] = [
    GameStart(game_id="1"),
    Odds(game_id="1", book="b", market=_Market.PREGAME, home_spread=-3.0),
    *(Play(game_id="1", play_id=f"p{number}", order=1_000 * number) for number in range(8)),
    Play(game_id="1", play_id="p3", order=3_000, revision=1, down=2),
    Play(game_id="1", play_id="p4", order=4_000, revision=1, status=Status.CANCELLED),
    GameEnd(game_id="1"),
]


def frame(sequence: int, event: Event) -> str:
    """One frame of the stream."""
    return json.dumps({"sequence": sequence, "event": json.loads(encode_event(event))})


Talk = Callable[[web.WebSocketResponse, int, int], Awaitable[None]]


def stream(talk: Talk, asked: list[int] | None = None) -> dict[str, Handler]:
    """A server whose n-th connection (from 0) is talked to from the number that it asks for."""
    wanted = [] if asked is None else asked

    async def handler(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        wanted.append(int(request.query["from"]))
        await talk(socket, len(wanted) - 1, wanted[-1])
        return socket

    return {"/stream": handler}


async def whole(socket: web.WebSocketResponse, _number: int, wanted: int) -> None:
    """Send the day from what is wanted, and stay."""
    for sequence in range(wanted, len(DAY)):
        await socket.send_str(frame(sequence, DAY[sequence]))
    async for _ in socket:
        pass


def hear(
    routes: dict[str, Handler],
    test: Callable[[WpsimLive, Ear], Awaitable[None]],
    streaming: Streaming = PATIENT,
) -> None:
    """Run a test with a source that listens to a server."""

    async def run() -> None:
        async with served(routes) as url:
            source = WpsimLive("wpsim", f"{url}/stream", streaming, dice=random.Random(1))
            async with asyncio.timeout(30), listening(source) as ear:
                await test(source, ear)

    asyncio.run(run())


def same(events: list[Event]) -> bool:
    """Whether the whole day was heard, each statement once, as it was said."""
    return [(content(event), event.revision) for event in events] == [
        (content(event), event.revision) for event in DAY
    ]


def test_a_day_is_heard_as_it_was_said_with_our_own_stamps() -> None:
    """Orders and revisions are the stream's; when it was received is ours."""

    async def test(source: WpsimLive, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == len(DAY))
        assert same(ear.events)
        assert all(event.received_ns > 1_500_000_000_000_000_000 for event in ear.events)
        assert source.counts.health is FeedHealth.LIVE
        assert source.counts.events == len(DAY)
        assert not source.counts.errors

    hear(stream(whole), test)


def test_a_broken_connection_goes_on_where_it_stopped() -> None:
    """The server hangs up after every second frame; everything is heard once, each time asked from there."""
    asked: list[int] = []

    async def two(socket: web.WebSocketResponse, _number: int, wanted: int) -> None:
        for sequence in range(wanted, min(wanted + 2, len(DAY))):
            await socket.send_str(frame(sequence, DAY[sequence]))
        await socket.close()

    async def test(source: WpsimLive, ear: Ear) -> None:
        await ear.until(lambda: len(asked) > 8)
        assert same(ear.events)
        assert asked[:7] == [0, 2, 4, 6, 8, 10, 12]
        assert source.counts.errors["closed"] >= 7

    hear(stream(two, asked), test)


def test_what_was_recorded_is_skipped_after_a_restart() -> None:
    """A new process asks from 0 and hands on only what the log does not hold, wherever it was killed."""

    async def run(recorded: int) -> None:
        async with served(stream(whole)) as url:
            source = open_source("wpsim", "wpsim", f"{url}/stream".replace("http", "ws"))
            for event in DAY[:recorded]:
                source.remember(replace(event, received_ns=77))
            async with asyncio.timeout(30), listening(source) as ear:
                await ear.until(lambda: source.counts.payloads == len(DAY))
                assert same([*DAY[:recorded], *ear.events])

    for recorded in (0, 1, 5, 11, len(DAY)):
        asyncio.run(run(recorded))


def test_frames_that_come_again_are_dropped() -> None:
    """A server that starts again from 0 whatever is asked tells nothing twice."""

    async def deaf(socket: web.WebSocketResponse, number: int, _wanted: int) -> None:
        for sequence in range(min(4 * (number + 1), len(DAY))):
            await socket.send_str(frame(sequence, DAY[sequence]))
        await socket.close()

    async def test(source: WpsimLive, ear: Ear) -> None:
        await ear.until(lambda: source.counts.payloads > 60)
        assert same(ear.events)

    hear(stream(deaf), test)


def test_a_missed_frame_is_asked_for_again() -> None:
    """A number that leaps ends the connection; what lies between comes with the next one."""

    async def leaps(socket: web.WebSocketResponse, number: int, wanted: int) -> None:
        for sequence in range(wanted, len(DAY)):
            if number or sequence != 5:
                await socket.send_str(frame(sequence, DAY[sequence]))
        async for _ in socket:
            pass

    async def test(source: WpsimLive, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == len(DAY))
        assert same(ear.events)
        assert source.counts.errors["gap"] == 1

    hear(stream(leaps), test)


RUBBISH = [
    "", "{", "[]", '{"sequence":1}', '{"sequence":"x","event":{}}', "[" * 50_000, '{"sequence":1e999}',
    '{"sequence":3,"event":{"event":"play","game_id":"1","play_id":"x","order":"many"}}',
    '{"sequence":1' + "0" * 40 + ',"event":{"event":"game_start","game_id":"1"}}',
    '{"sequence":-5,"event":{"event":"game_start","game_id":"1"}}',
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(RUBBISH)))
def test_rubbish_in_between_is_counted_and_costs_nothing(number: int) -> None:
    """A frame that cannot be read does not keep the others from being heard."""

    async def spoilt(socket: web.WebSocketResponse, connection: int, wanted: int) -> None:
        for sequence in range(wanted, len(DAY)):
            if sequence == 3 and not connection:
                await socket.send_str(RUBBISH[number])
                await socket.send_bytes(b"\0")
            await socket.send_str(frame(sequence, DAY[sequence]))
        async for _ in socket:
            pass

    async def test(source: WpsimLive, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == len(DAY))
        assert same(ear.events)
        assert source.counts.health is FeedHealth.LIVE

    hear(stream(spoilt), test)


def test_a_statement_that_cannot_be_stored_is_left_out() -> None:
    """Numbers beyond 64 bits are left out of a statement, or the statement is, where it needs them."""
    play = {"event": "play", "game_id": "1", "play_id": "a", "order": 0}
    frames = [{**play, "home_score": 10**30}, {**play, "order": 10**30}, {**play, "play_id": "b"}]

    async def talk(socket: web.WebSocketResponse, _number: int, wanted: int) -> None:
        for sequence in range(wanted, 3):
            await socket.send_str(json.dumps({"sequence": sequence, "event": frames[sequence]}))
        async for _ in socket:
            pass

    async def test(source: WpsimLive, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 2)
        assert ear.told() == ["a/0/official", "b/0/official"]
        assert source.counts.degraded == {"home_score": 1, "order": 1}
        assert all(decode_event(encode_event(event)) == event for event in ear.events)

    hear(stream(talk), test)


def test_a_dead_stream_is_stale_lost_and_alive_again() -> None:
    """A game under way learns of it; one that is over does not; a silent connection is no dead one."""
    dead = asyncio.Event()

    async def sometimes(request: web.Request) -> web.StreamResponse:
        if dead.is_set():
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if request.query["from"] == "0":
            for sequence, event in enumerate((DAY[0], GameStart(game_id="2"), GameEnd(game_id="2"))):
                await socket.send_str(frame(sequence, event))
        await dead.wait()
        await socket.close()
        return socket

    async def test(source: WpsimLive, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 3)
        await asyncio.sleep(1.0)  # longer than it takes to be lost
        assert len(ear.events) == 3
        dead.set()
        await ear.until(lambda: "1 lost/1" in ear.told())
        assert source.counts.health is FeedHealth.LOST
        assert source.counts.errors["status_5xx"] > 0
        dead.clear()
        await ear.until(lambda: "1 live/2" in ear.told())
        assert ear.told()[3:] == ["1 stale/0", "1 lost/1", "1 live/2"]

    hear({"/stream": sometimes}, test, QUICK)


def test_the_feed_health_that_was_recorded_goes_on() -> None:
    """A feed recorded as lost is said to live again, even by the very statement that ends the game."""

    async def run() -> list[str]:
        async with served(stream(whole)) as url:
            source = WpsimLive("wpsim", f"{url}/stream", PATIENT)
            for event in DAY[:-1]:
                source.remember(event)
            source.remember(FeedStatus(game_id="1", feed="wpsim", health=FeedHealth.LOST, revision=4))
            async with asyncio.timeout(30), listening(source) as ear:
                await ear.until(lambda: "1 live/5" in ear.told())
                await ear.until(lambda: len(ear.events) == 2)
                return ear.told()

    assert asyncio.run(run()) == ["1 live/5", "end/0/official"]
