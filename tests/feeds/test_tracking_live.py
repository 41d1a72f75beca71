"""The live tracking feed, heard for real over a WebSocket: one summary a play, whatever the camera does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web

from engine.core.events import Event, FeedHealth, GameStart, Tracking
from engine.feeds import tracking_live
from engine.feeds.streaming import Streaming
from engine.feeds.tracking_frames import Frame
from engine.feeds.tracking_live import MOST_PLAYS, TrackingLive
from tests.feeds.tracked_plays import made_frame

FAST = Streaming(
    connect_timeout_s=2.0, heartbeat_s=2.0, back_off_first_s=0.01, back_off_most_s=0.02, stale_after_s=0.1,
    lost_after_s=0.3,
)  # fmt: skip
GAMES = {"401": GameStart(game_id="401"), "402": GameStart(game_id="402")}
Camera = Callable[[web.WebSocketResponse], Awaitable[None]]


def run_frames(
    count: int = 20, play_id: str = "4017", game_id: str = "401", *, last: bool = False
) -> list[bytes]:
    """The messages of a run at 8 yd/s with the ball in hand."""
    frames = []
    for number in range(count):
        x_yd = 30.0 + 0.8 * number
        event = "ball_snap" if number == 0 else None
        made = made_frame(number, event, last and number == count - 1, runner=(x_yd, 25.0), ball=(x_yd, 25.0))
        frames.append(msgspec.json.encode(msgspec.structs.replace(made, play_id=play_id, game_id=game_id)))
    return frames


class Room:
    """A running tracking feed, and what it has said."""

    def __init__(self, source: TrackingLive) -> None:
        self.source = source
        self.said: list[Tracking] = []

    def take(self, event: Event) -> None:
        """The service's ear."""
        assert isinstance(event, Tracking)
        self.said.append(event)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to become true; the test's own time-out ends a vain wait."""
        while not true():
            await asyncio.sleep(0.002)


def film(
    cameras: list[Camera], scenario: Callable[[Room], Awaitable[None]], remembered: tuple[Event, ...] = ()
) -> Room:
    """Run a scenario against a real server; each connection gets the next camera, the last one stays."""

    async def main() -> Room:
        waiting = list(cameras)

        async def connect(request: web.Request) -> web.StreamResponse:
            camera = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await camera(socket)
            return socket

        app = web.Application()
        app.router.add_get("/tracking", connect)
        runner = web.AppRunner(app, shutdown_timeout=0.05)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        source = TrackingLive("tracking", f"ws://127.0.0.1:{runner.addresses[0][1]}/tracking", FAST)
        for event in remembered:
            source.remember(event)
        room = Room(source)
        async with asyncio.timeout(20):
            running = asyncio.create_task(source.run(room.take, lambda: GAMES))
            try:
                await scenario(room)
                assert not running.done()
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await runner.cleanup()
        return room

    return asyncio.run(main())


def send(messages: list[bytes]) -> Camera:
    """A camera that sends some messages at once, and keeps the connection open."""

    async def camera(socket: web.WebSocketResponse) -> None:
        for message in messages:
            await socket.send_str(message.decode())
        await asyncio.sleep(30.0)

    return camera


async def said_once(room: Room) -> None:
    """Wait for a first summary, and then for a while for more."""
    await room.until(lambda: bool(room.said))
    await asyncio.sleep(0.3)


@pytest.mark.parametrize("last", [True, False])
def test_a_play_has_one_summary(last: bool) -> None:
    """One summary leaves a play, whether its last frame is marked or its frames just stop."""
    room = film([send(run_frames(last=last))], said_once)
    (summary,) = room.said
    assert (summary.game_id, summary.play_id, summary.revision) == ("401", "4017", 0)
    assert summary.distance_yd == pytest.approx(15.2)
    assert room.source.counts.payloads == 20
    assert room.source.counts.events == 1


