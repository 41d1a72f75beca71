"""Brings all viewers of a game up to date: one pass a publication, in slices where they are many."""

import asyncio
import os
from typing import Final

from engine.gateway.channel import Channel
from engine.gateway.connection import Connection
from engine.gateway.shared import Shared
from engine.gateway.states import LIVE


class Walk:
    """The way from viewer to viewer of one game.

    A pass over many viewers lets other work have a turn between slices. Each viewer's own offset says what
    it is to be told, so nothing is skipped or told twice, whatever was published in the meantime.
    """

    def __init__(self, channel: Channel, shared: Shared) -> None:
        self._channel: Final = channel
        self._shared: Final = shared
        # The viewers of this pass, the place of the next slice, and how far the channel was at its start.
        self._viewers: tuple[Connection, ...] = ()
        self._place = 0
        self._goal = 0
        # Every other pass goes from the youngest to the oldest: nobody is always last.
        self._backwards = False

    def begin(self) -> None:
        """Tell everybody what they were not told yet."""
        if self._viewers:
            return  # The pass under way tells those it has not reached; another follows for the rest.
        self._start()
        self._go_on()

    def _start(self) -> None:
        members = self._channel.members
        self._viewers = tuple(reversed(members) if self._backwards else members)
        self._backwards = not self._backwards
        self._place = 0
        self._goal = self._channel.next_offset

    def _go_on(self) -> None:
        """Tell one slice; arrange for the next."""
        end = self._place + self._shared.limits.walk_slice
        self._tell(self._viewers[self._place : end])
        self._place = end
        if end >= len(self._viewers):
            self._viewers = ()
            if self._goal != self._channel.next_offset:
                self._start()
        if self._viewers:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _tell(self, viewers: tuple[Connection, ...]) -> None:
        next_offset = self._channel.next_offset
        newest = self._channel.newest
        # The same for those who negotiated compression; made once the first of them is met.
        deflated = b""
        # The offset of those who miss nothing but the newest; no viewer has -2.
        before = next_offset - 1 if newest else -2
        told = told_deflated = 0
        write = os.write
        for viewer in viewers:
            if viewer.next_offset != before:
                if viewer.next_offset < next_offset:
                    self._attend(viewer, b"")
                continue
            fd = viewer.fd
            if fd < 0 and (viewer.state is not LIVE or viewer.transport.is_closing()):
                continue
            viewer.next_offset = next_offset
            if viewer.deflates:
                frame = deflated = deflated or self._channel.newest_deflated()
                told_deflated += 1
            else:
                frame = newest
                told += 1
            if fd >= 0:
                try:
                    sent = write(fd, frame)
                except OSError:  # its buffer is full, or it is gone: the transport knows what to do
                    sent = 0
                if sent == len(frame):
                    continue
                self._attend(viewer, frame[sent:])
            else:
                self._attend(viewer, frame)
        counts = self._shared.counts
        counts.deliveries += told + told_deflated
        counts.delivered_bytes += told * len(newest) + told_deflated * len(deflated)
        counts.compressed_deliveries += told_deflated
        counts.compressed_bytes += told_deflated * len(deflated)

    def _attend(self, viewer: Connection, rest: bytes) -> None:
        """Send one viewer the rest of a frame by way of its transport; or, with b"", all that it missed."""
        try:
            if rest:
                viewer.push(rest)
            elif viewer.state is LIVE and not viewer.transport.is_closing():
                viewer.catch_up()
        except Exception as error:  # noqa: BLE001 - the fault of one must not keep it from the others
            asyncio.get_running_loop().call_exception_handler(
                {
                    "message": f"a viewer of game {self._channel.game_id} cannot be told",
                    "exception": error,
                }
            )
            viewer.cut("error")
