"""Latencies come out as HDR histograms that other tools read."""

from pathlib import Path

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from simulator.replay.latency import LONGEST_NS, Latencies

MS = 1_000_000


def _latencies(values_ns: list[int]) -> Latencies:
    latencies = Latencies()
    for block in np.array_split(np.array(values_ns, dtype=np.int64), 3):
        latencies.record("stage", block)
    return latencies


def test_percentiles_are_those_of_the_values() -> None:
    """1 to 1,000 ms in equal steps: each percentile to three significant digits."""
    percentiles = _latencies([value * MS for value in range(1, 1_001)]).percentiles_ms()["stage"]
    assert percentiles["p50"] == pytest.approx(500.0, rel=2e-3)
    assert percentiles["p95"] == pytest.approx(950.0, rel=2e-3)
    assert percentiles["p99"] == pytest.approx(990.0, rel=2e-3)
    assert percentiles["max"] == pytest.approx(1_000.0, rel=2e-3)


def test_a_microsecond_is_not_rounded_away() -> None:
    """The smallest latencies that matter keep three digits, too."""
    assert _latencies([1_234] * 10).percentiles_ms()["stage"]["p50"] == pytest.approx(0.001234, rel=2e-3)


def test_what_is_out_of_range_is_counted_at_its_end() -> None:
    """Nothing is dropped: an hour counts as the longest that is held, a negative value as the least."""
    histogram = _latencies([-5, 0, 3_600 * 1_000 * MS]).histograms()["stage"]
    assert histogram.get_total_count() == 3
    assert histogram.get_max_value() == pytest.approx(LONGEST_NS, rel=2e-3)


def test_the_log_reads_back_with_the_library_of_other_tools(tmp_path: Path) -> None:
    """An `.hlog` holds the very histogram that the percentiles are from."""
    latencies = _latencies([value * 1_000 for value in range(1, 5_000)])
    (path,) = latencies.write_logs(tmp_path)
    assert path.name == "stage.hlog"
    read = HdrHistogram(1, LONGEST_NS, 3)
    with path.open(encoding="utf-8") as file:
        log = HistogramLogReader(str(path), read)
        while log.add_next_interval_histogram() is not None:
            pass
        log.close()
        assert file.readline().startswith("#")
    written = latencies.histograms()["stage"]
    assert read.get_total_count() == written.get_total_count() == 4_999
    for percentile in (1.0, 50.0, 99.0, 100.0):
        assert read.get_value_at_percentile(percentile) == written.get_value_at_percentile(percentile)


def test_a_stage_without_values_is_not_there() -> None:
    """No percentile is invented for a stage that never ran."""
    latencies = Latencies()
    latencies.record("stage", np.array([], dtype=np.int64))
    assert latencies.percentiles_ms() == {}
