"""A gateway on a free port of this machine, with games that say whatever a test wants to hear."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from engine.core.state import OPENING
from engine.core.update import Cause, Update, canonical_bytes
from engine.gateway.door import Listener, MakeHttp, listen
from engine.gateway.hub import Hub, Limits
from engine.told import Told

HOST = "127.0.0.1"
SECOND_NS = 1_000_000_000


@dataclass
class Game:
    """A made-up game: each update follows on the last."""

    hub: Hub
    game_id: str = "401"
    epoch: str = "0123456789abcdef"
    filler: str = ""
    """Makes updates and snapshots as long as a test wants them."""
    offset: int = -1
    told: list[Told] = field(default_factory=list)
    snapshots: int = 0
    """How often a snapshot was made."""

    def open(self) -> "Game":
        """Let viewers in."""
        self.hub.open(self.game_id, self.epoch, self.snapshot)
        return self

    def snapshot(self) -> bytes:
        """Return the message of the snapshot."""
        self.snapshots += 1
        data = {"game_id": self.game_id, "epoch": self.epoch, "offset": self.offset, "filler": self.filler}
        return msgspec.json.encode({"type": "snapshot", "data": data, "update": None})

    def next(self) -> Told:
        """Return the next update."""
        self.offset += 1
        told = told_of(self.game_id, self.epoch, self.offset, self.filler)
        self.told.append(told)
        return told

    def say(self, times: int = 1) -> None:
        """Publish so many updates."""
        for _ in range(times):
            self.hub.publish(self.next())


def told_of(game_id: str, epoch: str, offset: int, text: str = "") -> Told:
    """Return an update as the service tells it."""
    update = Update(
        game_id=game_id,
        epoch=epoch,
        offset=offset,
        cause=Cause.PLAY,
        state=OPENING,
        home_win_probability=0.5,
        away_win_probability=0.5,
        win_probability_added=0.0,
        leverage_index=1.0,
    )
    return Told(update, canonical_bytes(update), text, offset * SECOND_NS, offset * SECOND_NS + 1)


@contextlib.asynccontextmanager
async def gateway(
    limits: Limits | None = None, *, http: MakeHttp | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Hub, Listener]]:
    """Run a gateway; afterwards nothing may be left of any connection, and nothing may have been raised."""
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    hub = Hub(limits)
    listener = await listen(hub, host=HOST, http=http, tls=tls)
    try:
        yield hub, listener
    finally:
        await listener.close()
    assert [repr(fault) for fault in faults] == []
    counts = hub.counts
    assert (counts.connections, counts.http_connections, counts.greeting) == (0, 0, 0)
    assert counts.sessions == counts.connections_ever


def read(message: str | bytes) -> Any:
    """Return what a message of the server says."""
    return msgspec.json.decode(message)
