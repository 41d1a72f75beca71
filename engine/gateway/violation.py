"""What a client must not do, and how its connection ends by it."""

from typing import Final

from websockets.frames import CloseCode


class Violation(Exception):  # noqa: N818 - what the standard calls it; the connection fails by it
    """A client has broken the protocol; the connection must be closed with this code."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code: Final = code
        self.reason: Final = reason
