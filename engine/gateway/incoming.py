"""What a client sends, from bytes to whole messages, without a socket (RFC 6455, sections 5 and 7).

A connection needs a `Reader` only while a frame or a message is incomplete: one that is idle holds nothing,
and is thrown away.
"""

import codecs
from typing import Final

from websockets.exceptions import ProtocolError
from websockets.frames import Close, CloseCode, Opcode
from websockets.utils import apply_mask

from engine.gateway.deflate import OVERHEAD_BYTES, inflate
from engine.gateway.frames import RSV1
from engine.gateway.violation import Violation

__all__ = ["Reader", "Violation"]

CONT: Final = Opcode.CONT
TEXT: Final = Opcode.TEXT
BINARY: Final = Opcode.BINARY
CLOSE: Final = Opcode.CLOSE
PING: Final = Opcode.PING
PONG: Final = Opcode.PONG
_OPCODES: Final = {int(opcode): opcode for opcode in Opcode}
_utf8_decoder: Final = codecs.getincrementaldecoder("utf-8")


class Reader:
    """Takes bytes; gives whole messages and control frames, in order.

    After a `Violation` or a close frame nothing more may be asked of it.
    """

    __slots__ = (
        "_buffer",
        "_deflated",
        "_inflates",
        "_kind",
        "_most_bytes",
        "_most_pieces",
        "_parts",
        "_pieces",
        "_utf8",
    )

    def __init__(self, most_bytes: int, most_pieces: int, *, inflates: bool = False) -> None:
        self._most_bytes = most_bytes
        self._most_pieces = most_pieces
        # Whether messages may come deflated: that was negotiated.
        self._inflates = inflates
        # What has come and was not yet given out.
        self._buffer = b""
        # Of the message that is in pieces; None where none is.
        self._kind: Opcode | None = None
        # Whether the message whose piece was taken last came deflated.
        self._deflated = False
        self._parts = bytearray()
        self._pieces = 0
        self._utf8 = _utf8_decoder()

    @property
    def idle(self) -> bool:
        """Whether it holds nothing, so that a new one would do as well."""
        return not self._buffer and self._kind is None

    @property
    def waiting_bytes(self) -> int:
        """How many bytes have come that were not given out."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        self._buffer = self._buffer + data if self._buffer else data

    def next(self) -> tuple[Opcode, bytes] | None:
        """Return the next whole message (TEXT, BINARY) or control frame (PING, PONG, CLOSE), unmasked.

        The text of a message and the body of a close are valid; None: more bytes are needed.

        Raises:
            Violation: the client has broken the protocol.
        """
        while (frame := self._frame()) is not None:
            opcode, final, payload = frame
            if opcode >= CLOSE:
                if opcode is CLOSE:
                    self._check_close(payload)
                return opcode, payload
            message = self._piece(opcode, final, payload)
            if message is not None:
                return message
        return None

    def _frame(self) -> tuple[Opcode, bool, bytes] | None:
        """Take one frame off the buffer."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        opcode = _OPCODES.get(first & 0x0F)
        if opcode is None:
            raise Violation(CloseCode.PROTOCOL_ERROR, "invalid opcode")
        if first & 0x70 and not (
            first & 0x70 == RSV1 and self._inflates and (opcode is TEXT or opcode is BINARY)
        ):
            raise Violation(CloseCode.PROTOCOL_ERROR, "reserved bits must be 0")
        if not second & 0x80:
            raise Violation(CloseCode.PROTOCOL_ERROR, "a client's frames must be masked")
        final = first >= 0x80
        length = second & 0x7F
        start = 6
        if opcode >= CLOSE:
            if length > 125:
                raise Violation(CloseCode.PROTOCOL_ERROR, "control frame too long")
            if not final:
                raise Violation(CloseCode.PROTOCOL_ERROR, "fragmented control frame")
        elif length >= 126:
            start = 8 if length == 126 else 14
            if len(buffer) < start - 4:
                return None
            length = int.from_bytes(buffer[2 : start - 4])
        if opcode < CLOSE:
            self._check_order(opcode, length, bool(first & RSV1))
        end = start + length
        if len(buffer) < end:
            return None
        payload = apply_mask(buffer[start:end], buffer[start - 4 : start])
        self._buffer = buffer[end:]
        return opcode, final, payload

    def _check_order(self, opcode: Opcode, length: int, deflated: bool) -> None:
        """Refuse by the head alone what may not come here, before its body is waited for."""
        if opcode is CONT:
            if self._kind is None:
                raise Violation(CloseCode.PROTOCOL_ERROR, "unexpected continuation frame")
        elif self._kind is not None:
            raise Violation(CloseCode.PROTOCOL_ERROR, "expected a continuation frame")
        else:
            self._deflated = deflated
        most_bytes = self._most_bytes
        if self._deflated:
            most_bytes += OVERHEAD_BYTES * (self._pieces + 1)
        if length + len(self._parts) > most_bytes:
            raise Violation(CloseCode.MESSAGE_TOO_BIG, f"a message may have {self._most_bytes} bytes")

    def _piece(self, opcode: Opcode, final: bool, payload: bytes) -> tuple[Opcode, bytes] | None:
        """Add a piece; return the message if that was the last of it."""
        kind = opcode if self._kind is None else self._kind
        deflated = self._deflated
        if kind is TEXT and not deflated:
            self._check_text(payload, final)
        if final:
            message = bytes(self._parts) + payload if self._parts else payload
            if deflated:
                message = inflate(message, self._most_bytes)
                if kind is TEXT:
                    self._check_text(message, final)
            if self._kind is not None:
                self._kind = None
                self._parts.clear()
                self._pieces = 0
            return kind, message
        self._pieces += 1
        if self._pieces > self._most_pieces:
            raise Violation(CloseCode.POLICY_VIOLATION, f"a message may come in {self._most_pieces} pieces")
        self._kind = kind
        self._parts += payload
        return None

    def _check_text(self, payload: bytes, final: bool) -> None:
        try:
            self._utf8.decode(payload, final)
        except UnicodeDecodeError as error:
            raise Violation(CloseCode.INVALID_DATA, f"text is not UTF-8: {error.reason}") from None

    @staticmethod
    def _check_close(payload: bytes) -> None:
        try:
            Close.parse(payload)
        except ProtocolError as error:
            raise Violation(CloseCode.PROTOCOL_ERROR, str(error)) from None
        except UnicodeDecodeError:
            raise Violation(CloseCode.INVALID_DATA, "the reason of a close is not UTF-8") from None
