"""User-space memory a connection, against the named peers: `python -m benchmarks.gateway_memory`.

Fifteen thousand WebSockets in one process, each server in a fresh one: our gateway, `websockets`, picows and
aiohttp. Counted is the memory that is the process's alone (private pages), less what it had before anybody
came, after a garbage collection: once all have shaken hands, and again once all have read some updates. The
clients offer compression, as browsers do. Each peer runs twice: with the settings it has by default, and with
the best that its documents offer for memory.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.gateways.stage import Stage
from benchmarks.gateways.wire import FRAME_BYTES
from benchmarks.measurement import store

MOST_BYTES: Final = 4 * 1024
UPDATES: Final = 5
SERVERS: Final = {
    "gateway": "as it is served: compression that shares all it keeps",
    "websockets": "default settings: compression, and a task a connection that pings",
    "websockets_best": "no compression, no pings",
    "picows": "default settings: a read buffer of 16 KiB; it has no compression",
    "picows_best": "its smallest read buffer (2 KiB), and the transports of asyncio in place of its own",
    "aiohttp": "default settings: compression",
    "aiohttp_best": "no compression",
}
"""Each server, and how it is set."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes a connection."""

    own_joined: int
    own_after: int
    """Once all have read the updates; the judged one."""
    resident_joined: int
    resident_after: int


def measure(name: str, clients: int) -> Memory:
    """Measure one server.

    Raises:
        RuntimeError: not all clients came in, or one did not read every update.
    """
    with Stage(name, clients, deflate=True) as stage:
        before = stage.look()
        joined = stage.connect()
        stage.check(UPDATES)
        after = stage.look()
        if after.viewers != clients:
            raise RuntimeError(f"{name} holds {after.viewers:,} of {clients:,} clients after the updates")
    return Memory(
        own_joined=round((joined.own_bytes - before.own_bytes) / clients),
        own_after=round((after.own_bytes - before.own_bytes) / clients),
        resident_joined=round((joined.resident_bytes - before.resident_bytes) / clients),
        resident_after=round((after.resident_bytes - before.resident_bytes) / clients),
    )


def figures(measured: Mapping[str, Memory]) -> dict[str, Any]:
    """Return what is stored: bytes a connection by server, as multiples of ours too, and what falls short."""
    ours = max(measured["gateway"].own_joined, measured["gateway"].own_after)
    reasons = [] if ours <= MOST_BYTES else [f"{ours:,} bytes a connection, expected at most {MOST_BYTES:,}"]
    servers = {
        name: {
            **asdict(memory),
            "kib": round(memory.own_after / 1024, 2),
            "of_gateway": round(memory.own_after / ours, 1),
            "settings": SERVERS[name],
        }
        for name, memory in measured.items()
    }
    return {"servers": servers, "most_bytes": MOST_BYTES, "reasons": reasons}


def show(told: Mapping[str, Any]) -> None:
    """Print the table."""
    print(f"{'bytes a connection':18}{'joined':>9}{'after':>9}{'of ours':>9}  settings")
    for name, server in told["servers"].items():
        print(
            f"{name:18}{server['own_joined']:9,}{server['own_after']:9,}{server['of_gateway']:9.1f}"
            f"  {server['settings']}"
        )
    for reason in told["reasons"] or [f"the bar of {MOST_BYTES:,} bytes is held"]:
        print(reason)


def main() -> None:
    """Measure, print and store; exit with 1 where the bar is not held."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway_memory", description=__doc__)
    parser.add_argument("--clients", type=int, default=15_000, help="at most 19,000")
    parser.add_argument("--try", action="store_true", dest="trial", help="store nothing")
    asked = parser.parse_args()
    told = figures({name: measure(name, asked.clients) for name in SERVERS})
    show(told)
    if not asked.trial:
        inputs = {"clients": asked.clients, "frame_bytes": FRAME_BYTES, "updates": UPDATES}
        command = f"python -m benchmarks.gateway_memory --clients {asked.clients}"
        print(f"stored in {store('gateway_memory', command, inputs, told)}")
    sys.exit(1 if told["reasons"] else 0)


if __name__ == "__main__":
    main()
