"""Frames as a server sends them: never masked nor in pieces, encoded once and shared by all connections."""

from typing import Final

from websockets.frames import Close, Frame, Opcode

PING: Final = Frame(Opcode.PING, b"").serialize(mask=False)
"""A ping of the server; any sign of life answers it, so it carries nothing."""


def text_frame(payload: bytes) -> bytes:
    """Return the frame of a whole text message."""
    length = len(payload)
    if length < 126:
        return b"\x81" + length.to_bytes() + payload
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2) + payload
    return b"\x81\x7f" + length.to_bytes(8) + payload


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
