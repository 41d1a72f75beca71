"""The clients: `python -m benchmarks.gateways.drain`; bare sockets that shake hands properly, then only read.

One epoll, one buffer, one count a client. It sleeps for a millisecond between looks, so that a server does
not pay for waking it with every write. A client that gets a byte too few or too many ends the run.
"""

import base64
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from typing import Final

import msgspec
from websockets.utils import accept_key

from benchmarks.gateways.wire import (
    GAME_ID,
    Connect,
    Done,
    Failed,
    ReadBytes,
    ReadMessages,
    Settle,
    ToClients,
    answer,
    cpu_s,
    keep_to_core,
    message,
)

PATIENCE_S: Final = 10.0
"""So long without a byte, and the rest counts as lost."""
_LOOK_EVERY_S: Final = 0.001
_QUIET_S: Final = 0.5
_PENDING: Final = 128
"""Handshakes under way at once."""
_AN_ADDRESS: Final = 2_000
_BUFFER_BYTES: Final = 64 * 1024
_KEY: Final = base64.b64encode(b"sixteen bytes ok").decode()
_BIND_NO_PORT: Final = getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24)


class LostError(Exception):
    """Clients did not read what they were due, or read something else."""


class Clients:
    """Open WebSockets, and how much each has read."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._buffer = bytearray(_BUFFER_BYTES)
        self._views = [memoryview(self._buffer)]
        # By descriptor, in the order in which they were opened; only connect adds, only close removes.
        self._sockets: dict[int, socket.socket] = {}
        self._deflate = False
        self.reads = 0
        """How often a client read something."""

    def connect(self, port: int, clients: int, *, deflate: bool) -> None:
        """Open so many and shake hands with all.

        Raises:
            LostError: a server refused, or took too long.
        """
        self._deflate = deflate
        offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" if deflate else ""
        request = (
            f"GET /{GAME_ID} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
        ).encode()
        heads: dict[int, bytes] = {}
        opened = 0
        progress_s = time.monotonic()
        while opened < clients or heads:
            while opened < clients and len(heads) < _PENDING:
                made = _connecting(port, f"127.0.2.{2 + opened // _AN_ADDRESS}")
                self._sockets[made.fileno()] = made
                heads[made.fileno()] = b""
                self._poll.register(made, select.EPOLLOUT)
                opened += 1
            for fd, event in self._poll.poll(0.1):
                progress_s = time.monotonic()
                if event & select.EPOLLOUT:
                    os.write(fd, request)
                    self._poll.modify(fd, select.EPOLLIN)
                    continue
                heads[fd] += (came := os.read(fd, 4_096))
                head, ended, _ = heads[fd].partition(b"\r\n\r\n")
                if ended:
                    _judge(head.decode("latin-1"))
                    del heads[fd]
                    self._poll.modify(fd, select.EPOLLIN | select.EPOLLET)
                elif not came:
                    raise LostError(f"the server hung up on a handshake after {heads[fd]!r}")
            if time.monotonic() - progress_s > PATIENCE_S:
                raise LostError(f"{len(heads):,} of {clients:,} handshakes were not answered")

    def settle(self) -> None:
        """Read until nothing has come for a while."""
        quiet_from_s = time.monotonic()
        while time.monotonic() - quiet_from_s < _QUIET_S:
            for _ in self._looked(0.05):
                quiet_from_s = time.monotonic()

    def read_bytes(self, each: int) -> int:
        """Read until each has so many bytes; return when the last was read, by the monotonic clock.

        Raises:
            LostError: a client got less in time, or more.
        """
        got = dict.fromkeys(self._sockets, 0)
        left = each * len(got)
        last_ns = time.monotonic_ns()
        while left > 0:
            before = left
            for fd, size in self._looked(0.05):
                got[fd] += size
                left -= size
            if left != before:
                last_ns = time.monotonic_ns()
                time.sleep(_LOOK_EVERY_S)
            elif time.monotonic_ns() - last_ns > PATIENCE_S * 1e9:
                break
        wrong = [(place, size) for place, size in enumerate(got.values()) if size != each]
        if wrong:
            raise LostError(
                f"{len(wrong):,} of {len(got):,} clients did not read the {each:,} bytes they were due; "
                f"client {wrong[0][0]} read {wrong[0][1]:,}"
            )
        return last_ns

    def read_messages(self, first: int, updates: int) -> int:
        """Read so many text messages each, and compare them; return when the last was read.

        Raises:
            LostError: a client got less in time, more, or another text.
        """
        streams = {fd: bytearray() for fd in self._sockets}
        heard = dict.fromkeys(self._sockets, 0)
        due = [message(first + place) for place in range(updates)]
        left = updates * len(heard)
        last_ns = time.monotonic_ns()
        while left > 0 and time.monotonic_ns() - last_ns < PATIENCE_S * 1e9:
            for fd, size in self._looked(0.05):
                last_ns = time.monotonic_ns()
                stream = streams[fd]
                stream += self._views[0][:size]
                for text in _texts(stream):
                    if heard[fd] == updates or not (self._deflate or text == due[heard[fd]]):
                        raise LostError(f"a client's message {heard[fd] + 1} was {text[:80]!r}")
                    heard[fd] += 1
                    left -= 1
        if left:
            short = sum(1 for count in heard.values() if count < updates)
            raise LostError(f"{short:,} of {len(heard):,} clients did not hear the {updates} messages")
        return last_ns

    def _looked(self, wait_s: float) -> Iterator[tuple[int, int]]:
        """Read what there is: the descriptor and how many bytes, which stand in the buffer until the next."""
        readv, views = os.readv, self._views
        for fd, _ in self._poll.poll(wait_s, max(1, len(self._sockets))):
            size = _BUFFER_BYTES
            while size == _BUFFER_BYTES:  # told once only: so read until there is nothing
                try:
                    size = readv(fd, views)
                except BlockingIOError:
                    break
                if not size:
                    raise LostError("the server closed a connection")
                self.reads += 1
                yield fd, size

    def close(self) -> None:
        """Hang up, without leaving ports behind that wait."""
        for each in self._sockets.values():
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.close()
        self._sockets.clear()
        self._poll.close()


def _connecting(port: int, source: str) -> socket.socket:
    made = socket.socket()
    made.setblocking(False)
    made.setsockopt(socket.IPPROTO_IP, _BIND_NO_PORT, 1)
    made.bind((source, 0))
    made.connect_ex(("127.0.0.1", port))
    return made


def _judge(head: str) -> None:
    status, *rows = head.split("\r\n")
    said = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
    if " 101 " not in status or said.get("sec-websocket-accept") != accept_key(_KEY):
        raise LostError(f"a handshake was answered with {head!r}")


def _texts(stream: bytearray) -> Iterator[bytes]:
    """Take the whole frames off a server's stream; give what the text ones say, as it travelled."""
    while len(stream) >= 2:
        start, length = 2, stream[1]
        if length > 125:
            start = 4 if length == 126 else 10
            length = int.from_bytes(stream[2:start], "big")
        if len(stream) < start + length:
            return
        opcode, payload = stream[0] & 0x0F, bytes(stream[start : start + length])
        del stream[: start + length]
        if opcode == 1:
            yield payload


def main() -> None:
    """Obey orders until there are no more."""
    keep_to_core(1)
    decode = msgspec.json.Decoder(ToClients).decode
    clients = Clients()
    for row in sys.stdin.buffer:
        order = decode(row)
        used, reads, last_ns = cpu_s(), clients.reads, 0
        try:
            if isinstance(order, Connect):
                clients.connect(order.port, order.clients, deflate=order.deflate)
            elif isinstance(order, Settle):
                clients.settle()
            elif isinstance(order, ReadBytes):
                last_ns = clients.read_bytes(order.each)
            elif isinstance(order, ReadMessages):
                last_ns = clients.read_messages(order.first, order.updates)
        except (LostError, OSError) as error:
            answer(Failed(str(error)))
            break
        answer(Done(last_ns, cpu_s() - used, clients.reads - reads))
    clients.close()


if __name__ == "__main__":
    main()
