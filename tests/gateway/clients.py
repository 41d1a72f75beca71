"""Two independent clients behind one face, without a socket: they read what a server sends, and judge it."""

from collections.abc import Sequence
from typing import Protocol, cast

from websockets.client import ClientProtocol
from websockets.extensions import ClientExtensionFactory
from websockets.extensions.permessage_deflate import enable_client_permessage_deflate
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Message,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.utilities import RemoteProtocolError


class Client(Protocol):
    """One connection of a client."""

    events: list[tuple[str, object]]
    """What came: text, binary, ping, pong, close (its code), rejected (the status) or broken (why)."""
    open: bool
    """Whether the handshake has succeeded."""

    def __init__(self, host: str, target: str) -> None: ...

    def request(self) -> bytes:
        """Return the bytes of the handshake's request."""

    def feed(self, data: bytes) -> None:
        """Take bytes of the server; add what they say to the events."""


class WebsocketsClient:
    """The client of `websockets`."""

    offers: Sequence[ClientExtensionFactory] = ()
    """What it offers to negotiate."""

    def __init__(self, host: str, target: str) -> None:
        self._protocol = ClientProtocol(
            parse_uri(f"ws://{host}/{target}"), max_size=None, extensions=self.offers or None
        )
        self.events: list[tuple[str, object]] = []
        self.open = False
        self._pieces = b""

    def request(self) -> bytes:
        """Return the bytes of the handshake's request."""
        self._protocol.send_request(self._protocol.connect())
        return b"".join(self._protocol.data_to_send())

    def feed(self, data: bytes) -> None:
        """Take bytes of the server."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self.open = self._protocol.handshake_exc is None
                if self.open and len(self._protocol.extensions) != len(self.offers):
                    self.events.append(("broken", "what was offered was not negotiated"))
                if not self.open:
                    self.events.append(("rejected", event.status_code))
            else:
                self._frame(cast(Frame, event))
        if self._protocol.parser_exc is not None:
            self.events.append(("broken", repr(self._protocol.parser_exc)))

    def _frame(self, frame: Frame) -> None:
        data = bytes(frame.data)
        if frame.opcode is Opcode.CLOSE:
            self.open = False
            self.events.append(("close", int(Close.parse(data).code)))
        elif frame.opcode in (Opcode.PING, Opcode.PONG):
            self.events.append((frame.opcode.name.lower(), data))
        else:
            self.events.append(("text" if frame.opcode is Opcode.TEXT else "binary", data.decode()))


class DeflatingWebsocketsClient(WebsocketsClient):
    """The same as it is by default: it offers compression."""

    offers = enable_client_permessage_deflate(None)


class WsprotoClient:
    """The client of `wsproto`."""

    deflates = False
    """Whether it offers compression."""

    def __init__(self, host: str, target: str) -> None:
        self._connection = WSConnection(ConnectionType.CLIENT)
        self._host = host
        self._target = target
        self.events: list[tuple[str, object]] = []
        self.open = False
        self._text = ""

    def request(self) -> bytes:
        """Return the bytes of the handshake's request."""
        offers: list[Extension] = [PerMessageDeflate()] if self.deflates else []
        return self._connection.send(Request(host=self._host, target=f"/{self._target}", extensions=offers))

    def feed(self, data: bytes) -> None:
        """Take bytes of the server."""
        try:
            self._connection.receive_data(data)
            for event in self._connection.events():
                self._take(event)
        except RemoteProtocolError as error:
            self.events.append(("broken", repr(error)))

    def _take(self, event: object) -> None:
        match event:
            case AcceptConnection():
                self.open = True
                if bool(event.extensions) != self.deflates:
                    self.events.append(("broken", "what was offered was not negotiated"))
            case RejectConnection():
                self.events.append(("rejected", event.status_code))
            case CloseConnection():
                self.open = False
                self.events.append(("close", int(event.code)))
            case Ping() | Pong():
                name = "ping" if isinstance(event, Ping) else "pong"
                self.events.append((name, bytes(event.payload)))
            case TextMessage():
                self._text += event.data
                if event.message_finished:
                    self.events.append(("text", self._text))
                    self._text = ""
            case Message():
                self.events.append(("binary", bytes(event.data)))


class DeflatingWsprotoClient(WsprotoClient):
    """The same, and it offers compression."""

    deflates = True


PLAIN: dict[str, type[Client]] = {"websockets": WebsocketsClient, "wsproto": WsprotoClient}
DEFLATING: dict[str, type[Client]] = {
    "websockets, deflating": DeflatingWebsocketsClient,
    "wsproto, deflating": DeflatingWsprotoClient,
}
CLIENTS = PLAIN | DEFLATING
