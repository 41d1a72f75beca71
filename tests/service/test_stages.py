"""Latencies by stage: exact against the library that owns the format, bounded, and lossless when merged."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.service import stages as module
from engine.service.histograms import (
    LONGEST_NS,
    Interval,
    empty_histogram,
    histogram_of,
    histogram_of_values,
    merge,
    percentile_ns,
    places_of,
    read_intervals,
    read_log,
    write_log,
)
from engine.service.stages import BUCKETS_MS, FOLD_AT, STAGES, WP_CALCULATION, Stages

MS = 1_000_000
values_of_any_size = st.lists(
    st.one_of(
        st.integers(1, LONGEST_NS),
        st.integers(1, 35).flatmap(lambda bit: st.integers(max(1, 2**bit - 2), min(2**bit + 2, LONGEST_NS))),
    ),
    min_size=1,
    max_size=300,
)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        """Return what it was set to."""
        return self.now_s


def _stages(clock: Clock) -> Stages:
    return Stages(now_s=clock, monotonic_s=clock)


@settings(max_examples=25, deadline=None)
@given(values_of_any_size)
def test_counting_in_blocks_is_counting_one_by_one(values: list[int]) -> None:
    """Each value gets the place that hdrhistogram gives it, and each percentile is its percentile."""
    library = empty_histogram()
    for value in values:
        library.record_value(value)
    ours = histogram_of_values(np.array(values, dtype=np.int64))
    assert ours.equals(library)
    counts = np.frombuffer(library.counts, dtype=np.int64)
    for percentile in (0.1, 50.0, 99.0, 100.0):
        assert percentile_ns(counts, percentile) == library.get_value_at_percentile(percentile)


@settings(max_examples=25, deadline=None)
@given(st.lists(values_of_any_size, min_size=1, max_size=5))
def test_merging_loses_nothing(parts: list[list[int]]) -> None:
    """Intervals that are merged hold what one histogram over all their values holds."""
    intervals = []
    for place, values in enumerate(parts):
        places, counts = np.unique(places_of(np.array(values, dtype=np.int64)), return_counts=True)
        intervals.append(Interval(float(place), place + 1.0, places, counts))
    merged = merge(intervals)
    whole = histogram_of_values(np.array([value for values in parts for value in values], dtype=np.int64))
    made = histogram_of(merged.places, merged.counts)
    assert bytes(made.counts) == bytes(whole.counts)
    assert (merged.started_s, merged.ended_s) == (0.0, float(len(parts)))
    assert merged.total == made.get_total_count() == sum(len(values) for values in parts)


def test_a_summary_tells_percentiles_in_milliseconds() -> None:
    """Of 1 to 1,000 ms the p99 is 990 ms within three digits, and the maximum is exact."""
    stages = Stages()
    for value in range(1, 1_001):
        stages.record(WP_CALCULATION, value * MS)
    told = stages.summary()
    assert set(told) == {WP_CALCULATION}
    assert told[WP_CALCULATION]["count"] == 1_000
    assert told[WP_CALCULATION]["max"] == 1_000.0
    for name, expected in (("p50", 500), ("p95", 950), ("p99", 990), ("p999", 999)):
        assert told[WP_CALCULATION][name] == pytest.approx(expected, rel=1e-3)


def test_a_planted_slow_value_is_seen() -> None:
    """Two slow values among a hundred move the p99 and leave the p50 alone."""
    stages = Stages()
    for _ in range(98):
        stages.record(WP_CALCULATION, MS)
    assert stages.summary()[WP_CALCULATION]["p99"] < 2
    stages.record(WP_CALCULATION, 150 * MS)
    stages.record(WP_CALCULATION, 150 * MS)
    assert stages.summary()[WP_CALCULATION]["p99"] > 149
    assert stages.summary()[WP_CALCULATION]["p50"] < 2


def test_values_out_of_range_are_clipped_and_counted() -> None:
    """A vendor's clock ahead of ours, an hour, and a number beyond 64 bits are kept, told and counted."""
    stages = Stages()
    for value in (-5, 3_600 * 1_000 * MS, 10**30, -(10**30), 0):
        stages.record("feed_lag", value)
    seen = stages.buckets()["feed_lag"]
    assert (seen.negative, seen.too_long) == (2, 2)
    told = stages.summary()["feed_lag"]
    assert told["count"] == 5
    assert told["max"] == told["p99"] == 60_000.0


def test_a_stage_that_nobody_knows_is_an_error() -> None:
    """A misspelt stage is found at once, not lost in a histogram of its own."""
    with pytest.raises(KeyError):
        Stages().record("wp_calculaton", 1)


def test_buckets_put_a_limit_itself_below_it() -> None:
    """100 ms is within the bucket up to 0.1 s, as Prometheus has it, and a nanosecond more is not."""
    stages = Stages()
    stages.record(WP_CALCULATION, 100 * MS)
    stages.record(WP_CALCULATION, 100 * MS + 1)
    counts = stages.buckets()[WP_CALCULATION].counts
    place = BUCKETS_MS.index(100)
    assert (counts[place], counts[place + 1], counts.sum()) == (1, 1, 2)
    assert stages.buckets()[WP_CALCULATION].sum_ns == 200 * MS + 1


def test_buckets_and_percentiles_count_the_same_values() -> None:
    """However often the values were folded, each is counted once in both."""
    stages = Stages()
    for value in range(3 * FOLD_AT + 7):
        stages.record(WP_CALCULATION, value)
        if value % 100 == 0:
            stages.fold()
    assert stages.summary()[WP_CALCULATION]["count"] == 3 * FOLD_AT + 7
    assert stages.buckets()[WP_CALCULATION].counts.sum() == 3 * FOLD_AT + 7


