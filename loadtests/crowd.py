"""A crowd of viewers in one event loop: opens them at a rate, brings back those that are lost, adds up."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from loadtests.viewer import Message, Viewer
from simulator.replay.latency import Latencies

PLAY_TO_DISPLAY: Final = "play_to_display"
"""The event received by the server until its update was received by the viewer."""
DASHBOARD_UPDATE: Final = "dashboard_update"
"""The update returned by the engine until it was received by the viewer."""
DUE_TO_DISPLAY: Final = "due_to_display"
"""Open loop: when the event was due at the feed (its vendor's stamp) until received by the viewer."""
HANDSHAKE: Final = "handshake"
RECOVERY: Final = "recovery"
"""A lost viewer's new attempt until it has all it missed."""
GENERATOR_LAG: Final = "generator_lag"
"""How late the generator's own timers were: a run in which this is large says nothing about the server."""
LAG_EVERY_S: Final = 0.01
_FOLD_AT: Final = 4_096


@dataclass(slots=True)
class CrowdCounts:
    """What a crowd has lived through."""

    open: int = 0
    peak: int = 0
    deliveries: int = 0
    reconnects: int = 0
    closes: Counter[int] = field(default_factory=Counter)
    """Closing handshakes by code."""
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


class Crowd:
    """Viewers of one server, from one process."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sources: Sequence[str] = ("127.0.0.1",),
        measure_due: bool = False,
        reconnect: bool = True,
        seed: int = 0,
    ) -> None:
        """Viewers of the server at `host` and `port`.

        Args:
            host: the server's address.
            port: the server's port.
            sources: loopback addresses that viewers connect from; one has some 64,000 ports.
            measure_due: whether the vendor's stamps of updates are the times at which they were due.
            reconnect: whether a viewer that is lost comes back and resumes.
            seed: of the delays before coming back.
        """
        self.host = f"{host}:{port}"
        self.viewers: list[Viewer] = []
        self.counts = CrowdCounts()
        self.latencies = Latencies()
        self._address = (host, port)
        self._sources = tuple(sources)
        self._measure_due = measure_due
        self._reconnect = reconnect
        self._dice = random.Random(seed)
        self._values: dict[str, list[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving = False

    async def join(self, games: Sequence[str], rate: float) -> None:
        """Open one viewer for each entry of `games`, so many a second; return when all have tried.

        Raises:
            OSError: the server takes no connections.
        """
        began = time.perf_counter()
        for number, game_id in enumerate(games):
            viewer = Viewer(f"viewer-{len(self.viewers)}", game_id, self)
            self.viewers.append(viewer)
            await self._open(viewer)
            ahead = (number + 1) / rate - (time.perf_counter() - began)
            if ahead > 0:
                await asyncio.sleep(ahead)

    def watch_own_lag(self) -> None:
        """Measure from now on how late this loop's own timers are."""
        self._keep(asyncio.create_task(self._watch()))

    async def leave(self, linger_s: float = 1.0) -> None:
        """Say goodbye for all viewers."""
        self._leaving = True
        for viewer in self.viewers:
            viewer.leave()
        await asyncio.sleep(linger_s)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.fold()

    def fold(self) -> None:
        """Put what was measured into `latencies`."""
        for stage, values in self._values.items():
            self.latencies.record(stage, np.array(values, dtype=np.int64))
            values.clear()

    # --- what viewers tell ---

    def opened(self, viewer: Viewer, handshake_ns: int) -> None:  # noqa: ARG002 - kept for traces
        """A handshake is done."""
        self.counts.open += 1
        self.counts.peak = max(self.counts.peak, self.counts.open)
        self._measure(HANDSHAKE, handshake_ns)

    def recovered(self, viewer: Viewer, elapsed_ns: int) -> None:
        """A viewer has all there was to know."""
        if viewer.proof.resumes or viewer.proof.snapshots > 1:
            self._measure(RECOVERY, elapsed_ns)

    def delivered(self, message: Message, now_ns: int) -> None:
        """An update came, live."""
        self.counts.deliveries += 1
        self._measure(PLAY_TO_DISPLAY, now_ns - message.received_ns)
        self._measure(DASHBOARD_UPDATE, now_ns - message.updated_ns)
        if self._measure_due and message.data.vendor_ns is not None:
            self._measure(DUE_TO_DISPLAY, now_ns - message.data.vendor_ns)

    def closed(self, code: int) -> None:
        """The server has said goodbye."""
        self.counts.closes[code] += 1

    def status(self, status: str) -> None:
        """The server has told of its state."""
        self.counts.statuses[status] += 1

    def error(self, reason: str) -> None:
        """Something went wrong with a connection."""
        self.counts.errors[reason] += 1

    def lost(self, viewer: Viewer, *, opened: bool) -> None:
        """A connection is gone."""
        self.counts.open -= opened
        if not self._leaving and self._reconnect:
            self._keep(asyncio.create_task(self._come_back(viewer)))

    # --- inside ---

    async def _open(self, viewer: Viewer) -> None:
        source = self._sources[len(self.viewers) % len(self._sources)]
        viewer.begin()
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: viewer, *self._address, local_addr=(source, 0))

    async def _come_back(self, viewer: Viewer) -> None:
        delay_s = 0.05
        while not self._leaving:
            await asyncio.sleep(delay_s * self._dice.uniform(0.5, 1.5))
            try:
                await self._open(viewer)
            except OSError:
                delay_s = min(2.0, delay_s * 2)
            else:
                self.counts.reconnects += 1
                return

    async def _watch(self) -> None:
        due = time.perf_counter()
        while True:
            due += LAG_EVERY_S
            with contextlib.suppress(ValueError):
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self._measure(GENERATOR_LAG, max(1, round((time.perf_counter() - due) * 1e9)))

    def _measure(self, stage: str, value_ns: int) -> None:
        values = self._values.setdefault(stage, [])
        values.append(value_ns)
        if len(values) >= _FOLD_AT:
            self.latencies.record(stage, np.array(values, dtype=np.int64))
            values.clear()

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
