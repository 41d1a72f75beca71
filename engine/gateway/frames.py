"""Frames as a server sends them: never masked nor in pieces, encoded once and shared by all connections."""

from typing import Final

from websockets.frames import Close, Frame, Opcode

PING: Final = Frame(Opcode.PING, b"").serialize(mask=False)
"""A ping of the server; any sign of life answers it, so it carries nothing."""


FINAL_TEXT: Final = 0x81
RSV1: Final = 0x40
"""In the first byte of a frame: the message is deflated."""


def text_frame(payload: bytes) -> bytes:
    """Return the frame of a whole text message."""
    return frame_of(FINAL_TEXT, payload)


def frame_of(first: int, payload: bytes) -> bytes:
    """Return a frame with that first byte: its opcode and flags."""
    length = len(payload)
    if length < 126:
        return bytes((first, length)) + payload
    if length < 65536:
        return bytes((first, 126)) + length.to_bytes(2) + payload
    return bytes((first, 127)) + length.to_bytes(8) + payload


def payload_of(frame: bytes) -> bytes:
    """Return what stands in a frame of a server."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping, which says back what the ping said."""
    return Frame(Opcode.PONG, payload).serialize(mask=False)


def close_frame(code: int | None, reason: str = "") -> bytes:
    """Return a close; without a code, the answer to one that had none.

    Raises:
        websockets.exceptions.ProtocolError: a code that may not be sent, or more than 123 bytes of reason.
    """
    payload = b"" if code is None else Close(code, reason).serialize()
    return Frame(Opcode.CLOSE, payload).serialize(mask=False)
