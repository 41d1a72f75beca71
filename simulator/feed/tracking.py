"""The tracking feed: frames of the plays of all games, ten a second of real time, to whoever listens.

Frames keep real time at any speed, so where the day runs faster than plays can be shown, a game shows the
newest play that is due when its last one is over, and drops those between.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from aiohttp import WSMsgType, web

from engine.core.events import Play
from simulator.feed.clock import VirtualClock
from simulator.feed.games import FeedDay, FeedGame
from simulator.feed.tracked_play import FRAME_NS, FRAMES_A_SECOND, TRACKED, Clip, draw_clip

_MOST_WAITING: Final = 2_000
"""Frames kept for a slow listener; its oldest go first. At 15 games that is more than ten seconds."""
_CLIPS_A_TICK: Final = 3
"""Plays drawn between two frames; more would delay them."""


@dataclass(slots=True)
class TrackingCounts:
    """What the tracking feed has done."""

    frames: int = 0
    plays: int = 0
    dropped: int = 0
    """Frames that a slow listener did not get."""


class _Camera:
    """Films one game."""

    def __init__(self, game: FeedGame, seen: int, seed: int) -> None:
        self._game: Final = game
        self._seed: Final = seed
        # How many of the game's statements were looked at; only `find` moves it.
        self._seen = seen
        # The play that is shown, its next frame and the stamp of its first.
        self._clip: Clip | None = None
        self._frame = 0
        self._start_ns = 0

    @property
    def idle(self) -> bool:
        """Whether no play is being shown."""
        return self._clip is None

    def find(self, position_ns: int) -> bool:
        """Begin with the newest play that became due since the last look; return whether there is one."""
        told = self._game.told(position_ns)
        new, self._seen = self._game.events[min(self._seen, told) : told], told
        for event in reversed(new):
            if isinstance(event, Play) and event.kind in TRACKED and event.revision == 0:
                self._clip = draw_clip(event, self._seed)
                self._frame = 0
                self._start_ns = event.vendor_ns or event.received_ns
                return True
        return False

    def shoot(self) -> bytes | None:
        """Return the next frame; None where nothing is shown."""
        if self._clip is None:
            return None
        frame = self._clip.frame(self._frame, self._start_ns + self._frame * FRAME_NS)
        self._frame += 1
        if self._frame == len(self._clip.frames):
            self._clip = None
        return frame


class TrackingFeed:
    """All cameras and all listeners; it runs only while somebody listens."""

    def __init__(self, day: FeedDay, clock: VirtualClock, seed: int) -> None:
        self.counts: Final = TrackingCounts()
        self._day: Final = day
        self._clock: Final = clock
        self._seed: Final = seed
        self._listeners: set[_Listener] = set()
        self._filming: asyncio.Task[None] | None = None

    async def send(self, socket: web.WebSocketResponse) -> None:
        """Send frames to a listener until it is cancelled."""
        listener = _Listener()
        self._listeners.add(listener)
        if self._filming is None:
            self._filming = asyncio.create_task(self._film())
        try:
            while True:
                await listener.filled.wait()
                listener.filled.clear()
                while listener.frames:
                    await socket.send_frame(listener.frames.popleft(), WSMsgType.TEXT)
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._filming is not None:
                self._filming.cancel()
                self._filming = None

    async def _film(self) -> None:
        position = self._clock.position_ns
        cameras = [_Camera(game, game.told(position), self._seed) for game in self._day.games.values()]
        due = time.monotonic()
        while True:
            drawn = 0
            for camera in cameras:
                if camera.idle and drawn < _CLIPS_A_TICK and camera.find(self._clock.position_ns):
                    drawn += 1
                    self.counts.plays += 1
                frame = camera.shoot()
                if frame is not None:
                    self._give(frame)
            for listener in self._listeners:
                listener.filled.set()
            due = max(due + 1 / FRAMES_A_SECOND, time.monotonic() - 1.0)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _give(self, frame: bytes) -> None:
        self.counts.frames += 1
        for listener in self._listeners:
            self.counts.dropped += len(listener.frames) == _MOST_WAITING
            listener.frames.append(frame)


class _Listener:
    """One listener and the frames that it has not been sent yet."""

    def __init__(self) -> None:
        self.frames: Final[deque[bytes]] = deque(maxlen=_MOST_WAITING)
        self.filled: Final = asyncio.Event()
