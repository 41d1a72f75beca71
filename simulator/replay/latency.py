"""Latencies by stage, as HDR histograms that other tools read.

Values are nanoseconds; the histograms are those of the live service, so that one tool reads both.
"""

import time
from pathlib import Path
from typing import Final

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from engine.service.histograms import LONGEST_NS, histogram_of_values, write_log
from engine.service.stages import WP_CALCULATION

__all__ = ["LONGEST_NS", "READ_GAME", "SCHEDULE_LAG", "WP_CALCULATION", "Latencies"]

READ_GAME: Final = "read_game"
"""A game asked for until its events are in memory; one value a game."""
SCHEDULE_LAG: Final = "schedule_lag"
"""Open loop: when an event was due on the recorded clock until its update is returned."""


class Latencies:
    """Latencies of one replay: cheap to record; histograms are made when they are asked for."""

    def __init__(self) -> None:
        # Nanoseconds by stage, in blocks as they came.
        self._blocks: dict[str, list[NDArray[np.int64]]] = {}
        self._started_s = time.time()

    def record(self, stage: str, values_ns: NDArray[np.int64]) -> None:
        """Add a block of values."""
        if len(values_ns):
            self._blocks.setdefault(stage, []).append(values_ns)

    def histograms(self) -> dict[str, HdrHistogram]:
        """Return one histogram a stage."""
        return {stage: histogram_of_values(np.concatenate(blocks)) for stage, blocks in self._blocks.items()}

    def percentiles_ms(self) -> dict[str, dict[str, float]]:
        """Return p50, p95, p99 and the maximum of each stage, milliseconds."""
        return {
            stage: {
                "p50": _ms(histogram.get_value_at_percentile(50.0)),
                "p95": _ms(histogram.get_value_at_percentile(95.0)),
                "p99": _ms(histogram.get_value_at_percentile(99.0)),
                "max": _ms(histogram.get_max_value()),
            }
            for stage, histogram in self.histograms().items()
        }

    def write_logs(self, folder: Path) -> list[Path]:
        """Write `<stage>.hlog` for each stage and return the files."""
        written = []
        for stage, histogram in self.histograms().items():
            path = folder / f"{stage}.hlog"
            write_log(path, stage, [(self._started_s, time.time(), histogram)])
            written.append(path)
        return written


def _ms(value_ns: float) -> float:
    return round(value_ns / 1e6, 6)
