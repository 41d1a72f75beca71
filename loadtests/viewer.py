"""One viewer as a bare protocol: handshake, frames, clock readings. Thousands of them share an event loop.

It is lean so that what is measured is the server: no task, no copy of a frame that is not kept, and only the
few fields of a message are decoded that its history and its latency need.
"""

import asyncio
import base64
import hashlib
import secrets
import time
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import msgspec

from loadtests.proof import Proof

if TYPE_CHECKING:
    from loadtests.crowd import Crowd

MOST_HEAD_BYTES: Final = 8_192
MOST_MESSAGE_BYTES: Final = 1 << 20
_WEBSOCKET: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING = 0x1, 0x8, 0x9


class Phase(Enum):
    """Where a viewer's connection stands."""

    OPENING = auto()
    OPEN = auto()
    CLOSED = auto()


class Position(msgspec.Struct, gc=False):
    """The few fields of a snapshot's or update's data that a viewer needs."""

    game_id: str = ""
    epoch: str = ""
    offset: int = -1
    vendor_ns: int | None = None
    from_offset: int = 0
    status: str = ""


class Message(msgspec.Struct, gc=False):
    """Any message of the server."""

    type: str
    data: Position
    received_ns: int = 0
    updated_ns: int = 0


class _Raw(msgspec.Struct, gc=False):
    data: msgspec.Raw


_decode: Final = msgspec.json.Decoder(Message).decode
_raw: Final = msgspec.json.Decoder(_Raw).decode


class Viewer(asyncio.Protocol):
    """A viewer of one game. The crowd opens it, and opens it again when its connection is lost."""

    def __init__(self, name: str, game_id: str, crowd: "Crowd") -> None:
        self.proof = Proof(name, game_id)
        self.phase = Phase.CLOSED
        self._crowd = crowd
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._accept = b""
        # When the present attempt began, for the latency of handshakes and recoveries.
        self._began_ns = 0
        # Updates up to this offset were told before this connection was; they are no deliveries.
        self._recovering_to = -1

    def begin(self) -> None:
        """Take note that a connection is being tried."""
        self._began_ns = time.perf_counter_ns()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the handshake; a viewer that has a history asks to resume it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.phase = transport, Phase.OPENING
        key = base64.b64encode(secrets.token_bytes(16))
        self._accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET, usedforsecurity=False).digest())
        proof = self.proof
        asked = "" if proof.at is None else f"?epoch={proof.epoch}&offset={proof.at}"
        transport.write(
            f"GET /{proof.game_id}{asked} HTTP/1.1\r\nHost: {self._crowd.host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n".encode()
            + b"Sec-WebSocket-Key: " + key + b"\r\n\r\n"
        )  # fmt: skip

    def data_received(self, data: bytes) -> None:
        """Take bytes in; whole messages are judged at the time at which they came."""
        now_ns = time.time_ns()
        self._buffer += data
        if self.phase is Phase.OPENING and not self._opened():
            return
        buffer, place = self._buffer, 0
        while (frame := _frame_at(buffer, place)) is not None:
            opcode, start, place = frame
            if place - start > MOST_MESSAGE_BYTES:
                self._lost("message too large")
                return
            if opcode == _TEXT:
                self._message(bytes(buffer[start:place]), now_ns)
            elif opcode == _PING:
                self._send(0xA, bytes(buffer[start:place]))
            elif opcode == _CLOSE:
                code = int.from_bytes(buffer[start : start + 2], "big")
                self._crowd.closed(code)
                self._send(_CLOSE, bytes(buffer[start : start + 2]))
        del buffer[:place]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the base class's face
        """Tell the crowd, which decides whether to come back."""
        was, self.phase = self.phase, Phase.CLOSED
        self._transport = None
        self._buffer.clear()
        self._crowd.lost(self, opened=was is Phase.OPEN)

    def ask(self, message: bytes) -> None:
        """Send a text message."""
        self._send(_TEXT, message)

    def leave(self) -> None:
        """Say goodbye and close."""
        if self._transport is not None:
            self._send(_CLOSE, (1000).to_bytes(2, "big"))
            self._transport.close()

    def drop(self) -> None:
        """Be gone without a word, as a phone in a tunnel is."""
        if self._transport is not None:
            self._transport.abort()

    def _opened(self) -> bool:
        head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not found:
            if len(self._buffer) > MOST_HEAD_BYTES:
                self._lost("handshake too long")
            return False
        if not head.startswith(b"HTTP/1.1 101") or self._accept not in head:
            status = head.partition(b"\r\n")[0].decode(errors="replace")
            self._lost(f"handshake: {status}")
            return False
        self._buffer = bytearray(rest)
        self.phase = Phase.OPEN
        self._crowd.opened(self, time.perf_counter_ns() - self._began_ns)
        return True

    def _message(self, payload: bytes, now_ns: int) -> None:
        try:
            message = _decode(payload)
        except msgspec.DecodeError as error:
            self.proof.faults.append(f"a message cannot be read: {error}")
            return
        data, proof = message.data, self.proof
        if message.type == "update":
            proof.update(data.game_id, data.epoch, data.offset, bytes(_raw(payload).data))
            if data.offset > self._recovering_to:
                self._crowd.delivered(message, now_ns)
            elif data.offset == self._recovering_to:
                self._recovered()
        elif message.type == "snapshot":
            proof.snapshot(data.game_id, data.epoch, data.offset)
            self._recovered()
        elif message.type == "resumed":
            proof.resumed(data.epoch, data.from_offset)
            self._recovering_to = _to_offset(payload)
            if self._recovering_to < data.from_offset:
                self._recovered()
        elif message.type == "status":
            proof.conflated += data.status == "conflated"
            self._crowd.status(data.status)

    def _recovered(self) -> None:
        if self._began_ns:
            self._crowd.recovered(self, time.perf_counter_ns() - self._began_ns)
            self._began_ns = 0

    def _send(self, opcode: int, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        key = secrets.token_bytes(4)
        size = len(payload)
        head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else (
            bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
        )  # fmt: skip
        masked = bytes(byte ^ key[place & 3] for place, byte in enumerate(payload))
        self._transport.write(head + key + masked)

    def _lost(self, reason: str) -> None:
        self._crowd.error(reason)
        self.drop()


class _Resumed(msgspec.Struct, gc=False):
    to_offset: int


class _ResumedMessage(msgspec.Struct, gc=False):
    data: _Resumed


_resumed: Final = msgspec.json.Decoder(_ResumedMessage).decode


def _to_offset(payload: bytes) -> int:
    return _resumed(payload).data.to_offset


def _frame_at(buffer: bytearray, place: int) -> tuple[int, int, int] | None:
    """Return opcode, start and end of the payload of the frame at a place; None where it is not all there.

    Servers neither mask nor, in this protocol, fragment.
    """
    held = len(buffer) - place
    if held < 2:
        return None
    size, start = buffer[place + 1] & 0x7F, place + 2
    if size == 126:
        start += 2
        size = int.from_bytes(buffer[place + 2 : start], "big") if held >= 4 else held
    elif size == 127:
        start += 8
        size = int.from_bytes(buffer[place + 2 : start], "big") if held >= 10 else held
    end = start + size
    return (buffer[place] & 0x0F, start, end) if end <= len(buffer) else None
