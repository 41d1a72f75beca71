"""Commands as HTTP POSTs: one JSON object a request, to one address."""

import asyncio
from http import HTTPStatus
from typing import Final

import aiohttp

from engine.outputs.commands import Command, encode_command, name_of
from engine.outputs.outlet import SendError

TIMEOUT_S: Final = 2.0
_TRY_AGAIN: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


class HttpSink:
    """Posts each command to a URL; any status 2xx confirms it."""

    def __init__(self, url: str, *, token: str | None = None, timeout_s: float = TIMEOUT_S) -> None:
        """Make a sink.

        Args:
            url: where to post.
            token: sent as `Authorization: Bearer`; never logged.
            timeout_s: for one attempt, from connecting to the status.
        """
        self._url: Final = url
        self._headers: Final = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._timeout: Final = aiohttp.ClientTimeout(total=timeout_s)
        # Opened by the first command, inside the running loop.
        self._session: aiohttp.ClientSession | None = None

    async def send(self, command: Command) -> None:
        """Post a command.

        Raises:
            SendError: no answer in time, no connection, or a status other than 2xx.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        headers = {**self._headers, "X-Wpsim-Command": name_of(command)}
        try:
            async with self._session.post(
                self._url, data=encode_command(command), headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except TimeoutError:
            raise SendError("timeout") from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError, ValueError):
            raise SendError("connection") from None
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            again = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN
            raise SendError(f"status_{status}", again=again)

    async def keep(self) -> bool:
        """Ask nobody: each request makes its own connection where none stands."""
        return False

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None
