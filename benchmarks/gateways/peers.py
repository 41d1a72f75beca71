"""The servers that are measured, each told to broadcast as its own documents say, with one face for all."""

import asyncio
import base64
import hashlib
import os
import socket
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from aiohttp import WSMsgType as AioMsgType
from aiohttp import web
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server
from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.gateways.wire import GAME_ID, listening_socket
from engine.gateway.door import listen
from engine.gateway.frames import text_frame
from engine.gateway.hub import Hub
from engine.gateway.limits import Limits

_BACKLOG: Final = 4_096
_MOST: Final = 20_000


class Peer(Protocol):
    """A server that can tell everybody something."""

    @property
    def viewers(self) -> int:
        """How many are connected."""
        ...

    async def open(self) -> int:
        """Listen; return the port."""
        ...

    async def tell(self, messages: Sequence[bytes]) -> None:
        """Send these texts to everybody; done when nothing is left to be handed to the kernel or a buffer."""
        ...


class Gateway:
    """Our own, fed as a shard is. Without pings where bytes are counted."""

    def __init__(self, *, pings: bool) -> None:
        every_s = 20.0 if pings else 86_400.0
        limits = Limits(most_connections=_MOST, most_connections_an_address=_MOST, ping_interval_s=every_s)
        self._hub = Hub(limits)
        self._offset = 0

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return self._hub.counts.connections

    async def open(self) -> int:
        """Listen; return the port."""
        self._hub.open(GAME_ID, "e", lambda: b'{"type":"snapshot","data":{"game_id":"g","epoch":"e"}}')
        listener = await listen(self._hub)
        return listener.port

    async def tell(self, messages: Sequence[bytes]) -> None:
        """Carry each; done when every viewer was told."""
        counts = self._hub.counts
        goal = counts.deliveries + len(messages) * counts.connections
        for message in messages:
            self._hub.carry(GAME_ID, "e", self._offset, text_frame(message))
            self._offset += 1
        while counts.deliveries < goal:
            await asyncio.sleep(0)


class Websockets:
    """`websockets`, with its own broadcast."""

    def __init__(self, *, best: bool) -> None:
        self._best = best
        self._connections: set[ServerConnection] = set()

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return len(self._connections)

    async def open(self) -> int:
        """Listen; at its best without compression and without a task a connection that pings."""
        listening = listening_socket()
        if self._best:
            await serve(self._stay, sock=listening, backlog=_BACKLOG, compression=None, ping_interval=None)
        else:
            await serve(self._stay, sock=listening, backlog=_BACKLOG)
        return _port(listening)

    async def _stay(self, connection: ServerConnection) -> None:
        self._connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            self._connections.remove(connection)

    async def tell(self, messages: Sequence[bytes]) -> None:
        """Broadcast each; bytes as text spare it the encoding."""
        for message in messages:
            broadcast(self._connections, message, text=True)


class Picows:
    """picows, with a send to each transport out of one buffer, which copies nothing."""

    def __init__(self, *, best: bool) -> None:
        self._best = best
        self._transports: dict[WSTransport, None] = {}

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return len(self._transports)

    async def open(self) -> int:
        """Listen; at its best for memory with its smallest read buffer, and on asyncio's own transports."""
        listening = listening_socket()
        read_bytes = 2_048 if self._best else 16 * 1024
        await ws_create_server(
            self._greet,
            sock=listening,
            backlog=_BACKLOG,
            read_buffer_init_size=read_bytes,
            use_aiofastnet=not self._best,
        )
        return _port(listening)

    def _greet(self, _: WSUpgradeRequest) -> WSListener:
        return _PicowsViewer(self._transports)

    async def tell(self, messages: Sequence[bytes]) -> None:
        """Send each to all."""
        room = 14  # what picows asks for before the message, for its header
        for message in messages:
            buffer = bytearray(room) + message
            for transport in self._transports:
                transport.send_reuse_external_bytearray(WSMsgType.TEXT, buffer, room)


class _PicowsViewer(WSListener):
    def __init__(self, transports: dict[WSTransport, None]) -> None:
        self._transports = transports

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transports[transport] = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Clients say nothing."""

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transports.pop(transport, None)


class Aiohttp:
    """aiohttp's WebSocket server."""

    def __init__(self, *, best: bool) -> None:
        self._best = best
        self._sockets: dict[web.WebSocketResponse, None] = {}

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return len(self._sockets)

    async def open(self) -> int:
        """Listen; at its best without compression."""
        listening = listening_socket()
        application = web.Application()
        application.router.add_get(f"/{GAME_ID}", self._stay)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.SockSite(runner, listening, backlog=_BACKLOG).start()
        return _port(listening)

    async def _stay(self, request: web.Request) -> web.WebSocketResponse:
        viewer = web.WebSocketResponse(compress=not self._best)
        await viewer.prepare(request)
        self._sockets[viewer] = None
        try:
            async for _ in viewer:
                pass
        finally:
            del self._sockets[viewer]
        return viewer

    async def tell(self, messages: Sequence[bytes]) -> None:
        """Send each to all."""
        for message in messages:
            for viewer in self._sockets:
                await viewer.send_frame(message, AioMsgType.TEXT)


class Bare:
    """The floor: no server at all, but a loop that writes a ready-made frame to each accepted socket."""

    def __init__(self) -> None:
        self._held: list[int] = []
        self._sockets: dict[int, socket.socket] = {}

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return len(self._held)

    async def open(self) -> int:
        """Listen, and shake hands with whoever comes."""
        listening = listening_socket()
        asyncio.get_running_loop().add_reader(listening, self._accept, listening)
        return _port(listening)

    def _accept(self, listening: socket.socket) -> None:
        made, _ = listening.accept()
        made.setblocking(False)
        self._sockets[made.fileno()] = made
        asyncio.get_running_loop().add_reader(made, self._shake_hands, made.fileno())

    def _shake_hands(self, fd: int) -> None:
        asyncio.get_running_loop().remove_reader(fd)
        head = os.read(fd, 4_096)
        key = head.partition(b"Sec-WebSocket-Key: ")[2][:24] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key, usedforsecurity=False).digest())
        response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        os.write(fd, response + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        self._held.append(fd)

    async def tell(self, messages: Sequence[bytes]) -> None:
        """Write each to all; what a full socket leaves out is found missing by the clients."""
        write, held = os.write, self._held
        for message in messages:
            frame = text_frame(message)
            for fd in held:
                write(fd, frame)


def _port(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


PEERS: Final[dict[str, Callable[[], Peer]]] = {
    "gateway": lambda: Gateway(pings=True),
    "gateway_quiet": lambda: Gateway(pings=False),
    "websockets": lambda: Websockets(best=False),
    "websockets_best": lambda: Websockets(best=True),
    "picows": lambda: Picows(best=False),
    "picows_best": lambda: Picows(best=True),
    "aiohttp": lambda: Aiohttp(best=False),
    "aiohttp_best": lambda: Aiohttp(best=True),
    "bare": Bare,
}
"""All servers by name."""
