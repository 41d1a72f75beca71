"""Whether the service is alive and whether it is ready to be sent viewers, each with the reasons."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.feeds.source import SourceCounts
from engine.service.day import Day


class Health:
    """Answers of `/healthz` and `/readyz`."""

    def __init__(
        self,
        day: Day,
        sources: Callable[[], Mapping[str, SourceCounts]],
        gateways: Callable[[], Mapping[int, int]] = dict,
    ) -> None:
        """Prepare.

        Args:
            day: the day that is served.
            sources: gives what each feed has lived through.
            gateways: gives the process ids of the gateway processes by their number.
        """
        self._day: Final = day
        self._sources = sources
        self._gateways = gateways
        self._began_s = time.monotonic()
        # Set once the log has been read; set back when the service is about to stop.
        self.restored = False
        self.draining = False

    def alive(self) -> dict[str, Any]:
        """Return that the process answers, for how long it has lived, and which processes let viewers in."""
        gateways = [{"number": number, "pid": pid} for number, pid in sorted(self._gateways().items())]
        uptime_s = round(time.monotonic() - self._began_s, 1)
        return {"status": "ok", "uptime_s": uptime_s, "pid": os.getpid(), "gateways": gateways}

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Return whether viewers may be sent here, and why not. A lost feed is told, but viewers stay."""
        reasons = []
        if not self.restored:
            reasons.append("the log is still being read")
        if self.draining:
            reasons.append("the service is about to stop")
        if self._day.counts.log_stalled:
            reasons.append("the event log cannot be written: see the disk")
        feeds = {name: str(counts.health) for name, counts in self._sources().items()}
        answer = {
            "status": "not ready" if reasons else "ready",
            "reasons": reasons,
            "feeds": feeds,
            "games": len(self._day.processors),
            "waiting": self._day.counts.waiting,
        }
        return not reasons, answer
