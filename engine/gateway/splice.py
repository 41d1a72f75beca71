"""Plain HTTP that comes to a gateway process, handed on to the service byte for byte over a local socket."""

import asyncio
from pathlib import Path
from typing import Final

from engine.gateway.garbage import untie

MOST_WAITING_BYTES: Final = 1024 * 1024
"""What may wait for the service while its socket is being opened."""


class Splice(asyncio.Protocol):
    """The viewer's side: what it sends goes to the service, and what the service answers comes back."""

    def __init__(self, service: Path) -> None:
        self._service = service
        # The viewer's transport, and the other side once it is connected.
        self._transport: asyncio.Transport | None = None
        self._other: _ServiceSide | None = None
        # What came before the service's socket was open.
        self._waiting = bytearray()
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to open the service's socket."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._opening = asyncio.get_running_loop().create_task(self._open(transport))

    def data_received(self, data: bytes) -> None:
        """Hand on, or keep until there is somebody to hand on to."""
        if self._other is not None:
            self._other.write(data)
        elif len(self._waiting) + len(data) <= MOST_WAITING_BYTES:
            self._waiting += data
        elif self._transport is not None:
            self._transport.abort()

    def eof_received(self) -> bool | None:
        """The viewer says no more; the answer may still be under way."""
        if self._other is not None:
            self._other.end()
        return True

    def pause_writing(self) -> None:
        """The viewer reads slowly: so must we."""
        if self._other is not None:
            self._other.pause()

    def resume_writing(self) -> None:
        """The viewer reads again."""
        if self._other is not None:
            self._other.resume()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's face
        """The viewer is gone: so is the other side."""
        self._transport = None
        if self._opening is not None:
            self._opening.cancel()
        if self._other is not None:
            self._other.abort()

    async def _open(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, other = await loop.create_unix_connection(lambda: _ServiceSide(transport), str(self._service))
        except OSError:
            transport.write(_UNAVAILABLE)
            transport.close()
            return
        self._other = other
        if self._waiting:
            other.write(bytes(self._waiting))
            self._waiting.clear()


_UNAVAILABLE: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class _ServiceSide(asyncio.Protocol):
    """The service's side of a splice."""

    def __init__(self, viewer: asyncio.Transport) -> None:
        self._viewer = viewer
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._viewer.is_closing():
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._viewer.write(data)

    def eof_received(self) -> bool | None:
        return None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's face
        transport, self._transport = self._transport, None
        if transport is not None:
            untie(transport)
        self._viewer.close()

    def pause_writing(self) -> None:
        self._viewer.pause_reading()

    def resume_writing(self) -> None:
        self._viewer.resume_reading()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def end(self) -> None:
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def pause(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()
