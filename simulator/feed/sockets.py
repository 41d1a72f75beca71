"""What the WebSockets of the feed share: limits, and a sender that ends when the other side does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, web

MOST_CLIENTS: Final = 256
"""WebSockets of one kind at a time."""
_MOST_MESSAGE_BYTES: Final = 4_096
"""Nothing is expected from a client; what it says is read and dropped."""
_PING_S: Final = 20.0

Send = Callable[[web.WebSocketResponse], Awaitable[None]]


async def tell(request: web.Request, send: Send, stopping: asyncio.Event) -> web.WebSocketResponse:
    """Open a WebSocket and let `send` talk until it is done, the client leaves or the feed stops."""
    socket = web.WebSocketResponse(heartbeat=_PING_S, compress=False, max_msg_size=_MOST_MESSAGE_BYTES)
    await socket.prepare(request)
    sender = asyncio.ensure_future(send(socket))
    listener = asyncio.ensure_future(_listen(socket))
    stopper = asyncio.ensure_future(stopping.wait())
    tasks = (sender, listener, stopper)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, ConnectionError, RuntimeError):
                await task
    code = WSCloseCode.GOING_AWAY if stopping.is_set() else WSCloseCode.OK
    with suppress(ConnectionError, RuntimeError, TimeoutError):
        await socket.close(code=code)
    return socket


async def _listen(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass
