"""What the door must know of a request's head before it is parsed: whose it is, and where it ends."""

import re
from typing import Final

RESERVED: Final = ("/ingest",)
"""Sockets below these paths are the HTTP server's."""
_upgrade: Final = re.compile(rb"\r\nupgrade[ \t]*:[^\r\n]*websocket", re.IGNORECASE).search
_content_length: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE).findall


def asks_for_a_game(head: bytes) -> bool:
    """Whether a request asks for a socket of the gateway."""
    if _upgrade(head) is None:
        return False
    target = head.split(b" ", 2)[1] if head.count(b" ", 0, head.find(b"\r\n")) >= 2 else b""
    path = target.partition(b"?")[0].decode("latin-1")
    return not any(path == reserved or path.startswith(f"{reserved}/") for reserved in RESERVED)


def body_bytes(head: bytes) -> int | None:
    """How many bytes of body follow a head; None where that is not plain to see.

    In doubt None: a body that was taken for a request would let somebody else's words into a connection.
    """
    lower = head.lower()
    if b"transfer-encoding" in lower or b"upgrade" in lower or head.count(b"\n") != head.count(b"\r\n"):
        return None
    named = lower.count(b"content-length")
    lengths = _content_length(head)
    if named == 0:
        return 0
    return int(lengths[0]) if named == len(lengths) == 1 else None
