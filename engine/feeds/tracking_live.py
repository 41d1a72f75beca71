"""A live tracking feed: frames over a WebSocket, one summary a play out of it.

A frame costs some ten microseconds, so it is folded in where it arrives, in the service's own loop, a few at
a time. The raw frames end here. A summary is told when the play's last frame is marked, or when its frames
have stopped; where they go on after all, the corrected one follows under the next revision.

The feed's health is counted, and not told to the games: the engine takes the worst of a game's feeds for the
game's, and a lost camera makes no play-by-play stale.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiohttp
from msgspec.structs import replace

from engine.core.events import Event, FeedHealth, Tracking
from engine.feeds.bounds import bounded, is_good_id
from engine.feeds.fetch import open_session
from engine.feeds.source import Games, SourceCounts, Take
from engine.feeds.streaming import Streaming, counting_failures
from engine.feeds.tracking import TrackingPlay
from engine.feeds.tracking_frames import Frame, read_frame

MOST_MESSAGE_BYTES: Final = 64 * 1024
MOST_PLAYS: Final = 64
"""In flight at once: two for each of thirty games."""
MOST_FRAMES_A_SECOND: Final = 2_000
"""Of all games; more are not looked at."""
MOST_SAID: Final = 20_000
"""Summaries that are remembered, so as not to say them twice: a large Saturday has 15,000 plays."""
SILENT_S: Final = 0.15
"""A play whose frames have stopped for so long is over, on a camera that does not stutter."""
MOST_SILENT_S: Final = 2.0
"""So long is the longest gap between two frames that is waited out, on one that does."""
FORGET_S: Final = 10.0
"""A play that has been summed up is kept so long for frames that come after all."""
LOOK_S: Final = 0.02
_MOST_LATE: Final = 3
"""Looks in a row that are put off for being late."""
_FADING: Final = 0.998
"""Of the longest gap, with each frame: at fifteen games it is halved in two seconds."""
_FRAMES_A_TURN: Final = 16
"""After so many frames others get their turn."""


@dataclass(slots=True)
class _Followed:
    """A play in flight."""

    play: TrackingPlay
    heard_s: float
    summed_up: bool = False
    """Whether what is known of it now has been told."""


class TrackingLive:
    """A tracking feed: a `Source`."""

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
        self._url = url
        self._streaming = streaming or Streaming()
        self._dice = dice or random.Random()
        self._now_ns = now_ns
        self._counts = SourceCounts()
        # Plays in flight, the one heard longest ago first.
        self._plays: dict[tuple[str, str], _Followed] = {}
        # The last summary said of each play, the oldest first.
        self._said: dict[tuple[str, str], Tracking] = {}
        # Frames looked at in the current second, and when that began.
        self._second_s = 0.0
        self._frames = 0
        # The longest gap between two frames of a play of late; it fades with every frame.
        self._gap_s = 0.0
        # Whether the connection stands, and when it last did.
        self._connected = False
        self._heard_s = 0.0

    @property
    def name(self) -> str:
        """What metrics and logs call it."""
        return self._name

    @property
    def counts(self) -> SourceCounts:
        """What it has lived through so far."""
        return self._counts

    def remember(self, event: Event) -> None:
        """Be reminded of a recorded summary: it will not be said again."""
        if isinstance(event, Tracking):
            self._note(event)

    async def run(self, take: Take, games: Games) -> None:
        """Listen until cancelled; reconnect for ever."""
        streaming, loop = self._streaming, asyncio.get_running_loop()
        self._heard_s = loop.time()
        async with (
            open_session(streaming.connect_timeout_s, streaming.connect_timeout_s) as session,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._watch(take))
            failures = 0
            while True:
                payloads = self._counts.payloads
                await self._connection(session, take, games)
                failures = 1 if self._counts.payloads > payloads else failures + 1
                await asyncio.sleep(streaming.pause_s(failures, self._dice))

    async def _connection(self, session: aiohttp.ClientSession, take: Take, games: Games) -> None:
        """Listen on one connection until it ends; count why it did."""
        self._counts.requests += 1
        loop = asyncio.get_running_loop()
        try:
            with counting_failures(self._counts.errors):
                async with session.ws_connect(
                    self._url, heartbeat=self._streaming.heartbeat_s, max_msg_size=MOST_MESSAGE_BYTES
                ) as socket:
                    self._connected, turn = True, 0
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.TEXT:
                            self._hear(message.data, loop.time(), take, games)
                        elif message.type is aiohttp.WSMsgType.ERROR:
                            big = getattr(message.data, "code", None) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
                            _count(self._counts.errors, "too_large" if big else "body")
                            return
                        else:
                            _count(self._counts.errors, "body")
                        turn += 1
                        if turn % _FRAMES_A_TURN == 0:
                            await asyncio.sleep(0)
                    _count(self._counts.errors, "closed" if socket.exception() is None else "connection")
        finally:
            if self._connected:
                self._connected, self._heard_s = False, loop.time()

    async def _watch(self, take: Take) -> None:
        """Sum up plays whose frames have stopped, forget old ones, and judge the feed's health."""
        loop, streaming = asyncio.get_running_loop(), self._streaming
        due_s, late = loop.time(), 0
        while True:
            now_s = loop.time()
            # Who wakes up late may not have read what has come meanwhile: let the socket be read first.
            late = late + 1 if now_s - due_s > LOOK_S else 0
            if late in (0, _MOST_LATE):
                self._look(now_s, take)
                late = 0
            lost_s = 0.0 if self._connected else now_s - self._heard_s
            self._counts.health = (
                FeedHealth.LOST
                if lost_s > streaming.lost_after_s
                else FeedHealth.STALE
                if lost_s > streaming.stale_after_s
                else FeedHealth.LIVE
            )
            due_s = loop.time() + LOOK_S
            await asyncio.sleep(LOOK_S)

    def _look(self, now_s: float, take: Take) -> None:
        """Sum up the plays that have fallen silent; a dead ball needs no patience."""
        patience_s = min(max(SILENT_S, 1.5 * self._gap_s), MOST_SILENT_S)
        for key, followed in list(self._plays.items()):
            quiet_s = now_s - followed.heard_s
            if followed.play.begun and quiet_s >= (SILENT_S if followed.play.dead else patience_s):
                self._sum_up(followed, take)
            if quiet_s >= FORGET_S:
                del self._plays[key]

    def _hear(self, text: str, now_s: float, take: Take, games: Games) -> None:
        """Take in one message."""
        if now_s - self._second_s >= 1.0:
            self._second_s, self._frames = now_s, 0
        self._frames += 1
        if self._frames > MOST_FRAMES_A_SECOND:
            _count(self._counts.errors, "too_many_frames")
            return
        frame = read_frame(text, self._counts.degraded)
        if frame is None:
            _count(self._counts.errors, "body")
            return
        followed = self._plays.get((frame.game_id, frame.play_id)) or self._follow(frame, now_s, take, games)
        if followed is None:
            return
        self._counts.payloads += 1
        self._counts.last_heard_ns = self._now_ns()
        gap_s, skipped = now_s - followed.heard_s, followed.play.skipped
        followed.heard_s, followed.summed_up = now_s, False
        followed.play.fold(frame)
        if followed.play.skipped > skipped:
            _count(self._counts.degraded, "frame_order")
        elif not followed.play.dead:
            self._gap_s = max(gap_s, self._gap_s * _FADING)
        if frame.last:
            self._sum_up(followed, take)

    def _follow(self, frame: Frame, now_s: float, take: Take, games: Games) -> _Followed | None:
        """Begin to follow a play of a known game; the play heard longest ago makes room."""
        if frame.game_id not in games():
            _count(self._counts.degraded, "unknown_game")
            return None
        if not is_good_id(frame.play_id):
            _count(self._counts.degraded, "play_id")
            return None
        if len(self._plays) >= MOST_PLAYS:
            oldest = min(self._plays, key=lambda key: self._plays[key].heard_s)
            self._sum_up(self._plays.pop(oldest), take)
            _count(self._counts.errors, "too_many_plays")
        followed = _Followed(TrackingPlay(frame.game_id, frame.play_id), now_s)
        self._plays[frame.game_id, frame.play_id] = followed
        return followed

    def _sum_up(self, followed: _Followed, take: Take) -> None:
        """Tell a play's summary, if there is one and it says anything new."""
        if followed.summed_up:
            return
        followed.summed_up = True
        summary = followed.play.summary(self._now_ns())
        if summary is None:
            return
        said = self._said.get((summary.game_id, summary.play_id))
        if said is not None:
            summary = replace(summary, revision=said.revision + 1)
            if _measures(summary) == _measures(said):
                self._counts.unchanged += 1
                return
        kept, degraded = bounded(summary)
        for field in degraded:
            _count(self._counts.degraded, field)
        if kept is not None:
            self._note(kept)
            self._counts.events += 1
            take(kept)

    def _note(self, summary: Tracking) -> None:
        """Keep a summary as the last word about its play; the oldest of too many is forgotten."""
        key = summary.game_id, summary.play_id
        known = self._said.pop(key, None)
        self._said[key] = summary if known is None or summary.revision >= known.revision else known
        if len(self._said) > MOST_SAID:
            del self._said[next(iter(self._said))]


def _measures(summary: Tracking) -> tuple[float | None, ...]:
    return (
        summary.top_speed_yd_s, summary.distance_yd, summary.time_to_throw_s, summary.time_to_contact_s,
    )  # fmt: skip


def _count(counts: dict[str, int], kind: str) -> None:
    counts[kind] = counts.get(kind, 0) + 1