def test_what_waits_is_bounded() -> None:
    """Nobody needs to read for the waiting values to be folded."""
    stages = Stages()
    for _ in range(10 * FOLD_AT):
        stages.record(WP_CALCULATION, 1)
        assert len(stages._stages[WP_CALCULATION].waiting) <= FOLD_AT


def test_intervals_show_when_it_was_slow(tmp_path: Path) -> None:
    """The log of a run has a line an interval: the slow one is told from the ones about it."""
    clock = Clock()
    stages = _stages(clock)
    for slow in (1, 1, 80, 1):
        for _ in range(10):
            stages.record(WP_CALCULATION, slow * MS)
        stages.fold()
        clock.now_s += module.INTERVAL_S
        stages.fold()
    (path,) = stages.write_hlog(tmp_path / "latency")
    assert path == tmp_path / "latency" / "wp_calculation.hlog"
    intervals = read_intervals(path)
    assert [one.get_total_count() for one in intervals] == [10, 10, 10, 10]
    assert [one.get_max_value() // MS for one in intervals] == [1, 1, 80, 1]
    assert [one.get_start_time_stamp() for one in intervals] == [1_000_000, 1_010_000, 1_020_000, 1_030_000]
    total = read_log(path)
    assert total.get_total_count() == 40
    assert total.get_value_at_percentile(99.0) // MS == 80


def test_intervals_need_nobody_to_fold_them() -> None:
    """What is recorded goes into the interval of its time, though nobody reads between."""
    clock = Clock()
    stages = _stages(clock)
    for slow in (1, 80, 1):
        stages.record(WP_CALCULATION, slow * MS)
        clock.now_s += module.INTERVAL_S
    intervals = stages.intervals(WP_CALCULATION)
    assert [one.total for one in intervals] == [1, 1, 1]
    assert [one.started_s for one in intervals] == [1_000.0, 1_010.0, 1_020.0]


def test_writing_twice_tells_the_same_and_more(tmp_path: Path) -> None:
    """A log that is written in the middle of a run takes nothing from the one written at its end."""
    stages = Stages()
    stages.record(WP_CALCULATION, MS)
    stages.write_hlog(tmp_path)
    stages.record(WP_CALCULATION, 3 * MS)
    stages.record("publish", 3 * MS)
    written = stages.write_hlog(tmp_path)
    assert {path.name for path in written} == {"wp_calculation.hlog", "publish.hlog"}
    assert read_log(tmp_path / "wp_calculation.hlog").get_total_count() == 2


def test_a_long_run_has_a_bounded_number_of_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times too many intervals are merged into as many as may be; every value is there, in order."""
    monkeypatch.setattr(module, "MOST_INTERVALS", 16)
    clock = Clock()
    stages = _stages(clock)
    for value in range(1, 161):
        stages.record(WP_CALCULATION, value * MS)
        clock.now_s += module.INTERVAL_S
        stages.fold()
    intervals = stages.intervals(WP_CALCULATION)
    assert len(intervals) == 16
    assert sum(one.total for one in intervals) == 160
    assert all(one.ended_s <= then.started_s for one, then in pairwise(intervals))
    lengths = [one.ended_s - one.started_s for one in intervals]
    assert max(lengths) <= 3 * 160 / 16 * module.INTERVAL_S
    whole = histogram_of_values(np.arange(1, 161, dtype=np.int64) * MS)
    made = merge(intervals)
    assert np.array_equal(
        np.frombuffer(histogram_of(made.places, made.counts).counts), np.frombuffer(whole.counts)
    )


@pytest.mark.parametrize("text", ["", "no log\n", "Value,Percentile\n1,2\n"])
def test_what_is_no_log_is_refused(text: str, tmp_path: Path) -> None:
    """A file that holds no histogram log is not read as one that saw nothing."""
    path = tmp_path / "a.hlog"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"a\.hlog: expected a histogram log"):
        read_log(path)


def test_a_damaged_line_is_refused(tmp_path: Path) -> None:
    """A log whose bytes were changed is an error, not fewer values."""
    path = tmp_path / "a.hlog"
    write_log(path, "a", [(1.0, 2.0, histogram_of_values(np.arange(1, 999, dtype=np.int64)))])
    assert read_log(path).get_total_count() == 998
    text = path.read_text()
    path.write_text(text[:-40] + "A" * 30 + text[-10:])
    with pytest.raises(ValueError, match="expected a histogram log"):
        read_log(path)


def test_an_empty_log_saw_nothing(tmp_path: Path) -> None:
    """A log with its heading and no interval is one."""
    path = tmp_path / "a.hlog"
    write_log(path, "a", [])
    assert read_log(path).get_total_count() == 0


def test_the_library_reads_what_is_written(tmp_path: Path) -> None:
    """Other HDR tools decode each line: its shape is 1 ns to 60 s at three digits."""
    stages = Stages()
    for stage in STAGES:
        stages.record(stage, 5 * MS)
    for path in stages.write_hlog(tmp_path):
        encoded = path.read_text().splitlines()[-1].split(",")[-1]
        decoded = HdrHistogram.decode(encoded)
        assert decoded.get_total_count() == 1
        assert (decoded.highest_trackable_value, decoded.significant_figures) == (LONGEST_NS, 3)
