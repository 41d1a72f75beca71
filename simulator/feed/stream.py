"""The native stream: every statement as it is due, numbered over the whole day, from any number on."""

import asyncio
from typing import Final

from aiohttp import WSMsgType, web

from engine.core.events import encode_event
from simulator.feed.clock import VirtualClock
from simulator.feed.faults import FaultPlan
from simulator.feed.games import FeedDay

_ENCODED_KEPT: Final = 4_096
"""Frames kept for other clients; one that is far behind has its frames made again."""


class Stream:
    """Frames of the day: `{"sequence":N,"event":{...}}`, N from 0 in the order of (stamp, game, row)."""

    def __init__(self, day: FeedDay, clock: VirtualClock, faults: FaultPlan) -> None:
        self._day: Final = day
        self._clock: Final = clock
        self._faults: Final = faults
        # Connections so far: a cut strikes another frame of each.
        self._connections = 0
        self._frames: dict[int, bytes] = {}

    def frame(self, sequence: int) -> bytes:
        """Return the frame of one statement."""
        frame = self._frames.get(sequence)
        if frame is None:
            event = encode_event(self._day.schedule[sequence].event)
            frame = b'{"sequence":%d,"event":%b}' % (sequence, event)
            if len(self._frames) >= _ENCODED_KEPT:
                self._frames.pop(next(iter(self._frames)))
            self._frames[sequence] = frame
        return frame

    async def send(self, socket: web.WebSocketResponse, request: web.Request, sequence: int) -> None:
        """Send everything from `sequence` on: what is due at once, the rest when it is due."""
        schedule = self._day.schedule
        self._connections += 1
        connection = self._connections
        while sequence < len(schedule):
            position = self._clock.position_ns
            due = self._day.told(position)
            while sequence < due:
                await socket.send_frame(self.frame(sequence), WSMsgType.TEXT)
                sequence += 1
                if self._faults.cuts(connection, sequence, position) and request.transport is not None:
                    request.transport.abort()
                    return
            if sequence < len(schedule):
                await self._clock.reach(schedule[sequence].due_ns)
        # All is told. The socket stays open, as a vendor's does after the last game.
        await asyncio.Event().wait()
