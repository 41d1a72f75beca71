"""The exposition: every counter of every room, well formed, bounded, and free at the time of counting."""

from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from engine.core.events import FeedHealth
from engine.feeds.source import SourceCounts
from engine.gateway.counts import SESSION_BUCKETS_S, GatewayCounts, count_session
from engine.log.event_log import LogCounts
from engine.outputs.fallback import FallbackCounts
from engine.outputs.graphics import GraphicsCounts
from engine.outputs.outlet import OutletCounts
from engine.service import exported, logs
from engine.service.day import DayCounts
from engine.service.families import MOST_GAMES_TOLD, MOST_LABELS, Kind, Row, families
from engine.service.metrics import Metrics
from engine.service.stages import Stages
from engine.service.usage import UsageCounts
from engine.store.history_counts import HistoryCounts
from tests.service.exposition import parts

TABLES: list[tuple[tuple[Row, ...], Any, set[str]]] = [
    (exported.FEED, SourceCounts, set()),
    (exported.DAY, DayCounts, set()),
    (exported.LOG, LogCounts, set()),
    # Words of an error are for the log; a label must not hold them.
    (exported.HISTORY, HistoryCounts, {"last_divergence", "last_error"}),
    # Told as a histogram.
    (exported.GATEWAY, GatewayCounts, {"sessions", "session_seconds", "sessions_by_length"}),
    (exported.GRAPHICS, GraphicsCounts, set()),
    (exported.DESTINATION, OutletCounts, set()),
    (exported.FALLBACK, FallbackCounts, set()),
    (exported.USAGE, UsageCounts, set()),
    (exported.LINES, logs.LogCounts, set()),
]


@pytest.mark.parametrize(
    ("table", "counts", "left_out"), TABLES, ids=lambda each: getattr(each, "__name__", "")
)
def test_every_counter_of_a_room_is_told(table: tuple[Row, ...], counts: Any, left_out: set[str]) -> None:
    """A room that counts something new must say here what it is called, and the table names nothing else."""
    assert {row.field for row in table} | left_out == {each.name for each in fields(counts)}
    assert left_out.isdisjoint(row.field for row in table)


def test_every_name_is_used_once_and_well_formed() -> None:
    """Names begin with wpsim_, are lower case, and say their unit; each has words of help."""
    rows = [row for table, _, _ in TABLES for row in table]
    names = [row.exported for row in rows]
    assert len(set(names)) == len(names)
    for row in rows:
        assert row.name.startswith("wpsim_")
        assert row.name == row.name.lower()
        assert not row.name.endswith("_total")
        assert not {"ns", "ms"}.intersection(row.name.split("_"))
        assert row.help.endswith(".")


def test_the_whole_service_is_read_as_prometheus_reads_it(tmp_path: Path) -> None:
    """With something in every counter each row of each table has samples, and no part failed."""
    with parts(tmp_path) as service:
        service.live_through_everything()
        found = service.families()
    for table, _, _ in TABLES:
        for row in table:
            assert row.name in found, row.name
            expected = "counter" if row.kind is Kind.COUNTER else "gauge"
            assert found[row.name].type == expected
            assert found[row.name].documentation == row.help
    assert all(sample.value == 0 for sample in found["wpsim_metrics_failures"].samples)
    names = {"process_resident_memory_bytes", "process_cpu_seconds", "process_open_fds", "process_max_fds"}
    assert names <= set(found)
    assert {sample.labels["state"]: sample.value for sample in found["wpsim_games"].samples} == {
        "scheduled": 1, "live": 1, "ended": 1,
    }  # fmt: skip
    live = {sample.labels["game_id"]: sample.value for sample in found["wpsim_game_live"].samples}
    assert live == {"live": 1, "scheduled": 0, "ended": 0}
    assert found["wpsim_quarantine_events"].samples[0].value == sum(
        sample.value for sample in found["wpsim_events_quarantined"].samples
    )
    free, size = (found[f"wpsim_disk_{each}_bytes"].samples[0].value for each in ("free", "size"))
    assert 0 < free <= size
    assert found["wpsim_build_info"].samples[0].labels["model"].startswith("brownian ")


def test_a_service_without_parts_still_answers() -> None:
    """No part is needed: what is not there is not told."""
    body, content_type = Metrics(process=False).render()
    assert b"wpsim_build_info" in body
    assert content_type.startswith("text/plain; version=0.0.4")


def test_counters_are_read_when_asked_for() -> None:
    """A count that rises between two scrapes is told by the second; nobody has to hand it over."""
    counts = GatewayCounts()
    metrics = Metrics(hub=SimpleNamespace(counts=counts), process=False)
    assert b"\nwpsim_deliveries_total 0.0\n" in metrics.render()[0]
    counts.deliveries += 7
    assert b"\nwpsim_deliveries_total 7.0\n" in metrics.render()[0]


