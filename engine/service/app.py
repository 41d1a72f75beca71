"""The HTTP side of the service: page, API, push, graphics data and operations, as one aiohttp application.

Handlers answer from what is in memory; the history, which is on disk, is asked in a thread. WebSockets of
viewers never come here: the door hands them to the gateway.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from aiohttp import web

from engine.gateway.messages import snapshot_message
from engine.outputs.graphics import Graphics
from engine.service.answers import Answers, to_json
from engine.service.day import Day
from engine.service.health import Health
from engine.service.ingest import MOST_PUSH_BYTES, Ingest
from engine.service.metrics import Metrics
from engine.service.processor import Processor
from engine.service.usage import MOST_USAGE_BYTES, Usage, UsageError
from engine.store.history import History, HistoryUnavailableError
from engine.web import HEADERS, Page, pages

OPENAPI: Final = Path(__file__).resolve().parents[1] / "web" / "openapi.json"
OVERLAY: Final = Path(__file__).resolve().parents[1] / "outputs" / "overlay"
MOST_ROWS: Final = 1_000
"""Updates or events that one answer of the history holds."""
FLUSH_S: Final = 2.0
HANDLER_S: Final = 15.0
"""A request that takes longer is given up: a body that drips holds nothing open."""
_NO_STORE: Final = "no-store"
Row = TypeVar("Row")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application answers from."""

    day: Day
    history: History
    graphics: Graphics
    health: Health
    metrics: Metrics
    usage: Usage
    ingest: Ingest


def make_app(parts: Parts) -> web.Application:
    """Return the application."""
    app = web.Application(middlewares=[_guard], client_max_size=MOST_PUSH_BYTES)
    api = _Api(parts)
    for path, page in pages().items():
        app.router.add_get(path, _shower(page))
    app.router.add_get("/overlay", _overlay)
    app.router.add_static("/overlay-files", OVERLAY)
    app.router.add_get("/openapi.json", _openapi)
    app.router.add_get("/api/games", api.games)
    app.router.add_get("/api/games/{game_id}", api.game)
    app.router.add_get("/api/games/{game_id}/plays", api.plays)
    app.router.add_get("/api/games/{game_id}/updates", api.updates)
    app.router.add_get("/api/games/{game_id}/events", api.events)
    app.router.add_get("/api/digest", api.digest)
    app.router.add_post("/api/usage", api.usage)
    app.router.add_get("/graphics/{game_id}.json", api.graphics_json)
    app.router.add_get("/graphics/{game_id}.xml", api.graphics_xml)
    app.router.add_get("/healthz", api.healthz)
    app.router.add_get("/readyz", api.readyz)
    app.router.add_get("/metrics", api.metrics)
    app.router.add_post("/ingest/{game_id}", parts.ingest.post)
    app.router.add_get("/ingest", parts.ingest.socket)
    return app


