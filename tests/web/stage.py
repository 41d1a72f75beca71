"""A stage for the second screen: it speaks the contract of docs/live.md, and can be told to misbehave.

The engine is the real one and so are the bytes; only the carrying is simple, so that a test can cut, hold
back, repeat and leave out messages on cue. `Stage` may be called from any thread.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec
from aiohttp import WSMsgType, web

from engine.core.doubts import names
from engine.core.events import Event, FeedHealth, FeedStatus, GameEnd, GameStart, Play
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.core.update import Update
from engine.told import Told
from engine.web import HEADERS, pages
from simulator.season.reader import open_season, read_games

ANSWER_S = 60.0
Result = TypeVar("Result")


def sample_games(root: Path, count: int) -> list[tuple[str, tuple[Event, ...]]]:
    """Return the first games of the shipped sample season, each with its statements."""
    season = open_season(root / "data" / "sample_season.parquet")
    return [(game.game_id, game.events) for game in read_games(season, season.spans[:count])]


class StagedGame:
    """One game: the engine, what it has said, and what it is still to be told."""

    def __init__(self, game_id: str, events: tuple[Event, ...], model: Model) -> None:
        self.game = Game(game_id, model)
        self.events = list(events)
        self.told: list[Told] = []
        self.texts: dict[str, str] = {}

    def tell(self, event: Event) -> Told | None:
        """Apply one statement now; return what the engine said to it."""
        received_ns = time.time_ns()
        if isinstance(event, Play):
            self.texts[event.play_id] = event.text
        update = self.game.apply(event)
        if update is None:
            return None
        text = event.text if isinstance(event, Play) else ""
        told = Told(update, self.game.encoded, text, received_ns, time.time_ns())
        self.told.append(told)
        return told

    def listed(self) -> dict[str, Any]:
        """Return the game's row of `/api/games`."""
        game, last = self.game, self.told[-1] if self.told else None
        start = game.start
        return {
            "game_id": game.game_id,
            "epoch": game.epoch,
            "offset": game.offset,
            "season": start.season,
            "week": start.week,
            "scheduled_ns": start.scheduled_ns,
            "home": msgspec.to_builtins(start.home),
            "away": msgspec.to_builtins(start.away),
            "neutral_site": start.neutral_site,
            "state": msgspec.to_builtins(game.state),
            "home_win_probability": game.home_win_probability,
            "away_win_probability": round(1 - game.home_win_probability, 6),
            "feed": last.update.feed if last else FeedHealth.LIVE,
            "ended": game.ended,
            "received_ns": last.received_ns if last else None,
            "updated_ns": last.updated_ns if last else None,
        }

    def plays(self) -> dict[str, Any]:
        """Return the answer of `/api/games/ID/plays`."""
        game = self.game
        scorer = game.model.for_game(game.pregame)
        opening = before = self._opening()
        rows = []
        for entry in game.entries:
            play, state, snapped = entry.play, entry.step.state, entry.step.snapped
            after = entry.home_millionths / 1_000_000
            interval = scorer.interval(state)
            rows.append(
                {
                    "play_id": play.play_id,
                    "order": play.order,
                    "status": play.status,
                    "kind": play.kind,
                    "play_class": self._class(play.play_id),
                    "text": play.text,
                    "period": state.period,
                    "clock_s": state.clock_s,
                    "home_score": state.home_score,
                    "away_score": state.away_score,
                    "possession": snapped.possession,
                    "down": snapped.down,
                    "distance_yd": snapped.distance_yd,
                    "yards_to_goal": snapped.yards_to_goal,
                    "home_win_probability": after,
                    "home_win_probability_low": interval and interval[0],
                    "home_win_probability_high": interval and interval[1],
                    "win_probability_added": round(after - before, 6),
                    "key_play": abs(after - before) >= 0.1,
                    "decision": scorer.decision(snapped) if snapped.down == 4 else None,
                    "doubts": names(entry.step.doubts),
                    "tracking": None,
                }
            )
            before = after
        return {
            "game_id": game.game_id,
            "epoch": game.epoch,
            "offset": game.offset,
            "opening_home_win_probability": opening,
            "plays": rows,
        }

    def snapshot(self) -> bytes:
        """Return the snapshot message."""
        last = self.told[-1]
        update = last.encoded
        data = msgspec.json.encode(self.game.snapshot())
        head = _head("snapshot", last)
        return head + b',"data":' + data + b',"update":' + update + b"}"

    def _opening(self) -> float:
        first = next((each.update for each in self.told if each.update.play_id), None)
        start = next((each.update for each in self.told if each.update.cause == "start"), first)
        return start.home_win_probability if start else 0.5

    def _class(self, play_id: str) -> str:
        said = [each.update.play_class for each in self.told if each.update.play_id == play_id]
        return said[-1] if said and said[-1] else "unknown"


