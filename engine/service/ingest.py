"""Push: statements that come in by HTTP POST or over a WebSocket, from whoever knows the token.

A pushed batch is taken whole or not at all, and the answer comes after its statements stand in the log.
"""

import hmac
import time
from typing import Final

from aiohttp import WSMsgType, web

from engine.feeds.push import MOST_PUSH_BYTES, PushError, PushSource, read_push
from engine.service.day import Day

DIALECTS: Final = ("wpsim", "espn")
HEARTBEAT_S: Final = 20.0
MOST_SOCKETS: Final = 64

__all__ = ["MOST_PUSH_BYTES", "Ingest"]


class Ingest:
    """The handlers of `/ingest`."""

    def __init__(self, day: Day, source: PushSource, token: str | None) -> None:
        self._day = day
        self._source = source
        self._token = token
        # Sockets that are open now.
        self._sockets = 0

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Take a pushed body for one game."""
        refused = self._refuse(request)
        if refused is not None:
            return refused
        status, answer = await self._take(
            await request.read(), request.query.get("dialect", "wpsim"), request.match_info["game_id"]
        )
        return web.json_response(answer, status=status)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """Take pushed text frames, each a body of its own that names its game; answer each."""
        refused = self._refuse(request)
        if refused is not None:
            return refused
        if self._sockets >= MOST_SOCKETS:
            return web.json_response({"error": f"{MOST_SOCKETS} push sockets are open already"}, status=503)
        socket = web.WebSocketResponse(max_msg_size=MOST_PUSH_BYTES, heartbeat=HEARTBEAT_S)
        await socket.prepare(request)
        dialect = request.query.get("dialect", "wpsim")
        self._sockets += 1
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    _, answer = await self._take(message.data.encode("utf-8", "surrogatepass"), dialect, None)
                else:
                    answer = {"error": "a binary frame came; expected a text frame of JSON"}
                await socket.send_json(answer)
        finally:
            self._sockets -= 1
        return socket

    def _refuse(self, request: web.Request) -> web.Response | None:
        """Return why a request may not push; None where it may."""
        if self._token is None:
            told = {"error": "push is turned off; start `wpsim serve` with --ingest-token-file"}
            return web.json_response(told, status=403)
        came = request.headers.get("Authorization", "")
        # Bytes that are no UTF-8 come as surrogates.
        if not hmac.compare_digest(came.encode("utf-8", "surrogateescape"), f"Bearer {self._token}".encode()):
            told = {"error": "the token is missing or wrong; expected `Authorization: Bearer TOKEN`"}
            return web.json_response(told, status=401, headers={"WWW-Authenticate": "Bearer"})
        if request.query.get("dialect", "wpsim") not in DIALECTS:
            told = {"error": f"unknown dialect; expected one of {', '.join(DIALECTS)}"}
            return web.json_response(told, status=400)
        return None

    async def _take(self, body: bytes, dialect: str, game_id: str | None) -> tuple[int, dict[str, object]]:
        try:
            events = self._source.accept(read_push(body, dialect, game_id, time.time_ns()))
        except PushError as error:
            return 400, {"error": str(error)}
        if any(self._day.room(event.game_id) < len(events) for event in events):
            self._source.forget(events)
            return 503, {"error": "too much waits already; push again later"}
        accepted = await self._day.take_all(events)
        return 200, {"accepted": accepted, "refused": len(events) - accepted}
