"""What a stretch of time has seen, in counts that add up without a loss: at a worker, then the master.

Latencies are counts of HDR places (`engine.service.histograms`); they travel as compressed differences.
"""

import zlib
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from engine.service.histograms import COUNTS, clip, histogram_of, percentile_ns, places_of

PLAY_TO_DISPLAY: Final = "play_to_display"
DASHBOARD_UPDATE: Final = "dashboard_update"
HANDSHAKE: Final = "handshake"
RECOVERY: Final = "recovery"
"""A connection lost, or left in order to come back, until all that was missed is known."""
GENERATOR_LAG: Final = "generator_lag"
SLOW_PLAY_TO_DISPLAY: Final = "slow_play_to_display"
"""Of those who read slowly on purpose: not the server's time, and kept apart."""

Values = NDArray[np.int64]


class Stage:
    """The latencies of one stage."""

    __slots__ = ("counts", "highest_ns", "lowest_ns")

    def __init__(self) -> None:
        self.counts: Values = np.zeros(COUNTS, dtype=np.int64)
        self.lowest_ns, self.highest_ns = 0, 0

    @property
    def total(self) -> int:
        """How many values it holds."""
        return int(self.counts.sum())

    def take(self, values_ns: Values) -> None:
        """Count values."""
        if len(values_ns):
            values_ns = clip(values_ns)
            places, counts = np.unique(places_of(values_ns), return_counts=True)
            self.counts[places] += counts
            self._extremes(int(values_ns.min()), int(values_ns.max()))

    def merge(self, other: "Stage") -> None:
        """Add everything that another holds."""
        self.counts += other.counts
        if other.highest_ns:
            self._extremes(other.lowest_ns, other.highest_ns)

    def percentile_ms(self, percentile: float) -> float:
        """Return a percentile in milliseconds; 0 where there is no value."""
        return percentile_ns(self.counts, percentile) / 1e6

    def histogram(self) -> HdrHistogram:
        """Return it as what a `.hlog` holds."""
        places = np.flatnonzero(self.counts)
        histogram = histogram_of(places, self.counts[places])
        if len(places):
            histogram.min_value, histogram.max_value = self.lowest_ns, self.highest_ns
        return histogram

    def pack(self) -> list[Any]:
        """Return it small: the places that are not zero, compressed."""
        places = np.flatnonzero(self.counts)
        block = places.astype("<i4").tobytes() + self.counts[places].astype("<i8").tobytes()
        return [len(places), zlib.compress(block, 1), self.lowest_ns, self.highest_ns]

    @staticmethod
    def unpack(packed: list[Any]) -> "Stage":
        """Return what `pack` has made small."""
        stage, (size, block, lowest, highest) = Stage(), packed
        plain = zlib.decompress(block)
        places = np.frombuffer(plain, "<i4", size)
        stage.counts[places] = np.frombuffer(plain, "<i8", size, 4 * size)
        stage.lowest_ns, stage.highest_ns = lowest, highest
        return stage

    def _extremes(self, lowest_ns: int, highest_ns: int) -> None:
        self.lowest_ns = min(self.lowest_ns or lowest_ns, lowest_ns)
        self.highest_ns = max(self.highest_ns, highest_ns)


@dataclass(slots=True)
class Tally:
    """Latencies by stage, and what was counted."""

    stages: dict[str, Stage] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """Deliveries, reconnects, snapshots and the like."""
    errors: Counter[str] = field(default_factory=Counter)

    def measure(self, stage: str, values_ns: "Values | array[int] | Iterable[int]") -> None:
        """Count latencies."""
        if isinstance(values_ns, array):
            block: Values = np.frombuffer(values_ns, dtype=np.int64)
        else:
            block = np.asarray(values_ns, dtype=np.int64)
        if stage not in self.stages:
            self.stages[stage] = Stage()
        self.stages[stage].take(block)

    def merge(self, other: "Tally") -> None:
        """Add everything that another holds."""
        for name, stage in other.stages.items():
            self.stages.setdefault(name, Stage()).merge(stage)
        self.counts.update(other.counts)
        self.errors.update(other.errors)

    def pack(self) -> dict[str, Any]:
        """Return it as plain values for the way to the master."""
        return {
            "stages": {name: stage.pack() for name, stage in self.stages.items()},
            "counts": dict(self.counts),
            "errors": dict(self.errors),
        }

    @staticmethod
    def unpack(packed: dict[str, Any]) -> "Tally":
        """Return what `pack` has made plain."""
        return Tally(
            {name: Stage.unpack(stage) for name, stage in packed["stages"].items()},
            Counter(packed["counts"]),
            Counter(packed["errors"]),
        )
