"""A viewer that reads only when it is told to: so a test decides what waits where."""

import asyncio
import contextlib
import math
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from websockets.frames import Frame, Opcode

from tests.gateway.clients import DeflatingWebsocketsClient, WebsocketsClient
from tests.gateway.stage import HOST


class Gone(Exception):  # noqa: N818 - it is no error of anybody's
    """The server has closed; `code` is that of its close frame, None where there was none."""

    def __init__(self, code: object) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Viewer:
    """One connection to a gateway."""

    def __init__(self, sock: socket.socket, target: str, read_bytes: int, *, deflates: bool = False) -> None:
        self._sock = sock
        self._client = (DeflatingWebsocketsClient if deflates else WebsocketsClient)(HOST, target)
        self._read_bytes = read_bytes
        self._came: deque[tuple[str, object]] = deque()
        self.read_bytes = 0
        """What it has read altogether."""
        self.code: object = None
        """That of the server's close frame."""
        self.pongs_left = math.inf
        """So many pings it still answers."""

    async def greet(self) -> None:
        """Do the handshake."""
        await self.send_bytes(self._client.request())
        while not self._client.open and not self._came and self.code is None:
            await self._read()

    async def send(self, text: str) -> None:
        """Send a text message."""
        await self.send_bytes(Frame(Opcode.TEXT, text.encode()).serialize(mask=True))

    async def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def event(self) -> tuple[str, object]:
        """Return the next thing that came: `text`, `pong`, `close`, ...

        Raises:
            Gone: the server has closed.
        """
        while not self._came:
            await self._read()
        return self._came.popleft()

    async def message(self) -> Any:
        """Return the next message, decoded; control frames are passed over.

        Raises:
            Gone: the server has closed.
        """
        while True:
            kind, value = await self.event()
            if kind == "text":
                return msgspec.json.decode(str(value))

    async def until(self, kind: str) -> Any:
        """Return the next message of a type; the others are passed over."""
        while (message := await self.message())["type"] != kind:
            pass
        return message

    async def events(self) -> AsyncIterator[tuple[str, object]]:
        """Give everything that comes, until the server closes."""
        with contextlib.suppress(Gone):
            while True:
                yield await self.event()

    async def closed(self) -> object:
        """Read to the end; return the code of the server's close."""
        async for _ in self.events():
            pass
        return self.code

    async def _read(self) -> None:
        try:
            data = await asyncio.get_running_loop().sock_recv(self._sock, self._read_bytes)
        except ConnectionError:
            data = b""
        if not data:
            self._sock.close()  # as a client must once the server has closed
            raise Gone(self.code)
        self.read_bytes += len(data)
        self._client.feed(data)
        events, self._client.events = self._client.events, []
        for kind, value in events:
            assert kind != "broken", f"the server has broken the protocol: {value}"
            if kind == "close":
                self.code = value
            elif kind == "ping" and self.pongs_left > 0:
                self.pongs_left -= 1
                await self.send_bytes(Frame(Opcode.PONG, b"").serialize(mask=True))
            else:
                self._came.append((kind, value))

    def finish(self) -> None:
        """Say that nothing more will be sent; still listen."""
        self._sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Go at once, with a reset."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()


@contextlib.asynccontextmanager
async def viewing(
    port: int,
    target: str = "401",
    *,
    host: str = HOST,
    receive_buffer: int | None = None,
    read_bytes: int = 65_536,
    deflates: bool = False,
) -> AsyncIterator[Viewer]:
    """Watch a game; a small receive buffer makes a viewer that is slow as soon as it does not read."""
    sock = socket.socket()
    try:
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.bind((host, 0))
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (HOST, port))
        viewer = Viewer(sock, target, read_bytes, deflates=deflates)
        await viewer.greet()
        yield viewer
    finally:
        sock.close()
