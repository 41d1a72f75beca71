"""Latencies by stage, as HDR histograms that other tools read.

Values are nanoseconds. A histogram holds 1 us to 60 s at three significant digits; what is longer counts as
60 s.
"""

import time
from pathlib import Path
from typing import Final

import numpy as np
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogWriter
from numpy.typing import NDArray

LONGEST_NS: Final = 60_000_000_000
SIGNIFICANT_DIGITS: Final = 3
WP_CALCULATION: Final = "wp_calculation"
"""An event handed to the engine until its update is returned."""
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
        made = {}
        for stage, blocks in self._blocks.items():
            histogram = HdrHistogram(1, LONGEST_NS, SIGNIFICANT_DIGITS)
            values = np.clip(np.concatenate(blocks), 1, LONGEST_NS)
            for value, count in zip(*np.unique(values, return_counts=True), strict=True):
                histogram.record_value(int(value), int(count))
            made[stage] = histogram
        return made

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
            with path.open("w", encoding="utf-8") as file:
                log = HistogramLogWriter(file)
                log.output_comment(f"[{stage}, nanoseconds]")
                log.output_log_format_version()
                log.output_legend()
                log.output_interval_histogram(histogram, self._started_s, time.time())
            written.append(path)
        return written


def _ms(value_ns: float) -> float:
    return round(value_ns / 1e6, 6)
