"""How long each stage of an update took: cheap to record; read as percentiles, buckets and `.hlog` files.

One thread records and reads: that of the service's loop. A value is appended to a list (some 50 ns); the
lists are folded into counts in blocks, when they are long enough and whenever somebody reads.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from engine.service.histograms import (
    COUNTS,
    LONGEST_NS,
    PERCENTILES,
    Interval,
    Values,
    clip,
    histogram_of,
    merge,
    percentile_ns,
    places_of,
    write_log,
)

FEED_LAG: Final = "feed_lag"
"""The vendor's stamp until the event is received; other people's clocks, so never mixed into the rest."""
QUEUE_WAIT: Final = "queue_wait"
"""Received until handed to the engine."""
WP_CALCULATION: Final = "wp_calculation"
"""An event handed to the engine until its update is returned."""
LOG_APPEND: Final = "log_append"
"""The update returned until the event has left the process for the log."""
PUBLISH: Final = "publish"
"""The update returned until the last write to a viewer is issued: the server's part of `dashboard_update`."""
PLAY_TO_DISPLAY: Final = "play_to_display"
"""Received until the last write to a viewer is issued: the server's part of what a viewer waits."""
STAGES: Final = (FEED_LAG, QUEUE_WAIT, WP_CALCULATION, LOG_APPEND, PUBLISH, PLAY_TO_DISPLAY)

# fmt: off
BUCKETS_MS: Final = (
    0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 75, 100, 150, 200, 300, 500,
    1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
)
# fmt: on
"""Upper ends of the buckets that Prometheus reads, close together about the limits of 100, 200 and 500 ms."""
_BUCKETS_NS: Final = np.array([round(edge * 1_000_000) for edge in BUCKETS_MS], dtype=np.int64)

_FAR_NS: Final = LONGEST_NS + 1

FOLD_AT: Final = 512
"""Values of a stage that wait to be folded; folding them takes some 50 us."""
INTERVAL_S: Final = 10.0
MOST_INTERVALS: Final = 720
"""Two hours at full resolution; from then on neighbours are merged, to two minutes or so in a day."""


@dataclass(slots=True)
class Buckets:
    """One stage as Prometheus reads it."""

    counts: Values = field(default_factory=lambda: np.zeros(len(BUCKETS_MS) + 1, dtype=np.int64))
    """By bucket, not running; the last one is what is beyond the last edge."""
    sum_ns: int = 0
    too_long: int = 0
    """Values above `LONGEST_NS`; they count as that."""
    negative: int = 0
    """Values below zero (a vendor's clock ahead of ours); they count as 1 ns."""


class _Stage:
    """One stage: what waits to be folded, all of it so far, and its intervals."""

    def __init__(self, started_s: float) -> None:
        # Values as they came; `record` appends, `_fold` takes them away.
        self.waiting: list[int] = []
        self.buckets = Buckets()
        # Everything so far, by place.
        self.total: Values = np.zeros(COUNTS, dtype=np.int64)
        # The same since the running interval began.
        self.running: Values = np.zeros(COUNTS, dtype=np.int64)
        self.started_s = started_s
        self.intervals: list[Interval] = []
        self.longest_ns = 0

    def fold(self) -> None:
        """Add what waits to the counts."""
        if not self.waiting:
            return
        try:
            values = np.array(self.waiting, dtype=np.int64)
        except OverflowError:  # a vendor may stamp anything, also what 64 bits do not hold
            values = np.array([max(min(value, _FAR_NS), -1) for value in self.waiting], dtype=np.int64)
        self.waiting.clear()
        self.buckets.negative += int((values < 0).sum())
        self.buckets.too_long += int((values > LONGEST_NS).sum())
        held = clip(values)
        places = places_of(held)
        np.add.at(self.running, places, 1)
        np.add.at(self.total, places, 1)
        self.longest_ns = max(self.longest_ns, int(held.max()))
        self.buckets.sum_ns += int(held.sum())
        # A value equal to an edge belongs below it ("le").
        np.add.at(self.buckets.counts, np.searchsorted(_BUCKETS_NS, held, side="left"), 1)

    def percentile_ns(self, percentile: float) -> int:
        """Return a percentile of everything so far, never above the longest value."""
        return min(percentile_ns(self.total, percentile), self.longest_ns)

    def rotate(self, now_s: float) -> None:
        """End the running interval and begin the next; one that saw nothing is not kept."""
        seen = np.flatnonzero(self.running)
        if len(seen):
            self.intervals.append(Interval(self.started_s, now_s, seen, self.running[seen]))
            self.running[seen] = 0
            self._merge_two()
        self.started_s = now_s

    def _merge_two(self) -> None:
        """Where there are too many, merge the two neighbours that are shortest together; the oldest first."""
        if len(self.intervals) <= MOST_INTERVALS:
            return
        lengths = [then.ended_s - one.started_s for one, then in pairwise(self.intervals)]
        place = lengths.index(min(lengths))
        self.intervals[place : place + 2] = [merge(self.intervals[place : place + 2])]


class Stages:
    """The latencies of one run, by stage."""

    def __init__(
        self, *, now_s: Callable[[], float] = time.time, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Args: now_s, monotonic_s: the clocks; the first stamps the intervals, the second measures them."""
        self._now_s = now_s
        self._monotonic_s = monotonic_s
        started_s = now_s()
        self._stages: Final = {stage: _Stage(started_s) for stage in STAGES}
        # When the running interval is to end.
        self._rotate_at_s = monotonic_s() + INTERVAL_S

    def record(self, stage: str, value_ns: int) -> None:
        """Record how long one of `STAGES` took.

        Raises:
            KeyError: There is no such stage.
        """
        waiting = self._stages[stage].waiting
        if len(waiting) >= FOLD_AT or self._monotonic_s() >= self._rotate_at_s:
            self.fold()
        waiting.append(value_ns)

    def fold(self) -> None:
        """Fold what waits, and begin a new interval when one is due; `record` and every reading do it."""
        for stage in self._stages.values():
            stage.fold()
        now_s = self._monotonic_s()
        if now_s >= self._rotate_at_s:
            self._rotate_at_s = now_s + INTERVAL_S
            self._rotate()

    def _rotate(self) -> None:
        now_s = self._now_s()
        for stage in self._stages.values():
            stage.rotate(now_s)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return count, p50, p95, p99, p999 and max (milliseconds) of each stage that saw something."""
        self.fold()
        return {
            name: {
                "count": int(stage.total.sum()),
                **{label: _ms(stage.percentile_ns(share)) for label, share in PERCENTILES.items()},
                "max": _ms(stage.longest_ns),
            }
            for name, stage in self._stages.items()
            if stage.longest_ns
        }

    def buckets(self) -> Mapping[str, Buckets]:
        """Return each stage as Prometheus reads it."""
        self.fold()
        return {name: stage.buckets for name, stage in self._stages.items()}

    def intervals(self, stage: str) -> list[Interval]:
        """Return what one stage saw, interval by interval, oldest first, with the running one."""
        self.fold()
        self._rotate()
        return list(self._stages[stage].intervals)

    def write_hlog(self, folder: Path) -> list[Path]:
        """Write `<stage>.hlog` for each stage that saw something, a line an interval; return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, stage in self._stages.items():
            intervals = self.intervals(name)
            if not stage.longest_ns:
                continue
            path = folder / f"{name}.hlog"
            write_log(
                path,
                name,
                ((one.started_s, one.ended_s, histogram_of(one.places, one.counts)) for one in intervals),
            )
            written.append(path)
        return written


def _ms(value_ns: int) -> float:
    return round(value_ns / 1e6, 6)
