"""What the viewers of this process have seen since the last tally: latencies as they come, counts, errors."""

from array import array
from collections import Counter, deque

import numpy as np

from loadtests.swarm.heard import Heard
from loadtests.swarm.tally import (
    DASHBOARD_UPDATE,
    GENERATOR_LAG,
    HANDSHAKE,
    PLAY_TO_DISPLAY,
    RECOVERY,
    SLOW_PLAY_TO_DISPLAY,
    Tally,
    Values,
)


class Seen:
    """Notes of the loop; only its thread writes, others take tallies from the outbox."""

    __slots__ = ("_tally", "counted", "handshakes_ns", "lags_ns", "outbox", "recoveries_ns", "slow_ns")

    def __init__(self) -> None:
        self.outbox: deque[Tally] = deque()
        # Messages that live viewers heard since the last tally, in order; each holds the times.
        self.counted: dict[Heard, None] = {}
        self.handshakes_ns, self.recoveries_ns = array("q"), array("q")
        self.lags_ns, self.slow_ns = array("q"), array("q")
        self._tally = Tally()

    @property
    def counts(self) -> Counter[str]:
        """What was counted since the last tally."""
        return self._tally.counts

    @property
    def errors(self) -> Counter[str]:
        """What went wrong since the last tally."""
        return self._tally.errors

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to tell but the loop's own lag."""
        return not (self.counted or self.counts or self.errors or self.recoveries_ns or self.slow_ns)

    def put_out(self) -> None:
        """Put all that was seen into the outbox, and begin anew."""
        tally = self._tally
        if self.counted:
            told = list(self.counted)
            at_ns: list[Values] = [np.array(heard.times_ns, dtype=np.int64) for heard in told]
            displays = [at - heard.received_ns for at, heard in zip(at_ns, told, strict=True)]
            dashboards = [at - heard.updated_ns for at, heard in zip(at_ns, told, strict=True)]
            tally.counts["deliveries"] += sum(map(len, at_ns))
            tally.measure(PLAY_TO_DISPLAY, np.concatenate(displays))
            tally.measure(DASHBOARD_UPDATE, np.concatenate(dashboards))
            for heard in told:
                del heard.times_ns[:]
        self.counted.clear()
        for name, block in (
            (HANDSHAKE, self.handshakes_ns),
            (RECOVERY, self.recoveries_ns),
            (GENERATOR_LAG, self.lags_ns),
            (SLOW_PLAY_TO_DISPLAY, self.slow_ns),
        ):
            if block:
                tally.measure(name, block.tolist())
                del block[:]
        self.outbox.append(tally)
        self._tally = Tally()
