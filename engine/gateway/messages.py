"""The messages of docs/live.md: those of the server are built here, those of a client are parsed."""

from typing import Annotated, Final

import msgspec

from engine.core.snapshot import Snapshot
from engine.told import Told

_encode: Final = msgspec.json.Encoder().encode

MOST_EPOCH_CHARS: Final = 64
MOST_ERROR_CHARS: Final = 200
"""Of an error that is told to a client."""


class Ping(msgspec.Struct, frozen=True, tag="ping", tag_field="type", forbid_unknown_fields=True):
    """Asks for a pong."""


class RequestSnapshot(
    msgspec.Struct, frozen=True, tag="request_snapshot", tag_field="type", forbid_unknown_fields=True
):
    """Asks for the newest state."""


class Resume(msgspec.Struct, frozen=True, tag="resume", tag_field="type", forbid_unknown_fields=True):
    """Asks for every update after the last one that the client has; -1: it has none."""

    epoch: Annotated[str, msgspec.Meta(max_length=MOST_EPOCH_CHARS)]
    offset: Annotated[int, msgspec.Meta(ge=-1, lt=2**53)]


ClientMessage = Ping | RequestSnapshot | Resume
EXPECTED: Final = (
    '{"type":"ping"}, {"type":"request_snapshot"} or {"type":"resume","epoch":"...","offset":N}, as text'
)
EXPECTED_QUERY: Final = "?epoch=E&offset=N, where N is the last offset you have, a whole number from -1 up"
_decoder: Final[msgspec.json.Decoder[ClientMessage]] = msgspec.json.Decoder(ClientMessage)


class MessageError(ValueError):
    """What a client said is no message; the text tells what came."""


def parse_message(text: bytes) -> ClientMessage:
    """Return what a client said.

    Raises:
        MessageError: it is not one of the three messages.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise MessageError(str(error)[:MOST_ERROR_CHARS]) from None


def parse_resume(epoch: str, offset: str) -> Resume:
    """Return what a client asks for by the query of its address.

    Raises:
        MessageError: the query is not complete, or its offset is no offset.
    """
    try:
        return msgspec.convert({"type": "resume", "epoch": epoch, "offset": int(offset)}, Resume)
    except (msgspec.ValidationError, ValueError) as error:
        raise MessageError(str(error)[:MOST_ERROR_CHARS]) from None


def update_message(told: Told) -> bytes:
    """Return the message of an update; its canonical bytes stand in it as they are."""
    return b'{"type":"update",%b,"data":%b}' % (_circumstances(told), told.encoded)


def snapshot_message(snapshot: Snapshot, told: Told | None) -> bytes:
    """Return the message of a snapshot with the newest update, which is null before the first."""
    around = b'"received_ns":null,"updated_ns":null,"text":""' if told is None else _circumstances(told)
    newest = b"null" if told is None else told.encoded
    return b'{"type":"snapshot",%b,"data":%b,"update":%b}' % (around, _encode(snapshot), newest)


def resumed_message(game_id: str, epoch: str, from_offset: int, to_offset: int) -> bytes:
    """Return the message before missed updates; where none was missed, `from_offset` is past `to_offset`."""
    data = {"game_id": game_id, "epoch": epoch, "from_offset": from_offset, "to_offset": to_offset}
    return _encode({"type": "resumed", "data": data})


def status_message(status: str, **data: str | int) -> bytes:
    """Return the message of a status."""
    return _encode({"type": "status", "data": {"status": status, **data}})


def conflated_message(from_offset: int, to_offset: int) -> bytes:
    """Return the message that updates are left out, and that a snapshot follows."""
    return status_message("conflated", from_offset=from_offset, to_offset=to_offset)


def error_message(error: str, expected: str) -> bytes:
    """Return the message that something was not understood: what came, and what was expected."""
    return status_message("error", error=error, expected=expected)


def pong_message(server_ns: int) -> bytes:
    """Return the answer to a client's `ping`."""
    return b'{"type":"pong","data":{"server_ns":%d}}' % server_ns


def _circumstances(told: Told) -> bytes:
    return b'"received_ns":%d,"updated_ns":%d,"text":%b' % (
        told.received_ns,
        told.updated_ns,
        _encode(told.text),
    )
