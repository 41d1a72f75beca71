"""A gateway that is killed in the middle of a run, and how long it takes until the last viewer is back."""

import contextlib
import os
import signal
from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec

from loadtests.memory import tree_of
from loadtests.swarm.checker import fetch
from loadtests.swarm.tally import RECOVERY, Tally

SETTLED_S = 3.0
"""After so long all who were connected to the killed process know it."""


class Kill:
    """One kill; viewers lose their connections at once, and recover one after the other."""

    def __init__(self, pid: int, number: int | None, at_s: float, total: Tally, clients: int) -> None:
        self._pid, self._number, self._at_s, self._before = pid, number, at_s, clients
        self._losses, self._recovered = total.counts["losses"], _recoveries(total)
        self._last_s, self._longest_s = 0.0, 0.0
        self._lost, self._back = 0, 0
        self._over = False

    def follow(self, at_s: float, tally: Tally, total: Tally) -> None:
        """Take note of a worker's report.

        Args:
            at_s: when it came.
            tally: what is new in it.
            total: all of the run, with it.
        """
        if self._over:
            return
        new = tally.stages.get(RECOVERY)
        if new is not None and new.total:
            self._last_s = at_s - self._at_s
            self._longest_s = max(self._longest_s, new.highest_ns / 1e9)
        self._lost = total.counts["losses"] - self._losses
        self._back = _recoveries(total) - self._recovered
        self._over = at_s - self._at_s > SETTLED_S and self._back >= self._lost > 0

    def missing(self, clients: int) -> int:
        """Return how many fewer are open at the end than were before it."""
        return max(0, self._before - clients)

    def told(self) -> dict[str, Any]:
        """Return what `run.json` says of it."""
        whole = self._back >= self._lost > 0
        return {
            "at_s": round(self._at_s, 1),
            "gateway": self._number,
            "pid": self._pid,
            "lost": self._lost,
            "recovered": self._back,
            # A report comes up to 1.25 s after what it tells: the last was back between these two.
            "longest_recovery_s": round(self._longest_s, 3),
            "to_last_recovered_s": round(self._last_s, 3) if whole else None,
        }


def _recoveries(total: Tally) -> int:
    return total.stages[RECOVERY].total if RECOVERY in total.stages else 0


def choose_gateway(url: str, servers: Sequence[int], seed: str) -> tuple[int, int]:
    """Return number and process id of one of a server's gateways, the same for the same seed.

    Args:
        url: of the server, whose `/healthz` tells its gateways.
        servers: process ids of the server: only what descends from them is killed.
        seed: which one.

    Raises:
        OSError: the server tells of none.
    """
    told: dict[str, Any] = msgspec.json.decode(fetch(f"{url}/healthz"))
    own = set(tree_of(servers)) - set(servers)
    gateways = [(int(one["number"]), int(one["pid"])) for one in told.get("gateways", ())]
    gateways = [(number, pid) for number, pid in gateways if pid in own]
    if not gateways:
        raise OSError(f"{url}/healthz tells of no gateway process of this server; start it with --gateways")
    return Random(seed).choice(gateways)


def kill(pid: int) -> None:
    """Kill a process at once; one that is gone is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
