"""What Prometheus reads: every room's counters, the latencies by stage, the games, the process.

All of it is read when `/metrics` is asked for. A part that fails to be read is left out and counted, so that
a fault in one does not blind the operator to the rest.
"""

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, Protocol

import structlog
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from engine.gateway.counts import SESSION_BUCKETS_S
from engine.service import exported, logs
from engine.service.families import MOST_GAMES_TOLD, Row, families, label_value
from engine.service.stages import BUCKETS_MS, Stages
from engine.service.usage import Usage

logger = structlog.get_logger("wpsim.metrics")

Families = Callable[[], Iterable[Metric]]


class Source(Protocol):
    """A feed, as far as it is counted."""

    @property
    def name(self) -> str:
        """What the metrics call it."""

    @property
    def counts(self) -> Any:
        """What it has lived through."""


class _Part(Collector):
    """One part of the exposition; it never raises."""

    def __init__(self, name: str, read: Families) -> None:
        self.name: Final = name
        self._read = read
        # Times that it could not be read.
        self.failures = 0

    def collect(self) -> Iterator[Metric]:
        """Yield the part's families; all of them or none."""
        try:
            found = list(self._read())
        except Exception:
            self.failures += 1
            logger.exception("a part of the metrics cannot be read", part=self.name)
            return
        yield from found

    def describe(self) -> Iterable[Metric]:
        """Return nothing: what a part tells is known when it is read."""
        return ()


