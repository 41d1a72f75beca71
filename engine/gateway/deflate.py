"""Compressed messages without a memory of those before (RFC 7692, permessage-deflate, no context takeover).

Both sides always begin anew with each message. So a message is deflated once for everybody who negotiated it,
and a connection holds nothing for it but the fact.
"""

import zlib
from collections.abc import Sequence
from typing import Final

from websockets.exceptions import NegotiationError
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import CloseCode
from websockets.typing import ExtensionParameter

from engine.gateway.frames import FINAL_TEXT, RSV1, frame_of, payload_of
from engine.gateway.violation import Violation

_WINDOW_BITS: Final = 15
_LEVEL: Final = 6
_MEMORY_LEVEL: Final = 5
"""Tables that fit messages of some hundred bytes: the usual 8 costs more in clearing tables than in work."""
_TAIL: Final = b"\x00\x00\xff\xff"
"""What a sender leaves off the end of every message (section 7.2.1)."""
_END: Final = b"\x03\x00"
"""An empty last block: it says nothing and ends the stream, if what stands before it is whole."""
_LEFT_OVER: Final = (b"", b"\x00" + _TAIL, _TAIL)
"""What may stand behind a sender's own last block (section 7.2.3.5)."""
OVERHEAD_BYTES: Final = 16
"""By so much a piece of a message may be longer deflated: the head of a block, and the mark at its end."""


class Negotiation(ServerPerMessageDeflateFactory):
    """Accepts every offer that can be honoured with one deflated form for all."""

    def __init__(self) -> None:
        super().__init__(server_no_context_takeover=True, client_no_context_takeover=True)

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        """Return the parameters of the answer to one offer.

        Raises:
            NegotiationError: it is declined; it makes no sense, or asks for a smaller window than ours.
        """
        answer, extension = super().process_request_params(params, accepted_extensions)
        if extension.local_max_window_bits < _WINDOW_BITS:
            raise NegotiationError(f"server_max_window_bits below {_WINDOW_BITS}")
        return answer, extension


def deflated(frame: bytes) -> bytes:
    """Return the frame of the same text message, deflated; the same frame where that would be no shorter."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -_WINDOW_BITS, _MEMORY_LEVEL)
    body = compressor.compress(payload_of(frame)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    shorter = frame_of(FINAL_TEXT | RSV1, body.removesuffix(_TAIL))
    return shorter if len(shorter) < len(frame) else frame


def inflate(body: bytes, most_bytes: int) -> bytes:
    """Return what a client has deflated; never more than a byte above the bound is made of it.

    Raises:
        Violation: it is longer than the bound (1009), or is nothing that was deflated, or not whole (1007).
    """
    inflater = zlib.decompressobj(-_WINDOW_BITS)
    try:
        message = inflater.decompress(body + _TAIL, most_bytes + 1)
        more = b"" if inflater.eof or len(message) > most_bytes else inflater.decompress(_END, 1)
    except zlib.error:
        raise Violation(CloseCode.INVALID_DATA, "a message cannot be inflated") from None
    if len(message) > most_bytes:
        raise Violation(CloseCode.MESSAGE_TOO_BIG, f"a message may have {most_bytes} bytes")
    if more or not inflater.eof or inflater.unused_data not in _LEFT_OVER:
        raise Violation(CloseCode.INVALID_DATA, "a deflated message is not whole")
    return message
