"""What is sent in a measurement, and how its three processes talk: one JSON line an order, one an answer."""

import os
import resource
import socket
import sys
from pathlib import Path
from typing import Final

import msgspec

FRAME_BYTES: Final = 400
"""Of one update, its header of four bytes included."""
GAME_ID: Final = "g"
_UNSENT_BYTES: Final = 4 * 1024


class Standing(msgspec.Struct, frozen=True, tag="standing"):
    """A server listens."""

    port: int


class Tell(msgspec.Struct, frozen=True, tag="tell"):
    """To a server: tell everybody so many updates.

    One after the other, each as soon as the one before has gone out to all; or all of them at once.
    """

    first: int
    updates: int
    at_once: bool


class Sent(msgspec.Struct, frozen=True, tag="sent"):
    """Of a server: when it began, when it had nothing more to do, and its CPU until it began."""

    began_ns: int
    sent_ns: int
    cpu_s: float


class LookAtYourself(msgspec.Struct, frozen=True, tag="look"):
    """To a server."""


class Looked(msgspec.Struct, frozen=True, tag="looked"):
    """Of a server: its CPU until it was asked, and its memory after a garbage collection.

    `own_bytes` is what no other process shares.
    """

    viewers: int
    cpu_s: float
    own_bytes: int
    resident_bytes: int


class Connect(msgspec.Struct, frozen=True, tag="connect"):
    """To the clients: open so many WebSockets."""

    port: int
    clients: int
    deflate: bool
    """Offer compression, as browsers do."""


class Settle(msgspec.Struct, frozen=True, tag="settle"):
    """To the clients: read until nothing more comes, and forget it."""


class ReadBytes(msgspec.Struct, frozen=True, tag="bytes"):
    """To the clients: read until each has so many bytes."""

    each: int


class ReadMessages(msgspec.Struct, frozen=True, tag="messages"):
    """To the clients: read so many text messages each, and look into them where they are not compressed."""

    first: int
    updates: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """Of the clients: when they read the last byte, the CPU that the order took, and in how many reads."""

    last_ns: int
    cpu_s: float
    reads: int


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Of the clients: what was missing or wrong."""

    reason: str


ToServer = Tell | LookAtYourself
FromServer = Standing | Sent | Looked
ToClients = Connect | Settle | ReadBytes | ReadMessages
FromClients = Done | Failed

_encode: Final = msgspec.json.Encoder().encode


def line(record: ToServer | FromServer | ToClients | FromClients) -> bytes:
    """Return a record as it travels."""
    return _encode(record) + b"\n"


def answer(record: FromServer | FromClients) -> None:
    """Answer the process that gives the orders."""
    sys.stdout.buffer.write(line(record))
    sys.stdout.buffer.flush()


def message(number: int) -> bytes:
    """Return the text of an update; each differs from the others."""
    head = b'{"type":"update","data":{"game_id":"%s","epoch":"e","offset":%d,"state":"' % (
        GAME_ID.encode(),
        number,
    )
    return head + b"x" * (FRAME_BYTES - 4 - len(head) - 3) + b'"}}'


def listening_socket() -> socket.socket:
    """Return a socket for a peer, with the options that our own gateway gives its viewers' sockets."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=4_096)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    unsent = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if unsent is not None:
        listening.setsockopt(socket.IPPROTO_TCP, unsent, _UNSENT_BYTES)
    listening.setblocking(False)
    return listening


def cpu_s() -> float:
    """Return what this process has used, of user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory_bytes() -> tuple[int, int]:
    """Return the memory that is this process's alone, and all that is resident."""
    kib: dict[str, int] = {}
    for row in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, _, value = row.partition(":")
        kib[name] = int(value.split()[0])
    return (kib["Private_Clean"] + kib["Private_Dirty"]) * 1_024, kib["Rss"] * 1_024


def keep_to_core(place: int) -> None:
    """Stay on one core, so that server and clients do not push each other about; only where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[place % len(cores)]})
