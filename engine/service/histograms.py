"""HDR histograms that are cheap to fill in blocks, and the `.hlog` files that other HDR tools read.

Values are nanoseconds. A histogram holds 1 us to 60 s at three significant digits (below 1 us it is finer
still); what is longer counts as 60 s, what is not above zero as 1 ns, and whoever records counts both. The
`hdrhistogram` package owns the format; the counting is done here on numpy arrays, since its own loop takes
10 ms a percentile.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader, HistogramLogWriter
from numpy.typing import NDArray

LONGEST_NS: Final = 60_000_000_000
SIGNIFICANT_DIGITS: Final = 3
PERCENTILES: Final = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p999": 99.9}

_SHAPE: Final = HdrHistogram(1, LONGEST_NS, SIGNIFICANT_DIGITS)
COUNTS: Final[int] = _SHAPE.counts_len
"""How many counts a histogram has."""
_HALF_MAGNITUDE: Final[int] = _SHAPE.sub_bucket_half_count_magnitude
_HALF: Final[int] = _SHAPE.sub_bucket_half_count
_MASK: Final[int] = _SHAPE.sub_bucket_mask

_FORMAT: Final = "[Histogram log format version"

Values = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """What one stretch of time saw, as the places that are not zero: a few bytes a distinct value."""

    started_s: float
    """Seconds since 1970."""
    ended_s: float
    places: Values
    counts: Values

    @property
    def total(self) -> int:
        """How many values it holds."""
        return int(self.counts.sum())


def empty_histogram() -> HdrHistogram:
    """Return a histogram of the one shape that every stage has."""
    return HdrHistogram(1, LONGEST_NS, SIGNIFICANT_DIGITS)


def clip(values_ns: Values) -> Values:
    """Return values that a histogram can hold."""
    return np.clip(values_ns, 1, LONGEST_NS)


def places_of(values_ns: Values) -> Values:
    """Return the place of each value (1 to `LONGEST_NS`) among a histogram's counts."""
    # frexp gives the bit length: exact, because every value is far below 2 ** 53.
    _, bits = np.frexp((values_ns | _MASK).astype(np.float64))
    bucket = bits.astype(np.int64) - (_HALF_MAGNITUDE + 1)
    return ((bucket + 1) << _HALF_MAGNITUDE) + (values_ns >> bucket) - _HALF


def value_at(place: int) -> int:
    """Return the greatest value that is counted at a place."""
    return int(_SHAPE.get_highest_equivalent_value(_SHAPE.get_value_from_index(place)))


def percentile_ns(counts: Values, percentile: float) -> int:
    """Return the value below or at which `percentile` of 100 lie, as hdrhistogram has it; 0 for none."""
    running = np.cumsum(counts)
    total = int(running[-1])
    if not total:
        return 0
    wanted = max(math.floor(percentile * total / 100.0 + 0.5), 1)
    return value_at(int(np.searchsorted(running, min(wanted, total))))


def histogram_of(places: Values, counts: Values) -> HdrHistogram:
    """Return a histogram with these counts at these places."""
    histogram = empty_histogram()
    if len(places):
        held = np.frombuffer(histogram.counts, dtype=np.int64)
        np.add.at(held, places, counts)
        seen = np.flatnonzero(held)
        histogram.set_internal_tacking_values(int(seen[0]), int(seen[-1]), int(held.sum()))
    return histogram


def histogram_of_values(values_ns: Values) -> HdrHistogram:
    """Return a histogram of these values, clipped to what it can hold."""
    clipped = clip(values_ns)
    histogram = histogram_of(places_of(clipped), np.ones(len(clipped), dtype=np.int64))
    if len(clipped):
        # As if each had been recorded: the extremes are the values themselves.
        histogram.min_value, histogram.max_value = int(clipped.min()), int(clipped.max())
    return histogram


def merge(intervals: Sequence[Interval]) -> Interval:
    """Return one interval with everything that these hold: nothing is lost but when it was."""
    places, where = np.unique(np.concatenate([one.places for one in intervals]), return_inverse=True)
    counts = np.zeros(len(places), dtype=np.int64)
    np.add.at(counts, where, np.concatenate([one.counts for one in intervals]))
    return Interval(
        min(one.started_s for one in intervals), max(one.ended_s for one in intervals), places, counts
    )


def write_log(path: Path, title: str, intervals: Iterable[tuple[float, float, HdrHistogram]]) -> None:
    """Write a `.hlog`: one line an interval (start and end in seconds since 1970, and its histogram)."""
    with path.open("w", encoding="utf-8") as file:
        log = HistogramLogWriter(file)
        log.output_comment(f"[{title}, nanoseconds]")
        log.output_log_format_version()
        log.output_legend()
        for started_s, ended_s, histogram in intervals:
            log.output_interval_histogram(histogram, started_s, ended_s)


def read_log(path: Path) -> HdrHistogram:
    """Return all intervals of a `.hlog` added up.

    Raises:
        ValueError: The file is no histogram log.
        OSError: It cannot be read.
    """
    return _sum(path, read_intervals(path))


def read_intervals(path: Path) -> list[HdrHistogram]:
    """Return the intervals of a `.hlog` one by one, oldest first, each with its start and end stamps.

    Raises:
        ValueError: The file is no histogram log.
        OSError: It cannot be read.
    """
    intervals: list[HdrHistogram] = []
    log: Any = HistogramLogReader(str(path), empty_histogram())
    try:
        while (interval := log.get_next_interval_histogram()) is not None:
            intervals.append(interval)
    except Exception as error:
        raise ValueError(
            f"{path}: expected a histogram log (.hlog), got a line that is none: {error}"
        ) from error
    finally:
        log.close()
    if not intervals and _FORMAT not in path.read_text(encoding="utf-8", errors="replace")[:1_000]:
        raise ValueError(
            f"{path}: expected a histogram log (.hlog), got a file without its heading or a line of it"
        )
    return intervals


def _sum(path: Path, intervals: Iterable[HdrHistogram]) -> HdrHistogram:
    total = empty_histogram()
    for interval in intervals:
        try:
            total.add(interval)
        except IndexError as error:
            raise ValueError(
                f"{path}: holds values beyond {LONGEST_NS} ns, which no stage records"
            ) from error
    return total
