"""The engine's side of several gateway processes: starts them, feeds them, and replaces one that dies."""

import asyncio
import contextlib
import multiprocessing
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from multiprocessing.process import BaseProcess
from typing import Any, Final

from engine.gateway.counts import GatewayCounts
from engine.gateway.hub import Hub
from engine.gateway.shard import ShardPlan, run_shard
from engine.gateway.shard_stream import (
    Carried,
    Counted,
    Drained,
    Opened,
    Ready,
    Record,
    decode_from_shard,
    packed,
    read_records,
)

START_S: Final = 30.0
STOP_S: Final = 15.0
LOOK_EVERY_S: Final = 0.1
MOST_BEHIND_BYTES: Final = 64 * 1024 * 1024
"""A shard that is further behind on its stream is hung: it is killed and replaced."""
Said = Callable[[str, int], None]
"""Told what happened to the shard of a number."""


@dataclass(slots=True)
class ShardCounts:
    """What the shards have lived through together, beside what each counts itself."""

    running: int = 0
    started: int = 0
    died: int = 0
    """Shards that ended without being told to; each was replaced."""
    cut_off: int = 0
    """Of these, killed because they did not read their stream."""


@dataclass(slots=True)
class _Shard:
    number: int
    process: BaseProcess
    writer: asyncio.StreamWriter | None = None
    counts: GatewayCounts = field(default_factory=GatewayCounts)
    ready: bool = False


class Shards:
    """Several gateway processes at one address, fed from one hub that has no viewers of its own."""

    def __init__(self, count: int, plan: ShardPlan, hub: Hub, say: Said = lambda *_: None) -> None:
        """Prepare; nothing starts before `start`.

        Args:
            count: how many.
            plan: what each is told.
            hub: keeps the frames of every game, for shards that start later.
            say: told of starts and deaths.
        """
        self.shard_counts: Final = ShardCounts()
        self._count: Final = count
        self._plan: Final = plan
        self._hub: Final = hub
        self._say = say
        self._processes = multiprocessing.get_context("spawn")
        self._shards: dict[int, _Shard] = {}
        # Counts of shards that have ended.
        self._past = GatewayCounts()
        self._server: asyncio.Server | None = None
        self._watching: asyncio.Task[None] | None = None
        self._all_ready = asyncio.Event()
        self._stopping = False

    @property
    def counts(self) -> GatewayCounts:
        """What all shards have lived through together; a second old at most."""
        total = GatewayCounts()
        for counts in (self._past, *(shard.counts for shard in self._shards.values())):
            _add(total, counts)
        return total

    @property
    def pids(self) -> dict[int, int]:
        """The process id of each running shard, by its number."""
        return {n: shard.process.pid for n, shard in self._shards.items() if shard.process.pid is not None}

    async def start(self) -> None:
        """Start all, and return once each lets viewers in.

        Raises:
            TimeoutError: they have not, in half a minute.
        """
        self._server = await asyncio.start_unix_server(self._connected, str(self._plan.stream))
        self._plan.stream.chmod(0o600)
        for number in range(self._count):
            self._spawn(number)
        self._watching = asyncio.create_task(self._watch())
        async with asyncio.timeout(START_S + self._count):
            await self._all_ready.wait()

    def carry(self, game_id: str) -> None:
        """Send the newest update of a game to every shard; the hub has it already."""
        channel = self._hub.channel(game_id)
        assert channel is not None, f"game {game_id} is not open"
        offset, snapshot = channel.next_offset - 1, channel.snapshot_message()
        self._send(packed(Carried(game_id, channel.epoch, offset, channel.newest, snapshot)))

    def opened(self, game_id: str) -> None:
        """Tell every shard of a game that is open now."""
        self._send(packed(self._opened(game_id)))

    async def drain(self, reconnect_after_ms: int, grace_s: float) -> None:
        """Have all viewers sent away, and end all shards."""
        self._stopping = True
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._send(packed(Drained(reconnect_after_ms, grace_s)))
        for shard in self._shards.values():
            await asyncio.to_thread(shard.process.join, STOP_S + grace_s)
            if shard.process.is_alive():
                shard.process.kill()
                await asyncio.to_thread(shard.process.join)
        if self._server is not None:
            self._server.close()
        self._plan.stream.unlink(missing_ok=True)

    def _spawn(self, number: int) -> None:
        process = self._processes.Process(target=run_shard, args=(self._plan,), name=f"gateway-{number}")
        process.daemon = True
        process.start()
        self._shards[number] = _Shard(number, process)
        self.shard_counts.started += 1

    async def _watch(self) -> None:
        """Replace shards that die."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for number, shard in tuple(self._shards.items()):
                if shard.process.is_alive():
                    continue
                self.shard_counts.died += 1
                self.shard_counts.running -= shard.ready
                _add(self._past, _ended(shard.counts))
                self._say("a gateway process has died; another takes its place", number)
                self._spawn(number)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Feed a shard that has connected; it says who it is once it lets viewers in."""
        sock: socket.socket = writer.get_extra_info("socket")
        pid = _peer_pid(sock)
        shard = next((each for each in self._shards.values() if each.process.pid == pid), None)
        if shard is None:
            writer.close()
            return
        for game_id in self._hub.viewers():
            writer.write(packed(self._opened(game_id)))
        shard.writer = writer
        with contextlib.suppress(ValueError):
            await read_records(reader, lambda body: self._heard(shard, body))
        shard.writer = None
        writer.close()

    def _heard(self, shard: _Shard, body: bytes) -> None:
        record = decode_from_shard(body)
        if isinstance(record, Ready):
            shard.ready = True
            self.shard_counts.running += 1
            if self.shard_counts.running == self._count:
                self._all_ready.set()
        elif isinstance(record, Counted):
            shard.counts = record.counts

    def _opened(self, game_id: str) -> Record:
        channel = self._hub.channel(game_id)
        assert channel is not None, f"game {game_id} is not open"
        return Opened(
            game_id, channel.epoch, channel.first_offset, channel.frames(), channel.snapshot_message()
        )

    def _send(self, record: bytes) -> None:
        for shard in self._shards.values():
            writer = shard.writer
            if writer is None:
                continue
            if writer.transport.get_write_buffer_size() > MOST_BEHIND_BYTES:
                self.shard_counts.cut_off += 1
                shard.process.kill()
                shard.writer = None
                continue
            writer.write(record)


def _peer_pid(sock: Any) -> int:
    """Return the process id at the other end of a local socket."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[:4], "little")


def _ended(counts: GatewayCounts) -> GatewayCounts:
    """Return the counts of a process that is gone: nothing of it is open any more."""
    counts.connections = counts.http_connections = counts.greeting = 0
    return counts


def _add(total: GatewayCounts, counts: GatewayCounts) -> None:
    for each in fields(GatewayCounts):
        mine, theirs = getattr(total, each.name), getattr(counts, each.name)
        if isinstance(mine, dict):
            for name, value in theirs.items():
                mine[name] = mine.get(name, 0) + value
        elif isinstance(mine, list):
            setattr(total, each.name, [a + b for a, b in zip(mine, theirs, strict=True)])
        else:
            setattr(total, each.name, mine + theirs)


def reserve_port(host: str, port: int) -> socket.socket:
    """Return a socket that holds a port for processes that share it, without taking connections itself.

    Raises:
        OSError: the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    holder = socket.socket(family, socket.SOCK_STREAM)
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((host, port))
    except BaseException:
        holder.close()
        raise
    return holder
