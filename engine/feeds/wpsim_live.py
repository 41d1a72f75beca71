"""The native stream: the core's own statements over a WebSocket, numbered over the day.

`{url}?from=N` sends text frames `{"sequence":N,"event":{...}}` from number N on, each once and in order. A
broken connection goes on where it stopped. A new process does not know where that was, since numbers are not
recorded: it asks from 0 and skips the very statements that were recorded.
"""

import asyncio
import hashlib
import random
import time
from collections.abc import Callable
from typing import Final

import aiohttp
import msgspec
from msgspec.structs import replace
from yarl import URL

from engine.core.events import Event, FeedStatus, GameEnd, GameStart, Status, encode_event
from engine.feeds.bounds import bounded
from engine.feeds.fetch import open_session
from engine.feeds.pulse import Pulse
from engine.feeds.source import Games, SourceCounts, Take
from engine.feeds.streaming import Streaming, counting_failures

_MOST_FRAME_BYTES: Final = 256 * 1024
_MOST_GAMES: Final = 1_024
_MOST_SEQUENCE: Final = 2**53
_MOST_KNOWN: Final = 200_000
"""Statements that are remembered to be skipped: some twenty times the largest Saturday."""


class _Frame(msgspec.Struct):
    """One frame of the stream."""

    sequence: int
    event: Event


_decode = msgspec.json.Decoder(_Frame).decode


class WpsimLive:
    """The native stream: a `Source`."""

    def __init__(
        self,
        name: str,
        url: str,
        streaming: Streaming | None = None,
        *,
        dice: random.Random | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Args: dice: for the jitter of back-offs. now_ns: the clock of `received_ns`."""
        self._name = name
        self._url = URL(url)
        self._streaming = streaming or Streaming()
        self._dice = dice or random.Random()
        self._now_ns = now_ns
        self._counts = SourceCounts()
        self._pulse = Pulse(name, self._streaming.stale_after_s, self._streaming.lost_after_s)
        # Digests of the statements that were recorded before this run.
        self._known: set[bytes] = set()
        # Games that have begun, and whether each is over.
        self._over: dict[str, bool] = {}
        # The number of the next frame that is wanted.
        self._next = 0
        self._connected = False

    @property
    def name(self) -> str:
        """What metrics, logs and `FeedStatus` call it."""
        return self._name

    @property
    def counts(self) -> SourceCounts:
        """What it has lived through so far."""
        return self._counts

    def remember(self, event: Event) -> None:
        """Be reminded of a recorded statement: the very same will be skipped."""
        if isinstance(event, FeedStatus):
            self._pulse.remember(event)
        self._note(event)
        if len(self._known) < _MOST_KNOWN:
            self._known.add(_digest(event))

    async def run(self, take: Take, games: Games) -> None:  # noqa: ARG002 - the stream names games itself
        """Listen until cancelled; reconnect for ever."""
        streaming = self._streaming
        async with (
            open_session(streaming.connect_timeout_s, streaming.connect_timeout_s) as session,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._watch(take))
            failures = 0
            while True:
                wanted = self._next
                await self._connection(session, take)
                failures = 1 if self._next > wanted else failures + 1
                await asyncio.sleep(streaming.pause_s(failures, self._dice))

    async def _connection(self, session: aiohttp.ClientSession, take: Take) -> None:
        """Listen on one connection until it ends; count why it did."""
        self._counts.requests += 1
        try:
            with counting_failures(self._counts.errors):
                async with session.ws_connect(
                    self._url.update_query({"from": str(self._next)}),
                    heartbeat=self._streaming.heartbeat_s,
                    max_msg_size=_MOST_FRAME_BYTES,
                ) as socket:
                    self._connected = first = True
                    async for message in socket:
                        if message.type is not aiohttp.WSMsgType.TEXT:
                            self._count("body")
                        elif not self._hear(message.data, take, leap=first):
                            return
                        first = False
                    self._count("closed" if socket.exception() is None else "connection")
        finally:
            self._connected = False

    async def _watch(self, take: Take) -> None:
        """Keep the pulse of every game that is on: it beats while the connection stands."""
        loop = asyncio.get_running_loop()
        alive_s = loop.time()
        while True:
            if self._connected:
                alive_s = loop.time()
            on = [game_id for game_id, over in self._over.items() if not over]
            for game_id in on:
                self._pulse.watch(game_id, loop.time())
                now_ns = self._now_ns()
                status = (
                    self._pulse.heard(game_id, loop.time(), now_ns)
                    if self._connected
                    else self._pulse.check(game_id, loop.time(), now_ns)
                )
                self._say(status, take)
            silent_s = loop.time() - alive_s
            self._counts.health = self._pulse.best(on) or self._pulse.health_after(silent_s)
            await asyncio.sleep(min(1.0, self._streaming.stale_after_s / 5))

    def _hear(self, text: str, take: Take, *, leap: bool) -> bool:
        """Take in one frame; return whether to go on listening.

        A number that leaps ahead ends the connection, and what was missed is asked for again; where even the
        first frame of a connection has leapt, the stream has no more to give.
        """
        counts, received_ns = self._counts, self._now_ns()
        counts.payloads += 1
        try:
            frame = _decode(text)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            self._count("body")
            return True
        if frame.sequence < self._next:
            counts.unchanged += 1
            return True
        if frame.sequence > self._next:
            self._count("gap")
            if not leap or frame.sequence > _MOST_SEQUENCE:
                return False
        self._next = frame.sequence + 1
        counts.last_heard_ns = received_ns
        event, degraded = bounded(replace(frame.event, received_ns=received_ns))
        for name in degraded:
            counts.degraded[name] = counts.degraded.get(name, 0) + 1
        if event is None:
            return True
        if self._known and _digest(event) in self._known:
            counts.unchanged += 1
            return True
        if event.game_id in self._over:
            status = self._pulse.heard(event.game_id, asyncio.get_running_loop().time(), received_ns)
            self._say(status, take)
        self._note(event)
        self._say(event, take)
        return True

    def _say(self, event: Event | None, take: Take) -> None:
        if event is not None:
            self._counts.events += 1
            take(event)

    def _note(self, event: Event) -> None:
        if event.game_id not in self._over and len(self._over) >= _MOST_GAMES:
            return
        if isinstance(event, GameStart):
            self._over.setdefault(event.game_id, False)
        elif isinstance(event, GameEnd):
            self._over[event.game_id] = event.status is not Status.CANCELLED

    def _count(self, kind: str) -> None:
        self._counts.errors[kind] = self._counts.errors.get(kind, 0) + 1


def _digest(event: Event) -> bytes:
    """Return what names a statement: its bytes but for when it came."""
    return hashlib.blake2b(encode_event(replace(event, received_ns=0)), digest_size=16).digest()
