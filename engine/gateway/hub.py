"""The gateway's middle: what is published of a game goes to every viewer of that game, encoded once."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from websockets.frames import CloseCode

from engine.gateway.channel import Channel, MakeSnapshot
from engine.gateway.connection import FORGOTTEN, Connection
from engine.gateway.counts import GatewayCounts
from engine.gateway.frames import text_frame
from engine.gateway.limits import Limits
from engine.gateway.messages import status_message, update_message
from engine.gateway.shared import Shared
from engine.gateway.walk import Walk
from engine.told import Told

__all__ = ["Channel", "GatewayCounts", "Hub", "Limits"]

_DRAIN_STEP_S: Final = 0.05
_CLOSES_A_SECOND: Final = 1_000
"""A drain takes no longer than this asks for, even if it is given more time."""
_HINTS: Final = 32
"""So many reconnect hints, from once to twice the time asked for, so that not all viewers return at once."""


class Hub:
    """The channels of all games. All of it happens in one event loop; nothing here waits but `drain`."""

    def __init__(self, limits: Limits | None = None, *, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.shared: Final = Shared(Limits() if limits is None else limits, clock_ns)
        self.draining = False
        """Whether new viewers are turned away; only `drain` sets it."""
        self.retry_after_s = 1
        """What clients are told who are turned away."""
        self._channels: dict[str, Channel] = {}
        self._walks: dict[str, Walk] = {}

    @property
    def limits(self) -> Limits:
        """The bounds of everything."""
        return self.shared.limits

    @property
    def counts(self) -> GatewayCounts:
        """What it has lived through so far."""
        return self.shared.counts

    def channel(self, game_id: str) -> Channel | None:
        """Return a game's channel, None for an unknown game."""
        return self._channels.get(game_id)

    def viewers(self) -> dict[str, int]:
        """Return how many sockets are open now, by game."""
        return {game_id: len(channel.members) for game_id, channel in self._channels.items()}

    # --- what the engine says ---

    def open(self, game_id: str, epoch: str, snapshot: MakeSnapshot) -> Channel:
        """Let viewers in to a game.

        `snapshot` gives the snapshot message as of the last update that was published, and is called
        whenever a viewer needs one, at most once an update. A game that is opened again in another epoch
        starts anew, and its viewers are sent a snapshot.
        """
        channel = self._channels.get(game_id)
        if channel is None:
            channel = self._channels[game_id] = Channel(game_id, epoch, snapshot, self.limits)
            self._walks[game_id] = Walk(channel, self.shared)
        elif channel.epoch == epoch:
            channel.replace_snapshot(snapshot)
        else:
            channel.replace_snapshot(snapshot)
            channel.restart(epoch)
            for viewer in channel.members:
                viewer.next_offset = FORGOTTEN
            if channel.members:
                self._walks[game_id].begin()
        return channel

    def close(self, game_id: str) -> None:
        """Send the viewers of a game away, and forget it."""
        channel = self._channels.pop(game_id, None)
        if channel is not None:
            del self._walks[game_id]
            for viewer in tuple(channel.members):
                viewer.close(CloseCode.NORMAL_CLOSURE, "Game closed")

    def publish(self, told: Told) -> None:
        """Tell an update to every viewer of its game.

        Raises:
            KeyError: the game was not opened.
        """
        self.carry(told.game_id, told.update.epoch, told.offset, text_frame(update_message(told)))

    def carry(self, game_id: str, epoch: str, offset: int, frame: bytes) -> None:
        """Tell an update that is a frame already.

        One that was told before is dropped. Where the one before it is missing, or the epoch is another,
        the viewers are sent a snapshot and go on from there.

        Raises:
            KeyError: the game was not opened.
        """
        channel = self._channels.get(game_id)
        if channel is None:
            raise KeyError(f"an update of game {game_id}, which was not opened; call Hub.open first")
        self._append(channel, epoch, offset, frame)
        if channel.members:
            self._walks[game_id].begin()

    def restore(self, game_id: str, tolds: Iterable[Told]) -> None:
        """Take back what was told before a restart, oldest first, so that viewers can resume; tell nobody.

        Raises:
            KeyError: the game was not opened.
        """
        channel = self._channels[game_id]
        for told in tolds:
            self._append(channel, told.update.epoch, told.offset, text_frame(update_message(told)))

    def _append(self, channel: Channel, epoch: str, offset: int, frame: bytes) -> None:
        counts = self.counts
        if epoch != channel.epoch:
            channel.restart(epoch, next_offset=offset)
            for viewer in channel.members:
                viewer.next_offset = FORGOTTEN
        elif offset < channel.next_offset:
            counts.repeated_updates += 1
            return
        elif offset > channel.next_offset:
            counts.gaps += 1
            channel.restart(epoch, next_offset=offset)
        counts.updates += 1
        channel.add(frame)

    def announce(self, message: bytes, game_id: str | None = None) -> None:
        """Send a message that is no update to the viewers of one game, or of all; slow ones miss it."""
        frame = text_frame(message)
        for viewer in tuple(self._viewers(game_id)):
            viewer.say(frame)

    # --- the end ---

    async def drain(self, reconnect_after_ms: int, grace_s: float) -> None:
        """Send all viewers away: tell them when to come back, then close them one after the other.

        The closes (1012, service restart) are spread over the grace where there are many. Whoever has not
        gone soon after is cut off. New viewers are refused from the first moment.
        """
        self.draining = True
        self.retry_after_s = max(1, -(-reconnect_after_ms // 1_000))
        hints = [
            text_frame(
                status_message(
                    "draining", reconnect_after_ms=reconnect_after_ms + reconnect_after_ms * part // _HINTS
                )
            )
            for part in range(_HINTS)
        ]
        viewers = tuple(self._viewers(None))
        slice_size = self.limits.walk_slice
        for place, viewer in enumerate(viewers):
            viewer.say(hints[place % _HINTS])
            if place % slice_size == slice_size - 1:
                await asyncio.sleep(0)
        steps = max(1, round(min(grace_s, len(viewers) / _CLOSES_A_SECOND) / _DRAIN_STEP_S))
        for step in range(steps):
            for viewer in viewers[step::steps]:
                viewer.close(CloseCode.SERVICE_RESTART, "service restart")
            if step < steps - 1:
                await asyncio.sleep(_DRAIN_STEP_S)
        await self._emptied(self.limits.close_timeout_s)
        self.cut()
        await self._emptied(self.limits.close_timeout_s)

    def cut(self) -> None:
        """Cut everybody off at once."""
        for viewer in tuple(self._viewers(None)):
            viewer.cut("cut")

    async def _emptied(self, timeout_s: float) -> None:
        """Wait until nobody is left, at most so long."""
        last_s = time.monotonic() + timeout_s
        while self.counts.connections and time.monotonic() < last_s:
            await asyncio.sleep(0.01)

    def _viewers(self, game_id: str | None) -> Iterator[Connection]:
        for channel in self._channels.values():
            if game_id is None or channel.game_id == game_id:
                yield from channel.members
