"""A service's parts with something in every counter, and what Prometheus would read of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from engine.core.events import Event, GameEnd, GameStart, Play
from engine.core.football import PlayKind
from engine.core.models.catalogue import model
from engine.feeds.source import SourceCounts
from engine.gateway.hub import Hub
from engine.log.event_log import EventLog, Record
from engine.log.quarantine import Quarantine
from engine.outputs.destination import parse_destination
from engine.outputs.graphics import Graphics
from engine.service.day import Day
from engine.service.metrics import Metrics
from engine.service.stages import STAGES, Stages
from engine.service.usage import Usage
from engine.store.history import SqliteHistory

NOW_NS = 1_700_000_000_000_000_000


class Heard:
    """A feed that has lived through everything once."""

    name = "espn"

    def __init__(self) -> None:
        self.counts = SourceCounts(last_heard_ns=NOW_NS)
        count_everything(self.counts)


class Parts:
    """The real parts of a service, wired to nothing."""

    def __init__(self, folder: Path, log: EventLog, history: SqliteHistory) -> None:
        self.stages = Stages()
        self.log = log
        self.history = history
        self.hub = Hub()
        self.usage = Usage()
        self.graphics = Graphics(
            [parse_destination("http://127.0.0.1:9/graphics")], fallback=folder / "fallback"
        )
        self.day = Day(model("brownian"), log, Quarantine(folder / "quarantine.ndjson"), self.stages)
        self.sources = [Heard()]
        self.metrics = Metrics(
            day=self.day,
            hub=self.hub,
            history=history,
            log=log,
            graphics=self.graphics,
            stages=self.stages,
            usage=self.usage,
            sources=self.sources,
        )

    def live_through_everything(self) -> None:
        """Put something into every counter and every stage; play one game and open two more."""
        for counts in (self.day.counts, self.hub.counts, self.log.counts, self.history.counts):
            count_everything(counts)
        count_everything(self.graphics.counts)
        for each in self.graphics.by_destination().values():
            count_everything(each)
            each.last_ok_ns = NOW_NS
        if self.graphics.fallback_counts is not None:
            count_everything(self.graphics.fallback_counts)
        for stage in STAGES:
            self.stages.record(stage, 3_000_000)
        play = Play(game_id="live", play_id="1", order=1_000, kind=PlayKind.RUN, received_ns=NOW_NS)
        events: tuple[Event, ...] = (
            GameStart(game_id="live"),
            play,
            GameStart(game_id="scheduled"),
            GameStart(game_id="ended"),
            GameEnd(game_id="ended", home_score=3, away_score=0),
        )
        self.day.restore(Record(sequence, event) for sequence, event in enumerate(events))

    def families(self) -> dict[str, Metric]:
        """Return the exposition as Prometheus parses it, by family."""
        body, _ = self.metrics.render()
        return {family.name: family for family in text_string_to_metric_families(body.decode())}

    def names(self) -> set[str]:
        """Return the names of all series, as a query names them."""
        return {sample.name for family in self.families().values() for sample in family.samples}


def count_everything(counts: Any) -> None:
    """Set every plain counter of an object that is still at zero to a number of its own."""
    for number, each in enumerate(fields(counts), 1):
        value = getattr(counts, each.name)
        if isinstance(value, dict) and not value:
            value["game", "cause"] = number if each.name == "quarantined" else 0
            if each.name != "quarantined":
                value.clear()
                value["something"] = number
        elif isinstance(value, int) and not isinstance(value, bool):
            setattr(counts, each.name, number)


@contextmanager
def parts(folder: Path) -> Iterator[Parts]:
    """Yield the parts; their files are in `folder`."""
    log = EventLog.open(folder / "log")
    history = SqliteHistory(folder / "history.sqlite")
    try:
        yield Parts(folder, log, history)
    finally:
        history.close()
        log.close()


def metrics_table(families: Iterable[Metric]) -> str:
    """Return the table of docs/operations.md: every family of ours, its type, labels and meaning."""
    rows = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    for family in families:
        if not family.name.startswith("wpsim_"):
            continue
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label: None for sample in family.samples for label in sample.labels if label != "le"}
        rows.append(f"| `{name}` | {family.type} | {', '.join(labels)} | {family.documentation} |")
    return "\n".join(rows)
