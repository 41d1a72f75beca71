"""One port for everything: who wants to watch a game is let in here, everybody else goes to the HTTP server.

The door reads the head of each request, within bounds of bytes and time. Plain HTTP is passed on: the door
hands each call of asyncio through, and counts the connection.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from enum import Enum
from http import HTTPStatus
from typing import Final, cast

from websockets.frames import CloseCode

from engine.gateway.connection import Connection
from engine.gateway.counts import count
from engine.gateway.frames import close_frame
from engine.gateway.garbage import untie
from engine.gateway.handshake import Refused, refusal, shake_hands
from engine.gateway.heads import asks_for_a_game, body_bytes
from engine.gateway.hub import Hub

MakeHttp = Callable[[], asyncio.BaseProtocol]
"""Makes the protocol of one HTTP connection, like an `aiohttp.web.Server`."""

BACKLOG: Final = 4_096
_SPARE: Final = 256
"""So many connections above the limit are still told that it is reached; more are cut off."""
_UNSENT_BYTES: Final = 4 * 1024
"""What the kernel may hold of one client beyond what is on its way; the rest waits where it is bounded."""
_PORT_TRIES: Final = 8


class Stage(Enum):
    """How far a connection has come at the door."""

    HEAD = "head"
    """Its request is not read yet."""
    HTTP = "http"
    """Its request was passed on to the HTTP server, which answers it."""
    TURNED_AWAY = "turned away"
    """It was refused; what still comes is thrown away."""
    WATCHING = "watching"
    """It watches a game, and the door no longer knows it."""
    GONE = "gone"


class Door(asyncio.Protocol):
    """One connection until it watches a game, and for as long as it speaks plain HTTP."""

    __slots__ = (
        "_address",
        "_body_bytes",
        "_doors",
        "_head",
        "_http",
        "_hub",
        "_make_http",
        "_stage",
        "_transport",
        "due",
    )

    def __init__(self, hub: Hub, make_http: MakeHttp | None, doors: "set[Door]") -> None:
        self._hub: Final = hub
        self._make_http: Final = make_http
        # All that stand at the door; only connection_made, _leave_door and connection_lost change it.
        self._doors: Final = doors
        self._stage = Stage.HEAD
        self._head = bytearray()
        self._address = ""
        # Set once it is known to be plain HTTP.
        self._http: asyncio.Protocol | None = None
        # Of the request that was passed on: the bytes of its body that are still to come; None: not followed.
        self._body_bytes: int | None = None
        self._transport: asyncio.Transport
        # The wheel's.
        self.due = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if peer else ""
        self._doors.add(self)
        shared = self._hub.shared
        held = shared.enter(self._address)
        shared.counts.greeting += 1
        limits = shared.limits
        if (
            held > limits.most_connections_an_address + _SPARE
            or shared.counts.greeting + shared.counts.connections + shared.counts.http_connections
            > limits.most_connections + _SPARE
        ):
            self._stage = Stage.TURNED_AWAY
            count(shared.counts.refused, "cut")
            self._transport.abort()
            return
        shared.wheel.put(self, limits.handshake_timeout_s)

    def data_received(self, data: bytes) -> None:
        """Read the head of a request, or pass on what follows it."""
        if self._stage is Stage.HTTP and self._body_bytes == 0:
            # A client may ask for a game on a connection that it has kept: so every head is read here.
            self._stage = Stage.HEAD
            self._hub.shared.wheel.put(self, self._hub.limits.handshake_timeout_s)
        if self._stage is Stage.HEAD:
            self._read_head(data)
        elif self._stage is Stage.HTTP:
            assert self._http is not None
            self._pass_by(len(data))
            self._http.data_received(data)

    def _read_head(self, data: bytes) -> None:
        head = self._head
        if not head:
            data = data.lstrip(b"\r\n")  # RFC 9112, 2.2: an empty line before a request is to be ignored
            if not data:
                return
        seen = max(0, len(head) - 3)
        head += data
        if not 0x41 <= head[0] <= 0x5A:
            self._turn_away("head", HTTPStatus.BAD_REQUEST, "not a request of HTTP/1.1")
            return
        end = head.find(b"\r\n\r\n", seen) + 4
        most = self._hub.limits.most_head_bytes
        if end > most or (end < 4 and len(head) > most):
            self._turn_away(
                "head", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"the head may have {most} bytes"
            )
        elif end >= 4:
            self._head = bytearray()
            self._decide(bytes(head), end)

    def _decide(self, data: bytes, end: int) -> None:
        """Let in, pass on or turn away; `end` is where the head ends."""
        hub = self._hub
        shared = hub.shared
        limits = shared.limits
        if self._http is None and shared.full:
            self._turn_away("full", HTTPStatus.SERVICE_UNAVAILABLE, "too many viewers", hub.retry_after_s)
        elif self._http is None and shared.held(self._address) > limits.most_connections_an_address:
            self._turn_away(
                "address", HTTPStatus.TOO_MANY_REQUESTS, "too many connections of one address",
                hub.retry_after_s,
            )  # fmt: skip
        elif self._make_http is not None and not asks_for_a_game(data[:end]):
            self._pass_on(self._make_http, data, end)
        elif hub.draining:
            self._turn_away(
                "draining", HTTPStatus.SERVICE_UNAVAILABLE, "the server is stopping", hub.retry_after_s
            )
        else:
            self._let_in(data[:end], data[end:])

    def _let_in(self, head: bytes, rest: bytes) -> None:
        hub = self._hub
        shared = hub.shared
        answer = shake_hands(head, shared.limits.origins, compression=shared.limits.compression)
        if isinstance(answer, Refused):
            count(shared.counts.refused, answer.reason)
            self._say_goodbye(answer.response)
            return
        channel = hub.channel(answer.game_id)
        if channel is None:
            count(shared.counts.refused, "game")
            self._say_goodbye(answer.response + close_frame(CloseCode.POLICY_VIOLATION, "Game not found"))
            return
        self._take_back()
        self._leave_door()
        self._stage = Stage.WATCHING
        connection = Connection(self._transport, channel, shared, self._address, deflates=answer.deflates)
        self._transport.set_protocol(connection)
        connection.open(answer.response, answer.resume, answer.error)
        if rest:
            connection.received(rest)

    def _pass_on(self, make_http: MakeHttp, data: bytes, end: int) -> None:
        """Give a request to the HTTP server."""
        self._stage = Stage.HTTP
        self._hub.shared.wheel.drop(self)
        self._body_bytes = body_bytes(data[:end])
        self._pass_by(len(data) - end)
        if self._http is None:
            self._hub.counts.greeting -= 1
            self._hub.counts.http_connections += 1
            self._http = cast(asyncio.Protocol, make_http())
            self._http.connection_made(self._transport)
        self._http.data_received(data)

    def _pass_by(self, size: int) -> None:
        """Note so many bytes of a request's body; who sends the next request on its heels is not followed."""
        if self._body_bytes is not None:
            self._body_bytes = self._body_bytes - size if size <= self._body_bytes else None

    def _take_back(self) -> None:
        """Take the connection back from the HTTP server."""
        http, self._http = self._http, None
        if http is not None:
            self._hub.counts.http_connections -= 1
            self._hub.counts.greeting += 1
            # aiohttp closes the transport of a connection that it is told is lost, if it still has it.
            if hasattr(http, "transport"):
                http.transport = None
            http.connection_lost(None)

    def _turn_away(
        self, reason: str, status: HTTPStatus, text: str, retry_after_s: int | None = None
    ) -> None:
        count(self._hub.counts.refused, reason)
        self._say_goodbye(refusal(status, text, retry_after_s))

    def _say_goodbye(self, response: bytes) -> None:
        """Send the last word; wait a little for the client to go, so that a reset does not overtake it."""
        self._take_back()
        self._stage = Stage.TURNED_AWAY
        self._transport.write(response)
        self._hub.shared.wheel.put(self, self._hub.limits.close_timeout_s)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _leave_door(self) -> None:
        self._doors.discard(self)
        self._hub.shared.wheel.drop(self)
        self._hub.counts.greeting -= 1

    def visit(self) -> float | None:
        """End what has taken too long."""
        if self._stage is Stage.HEAD and self._head:
            self._turn_away("timeout", HTTPStatus.REQUEST_TIMEOUT, "the request did not come in time")
            return None
        if self._stage is Stage.HEAD:
            count(self._hub.counts.refused, "timeout")
        self._transport.abort()
        return None

    def cut(self) -> None:
        """Cut it off at once."""
        self._transport.abort()

    # --- passed on ---

    def eof_received(self) -> bool | None:
        """Pass it on, or let asyncio close."""
        return self._http.eof_received() if self._http is not None else None

    def pause_writing(self) -> None:
        """Pass it on."""
        if self._http is not None:
            self._http.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        if self._http is not None:
            self._http.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on, and leave no trace but in the counts."""
        http = self._http
        self._http = None
        if http is not None:
            self._hub.counts.http_connections -= 1
            self._hub.counts.greeting += 1
        self._leave_door()
        self._stage = Stage.GONE
        self._hub.shared.leave(self._address)
        if http is not None:
            http.connection_lost(exc)
        untie(self._transport)


class Listener:
    """An open port."""

    def __init__(self, server: asyncio.Server, hub: Hub, doors: set[Door]) -> None:
        self._server: Final = server
        self._hub: Final = hub
        self._doors: Final = doors
        self.port: Final[int] = server.sockets[0].getsockname()[1]
        """The port it listens on."""

    async def close(self) -> None:
        """Let nobody in any more, and cut off whoever is still there; drain the hub before."""
        self._server.close()
        for door in tuple(self._doors):
            door.cut()
        self._hub.cut()
        await self._server.wait_closed()
        await asyncio.sleep(0)  # the transports tell their protocols in the loop's next turn


async def listen(
    hub: Hub,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    http: MakeHttp | None = None,
    tls: ssl.SSLContext | None = None,
    reuse_port: bool = False,
) -> Listener:
    """Open a port for viewers (and, with `http`, for everything else); port 0 takes any that is free.

    With `reuse_port` other processes listen at the same address, and the kernel shares connections out.

    Raises:
        OSError: the port cannot be had.
    """
    doors: set[Door] = set()
    limits = hub.limits
    listening = _listen(host, port, reuse_port=reuse_port)
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: Door(hub, http, doors),
            sock=listening,
            backlog=BACKLOG,
            ssl=tls,
            ssl_handshake_timeout=limits.handshake_timeout_s if tls else None,
            ssl_shutdown_timeout=limits.close_timeout_s if tls else None,
        )
    except BaseException:
        listening.close()
        raise
    return Listener(server, hub, doors)


def _listen(host: str, port: int, *, reuse_port: bool) -> socket.socket:
    """Return a listening socket; connections inherit its options."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for tries_left in reversed(range(_PORT_TRIES)):
        try:
            listening = socket.create_server(
                (host, port), family=family, backlog=BACKLOG, reuse_port=reuse_port
            )
        except OSError as error:
            # Where ephemeral ports are nearly used up, the one that the kernel picks may be lost again.
            if port == 0 and tries_left:
                continue
            raise OSError(
                error.errno, f"cannot listen on {host}:{port} ({error.strerror}); choose another host or port"
            ) from None
        break
    # asyncio would set it on each, but only where it knows the protocol, which `create_server` does not say.
    # Without it an update that follows soon on another waits until the client has acknowledged that one.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    unsent = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if unsent is not None:
        listening.setsockopt(socket.IPPROTO_TCP, unsent, _UNSENT_BYTES)
    return listening
