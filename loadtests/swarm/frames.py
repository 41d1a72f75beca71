"""Frames of a WebSocket as a viewer needs them: those of servers are found in bytes, its own are masked."""

import base64
import hashlib
import zlib
from collections.abc import Iterable
from random import Random
from typing import Final

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
DEFLATED: Final = 0x40
"""The bit of a first byte that says so (RSV1, RFC 7692)."""
OFFER: Final = b"permessage-deflate; server_no_context_takeover; client_no_context_takeover"
"""Each message deflated for itself, so that equal bytes say the same to everybody."""
MOST_HEAD_BYTES: Final = 8_192
MOST_MESSAGE_BYTES: Final = 1 << 20
_WEBSOCKET: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class FrameError(ValueError):
    """A frame that no server may send."""


def frame_at(data: bytes, place: int, *, deflates: bool = False) -> tuple[int, int, int] | None:
    """Return opcode, start and end of the payload of the frame at a place; None where it is not all there.

    Args:
        data: what was read.
        place: where the frame begins.
        deflates: whether it was agreed on that a text may be deflated.

    Raises:
        FrameError: it is masked, in pieces, compressed or too large: nothing of this was agreed on.
    """
    held = len(data) - place
    if held < 2:
        return None
    first, second = data[place], data[place + 1]
    agreed = first & 0xF0 == 0x80 or (deflates and first == 0x80 | DEFLATED | TEXT)
    if not agreed or second & 0x80:
        raise FrameError(f"a frame begins with {first:#04x} {second:#04x}: in pieces, masked or compressed")
    size, start = second, place + 2
    if size == 126:
        if held < 4:
            return None
        start += 2
        size = int.from_bytes(data[place + 2 : start], "big")
    elif size == 127:
        if held < 10:
            return None
        start += 8
        size = int.from_bytes(data[place + 2 : start], "big")
        if size > MOST_MESSAGE_BYTES:
            raise FrameError(f"a frame of {size:,} bytes; at most {MOST_MESSAGE_BYTES:,} are expected")
    end = start + size
    return (first & 0x0F, start, end) if end <= len(data) else None


def masked_frame(opcode: int, payload: bytes, dice: Random) -> bytes:
    """Return a frame of a client; payloads up to 65,535 bytes."""
    size, key = len(payload), dice.randbytes(4)
    head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else (
        bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    )  # fmt: skip
    return head + key + bytes(byte ^ key[place & 3] for place, byte in enumerate(payload))


def text_of(frame: bytes, start: int) -> bytes:
    """Return the payload of a text frame, inflated where it is deflated.

    Raises:
        ValueError: it cannot be inflated, or is too long.
    """
    if not frame[0] & DEFLATED:
        return frame[start:]
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text = inflater.decompress(frame[start:] + b"\x00\x00\xff\xff", MOST_MESSAGE_BYTES)
    except zlib.error as error:
        raise ValueError(f"a message cannot be inflated: {error}") from None
    if inflater.unconsumed_tail:
        raise ValueError(f"a message of more than {MOST_MESSAGE_BYTES:,} bytes")
    return text


def handshake(path: str, host: str, dice: Random, *, offers: bool = False) -> tuple[bytes, bytes]:
    """Return the request of a handshake, and the key that the answer must accept it with.

    Args:
        path: with its query.
        host: as the request names it.
        dice: of the key.
        offers: whether compression is offered.
    """
    key = base64.b64encode(dice.randbytes(16))
    accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET, usedforsecurity=False).digest())
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    )
    offer = b"\r\nSec-WebSocket-Extensions: " + OFFER if offers else b""
    return b"%b%b%b\r\n\r\n" % (request.encode(), key, offer), accept


def fault_of_answer(head: bytes, accept: bytes, *, offered: bool = False) -> str | None:
    """Return why the head of an answer opens no WebSocket; None where it does."""
    status, *lines = head.split(b"\r\n")
    if not status.startswith(b"HTTP/1.1 101 "):
        return status.decode(errors="replace")[:100]
    fields = _fields(lines)
    if (
        fields.get(b"upgrade", b"").lower() != b"websocket"
        or b"upgrade" not in fields.get(b"connection", b"").lower()
    ):
        return "the answer does not upgrade"
    if fields.get(b"sec-websocket-accept") != accept:
        return "the answer accepts another key"
    agreed = fields.get(b"sec-websocket-extensions", b"")
    if agreed and not (offered and deflates(head) and b"server_no_context_takeover" in agreed):
        return "the answer agrees on what was not offered"
    return None


def deflates(head: bytes) -> bool:
    """Return whether the head of an answer agrees on compression."""
    agreed = _fields(head.split(b"\r\n")[1:]).get(b"sec-websocket-extensions", b"")
    return agreed.partition(b";")[0].strip() == b"permessage-deflate"


def _fields(lines: Iterable[bytes]) -> dict[bytes, bytes]:
    parted = (line.partition(b":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in parted}
