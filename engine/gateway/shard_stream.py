"""The local stream from the engine to a gateway process: whole records, each with its length before it.

Every update travels as the frame that viewers are sent, encoded once, with the snapshot as of it, so a shard
knows no football. Both ends are ours, on one machine; what cannot be read ends the stream.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from engine.gateway.counts import GatewayCounts

MOST_RECORD_BYTES: Final = 32 * 1024 * 1024
_LENGTH: Final = 4


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """A game, with all of its updates that can still be asked for, and its newest snapshot."""

    game_id: str
    epoch: str
    first_offset: int
    frames: list[bytes]
    """Of the updates from `first_offset` on."""
    snapshot: bytes
    """The snapshot message as of the last of them."""


class Carried(msgspec.Struct, frozen=True, tag="carried"):
    """One more update."""

    game_id: str
    epoch: str
    offset: int
    frame: bytes
    snapshot: bytes
    """The snapshot message as of it."""


class Announced(msgspec.Struct, frozen=True, tag="announced"):
    """A message that is no update."""

    message: bytes


class Drained(msgspec.Struct, frozen=True, tag="drained"):
    """The service stops: send all viewers away, then end."""

    reconnect_after_ms: int
    grace_s: float


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The shard lets viewers in."""

    pid: int


class Counted(msgspec.Struct, frozen=True, tag="counted"):
    """What the shard has lived through so far."""

    counts: GatewayCounts


ToShard = Opened | Carried | Announced | Drained
FromShard = Ready | Counted
Record = ToShard | FromShard

_encode: Final = msgspec.msgpack.Encoder().encode
decode_to_shard: Final = msgspec.msgpack.Decoder(ToShard).decode
decode_from_shard: Final = msgspec.msgpack.Decoder(FromShard).decode


def packed(record: Record) -> bytes:
    """Return a record as it travels.

    Raises:
        ValueError: it is longer than any record may be.
    """
    body = _encode(record)
    if len(body) > MOST_RECORD_BYTES:
        raise ValueError(f"a record of {len(body):,} bytes; at most {MOST_RECORD_BYTES:,} travel")
    return len(body).to_bytes(_LENGTH, "big") + body


async def read_records(reader: asyncio.StreamReader, take: Callable[[bytes], None]) -> None:
    """Hand every record's body to `take`, until the stream ends.

    Raises:
        ValueError: what came is no record.
    """
    try:
        while True:
            length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
            if length > MOST_RECORD_BYTES:
                raise ValueError(f"a record of {length:,} bytes; at most {MOST_RECORD_BYTES:,} travel")
            take(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return
