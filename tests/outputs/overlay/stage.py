"""A server for the overlay: the page, the WebSocket and the polled keys of one game, on cue.

Messages are those of the gateway, keys those of `Graphics`; only the carrying is simple. It runs in a thread
of its own, since the browser's driver holds the test's.
"""

import asyncio
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

from aiohttp import WSCloseCode, WSMsgType, web

from engine.core.events import Event
from engine.gateway.messages import snapshot_message, update_message
from engine.outputs.graphics import Graphics
from engine.told import Told
from tests.outputs.builders import GAME_ID, Telling

OVERLAY = Path(__file__).resolve().parents[3] / "engine" / "outputs" / "overlay"
Result = TypeVar("Result")


class Stage:
    """One game, told to whoever watches."""

    def __init__(self) -> None:
        self.telling: Telling
        self.graphics: Graphics
        self.url = ""
        # Queries with which sockets were opened.
        self.opened: list[dict[str, str]] = []
        self.socket_works = True
        self.polling_works = True
        self.polls = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._said: list[Told] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # --- what a test says; from any thread ---

    def begin(self, *events: Event) -> None:
        """Begin a game in which these statements were made before anybody watched."""
        self._call(self._begin(events))

    def tell(self, event: Event, age_s: float = 0.0) -> Told:
        """Make a statement, and send it to whoever watches."""
        return self._call(self._tell(event, age_s))

    def cut(self, *, socket: bool, polling: bool) -> None:
        """Cut every connection, and say what works from now on."""
        self._call(self._cut(socket, polling))

    @property
    def address(self) -> str:
        """The overlay that watches the game."""
        return f"{self.url}/overlay?game={GAME_ID}"

    # --- the loop's own ---

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/overlay", self._page)
        app.router.add_static("/overlay-files", OVERLAY)
        app.router.add_get("/graphics/{game_id}.json", self._keys)
        app.router.add_get("/{game_id}", self._watch)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.graphics = Graphics()

    async def _stop(self) -> None:
        await self._cut(False, False)
        await self._runner.cleanup()

    async def _begin(self, events: tuple[Event, ...]) -> None:
        self.telling = Telling(GAME_ID)
        self._stamp(0.0)
        self.telling.tell(*events)
        self._air()

    async def _tell(self, event: Event, age_s: float) -> Told:
        self._stamp(age_s)
        told = self.telling.tell(event)
        self._air()
        message = update_message(told).decode()
        for socket in list(self._sockets):
            await socket.send_str(message)
        return told

    def _stamp(self, age_s: float) -> None:
        self.telling.now_ns = time.time_ns() - round(age_s * 1e9)

    def _air(self) -> None:
        for told in self.telling.told:
            if told not in self._said:
                self._said.append(told)
                self.graphics.take(told, self.telling.start)
        self.graphics.advance(self.telling.now_ns)

    async def _cut(self, socket: bool, polling: bool) -> None:
        self.socket_works, self.polling_works = socket, polling
        for one in list(self._sockets):
            await one.close(code=WSCloseCode.GOING_AWAY)

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(OVERLAY / "index.html")

    async def _keys(self, request: web.Request) -> web.Response:
        self.polls += 1
        if not self.polling_works:
            raise web.HTTPServiceUnavailable
        body = self.graphics.json(request.match_info["game_id"])
        return web.Response(body=body, content_type="application/json")

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        if not self.socket_works:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.opened.append(dict(request.query))
        if "offset" in request.query:
            head = (
                f'{{"type":"resumed","data":{{"game_id":"{GAME_ID}","to_offset":{self._said[-1].offset}}}}}'
            )
            await socket.send_str(head)
            for told in self._said[int(request.query["offset"]) + 1 :]:
                await socket.send_str(update_message(told).decode())
        else:
            await socket.send_str(snapshot_message(self.telling.game.snapshot(), self._said[-1]).decode())
        self._sockets.add(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT and "ping" in message.data:
                await socket.send_str(f'{{"type":"pong","data":{{"server_ns":{self._now()}}}}}')
            elif message.type is WSMsgType.TEXT:
                await socket.send_str(snapshot_message(self.telling.game.snapshot(), self._said[-1]).decode())
        self._sockets.discard(socket)
        return socket

    def _now(self) -> int:
        return time.time_ns()
