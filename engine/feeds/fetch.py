"""One HTTP request of a feed, with every bound that a feed may break: time, bytes, encodings, statuses.

An answer is unpacked here and not by the client library, so that a few kilobytes which unpack to gigabytes
are given up at the bound and never held.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

MOST_BODY_BYTES: Final = 8 * 1024 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_MOST_CONNECTIONS: Final = 128
_INFLATED: Final = frozenset(("gzip", "x-gzip", "deflate"))


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave with its last answer, to be asked "has it changed since?"."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that ask."""
        asked: dict[str, str] = {}
        if self.etag is not None:
            asked["If-None-Match"] = self.etag
        if self.last_modified is not None:
            asked["If-Modified-Since"] = self.last_modified
        return asked


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; `body` is None where nothing has changed (304)."""

    body: bytes | None
    validators: Validators


class FetchError(Exception):
    """A request brought nothing readable; `kind` is what it is counted as."""

    def __init__(self, kind: str, retry_after_s: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.retry_after_s = retry_after_s


def open_session(connect_timeout_s: float, total_timeout_s: float) -> aiohttp.ClientSession:
    """Return a client session with a feed's time-outs; no cookies, no proxies, nothing unpacked."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=total_timeout_s, connect=connect_timeout_s),
        connector=aiohttp.TCPConnector(limit=_MOST_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "wpsim", "Accept": "application/json", "Accept-Encoding": "gzip, deflate"},
        max_line_size=8_190,
        max_field_size=8_190,
    )


async def fetch(
    session: aiohttp.ClientSession,
    url: str,
    validators: Validators,
    *,
    headers: Mapping[str, str] | None = None,
    most_body_bytes: int = MOST_BODY_BYTES,
) -> Answer:
    """Ask for a URL, conditionally; return what came.

    Raises:
        FetchError: nothing readable came; its kind says why.
    """
    try:
        async with session.get(
            url, headers={**(headers or {}), **validators.headers()}, allow_redirects=False
        ) as response:
            if response.status == 304:
                return Answer(None, validators)
            if response.status != 200:
                raise FetchError(f"status_{response.status // 100}xx", _retry_after_s(response.headers))
            body = await _read(response, most_body_bytes)
            return Answer(
                body, Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
            )
    except TimeoutError:
        raise FetchError("timeout") from None
    except (aiohttp.ClientPayloadError, zlib.error):
        raise FetchError("body") from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise FetchError("connection") from None


async def _read(response: aiohttp.ClientResponse, most_body_bytes: int) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if encoding not in _INFLATED and encoding != "identity":
        raise FetchError("encoding")
    if (response.content_length or 0) > most_body_bytes:
        raise FetchError("too_large")
    # 32 + 15: zlib or gzip, as the header says.
    inflate = zlib.decompressobj(47) if encoding in _INFLATED else None
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        if inflate is None:
            body += chunk
        else:
            body += inflate.decompress(chunk, most_body_bytes + 1 - len(body))
        if len(body) > most_body_bytes:
            raise FetchError("too_large")
    if inflate is not None and not inflate.eof:
        raise FetchError("body")
    return bytes(body)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After, given as seconds or as a date; None where there is none."""
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdecimal() and len(told) <= 9:
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
