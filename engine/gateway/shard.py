"""One gateway process of several: viewers in front, the engine's local stream behind.

All shards of a service listen at one address, and the kernel shares the connections out (SO_REUSEPORT). A
shard keeps nothing that the engine does not have: one that dies is replaced, and its viewers resume at
whichever shard the kernel gives them to. A shard whose engine is gone ends, so that viewers find the next.
"""

import asyncio
import contextlib
import os
import signal
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.gateway.door import listen
from engine.gateway.garbage import settle
from engine.gateway.hub import Hub
from engine.gateway.limits import Limits
from engine.gateway.shard_stream import (
    Announced,
    Carried,
    Counted,
    Drained,
    Opened,
    Ready,
    decode_to_shard,
    packed,
    read_records,
)
from engine.gateway.splice import Splice

COUNT_EVERY_S: Final = 1.0
MOST_FILES_BESIDE: Final = 200
"""Files that a process needs beside its viewers."""


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What a shard is told when it is started; it travels to the new process."""

    host: str
    port: int
    stream: Path
    """The engine's socket for shards."""
    http: Path
    """The service's socket for plain HTTP."""
    limits: Limits
    certificate: Path | None = None
    key: Path | None = None


def run_shard(plan: ShardPlan) -> None:
    """Be a shard until told to end, or until the engine is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the engine says when
    asyncio.run(_Shard(plan).run())


class _Shard:
    def __init__(self, plan: ShardPlan) -> None:
        self._plan = plan
        self._hub = Hub(plan.limits)
        # The newest snapshot message by game; replaced with every update.
        self._snapshots: dict[str, bytes] = {}
        self._drained: Drained | None = None
        self._ended = asyncio.Event()

    async def run(self) -> None:
        plan = self._plan
        reader, writer = await asyncio.open_unix_connection(str(plan.stream))
        reading = asyncio.create_task(self._listen(reader))
        listener = await listen(
            self._hub,
            host=plan.host,
            port=plan.port,
            http=lambda: Splice(plan.http),
            tls=_tls(plan),
            reuse_port=True,
        )
        settle()
        writer.write(packed(Ready(os.getpid())))
        counting = asyncio.create_task(self._tell_counts(writer))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._ended.set)
        await self._ended.wait()
        drained = self._drained or Drained(1_000, 1.0)
        await self._hub.drain(drained.reconnect_after_ms, drained.grace_s)
        await listener.close()
        with contextlib.suppress(ConnectionError):
            writer.write(packed(Counted(self._hub.counts)))
            await writer.drain()
        for task in (reading, counting):
            task.cancel()
        await asyncio.gather(reading, counting, return_exceptions=True)
        writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            await read_records(reader, self._take)
        finally:
            self._ended.set()

    def _take(self, body: bytes) -> None:
        record = decode_to_shard(body)
        hub = self._hub
        if isinstance(record, Carried):
            self._snapshots[record.game_id] = record.snapshot
            hub.carry(record.game_id, record.epoch, record.offset, record.frame)
        elif isinstance(record, Opened):
            game_id = record.game_id
            self._snapshots[game_id] = record.snapshot
            hub.open(game_id, record.epoch, lambda: self._snapshots[game_id])
            for place, frame in enumerate(record.frames):
                hub.carry(game_id, record.epoch, record.first_offset + place, frame)
        elif isinstance(record, Announced):
            hub.announce(record.message)
        else:
            self._drained = record
            self._ended.set()

    async def _tell_counts(self, writer: asyncio.StreamWriter) -> None:
        while True:
            await asyncio.sleep(COUNT_EVERY_S)
            writer.write(packed(Counted(self._hub.counts)))
            await writer.drain()


def _tls(plan: ShardPlan) -> ssl.SSLContext | None:
    if plan.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(plan.certificate, plan.key)
    return context