def _head(kind: str, told: Told) -> bytes:
    stamps = f'"received_ns":{told.received_ns},"updated_ns":{told.updated_ns}'
    return f'{{"type":"{kind}",{stamps},"text":{json.dumps(told.text)}'.encode()


def update_message(told: Told) -> bytes:
    """Return the message of one update, with its canonical bytes."""
    return _head("update", told) + b',"data":' + told.encoded + b"}"


class Stage:
    """The server, in a thread of its own; a context manager."""

    def __init__(self, root: Path, model: Model, games: int = 6) -> None:
        self.games = {name: StagedGame(name, events, model) for name, events in sample_games(root, games)}
        self.port = 0
        self.usage: list[dict[str, Any]] = []
        self.handshakes: list[dict[str, str]] = []
        # Messages that are not carried although the engine said them: by game, how many still to swallow.
        self.swallow: dict[str, int] = {}
        # Whether questions for a snapshot go unanswered.
        self.mute = False
        self._sockets: dict[str, set[web.WebSocketResponse]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stage", daemon=True)
        self._runner: web.AppRunner | None = None
        self._pace: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        for staged in self.games.values():
            first = staged.events[0]
            assert isinstance(first, GameStart)
            staged.tell(staged.events.pop(0))
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ANSWER_S)
        self._loop.close()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    # --- what a test may do; all of it happens in the server's own thread ---

    def start(self) -> None:
        """Begin to listen; after a `stop`, at the same port again."""
        self._do(self._start())

    def stop(self) -> None:
        """Stop listening and cut every connection; what the engine knows is kept, as by a log."""
        self._do(self._stop())

    def play(self, game_id: str, count: int) -> None:
        """Let a game go on by so many statements."""
        self._do(self._play(game_id, count))

    def run(self, statements_a_second: float) -> None:
        """Let all games go on by themselves."""
        self._do(self._begin(statements_a_second))

    def rest(self) -> None:
        """Let no game go on by itself any more."""
        self._do(self._rest())

    def tell(self, event: Event) -> None:
        """Tell one game a statement of the test's own."""
        self._do(self._tell(event))

    def feed(self, game_id: str, health: FeedHealth, revision: int) -> None:
        """Say that a game's feed is in such a health."""
        self.tell(FeedStatus(game_id=game_id, feed="stage", health=health, revision=revision))

    def cut(self, game_id: str) -> None:
        """Cut a game's connections without a word."""
        self._do(self._cut(game_id))

    def drain(self, game_id: str, reconnect_after_ms: int) -> None:
        """Tell a game's viewers to come back later, and close."""
        self._do(self._drain(game_id, reconnect_after_ms))

    def conflate(self, game_id: str, count: int) -> None:
        """Let a game go on, and carry only the news that so much was left out, and a snapshot."""
        self._do(self._conflate(game_id, count))

    def repeat(self, game_id: str, count: int) -> None:
        """Send the last messages once more, oldest first."""
        self._do(self._repeat(game_id, count))

    def send(self, game_id: str, text: str) -> None:
        """Send a frame of the test's own."""
        self._do(self._send(game_id, text.encode()))

    def viewers(self, game_id: str) -> int:
        """Return how many connections a game has."""
        return len(self._sockets.get(game_id, ()))

    def newest(self, game_id: str) -> Update:
        """Return the newest update of a game."""
        return self.games[game_id].told[-1].update

    # --- how it is done ---

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_S)

    async def _start(self) -> None:
        app = web.Application()
        for path, page in pages().items():
            app.router.add_get(path, _static(page.body, page.content_type))
        app.router.add_get("/api/games", self._games)
        app.router.add_get("/api/games/{game_id}/plays", self._plays)
        app.router.add_post("/api/usage", self._usage)
        app.router.add_get("/{game_id}", self._socket)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        await self._rest()
        for game_id in list(self._sockets):
            await self._cut(game_id)
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _begin(self, rate: float) -> None:
        await self._rest()

        async def pace() -> None:
            while True:
                for game_id, staged in self.games.items():
                    if staged.events:
                        await self._play(game_id, 1)
                await asyncio.sleep(1.0 / rate)

        self._pace = asyncio.create_task(pace())

    async def _rest(self) -> None:
        task, self._pace = self._pace, None
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _play(self, game_id: str, count: int) -> None:
        staged = self.games[game_id]
        for _ in range(min(count, len(staged.events))):
            await self._tell(staged.events.pop(0))

    async def _tell(self, event: Event) -> None:
        told = self.games[event.game_id].tell(event)
        if told is None:
            return
        if self.swallow.get(event.game_id, 0) > 0:
            self.swallow[event.game_id] -= 1
            return
        await self._send(event.game_id, update_message(told))

    async def _send(self, game_id: str, message: bytes) -> None:
        for socket in list(self._sockets.get(game_id, ())):
            if not socket.closed:
                await socket.send_str(message.decode())

    async def _cut(self, game_id: str) -> None:
        for socket in list(self._sockets.get(game_id, ())):
            request = getattr(socket, "_req", None)
            if request is not None and request.transport is not None:
                request.transport.abort()
            await socket.close()

    async def _drain(self, game_id: str, reconnect_after_ms: int) -> None:
        data = {"status": "draining", "reconnect_after_ms": reconnect_after_ms}
        await self._send(game_id, json.dumps({"type": "status", "data": data}).encode())
        for socket in list(self._sockets.get(game_id, ())):
            await socket.close(code=1012)

    async def _conflate(self, game_id: str, count: int) -> None:
        staged = self.games[game_id]
        first = staged.game.offset + 1
        for _ in range(count):
            staged.tell(staged.events.pop(0))
        data = {"status": "conflated", "from_offset": first, "to_offset": staged.game.offset}
        await self._send(game_id, json.dumps({"type": "status", "data": data}).encode())
        await self._send(game_id, staged.snapshot())

    async def _repeat(self, game_id: str, count: int) -> None:
        for told in self.games[game_id].told[-count:]:
            await self._send(game_id, update_message(told))

    async def _games(self, request: web.Request) -> web.Response:
        tag = f'"{sum(staged.game.offset + 1 for staged in self.games.values())}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        games = [staged.listed() for staged in self.games.values()]
        return web.json_response({"server_ns": time.time_ns(), "games": games}, headers={"ETag": tag})

    async def _plays(self, request: web.Request) -> web.Response:
        staged = self.games.get(request.match_info["game_id"])
        if staged is None:
            raise web.HTTPNotFound
        return web.json_response(body=msgspec.json.encode(staged.plays()))

    async def _usage(self, request: web.Request) -> web.Response:
        self.usage.append(await request.json())
        return web.Response(status=204)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        game_id = request.match_info["game_id"]
        socket = web.WebSocketResponse()
        if not socket.can_prepare(request).ok:
            raise web.HTTPNotFound
        await socket.prepare(request)
        self.handshakes.append({"game_id": game_id, **request.query})
        staged = self.games.get(game_id)
        if staged is None:
            await socket.close(code=1008, message=b"Game not found")
            return socket
        sockets = self._sockets.setdefault(game_id, set())
        await self._greet(socket, staged, request.query.get("epoch"), request.query.get("offset"))
        sockets.add(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._answer(socket, staged, json.loads(message.data))
        finally:
            sockets.discard(socket)
        return socket

    async def _greet(
        self, socket: web.WebSocketResponse, staged: StagedGame, epoch: str | None, offset: str | None
    ) -> None:
        game = staged.game
        if epoch != game.epoch or offset is None or int(offset) > game.offset:
            await socket.send_str(staged.snapshot().decode())
            return
        first = int(offset) + 1
        data = {"game_id": game.game_id, "epoch": epoch, "from_offset": first, "to_offset": game.offset}
        await socket.send_str(json.dumps({"type": "resumed", "data": data}))
        for told in staged.told[first:]:
            await socket.send_str(update_message(told).decode())

    async def _answer(self, socket: web.WebSocketResponse, staged: StagedGame, said: dict[str, Any]) -> None:
        if said["type"] == "ping":
            data = {"server_ns": time.time_ns()}
            await socket.send_str(json.dumps({"type": "pong", "data": data}))
        elif said["type"] == "request_snapshot" and not self.mute:
            await socket.send_str(staged.snapshot().decode())


def _static(
    body: bytes, content_type: str
) -> Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={**HEADERS, "Content-Type": content_type})

    return answer


def ended(events: tuple[Event, ...]) -> bool:
    """Whether a game's statements hold its end."""
    return any(isinstance(event, GameEnd) for event in events)
