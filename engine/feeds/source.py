"""What every live feed is to the service: something that runs, and hands on statements as it hears them.

A source stamps each payload once, when its bytes are there, and turns it into statements that are *new*
against what it said before. After a restart it is reminded of all that was recorded, so that it says nothing
twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.core.events import Event, FeedHealth, GameStart

Take = Callable[[Event], None]
"""The service's ear: never blocks, never raises. Events of one game must be handed over in order."""
Games = Callable[[], Mapping[str, GameStart]]
"""The games known at this moment, by id: what odds and tracking feeds match their own names with."""


@dataclass(slots=True)
class SourceCounts:
    """What a source has lived through, for the metrics; only the source itself writes it."""

    health: FeedHealth = FeedHealth.LIVE
    requests: int = 0
    payloads: int = 0
    """Payloads that said something readable."""
    unchanged: int = 0
    """Answers 304, or a payload with nothing new in it."""
    events: int = 0
    last_heard_ns: int | None = None
    """When a good answer last came, nanoseconds since 1970."""
    errors: dict[str, int] = field(default_factory=dict)
    """By kind: timeout, connection, status_5xx, status_4xx, body, too_large, ..."""
    degraded: dict[str, int] = field(default_factory=dict)
    """Fields that were missing or absurd and were left out, by the field's name."""


class Source(Protocol):
    """One live feed."""

    @property
    def name(self) -> str:
        """What metrics, logs and `FeedStatus` call it."""

    @property
    def counts(self) -> SourceCounts:
        """What it has lived through so far."""

    def remember(self, event: Event) -> None:
        """Be reminded of a recorded statement, in recorded order, before `run`; others' are not noted."""

    async def run(self, take: Take, games: Games) -> None:
        """Listen until cancelled. Whatever the other end does, this does not raise."""
