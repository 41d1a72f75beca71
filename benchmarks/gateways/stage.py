"""A server and its clients, each a process of its own, and the orders to both; they end with the stage."""

import subprocess
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec

from benchmarks.gateways.wire import (
    FRAME_BYTES,
    Connect,
    Done,
    Failed,
    FromClients,
    FromServer,
    LookAtYourself,
    Looked,
    ReadBytes,
    ReadMessages,
    Sent,
    Settle,
    Standing,
    Tell,
    ToClients,
    ToServer,
    line,
)

_from_server = msgspec.json.Decoder(FromServer).decode
_from_clients = msgspec.json.Decoder(FromClients).decode


@dataclass(frozen=True, slots=True)
class Burst:
    """Some updates to everybody, all of them read; times in seconds."""

    deliveries: int
    writing_s: float
    """From the first write until the server had nothing left to do."""
    wall_s: float
    """From the first write until the last client had read the last byte."""
    server_cpu_s: float
    clients_cpu_s: float
    reads: int


class Stage:
    """One server with so many clients."""

    def __init__(self, name: str, clients: int, *, deflate: bool = False) -> None:
        self._clients = clients
        self._deflate = deflate
        self._told = 0
        self._server = _process("benchmarks.gateways", name)
        self._drain = _process("benchmarks.gateways.drain")

    def __enter__(self) -> Self:
        try:
            standing = self._from_server()
            assert isinstance(standing, Standing)
            self.port = standing.port
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        for process in (self._server, self._drain):
            process.kill()
            process.communicate()

    @property
    def ended(self) -> bool:
        """Whether both processes are gone."""
        return all(process.poll() is not None for process in (self._server, self._drain))

    def look(self) -> Looked:
        """Return what the server uses, after a garbage collection."""
        looked = self._ask_server(LookAtYourself())
        assert isinstance(looked, Looked)
        return looked

    def connect(self) -> Looked:
        """Connect all clients, and read what they are greeted with.

        Raises:
            RuntimeError: not all came in.
        """
        self._ask_clients(Connect(self.port, self._clients, self._deflate))
        self._ask_clients(Settle())
        looked = self.look()
        if looked.viewers != self._clients:
            raise RuntimeError(f"the server holds {looked.viewers:,} of {self._clients:,} clients")
        return looked

    def check(self, updates: int) -> None:
        """Tell some updates, and compare every message that every client read with what was told."""
        order = self._next(updates, at_once=False)
        self._to_clients(ReadMessages(order.first, updates))
        self._ask_server(order)
        self._of_clients()
        self._ask_clients(Settle())

    def burst(self, updates: int, *, at_once: bool = False, asleep: bool = False) -> Burst:
        """Tell some updates and wait until all is read; `asleep`: nobody reads before the last is written.

        Raises:
            RuntimeError: something was lost.
        """
        order = self._next(updates, at_once=at_once)
        reading = ReadBytes(updates * FRAME_BYTES)
        if not asleep:
            self._to_clients(reading)
        sent = self._ask_server(order)
        assert isinstance(sent, Sent)
        if asleep:
            self._to_clients(reading)
        done = self._of_clients()
        return Burst(
            deliveries=updates * self._clients,
            writing_s=(sent.sent_ns - sent.began_ns) / 1e9,
            wall_s=(done.last_ns - sent.began_ns) / 1e9,
            server_cpu_s=self.look().cpu_s - sent.cpu_s,
            clients_cpu_s=done.cpu_s,
            reads=done.reads,
        )

    def _next(self, updates: int, *, at_once: bool) -> Tell:
        order = Tell(self._told, updates, at_once)
        self._told += updates
        return order

    def _ask_server(self, order: ToServer) -> FromServer:
        assert self._server.stdin is not None
        self._server.stdin.write(line(order))
        self._server.stdin.flush()
        return self._from_server()

    def _from_server(self) -> FromServer:
        assert self._server.stdout is not None
        row = self._server.stdout.readline()
        if not row:
            raise RuntimeError(f"the server {self._server.args!r} has ended")
        told: FromServer = _from_server(row)
        return told

    def _ask_clients(self, order: ToClients) -> Done:
        self._to_clients(order)
        return self._of_clients()

    def _to_clients(self, order: ToClients) -> None:
        assert self._drain.stdin is not None
        self._drain.stdin.write(line(order))
        self._drain.stdin.flush()

    def _of_clients(self) -> Done:
        assert self._drain.stdout is not None
        row = self._drain.stdout.readline()
        if not row:
            raise RuntimeError("the clients have ended")
        done: FromClients = _from_clients(row)
        if isinstance(done, Failed):
            raise RuntimeError(done.reason)  # noqa: TRY004 - not of a wrong type: something was lost
        return done


def _process(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
