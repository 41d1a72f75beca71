"""What one message of the server says. Equal bytes say the same, so each message is decoded once a process.

Half a million viewers are sent the same few frames: a frame's bytes are the key under which its meaning is
found. Meanings are forgotten after a while; a late viewer's frame is then simply decoded again.
"""

from array import array
from enum import IntEnum
from typing import Final

import msgspec

from loadtests.swarm.history import NOWHERE, Place, digest_of

MOST_HEARD: Final = 2_048
"""Meanings that are kept; a day of 15 games at 50 updates a second says so much in 40 s."""
MOST_HEARD_BYTES: Final = 4 << 20
"""Of their frames: while viewers come, there is a snapshot of many kilobytes for nearly each."""


class Kind(IntEnum):
    """What a message is."""

    UPDATE = 0
    SNAPSHOT = 1
    RESUMED = 2
    CONFLATED = 3
    STATUS = 4
    PONG = 5


class Heard:
    """The meaning of one message, and when viewers of this process heard it."""

    __slots__ = (
        "after",
        "before",
        "digest",
        "epoch",
        "from_offset",
        "game_id",
        "kind",
        "offset",
        "received_ns",
        "status",
        "times_ns",
        "to_offset",
        "updated_ns",
    )

    def __init__(self, kind: Kind, message: "_Message", data: bytes = b"") -> None:
        said = message.data
        self.kind = kind
        self.game_id, self.epoch, self.offset = said.game_id, said.epoch, said.offset
        self.from_offset, self.to_offset, self.status = said.from_offset, said.to_offset, said.status
        self.received_ns, self.updated_ns = message.received_ns or 0, message.updated_ns or 0
        # Of an update: of its canonical bytes.
        self.digest = digest_of(data) if data else 0
        # When live viewers heard it, since the last time it was counted.
        self.times_ns = array("q")
        # It leads from this place to that one; whoever hears it first sets both (see `judging`). Only an
        # update begins where a viewer can be, so only updates have a short way.
        self.before: Place = NOWHERE
        self.after: Place = NOWHERE


class _Data(msgspec.Struct, gc=False):
    game_id: str = ""
    epoch: str = ""
    offset: int = -1
    from_offset: int = 0
    to_offset: int = -1
    status: str = ""


class _Message(msgspec.Struct, gc=False):
    type: str
    data: _Data
    received_ns: int | None = 0
    updated_ns: int | None = 0


class _Raw(msgspec.Struct, gc=False):
    data: msgspec.Raw


_decode: Final = msgspec.json.Decoder(_Message).decode
_raw: Final = msgspec.json.Decoder(_Raw).decode
_KINDS: Final = {
    "update": Kind.UPDATE, "snapshot": Kind.SNAPSHOT, "resumed": Kind.RESUMED,
    "status": Kind.STATUS, "pong": Kind.PONG,
}  # fmt: skip


def read_text(payload: bytes) -> Heard:
    """Return what a text message says.

    Raises:
        ValueError: it is no message of docs/live.md.
    """
    try:
        message = _decode(payload)
        kind = _KINDS[message.type]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
        raise ValueError(f"a message cannot be read: {error}") from None
    if kind is Kind.STATUS and message.data.status == "conflated":
        kind = Kind.CONFLATED
    data = bytes(_raw(payload).data) if kind is Kind.UPDATE else b""
    return Heard(kind, message, data)
