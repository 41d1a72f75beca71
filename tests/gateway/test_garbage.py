"""Who is gone leaves nothing for the collector, which comes late; and it comes in time for the rest."""

import asyncio
import gc
import socket
import subprocess
import sys
import tracemalloc
import weakref
from collections import Counter
from typing import Any, cast

import pytest

from engine.gateway import door, garbage
from tests.gateway.stage import HOST, Game, gateway

VISITS = 200
TEST_S = 60.0
HTTP = b"GET /api/games HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
HANDSHAKE = (
    b"GET /%s HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
MANNERS = {
    "plain HTTP": HTTP,
    "no request at all": b"\r\n",
    "no HTTP": b"\x16\x03\x01",
    "a viewer": HANDSHAKE % b"401",
    "one who resumes": HANDSHAKE % b"401?epoch=e&offset=0",
    "one of no game": HANDSHAKE % b"402",
}


class Answering(asyncio.Protocol):
    """Stands for the HTTP server: answers, and closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - whatever was asked
        """Answer."""
        self.transport.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        self.transport.close()


async def visit(port: int, says: bytes) -> None:
    """Come, say it, hear something unless nothing was asked, and go; without a transport of our own."""
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setblocking(False)
        await loop.sock_connect(client, (HOST, port))
        await loop.sock_sendall(client, says)
        if says.strip():
            await loop.sock_recv(client, 65_536)


async def left_by(says: bytes, visits: int) -> tuple[Counter[str], int]:
    """Return what so many visits leave that only the collector can free: objects by type, and bytes."""
    async with asyncio.timeout(TEST_S), gateway(http=Answering) as (hub, listener):
        Game(hub).open()

        async def come_and_go(times: int) -> None:
            for _ in range(times):
                await visit(listener.port, says)
            while hub.counts.connections or hub.counts.greeting or hub.counts.http_connections:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)

        await come_and_go(20)  # what is made once
        gc.collect()
        gc.disable()
        tracemalloc.start()
        try:
            await come_and_go(visits)
            gc.set_debug(gc.DEBUG_SAVEALL)
            before_bytes, _ = tracemalloc.get_traced_memory()
            gc.collect()
            kinds = Counter(type(each).__qualname__ for each in gc.garbage)
            gc.set_debug(0)
            gc.garbage.clear()
            gc.collect()
            after_bytes, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            gc.set_debug(0)
            gc.enable()
    return kinds, before_bytes - after_bytes


@pytest.mark.parametrize("manner", MANNERS)
def test_a_visit_leaves_no_work_for_the_collector(manner: str) -> None:
    """However they come and go, two hundred visitors leave not one object each that refers to itself."""
    kinds, freed_bytes = asyncio.run(left_by(MANNERS[manner], VISITS))
    assert {kind: count for kind, count in kinds.items() if count >= VISITS // 2} == {}
    assert freed_bytes < VISITS * 300, kinds


def test_a_transport_that_is_left_tied_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: a door that leaves transports tied to themselves leaves one for each visit.

    Tied here by hand: newer versions of asyncio untie those that they close themselves.
    """

    def tie(transport: Any) -> None:
        transport.tied = transport

    monkeypatch.setattr(door, "untie", tie)
    kinds, freed_bytes = asyncio.run(left_by(HTTP, VISITS))
    assert kinds["_SelectorSocketTransport"] >= VISITS
    assert freed_bytes >= VISITS * 500


def test_a_lost_transport_has_nothing_more_to_do() -> None:
    """Untied, a transport is gone with its last reference; a call that comes late does nothing."""

    class Transport(asyncio.BaseTransport):
        def __init__(self) -> None:
            self.reads = self.read
            self.count = 0

        def read(self) -> None:
            self.count += 1

    transport = Transport()
    garbage.untie(transport)
    transport.reads()
    assert transport.count == 0
    seen = weakref.ref(transport)
    gc.disable()
    try:
        del transport
        assert seen() is None
    finally:
        gc.enable()


def test_a_transport_without_attributes_is_left_alone() -> None:
    """A transport of another make, which has no attributes to look at, is no error."""
    garbage.untie(cast(asyncio.BaseTransport, object()))


COLLECTED = """
import gc, sys
from engine.gateway.garbage import settle
loaded = [[] for _ in range(2_000_000)]
if sys.argv[1] == "settle":
    settle()
else:
    gc.collect()
    gc.freeze()
before = gc.get_stats()[2]["collections"]
alive = []
for number in range(300_000):
    cycle = []
    cycle.append(cycle)
    alive.append(cycle)
    if len(alive) == 20_000:
        alive.clear()
print(gc.get_stats()[2]["collections"] - before)
"""


def collections(how: str) -> int:
    """Return how often everything was looked at while 300,000 lists that hold themselves came and went."""
    told = subprocess.run(
        [sys.executable, "-c", COLLECTED, how], capture_output=True, text=True, check=True, timeout=TEST_S
    )
    return int(told.stdout)


def test_the_collector_does_not_wait_for_a_quarter_of_what_is_frozen() -> None:
    """Once settled, the collector looks at everything that is new, however much was loaded before."""
    assert collections("settle") >= 1


def test_a_collector_that_was_not_settled_waits() -> None:
    """The test above can fail: frozen without a last look, it waits for a quarter of two million objects."""
    assert collections("frozen") == 0
