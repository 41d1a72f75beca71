"""Answers over HTTP: encoded once, compressed where the asker takes it, and 304 where it has them already."""

import zlib
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

import msgspec
from aiohttp import web

from engine.feeds.fields import stamp_ns
from simulator.feed.clock import SECOND_NS
from simulator.feed.stamps import http_date

JSON: Final = "application/json"
_PACK_ABOVE_BYTES: Final = 512
_PACK_LEVEL: Final = 1
"""Loopback is fast: the quickest level is still a tenth of the size."""


class Answer:
    """One body with its validators."""

    def __init__(self, value: Any, changed_ns: int) -> None:
        """Encode a JSON value that last changed at a recorded time."""
        self.body: Final[bytes] = msgspec.json.encode(value)
        self.etag: Final = f'W/"{blake2b(self.body, digest_size=10).hexdigest()}"'
        self.changed_ns: Final = changed_ns
        # Made when the first asker takes it.
        self._packed: bytes | None = None

    def packed(self) -> bytes:
        """Return the body compressed with gzip."""
        if self._packed is None:
            packer = zlib.compressobj(_PACK_LEVEL, wbits=31)
            self._packed = packer.compress(self.body) + packer.flush()
        return self._packed

    def headers(self) -> dict[str, str]:
        """Return the headers that every way of giving it carries."""
        return {
            "ETag": self.etag,
            "Last-Modified": http_date(self.changed_ns),
            "Cache-Control": "no-store",
            "Vary": "Accept-Encoding",
        }

    def respond(self, request: web.Request) -> web.Response:
        """Answer a request: 304 where its validators match, else the body."""
        headers = self.headers()
        if self._known_to(request):
            return web.Response(status=304, headers=headers)
        body = self.body
        if len(body) > _PACK_ABOVE_BYTES and takes_gzip(request):
            body = self.packed()
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, content_type=JSON, headers=headers)

    def _known_to(self, request: web.Request) -> bool:
        tags = request.headers.get("If-None-Match")
        if tags is not None:
            known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return "*" in known or self.etag.removeprefix("W/") in known
        since = request.if_modified_since
        since_ns = None if since is None else stamp_ns(since.isoformat())
        return since_ns is not None and self.changed_ns // SECOND_NS <= since_ns // SECOND_NS


class Answers:
    """The newest answer of each kind, kept for those who ask again."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[object, Answer]] = {}

    def get(self, name: object, version: object, make: Callable[[], tuple[Any, int]]) -> Answer:
        """Return an answer, made anew where the version is another than last time.

        Args:
            name: what is asked for; one answer is kept for each.
            version: equal for equal answers.
            make: makes the JSON value and says when it last changed, nanoseconds since 1970.
        """
        kept = self._kept.get(name)
        if kept is not None and kept[0] == version:
            return kept[1]
        answer = Answer(*make())
        self._kept[name] = (version, answer)
        return answer


def takes_gzip(request: web.Request) -> bool:
    """Whether the asker takes gzip."""
    accepted = request.headers.get("Accept-Encoding", "").lower()
    return any(
        part.split(";")[0].strip() in ("gzip", "*") and "q=0" not in part.replace(" ", "").split(";")[1:]
        for part in accepted.split(",")
    )


def problem(status: int, message: str) -> web.Response:
    """Return an error as JSON."""
    body = msgspec.json.encode({"code": status, "message": message})
    return web.Response(status=status, body=body, content_type=JSON, headers={"Cache-Control": "no-store"})