def test_the_summary_is_due_within_200_ms_of_the_last_frame() -> None:
    """A marked end is told before the next frame is looked at; a silent one leaves time to spare."""
    source, said = TrackingLive("tracking", "ws://127.0.0.1:9/"), list[Event]()
    for message in run_frames(last=True):
        assert said == []
        source._hear(message.decode(), 0.0, said.append, lambda: GAMES)
    assert len(said) == 1
    assert tracking_live.SILENT_S + tracking_live.LOOK_S <= 0.2 - 0.02


def test_frames_that_go_on_after_all_correct_the_summary() -> None:
    """A camera that stutters in mid-play has its early summary corrected under the next revision."""
    go_on = asyncio.Event()

    async def camera(socket: web.WebSocketResponse) -> None:
        messages = run_frames(40, last=True)
        for message in messages[:20]:
            await socket.send_str(message.decode())
        await go_on.wait()
        for message in messages[20:]:
            await socket.send_str(message.decode())
        await asyncio.sleep(30.0)

    async def scenario(room: Room) -> None:
        await room.until(lambda: len(room.said) == 1)
        go_on.set()
        await room.until(lambda: len(room.said) == 2)

    first, second = film([camera], scenario).said
    assert (first.revision, second.revision) == (0, 1)
    assert second.distance_yd == pytest.approx(31.2)


@pytest.mark.parametrize(("gap_s", "summaries"), [(0.1, 1), (0.3, 2)])
def test_a_stuttering_camera_is_waited_for(gap_s: float, summaries: int) -> None:
    """The first long gap of a camera ends a play too early; once it is known to stutter, no gap does."""
    source, said = TrackingLive("tracking", "ws://127.0.0.1:9/"), list[Event]()
    now_s = 100.0
    for number in range(3):
        for count, message in enumerate(run_frames(9, play_id=f"play {number}", last=True)):
            source._hear(message.decode(), now_s, said.append, lambda: GAMES)
            wait_s = 0.1 if number == 0 and count < 5 else gap_s
            source._look(now_s + wait_s - 0.001, said.append)
            now_s += wait_s
    told = [summary.play_id for summary in said if isinstance(summary, Tracking)]
    assert told == ["play 0"] * summaries + ["play 1", "play 2"]


def test_silence_ends_a_play_in_time() -> None:
    """On a camera that keeps its ten hertz, a play is summed up at the first look after 150 ms of silence."""
    source, said = TrackingLive("tracking", "ws://127.0.0.1:9/"), list[Event]()
    now_s = 100.0
    for message in run_frames():
        now_s += 0.1
        source._hear(message.decode(), now_s, said.append, lambda: GAMES)
    source._look(now_s + 0.149, said.append)
    assert said == []
    source._look(now_s + 0.151, said.append)
    assert len(said) == 1


def test_a_play_that_is_sent_again_is_not_said_again() -> None:
    """A camera that reconnects and repeats a play, or a restarted service, says nothing twice."""

    async def hang_up(socket: web.WebSocketResponse) -> None:
        for message in run_frames(last=True):
            await socket.send_str(message.decode())

    async def scenario(room: Room) -> None:
        await room.until(lambda: room.source.counts.payloads >= 40)
        await asyncio.sleep(0.2)

    room = film([hang_up, send(run_frames(last=True))], scenario)
    assert len(room.said) == 1

    async def once_more(again: Room) -> None:
        await again.until(lambda: again.source.counts.unchanged > 0)

    again = film([send(run_frames(last=True))], once_more, remembered=(room.said[0],))
    assert again.said == []


def test_after_a_restart_a_correction_has_the_next_revision() -> None:
    """What was recorded as revision 3 is corrected under 4."""
    recorded = Tracking(game_id="401", play_id="4017", revision=3, distance_yd=1.0)
    room = film([send(run_frames(last=True))], said_once, remembered=(recorded,))
    assert [summary.revision for summary in room.said] == [4]