@web.middleware
async def _guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Bound the time of a request, answer errors as JSON, and set the headers that every answer has."""
    try:
        if request.path == "/ingest":
            return await handler(request)  # a socket: it bounds itself
        async with asyncio.timeout(HANDLER_S):
            response = await handler(request)
    except web.HTTPException as error:
        response = _error(error.status, error.reason)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except ConnectionError:
        response = _error(400, "the client left before its request was whole")  # nobody reads it
    except TimeoutError:
        response = _error(408, f"the request took longer than {HANDLER_S:g} s")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _is_known(request: web.Request, tag: str) -> bool:
    """Whether a client has what a tag names; a cache may have made it weak (RFC 9110, 13.1.2)."""
    came = request.headers.get("If-None-Match", "")
    return any(one.strip().removeprefix("W/") == tag for one in came.split(","))


def _error(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)


def _json(body: bytes, status: int = 200, **headers: str) -> web.Response:
    return web.Response(
        body=body,
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": _NO_STORE, **headers},
    )


def _shower(page: Page) -> _Handler:
    """Return the handler of one file of the second screen."""

    async def show(request: web.Request) -> web.StreamResponse:
        if _is_known(request, page.etag):
            return web.Response(status=304, headers={"ETag": page.etag})
        headers = {"Content-Type": page.content_type, "ETag": page.etag}
        return web.Response(body=page.body, headers=headers)

    return show


async def _overlay(_: web.Request) -> web.StreamResponse:
    # A browser source or a template may stand in a frame of anybody's page; its icon is an empty data URL.
    policy = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:"
    return web.FileResponse(OVERLAY / "index.html", headers={"Content-Security-Policy": policy})


async def _openapi(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(OPENAPI)


class _Api:
    """The JSON API and operations."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._answers = Answers(parts.day)

    async def games(self, request: web.Request) -> web.Response:
        tag = self._answers.games_tag()
        if _is_known(request, tag):
            return web.Response(status=304, headers={"ETag": tag})
        return _json(self._answers.games(), ETag=tag)

    async def game(self, request: web.Request) -> web.Response:
        processor = self._processor(request)
        return _json(snapshot_message(processor.game.snapshot(), processor.last))

    async def plays(self, request: web.Request) -> web.Response:
        return _json(self._answers.plays(self._processor(request).game_id))

    async def updates(self, request: web.Request) -> web.Response:
        game_id = self._processor(request).game_id
        first, limit = _number(request, "from", 0), _number(request, "limit", 100)
        stored = await self._stored(lambda history: history.updates(game_id, first, min(limit, MOST_ROWS)))
        rows = [
            b'{"received_ns":%d,"updated_ns":%d,"text":%s,"data":%s}'
            % (row.received_ns, row.updated_ns, to_json(row.text), row.encoded)
            for row in stored
        ]
        return _json(b'{"updates":[%s]}' % b",".join(rows))

    async def events(self, request: web.Request) -> web.Response:
        game_id = self._processor(request).game_id
        first, limit = _number(request, "from", 0), _number(request, "limit", 100)
        stored = await self._stored(lambda history: history.events(game_id, first, min(limit, MOST_ROWS)))
        rows = [b'{"sequence":%d,"event":%s}' % (row.sequence, row.body) for row in stored]
        return _json(b'{"events":[%s]}' % b",".join(rows))

    async def digest(self, _: web.Request) -> web.Response:
        return _json(self._answers.digest())

    async def usage(self, request: web.Request) -> web.Response:
        if (request.content_length or 0) > MOST_USAGE_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_USAGE_BYTES, request.content_length or 0)
        body = b""
        while len(body) <= MOST_USAGE_BYTES and (part := await request.content.read(MOST_USAGE_BYTES)):
            body += part
        try:
            self._parts.usage.take(body)
        except UsageError as error:
            return _error(400, str(error))
        return web.Response(status=204)

    async def graphics_json(self, request: web.Request) -> web.Response:
        return _json(_on_air(self._parts.graphics.json(self._processor(request).game_id)))

    async def graphics_xml(self, request: web.Request) -> web.Response:
        body = _on_air(self._parts.graphics.xml(self._processor(request).game_id))
        return web.Response(body=body, content_type="application/xml", headers={"Cache-Control": _NO_STORE})

    async def healthz(self, _: web.Request) -> web.Response:
        return _json(json.dumps(self._parts.health.alive()).encode())

    async def readyz(self, _: web.Request) -> web.Response:
        ready, answer = self._parts.health.ready()
        return _json(json.dumps(answer).encode(), status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        body, content_type = self._parts.metrics.render()
        return web.Response(body=body, headers={"Content-Type": content_type, "Cache-Control": _NO_STORE})

    async def _stored(self, ask: Callable[[History], list[Row]]) -> list[Row]:
        """Return what the history answers once it holds all that was told so far, or is too slow for that.

        Raises:
            web.HTTPServiceUnavailable: it cannot be read now; an empty answer would be a lie.
        """

        def stored() -> list[Row]:
            self._parts.history.flush(FLUSH_S)
            return ask(self._parts.history)

        try:
            return await asyncio.to_thread(stored)
        except HistoryUnavailableError:
            raise web.HTTPServiceUnavailable(
                reason="the history cannot be read now; ask again later"
            ) from None

    def _processor(self, request: web.Request) -> Processor:
        game_id = request.match_info["game_id"]
        processor = self._parts.day.processors.get(game_id)
        if processor is None:
            raise web.HTTPNotFound(reason="no such game; /api/games lists the games of the day")
        return processor


def _on_air(body: bytes | None) -> bytes:
    """Return what stands on the air: late by the air delay, held or cleared where data are stale."""
    if body is None:
        raise web.HTTPNotFound(reason="nothing of this game is on the air yet")
    return body


def _number(request: web.Request, name: str, default: int) -> int:
    came = request.query.get(name, str(default))
    if not came.isascii() or not came.isdigit() or len(came) > 15:
        raise web.HTTPBadRequest(reason=f"{name} is no whole number from 0 on; expected for example {name}=0")
    return int(came)
