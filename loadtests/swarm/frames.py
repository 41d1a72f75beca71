"""Frames of a WebSocket as a viewer needs them: those of servers are found in bytes, its own are masked."""

import base64
import hashlib
from random import Random
from typing import Final

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
MOST_HEAD_BYTES: Final = 8_192
MOST_MESSAGE_BYTES: Final = 1 << 20
_WEBSOCKET: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class FrameError(ValueError):
    """A frame that no server may send."""


def frame_at(data: bytes, place: int) -> tuple[int, int, int] | None:
    """Return opcode, start and end of the payload of the frame at a place; None where it is not all there.

    Raises:
        FrameError: it is masked, in pieces, compressed or too large: nothing of this was agreed on.
    """
    held = len(data) - place
    if held < 2:
        return None
    first, second = data[place], data[place + 1]
    if first & 0xF0 != 0x80 or second & 0x80:
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


def handshake(path: str, host: str, dice: Random) -> tuple[bytes, bytes]:
    """Return the request of a handshake, and the key that the answer must accept it with."""
    key = base64.b64encode(dice.randbytes(16))
    accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET, usedforsecurity=False).digest())
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    )
    return b"%b%b\r\n\r\n" % (request.encode(), key), accept


def fault_of_answer(head: bytes, accept: bytes) -> str | None:
    """Return why the head of an answer opens no WebSocket; None where it does."""
    status, *lines = head.split(b"\r\n")
    if not status.startswith(b"HTTP/1.1 101 "):
        return status.decode(errors="replace")[:100]
    fields = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)
    }
    if (
        fields.get(b"upgrade", b"").lower() != b"websocket"
        or b"upgrade" not in fields.get(b"connection", b"").lower()
    ):
        return "the answer does not upgrade"
    if fields.get(b"sec-websocket-accept") != accept:
        return "the answer accepts another key"
    return None