def test_a_part_that_fails_hides_no_other() -> None:
    """A planted fault in one part is counted by its name, and the rest is told as ever."""
    metrics = Metrics(hub=SimpleNamespace(counts=GatewayCounts()), process=False)

    def broken() -> list[Any]:
        raise RuntimeError("planted")

    metrics.register("planted", broken)
    metrics.render()
    body = metrics.render()[0]
    assert b'wpsim_metrics_failures_total{part="planted"} 1.0' in body
    assert b"wpsim_deliveries_total" in body


def test_latencies_are_a_histogram_with_the_limits_as_edges() -> None:
    """The share of calculations within 100 ms can be read off: the edges hold every limit of the design."""
    stages = Stages()
    for value_ms in (1, 60, 99, 101, 120_000):
        stages.record("wp_calculation", value_ms * 1_000_000)
    stages.record("feed_lag", -1)
    body = Metrics(stages=stages, process=False).render()[0].decode()
    for edge, count in (("0.1", 3), ("0.15", 4), ("0.2", 4), ("0.5", 4), ("60.0", 5), ("+Inf", 5)):
        assert f'wpsim_stage_seconds_bucket{{le="{edge}",stage="wp_calculation"}} {count}.0' in body
    assert 'wpsim_stage_seconds_count{stage="wp_calculation"} 5.0' in body
    assert 'wpsim_stage_seconds_sum{stage="wp_calculation"} 60.261' in body
    assert 'wpsim_stage_clipped_total{stage="wp_calculation",why="too_long"} 1.0' in body
    assert 'wpsim_stage_clipped_total{stage="feed_lag",why="negative"} 1.0' in body


def test_lengths_of_visits_are_a_histogram() -> None:
    """A visit falls into the first bucket whose end it does not pass; count and sum are those of all."""
    counts = GatewayCounts()
    for length_s in (0.0, 10.0, 10.5, SESSION_BUCKETS_S[-1] + 1):
        count_session(counts, length_s)
    body = Metrics(hub=SimpleNamespace(counts=counts), process=False).render()[0].decode()
    for edge, count in (("10.0", 2), ("30.0", 3), ("14400.0", 3), ("+Inf", 4)):
        assert f'wpsim_viewer_session_seconds_bucket{{le="{edge}"}} {count}.0' in body
    assert "wpsim_viewer_session_seconds_sum 14421.5" in body


def test_a_feed_tells_its_state_as_one_of_three() -> None:
    """Of live, stale and lost exactly one is 1."""
    source = SimpleNamespace(name="cfbd", counts=SourceCounts(health=FeedHealth.STALE))
    body = Metrics(sources=[source], process=False).render()[0].decode()
    told = {
        health: f'wpsim_feed_health{{feed="cfbd",health="{health}"}} 1.0' in body for health in FeedHealth
    }
    assert told == {FeedHealth.LIVE: False, FeedHealth.STALE: True, FeedHealth.LOST: False}


@dataclass(slots=True)
class Odd:
    """Counters with names that come from outside."""

    errors: Counter[Any] = field(default_factory=Counter)


def test_labels_are_bounded() -> None:
    """A thousand names become a few and `other`; none is longer than a label may be; nothing is lost."""
    row = Row("errors", "wpsim_odd", "Odd.", label="kind")
    odd = Odd(Counter({f"kind {number} " + "x" * 500: 2 for number in range(1_000)}))
    (family,) = families([row], [((), odd)])
    assert len(family.samples) == MOST_LABELS + 1
    assert sum(sample.value for sample in family.samples) == 2_000
    assert max(len(sample.labels["kind"]) for sample in family.samples) <= 64
    (other,) = [sample for sample in family.samples if sample.labels["kind"] == "other"]
    assert other.value == 2 * (1_000 - MOST_LABELS)


def test_games_are_bounded_too() -> None:
    """However many games poison themselves, only so many are told by name."""
    row = Row("errors", "wpsim_odd", "Odd.", label=("game_id", "cause"))
    odd = Odd(Counter({(f"g{number}", "ValueError"): 1 for number in range(2_000)}))
    (family,) = families([row], [((), odd)])
    assert len(family.samples) == MOST_GAMES_TOLD + 1
    assert sum(sample.value for sample in family.samples) == 2_000


def test_names_from_outside_cannot_break_the_format() -> None:
    """Quotes, line breaks and other letters in a name are escaped or replaced; the format stays whole."""
    source = SimpleNamespace(name='a"b\n# HELP forged\\', counts=SourceCounts(errors={"\x00é\u2028": 1}))
    body, _ = Metrics(sources=[source], process=False).render()
    found = {family.name: family for family in text_string_to_metric_families(body.decode())}
    assert "forged" not in found
    assert found["wpsim_feed_errors"].samples[0].labels == {"feed": 'a"b?# HELP forged\\', "kind": "???"}