class Metrics:
    """The exposition of one service. Parts that are None are not told of."""

    def __init__(
        self,
        *,
        day: Any = None,
        hub: Any = None,
        history: Any = None,
        log: Any = None,
        graphics: Any = None,
        stages: Stages | None = None,
        usage: Usage | None = None,
        sources: Sequence[Source] = (),
        process: bool = True,
    ) -> None:
        """Read these parts from now on.

        Args:
            day: has `counts`, `processors` (of each game) and `model`.
            hub: the gateway; has `counts`.
            history: has `counts`.
            log: the event log; has `counts` and `folder`, whose disk is watched.
            graphics: has `counts`, `by_destination()` and `fallback_counts`.
            stages: the latencies.
            usage: the second screen's counters.
            sources: the feeds.
            process: whether memory, processor time and open files are told, too.
        """
        self._registry: Final = CollectorRegistry()
        self._parts: Final[list[_Part]] = []
        self.register("build", lambda: [_build(day)])
        self.register("exposition", self._failures)
        self.register("lines", lambda: families(exported.LINES, [((), logs.COUNTS)]))
        self.register("feeds", lambda: _feeds(sources))
        if stages is not None:
            self.register("stages", lambda: _stages(stages))
        if day is not None:
            self.register_counts("day", exported.DAY, lambda: day.counts)
            self.register("quarantine", lambda: [_quarantine(day.counts.quarantined)])
            self.register("games", lambda: _games(day.processors))
        if hub is not None:
            self.register_counts("gateway", exported.GATEWAY, lambda: hub.counts)
            self.register("sessions", lambda: _sessions(hub.counts))
        if history is not None:
            self.register_counts("history", exported.HISTORY, lambda: history.counts)
        if log is not None:
            self.register_counts("log", exported.LOG, lambda: log.counts)
            self.register("disk", lambda: _disk(log.folder))
        if graphics is not None:
            self.register_counts("graphics", exported.GRAPHICS, lambda: graphics.counts)
            self.register("destinations", lambda: _destinations(graphics))
        if usage is not None:
            self.register_counts("usage", exported.USAGE, lambda: usage.counts)
        if process:
            ProcessCollector(registry=self._registry)
            GCCollector(registry=self._registry)

    def register(self, name: str, read: Families) -> None:
        """Add a part: `read` is called at each scrape and returns families."""
        part = _Part(name, read)
        self._parts.append(part)
        self._registry.register(part)

    def register_counts(self, name: str, rows: Iterable[Row], read: Callable[[], object]) -> None:
        """Add a part that is one object with counters, told by a table."""
        table = tuple(rows)
        self.register(name, lambda: families(table, [((), read())]))

    def render(self) -> tuple[bytes, str]:
        """Return the exposition (Prometheus text format 0.0.4) and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4

    def _failures(self) -> Iterator[Metric]:
        family = CounterMetricFamily(
            "wpsim_metrics_failures", "Times a part of the metrics could not be read.", labels=["part"]
        )
        for part in self._parts:
            family.add_metric([part.name], part.failures)
        yield family


# --- parts -------------------------------------------------------------------------------------------------


def _build(day: Any) -> Metric:
    try:
        version = metadata.version("wpsim")
    except metadata.PackageNotFoundError:
        version = "unknown"
    model = getattr(day, "model", None)
    named = "none" if model is None else f"{model.name} {model.version}"
    told = {"version": version, "python": platform.python_version(), "model": label_value(named)}
    return InfoMetricFamily("wpsim_build", "Which wpsim, Python and model run.", value=told)


def _feeds(sources: Sequence[Source]) -> Iterator[Metric]:
    yield from families(exported.FEED, [((each.name,), each.counts) for each in sources], ["feed"])


def _stages(stages: Stages) -> Iterator[Metric]:
    histogram = HistogramMetricFamily(
        "wpsim_stage_seconds",
        "How long a stage took. feed_lag is the vendor's clock against ours.",
        labels=["stage"],
    )
    clipped = CounterMetricFamily(
        "wpsim_stage_clipped",
        "Latencies beyond what is recorded: above 60 s, or negative (a clock ahead of ours).",
        labels=["stage", "why"],
    )
    edges = [_edge(limit_ms / 1e3) for limit_ms in BUCKETS_MS] + ["+Inf"]
    for stage, seen in stages.buckets().items():
        running = [int(count) for count in seen.counts.cumsum()]
        histogram.add_metric([stage], list(zip(edges, running, strict=True)), seen.sum_ns / 1e9)
        clipped.add_metric([stage, "too_long"], seen.too_long)
        clipped.add_metric([stage, "negative"], seen.negative)
    yield histogram
    yield clipped


def _quarantine(quarantined: Mapping[Any, int]) -> Metric:
    # Beside the samples by game: these begin to exist with their first statement, which a rate does not see.
    return CounterMetricFamily(
        "wpsim_quarantine_events",
        "Statements that were set aside, of all games.",
        sum(list(quarantined.values())),
    )


def _games(processors: Mapping[str, Any]) -> Iterator[Metric]:
    states = {"scheduled": 0, "live": 0, "ended": 0}
    by_state = GaugeMetricFamily("wpsim_games", "Games of the day, by state.", labels=["state"])
    events = GaugeMetricFamily(
        "wpsim_game_events", "Statements of a game that stand in the log.", labels=["game_id"]
    )
    updates = GaugeMetricFamily("wpsim_game_updates", "Updates that a game has had.", labels=["game_id"])
    live = GaugeMetricFamily(
        "wpsim_game_live", "Whether a game has begun and not ended (1).", labels=["game_id"]
    )
    told = GaugeMetricFamily(
        "wpsim_game_last_update_timestamp_seconds",
        "When the cause of a game's newest update was received, seconds since 1970.",
        labels=["game_id"],
    )
    for place, (game_id, processor) in enumerate(list(processors.items())):
        game = processor.game
        state = "ended" if game.ended else "live" if game.entries else "scheduled"
        states[state] += 1
        if place >= MOST_GAMES_TOLD:
            continue
        labels = [label_value(game_id)]
        events.add_metric(labels, len(processor.accepted))
        updates.add_metric(labels, game.offset + 1)
        live.add_metric(labels, state == "live")
        if processor.last is not None:
            told.add_metric(labels, processor.last.received_ns / 1e9)
    for state, number in states.items():
        by_state.add_metric([state], number)
    yield from (by_state, events, updates, live, told)


def _disk(folder: Path) -> Iterator[Metric]:
    disk = os.statvfs(folder)
    yield GaugeMetricFamily(
        "wpsim_disk_free_bytes", "Room left on the disk of the event log.", disk.f_bavail * disk.f_frsize
    )
    yield GaugeMetricFamily(
        "wpsim_disk_size_bytes", "Size of the disk of the event log.", disk.f_blocks * disk.f_frsize
    )


def _destinations(graphics: Any) -> Iterator[Metric]:
    holders = [((name,), counts) for name, counts in graphics.by_destination().items()]
    yield from families(exported.DESTINATION, holders, ["destination"])
    if graphics.fallback_counts is not None:
        yield from families(exported.FALLBACK, [((), graphics.fallback_counts)])


def _sessions(counts: Any) -> Iterator[Metric]:
    edges = [*(_edge(limit_s) for limit_s in SESSION_BUCKETS_S), "+Inf"]
    running = accumulate(counts.sessions_by_length)
    yield HistogramMetricFamily(
        "wpsim_viewer_session_seconds",
        "How long visits were that are over: a viewer's WebSocket from its opening to its end.",
        buckets=list(zip(edges, running, strict=True)),
        sum_value=counts.session_seconds,
    )


def _edge(limit: float) -> str:
    return repr(float(limit))