def test_unknown_games_are_not_followed() -> None:
    """Frames of a game that nobody has announced leave nothing, and are counted."""

    async def scenario(room: Room) -> None:
        await room.until(lambda: room.source.counts.degraded.get("unknown_game") == 20)
        await room.until(lambda: bool(room.said))

    messages = run_frames(game_id="999", last=True) + run_frames(last=True)
    assert [summary.game_id for summary in film([send(messages)], scenario).said] == ["401"]


def test_a_flood_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more frames than cameras make, and of more plays than games play, the rest is not looked at."""
    monkeypatch.setattr(tracking_live, "MOST_FRAMES_A_SECOND", 400)
    frames = [message for number in range(300) for message in run_frames(3, play_id=f"play {number}")]

    async def scenario(room: Room) -> None:
        await room.until(lambda: room.source.counts.errors.get("too_many_frames", 0) >= 500)
        assert len(room.source._plays) <= MOST_PLAYS

    errors = film([send(frames)], scenario).source.counts.errors
    assert errors["too_many_plays"] > 0


def test_a_broken_camera_is_counted_and_connected_again() -> None:
    """Rubbish, oversize messages and closed connections are counted; the next good play is told."""

    async def rubbish(socket: web.WebSocketResponse) -> None:
        await socket.send_str("{half")
        await socket.send_bytes(b"\x00\x01")
        await socket.send_str('{"game_id": 1}')
        await socket.send_str("x" * 100_000)
        await asyncio.sleep(1.0)

    async def hang_up(socket: web.WebSocketResponse) -> None:
        await socket.close()

    room = film([rubbish, hang_up, send(run_frames(last=True))], said_once)
    assert room.source.counts.errors["body"] == 3
    assert room.source.counts.errors["too_large"] == 1
    assert room.source.counts.errors["closed"] >= 1
    assert room.source.counts.requests >= 3
    assert len(room.said) == 1


def test_health_follows_the_connection() -> None:
    """A feed that cannot be reached becomes stale, then lost; between plays a silent camera is healthy."""

    async def main() -> None:
        source = TrackingLive("tracking", "ws://127.0.0.1:9/tracking", FAST)
        said: list[Event] = []
        async with asyncio.timeout(10):
            running = asyncio.create_task(source.run(said.append, lambda: GAMES))
            for health in (FeedHealth.STALE, FeedHealth.LOST):
                while source.counts.health is not health:
                    await asyncio.sleep(0.005)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert said == []
        assert source.counts.errors["connection"] > 1

    asyncio.run(main())

    async def healthy(room: Room) -> None:
        await asyncio.sleep(0.5)
        assert room.source.counts.health is FeedHealth.LIVE

    film([send([])], healthy)


def test_fifteen_games_at_ten_hertz_cost_little() -> None:
    """A second of fifteen games' frames is folded in a small fraction of a second of one core."""
    messages: list[list[str]] = []
    for number in range(30):
        places: dict[str, Any] = {
            f"p{player}": (30.0 + player, 20.0 + number * 0.1, 2.0) for player in range(22)
        }
        made = made_frame(number, "ball_snap" if number == 0 else None, ball=(30.2, 20.0), **places)
        messages.append([_of_game(made, game) for game in range(15)])
    games = {f"g{game}": GameStart(game_id=f"g{game}") for game in range(15)}
    source = TrackingLive("tracking", "ws://127.0.0.1:9/")
    began_s = time.process_time()
    for number, each in enumerate(messages):
        for message in each:
            source._hear(message, number * 0.1, lambda _: None, lambda: games)
    spent_s = time.process_time() - began_s
    assert source.counts.payloads == 450
    assert spent_s / 3.0 < 0.1  # measured: some 0.002; a tenth of a core would be a fault


def _of_game(frame: Frame, game: int) -> str:
    return msgspec.json.encode(msgspec.structs.replace(frame, game_id=f"g{game}")).decode()
