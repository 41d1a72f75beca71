"""Recorded games and a day to tell them to, for the tests of the service."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from engine.core.events import Event
from engine.core.models.interface import Model
from engine.log.event_log import EventLog, Fsync
from engine.log.quarantine import Quarantine
from engine.service.day import Carrier, Day
from engine.service.processor import Processor
from engine.service.stages import Stages
from engine.store.models import open_model
from engine.told import Told
from simulator.season.reader import RecordedGame, open_season, read_games

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample_season.parquet"


@cache
def sample_games(count: int) -> tuple[RecordedGame, ...]:
    """Return the first games of the sample season."""
    season = open_season(SAMPLE)
    return tuple(read_games(season, season.spans[:count]))


@dataclass
class Heard:
    """A carrier that remembers what it was told."""

    opened_games: list[str] = field(default_factory=list)
    updates: list[Told] = field(default_factory=list)
    records: list[tuple[int, Event, Told | None]] = field(default_factory=list)

    def opened(self, processor: Processor) -> None:
        """Remember a game."""
        self.opened_games.append(processor.game_id)

    def told(self, told: Told, processor: Processor) -> None:  # noqa: ARG002 - a carrier's face
        """Remember an update."""
        self.updates.append(told)

    def recorded(self, sequence: int, event: Event, told: Told | None) -> None:
        """Remember a record."""
        self.records.append((sequence, event, told))


def open_day(
    folder: Path,
    carriers: Iterable[Carrier] = (),
    *,
    model: Model | None = None,
    log: EventLog | None = None,
) -> tuple[Day, EventLog]:
    """Return a day that records into a folder, and its log, which the caller closes."""
    log = log or EventLog.open(folder / "log", fsync=Fsync.never())
    quarantine = Quarantine(folder / "quarantine.ndjson")
    day = Day(model or open_model("brownian"), log, quarantine, Stages(), carriers)
    return day, log
