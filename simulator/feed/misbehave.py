"""How a fault looks on the wire: the answers that no client wants."""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from simulator.feed.answers import JSON, Answer, problem

HANGS_S: Final = 35.0
DRIPS_S: Final = 12.0
_DRIPS: Final = 24
_STATUSES: Final = (500, 502, 503)
_PAGE: Final = "<html><head><title>{0}</title></head><body><h1>{0} Server Error</h1></body></html>"
_HEADERS: Final = {"Cache-Control": "no-store"}


async def misbehave(
    fault: str, request: web.Request, answer: Answer, luck: float, stopping: asyncio.Event
) -> web.StreamResponse:
    """Answer a request as the fault has it.

    Args:
        fault: its name: one of those that strike requests, or `vanish`.
        request: the request.
        answer: what would have been right.
        luck: an even draw from 0 to 1, where there is a choice.
        stopping: set when the feed stops; nobody is kept waiting beyond it.
    """
    if fault == "500":
        status = _STATUSES[int(luck * len(_STATUSES))]
        return web.Response(
            status=status, text=_PAGE.format(status), content_type="text/html", headers=_HEADERS
        )
    if fault == "vanish":
        return problem(404, f"no such game: {request.path_qs}")
    if fault == "half-json":
        return web.Response(body=answer.body[: len(answer.body) // 2], content_type=JSON, headers=_HEADERS)
    if fault == "empty":
        return web.Response(body=b"", content_type=JSON, headers=_HEADERS)
    if fault == "slow":
        return await _drip(request, answer.body, stopping)
    if fault == "hang":
        await _wait(stopping, HANGS_S)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    raise ValueError(f"{fault!r} is no fault of an answer")


async def _drip(request: web.Request, body: bytes, stopping: asyncio.Event) -> web.StreamResponse:
    dripping = web.StreamResponse(headers={**_HEADERS, "Content-Type": JSON})
    dripping.content_length = len(body)
    await dripping.prepare(request)
    step = max(1, -(-len(body) // _DRIPS))
    with suppress(ConnectionError):
        for start in range(0, len(body), step):
            if await _wait(stopping, DRIPS_S / _DRIPS):
                if request.transport is not None:
                    request.transport.abort()
                return dripping
            await dripping.write(body[start : start + step])
        await dripping.write_eof()
    return dripping


async def _wait(stopping: asyncio.Event, seconds: float) -> bool:
    """Wait; return whether the feed stopped meanwhile."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True
