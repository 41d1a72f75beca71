"""Recorded games pushed at a server at a fixed rate, open loop: each statement has a time at which it is due.

Every play is stated twice, as live feeds do: provisionally, and officially some plays later. The vendor's
stamp of a statement is the time at which it was due, so a viewer's clock can measure from there even where
the pusher or the server was late.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

import aiohttp
import msgspec
from msgspec.structs import replace

from engine.core.events import Event, GameStart, Odds, Play, Status, encode_event
from simulator.season.reader import RecordedGame

CONFIRMED_AFTER: Final = 5
"""Plays after which a provisional one is stated officially."""
ANSWER_S: Final = 30.0
RECONNECT_S: Final = 10.0
"""A server that is gone for so long is gone."""
_RETRY_S: Final = 0.05
_LOOK_S: Final = 0.5
"""Whether to stop is looked at so often."""


@dataclass(slots=True)
class PushReport:
    """How a push went."""

    sent: int = 0
    accepted: int = 0
    errors: list[str] = field(default_factory=list)
    late_ns: list[int] = field(default_factory=list)
    """How late each statement was sent, against when it was due."""


def openings(games: Iterable[RecordedGame]) -> list[Event]:
    """Return what is known before the kick-offs: the starts and the lines."""
    return [event for game in games for event in game.events if isinstance(event, GameStart | Odds)]


def told_twice(game: RecordedGame) -> Iterator[Event]:
    """Yield a game's plays, each provisionally and, `CONFIRMED_AFTER` plays later, officially."""
    plays = [event for event in game.events if isinstance(event, Play)]
    for place, play in enumerate([*plays, *[None] * CONFIRMED_AFTER]):
        if play is not None:
            yield replace(play, status=Status.PROVISIONAL)
        if place >= CONFIRMED_AFTER:
            earlier = plays[place - CONFIRMED_AFTER]
            yield replace(earlier, status=Status.OFFICIAL, revision=earlier.revision + 1)


def interleaved(games: Sequence[RecordedGame]) -> Iterator[Event]:
    """Yield the games' plays in turn, one statement of each, until the longest is over."""
    for row in zip_longest(*(told_twice(game) for game in games)):
        yield from (event for event in row if event is not None)


async def push(
    url: str,
    token: str,
    events: Iterable[Event],
    *,
    rate: float,
    most: int | None = None,
    stop: threading.Event | None = None,
) -> PushReport:
    """Push events over the WebSocket at `rate` a second; without waiting for answers, which are counted.

    Args:
        url: of the service, http://host:port.
        token: the push token.
        events: in order.
        rate: events a second; the n-th is due n / rate seconds after the first.
        most: stop after so many.
        stop: once it is set the push ends, without waiting for answers.

    Raises:
        OSError: the server is not there, or is gone.
    """
    report = PushReport()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        line = _Line(session, f"{url}/ingest", report)
        await line.open()
        try:
            began, began_ns = time.perf_counter(), time.time_ns()
            for number, event in enumerate(events):
                if most is not None and number >= most:
                    break
                due_s = number / rate
                while (ahead := due_s - (time.perf_counter() - began)) > 0 and not (stop and stop.is_set()):
                    await asyncio.sleep(min(ahead, _LOOK_S))
                if stop is not None and stop.is_set():
                    break
                due_ns = began_ns + round(due_s * 1e9)
                if isinstance(event, Play | Odds):
                    event = replace(event, vendor_ns=due_ns)  # noqa: PLW2901 - the same statement, stamped
                report.late_ns.append(max(0, time.time_ns() - due_ns))
                await line.send(encode_event(event).decode())
                report.sent += 1
            await line.all_answered(stop)
        finally:
            await line.close()
    return report


class _Line:
    """The way to the server: one socket after another, since the gateway that carries one may die."""

    def __init__(self, session: aiohttp.ClientSession, url: str, report: PushReport) -> None:
        self._session, self._url, self._report = session, url, report
        # Statements that were sent and not answered, oldest first; of them so many were sent before, by a
        # socket that was lost: whether the server took them is not known.
        self._unanswered: deque[str] = deque()
        self._repeated = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._answers: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, and say again what was not answered.

        Raises:
            OSError: the server is not there.
        """
        until_s = time.monotonic() + RECONNECT_S
        while True:
            await self.close()
            self._repeated = len(self._unanswered)
            try:
                socket = self._socket = await self._session.ws_connect(self._url)
                self._answers = asyncio.create_task(self._hear(socket))
                for text in tuple(self._unanswered):
                    await socket.send_str(text)
            except (OSError, aiohttp.ClientConnectionError) as error:
                if time.monotonic() > until_s:
                    raise OSError(str(error)) from error
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def send(self, text: str) -> None:
        """Send a statement; by another socket where this one is lost.

        Raises:
            OSError: the server is gone.
        """
        assert self._socket is not None
        self._unanswered.append(text)
        try:
            await self._socket.send_str(text)
        except ConnectionError:
            await self.open()

    async def all_answered(self, stop: threading.Event | None) -> None:
        """Wait until every statement is answered, for a while; what is missing then is an error."""
        try:
            async with asyncio.timeout(ANSWER_S):
                while self._unanswered and not (stop and stop.is_set()):
                    if self._answers is not None and self._answers.done():
                        await self.open()
                    await asyncio.sleep(0.01)
        except TimeoutError:
            self._report.errors.append("the server has not answered every statement")

    async def close(self) -> None:
        """Leave the socket, if there is one."""
        if self._answers is not None:
            self._answers.cancel()
            await asyncio.gather(self._answers, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()
        self._answers = self._socket = None

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            answer = msgspec.json.decode(message.data)
            if self._unanswered:
                self._unanswered.popleft()
            repeated, self._repeated = self._repeated > 0, max(0, self._repeated - 1)
            if answer.get("accepted") or (repeated and "error" not in answer):
                self._report.accepted += 1  # one that was said again is no news where it was taken before
            else:
                self._report.errors.append(str(answer.get("error", answer))[:200])
