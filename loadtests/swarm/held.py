"""What the server, the swarm and the machine hold in memory at most during a run."""

import contextlib
import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

from loadtests.memory import pss_mb, rss_mb, system_used_mb, tree_of
from loadtests.swarm.checker import fetch

_RSS: Final = b"process_resident_memory_bytes "


class Memory:
    """The highest seen so far, MiB."""

    def __init__(self, url: str, servers: Sequence[int], used_mb: float) -> None:
        """Begin.

        Args:
            url: of the server, which tells its memory itself where its processes are not known.
            servers: process ids of the server; what descends from them is counted, whenever it starts.
            used_mb: what the machine had used before the run; 0: it is taken now.
        """
        self.server_rss_mb, self.swarm_rss_mb, self.system_peak_mb = 0.0, 0.0, 0.0
        self._server_pss_mb, self._swarm_pss_mb = 0.0, 0.0
        self._server_processes, self._swarm_processes = 0, 0
        self._url, self._servers = url, tuple(servers)
        self._used_mb = used_mb or system_used_mb()
        self._close_looks = 0

    def look(self, workers: Iterable[int]) -> None:
        """Look at the processes' resident memory, and at the machine's."""
        self.system_peak_mb = max(self.system_peak_mb, system_used_mb() - self._used_mb)
        swarm = [os.getpid(), *workers]
        self.swarm_rss_mb = max(self.swarm_rss_mb, rss_mb(swarm))
        self._swarm_processes = max(self._swarm_processes, len(swarm))
        if self._servers:
            server = tree_of(self._servers)
            self.server_rss_mb = max(self.server_rss_mb, rss_mb(server))
            self._server_processes = max(self._server_processes, len(server))
        else:
            self._ask()

    def look_closely(self, workers: Iterable[int], *, once: bool = False) -> None:
        """Look at what each process holds for itself; dear, so a few times in a run (or once only)."""
        if once and self._close_looks:
            return
        self._close_looks += 1
        self._swarm_pss_mb = max(self._swarm_pss_mb, pss_mb([os.getpid(), *workers]))
        if self._servers:
            self._server_pss_mb = max(self._server_pss_mb, pss_mb(tree_of(self._servers)))

    def told(self) -> dict[str, Any]:
        """Return what `run.json` says of it; 0: not known."""
        return {
            "server_rss_mb": round(self.server_rss_mb, 1),
            "server_pss_mb": round(self._server_pss_mb, 1),
            "server_processes": self._server_processes,
            "swarm_rss_mb": round(self.swarm_rss_mb, 1),
            "swarm_pss_mb": round(self._swarm_pss_mb, 1),
            "swarm_processes": self._swarm_processes,
            "system_peak_mb": round(self.system_peak_mb, 1),
        }

    def _ask(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in fetch(f"{self._url}/metrics").splitlines():
                if line.startswith(_RSS):
                    self.server_rss_mb = max(self.server_rss_mb, float(line[len(_RSS) :]) / 2**20)
