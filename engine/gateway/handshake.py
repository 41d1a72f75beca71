"""The opening handshake, from the bytes of a request's head to the bytes of the response; no socket here.

`websockets` reads the head and judges it by RFC 6455; here stand the origin and the address of the game.
"""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from websockets.datastructures import Headers, MultipleValuesError
from websockets.exceptions import HeaderLineTooLong, RequestLineTooLong, TooManyHeaders
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

from engine.gateway.deflate import Negotiation
from engine.gateway.messages import EXPECTED_QUERY, MessageError, Resume, error_message, parse_resume

_EXTENSIONS: Final = (Negotiation(),)
_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A client that may come in."""

    response: bytes
    game_id: str
    resume: Resume | None = None
    """What the query of the address asks for."""
    error: bytes | None = None
    """The message about a query that was not understood."""
    deflates: bool = False
    """Whether messages to and from it may be deflated."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A client that may not come in: why, in a word, and the response."""

    reason: str
    response: bytes


def shake_hands(head: bytes, origins: tuple[str, ...], *, compression: bool = True) -> Accepted | Refused:
    """Judge the head of a request, which ends with an empty line; compress if it is offered and wanted."""
    request = _parse(head)
    if isinstance(request, Refused):
        return request
    protocol = ServerProtocol(extensions=_EXTENSIONS if compression else None)
    response = protocol.accept(request)
    protocol.parser.close()  # it holds the protocol: both would wait for the collector, 2 kB a viewer
    if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        response.headers["Sec-WebSocket-Version"] = "13"  # RFC 6455, 4.2.2: what would have been understood
        return Refused("handshake", response.serialize())
    if len(request.headers.get_all("Host")) != 1:
        return Refused("handshake", refusal(HTTPStatus.BAD_REQUEST, "exactly one Host is expected"))
    if not _may_come(request.headers, origins):
        return Refused(
            "origin",
            refusal(
                HTTPStatus.FORBIDDEN,
                "this page may not open a socket here; start the server with its origin allowed",
            ),
        )
    return replace(_wish(request.path, response.serialize()), deflates=bool(protocol.extensions))


def refusal(status: HTTPStatus, text: str, retry_after_s: int | None = None) -> bytes:
    """Return a response that turns a client away."""
    protocol = ServerProtocol()
    response = protocol.reject(status, f"{text}\n")
    protocol.parser.close()
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    return response.serialize()


def _parse(head: bytes) -> Request | Refused:
    reader = StreamReader()
    reader.feed_data(head)
    reader.feed_eof()
    try:
        next(parsing := Request.parse(reader.read_line))
    except StopIteration as done:
        request: Request = done.value
        return request
    except RequestLineTooLong as error:
        return Refused("head", refusal(HTTPStatus.REQUEST_URI_TOO_LONG, str(error)))
    except (HeaderLineTooLong, TooManyHeaders) as error:
        return Refused("head", refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, str(error)))
    except (EOFError, ValueError, NotImplementedError) as error:
        return Refused("head", refusal(HTTPStatus.BAD_REQUEST, f"not a request of HTTP/1.1: {error}"))
    parsing.close()
    return Refused("head", refusal(HTTPStatus.BAD_REQUEST, "not a whole request"))


def _may_come(headers: Headers, origins: tuple[str, ...]) -> bool:
    """Whether a page of this origin may open a socket: one of our own host, or one that is allowed."""
    try:
        origin = headers.get("Origin")
        host = headers.get("Host")
    except MultipleValuesError:
        return False
    if origin is None or "*" in origins or origin in origins:
        return True
    return _place(origin) == _place(f"{origin.partition(':')[0]}://{host}") is not None


def _place(url: str) -> tuple[str, int | None] | None:
    """Return host and port of an address; None where there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return None if parts.hostname is None else (parts.hostname, port)


def _wish(path: str, response: bytes) -> Accepted:
    """Read the address: `/GAME_ID`, or `/GAME_ID?epoch=E&offset=N`."""
    game, _, query = path.partition("?")
    game_id = unquote(game.removeprefix("/"))
    try:
        asked = parse_qs(query, keep_blank_values=True, max_num_fields=16)
    except ValueError as error:
        return Accepted(response, game_id, error=error_message(str(error), EXPECTED_QUERY))
    epoch, offset = asked.get("epoch"), asked.get("offset")
    if epoch is None and offset is None:
        return Accepted(response, game_id)
    if epoch is None or offset is None:
        missing = "no epoch" if epoch is None else "no offset"
        return Accepted(response, game_id, error=error_message(f"{missing} in the query", EXPECTED_QUERY))
    try:
        return Accepted(response, game_id, parse_resume(epoch[0], offset[0]))
    except MessageError as error:
        return Accepted(response, game_id, error=error_message(str(error), EXPECTED_QUERY))
