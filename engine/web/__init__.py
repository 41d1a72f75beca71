"""The second screen: one page of static files, served as they are; nothing comes from outside.

`pages()` is the table that the service serves; `HEADERS` go with every answer. What the page asks for and
hears is in `docs/live.md`; the graphics overlay is another room's (`engine/outputs`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

STATIC: Final = Path(__file__).resolve().parent
STATIC_PREFIX: Final = "/web/"
"""Where the files hang. A path of one part is a game's WebSocket, so they need a folder of their own."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        # The files change with the server and have no version in their names: ask each time, by ETag.
        "Cache-Control": "no-cache",
    }
)
"""What goes with every page, so that no script, style or picture from elsewhere can run in it."""

CONTENT_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is served."""

    body: bytes
    content_type: str
    """The whole header, with the character set."""
    etag: str
    """Quoted, as the header wants it; equal bytes have equal tags in every process."""


@cache
def pages() -> Mapping[str, Page]:
    """Return every file of the second screen by its URL path; `/` is the page itself.

    Raises:
        OSError: a file cannot be read: the installation is broken.
    """
    found: dict[str, Page] = {}
    for path in sorted(STATIC.iterdir()):
        content_type = CONTENT_TYPES.get(path.suffix)
        if content_type is None or not path.is_file():
            continue
        body = path.read_bytes()
        page = Page(body, content_type, f'"{hashlib.sha256(body).hexdigest()[:16]}"')
        found["/" if path.name == "index.html" else STATIC_PREFIX + path.name] = page
    return MappingProxyType(found)
