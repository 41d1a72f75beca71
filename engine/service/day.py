"""The day: hears every statement, gives each game its turn, records what is accepted, and tells the carriers.

Statements wait in a queue a game; the queues are served in turn, one statement at a time, so that a game that
says two hundred things at once delays the others by one of them. Nobody is told of a statement before the
log has handed it to the operating system.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import structlog
from msgspec.structs import replace

from engine.core.digest import season_digest
from engine.core.events import Event, GameStart
from engine.core.models.interface import Model
from engine.log.event_log import EventLog, LogWriteError, Record, UnrecordableError, payload_of
from engine.log.quarantine import Quarantine
from engine.service.processor import PoisonError, Processor
from engine.service.stages import Stages
from engine.told import Told

MOST_GAMES: Final = 256
"""A day with more games is a feed gone mad: further games are refused and counted."""
MOST_WAITING: Final = 20_000
"""Statements of one game that may wait for their turn; further ones are refused and counted."""
LOG_RETRY_S: Final = 1.0
_TURN_NS: Final = 4_000_000
"""After so long the queues make way for the sockets."""

logger = structlog.get_logger("wpsim.day")


class Carrier(Protocol):
    """Takes what is told; must neither block nor raise."""

    def opened(self, processor: Processor) -> None:
        """Take note of a game that has just become known."""

    def told(self, told: Told, processor: Processor) -> None:
        """Carry an update on."""

    def recorded(self, sequence: int, event: Event, told: Told | None) -> None:
        """Take note of a statement that now stands in the log, with what was told of it."""


@dataclass(slots=True)
class DayCounts:
    """What the day has lived through, for the metrics."""

    accepted: Counter[str] = field(default_factory=Counter)
    """Statements by kind."""
    refused: Counter[str] = field(default_factory=Counter)
    """Statements that were not applied, by reason."""
    quarantined: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Poisonous statements by game and cause."""
    carrier_errors: Counter[str] = field(default_factory=Counter)
    """Times a carrier raised, by its name."""
    updates: int = 0
    restored_events: int = 0
    log_errors: int = 0
    log_stalled: bool = False
    """Whether the log refuses to be written now; statements wait until it takes them."""
    waiting: int = 0
    """Statements that wait for their turn, of all games."""


class _Heard(NamedTuple):
    event: Event
    done: "asyncio.Future[bool] | None"
    """Resolved with whether the statement was accepted, where somebody waits to know."""


class Day:
    """All games of one day."""

    def __init__(
        self,
        model: Model,
        log: EventLog,
        quarantine: Quarantine,
        stages: Stages,
        carriers: Iterable[Carrier] = (),
        *,
        now_ns: Callable[[], int] = time.time_ns,
        planted_delay_s: float = 0.0,
    ) -> None:
        """Args: planted_delay_s: a fault for rehearsals; the engine sleeps that long on every statement."""
        self.model: Final = model
        self.counts: Final = DayCounts()
        self.processors: Final[dict[str, Processor]] = {}
        self._log = log
        self._quarantine = quarantine
        self._stages = stages
        self._carriers = tuple(carriers)
        self._now_ns = now_ns
        self._planted_delay_s = planted_delay_s
        # Statements that wait, by game; `take` appends, `run` takes away.
        self._queues: dict[str, deque[_Heard]] = {}
        # Games with something waiting, in the order of their turns.
        self._turns: deque[str] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        # The latest stamp of each game: stamps never fall within a game.
        self._latest_ns: dict[str, int] = {}

    # --- before the first statement ---

    def restore(self, records: Iterable[Record]) -> None:
        """Fold what the log holds, as it was folded before; the carriers are told all of it again.

        A recorded statement that poisons the core now (it did not then: the code is another) is set aside.
        """
        for record in records:
            event = record.event
            processor = self._processor(event.game_id)
            if processor is None:
                self.counts.refused["too_many_games"] += 1
                continue
            self._latest_ns[event.game_id] = max(self._latest_ns.get(event.game_id, 0), event.received_ns)
            try:
                update = processor.take(event)
            except PoisonError as error:
                self._set_aside(event, error, type(error.__cause__).__name__)
                continue
            told = None if update is None else processor.tell(event, update, event.received_ns)
            self.counts.restored_events += 1
            self._make_known(processor)
            self._carry(record.sequence, event, told, processor)

    # --- hearing ---

    def take(self, event: Event) -> None:
        """Hear a statement: it is applied in its game's turn. Never blocks, never raises."""
        self._enqueue(_Heard(event, None))

    async def take_all(self, events: Iterable[Event]) -> int:
        """Hear statements and wait until each is in the log or refused; return how many were accepted."""
        loop = asyncio.get_running_loop()
        waits = []
        for event in events:
            done: asyncio.Future[bool] = loop.create_future()
            self._enqueue(_Heard(event, done))
            waits.append(done)
        return sum([await done for done in waits])

    def starts(self) -> dict[str, GameStart]:
        """Return the games known now, by id."""
        return {game_id: processor.start for game_id, processor in self.processors.items()}

    def room(self, game_id: str) -> int:
        """Return how many more statements of a game may wait."""
        return MOST_WAITING - len(self._queues.get(game_id, ()))

    def digest(self) -> str:
        """Return the day's digest: that of a replay of its archive."""
        return season_digest({game_id: each.game.digest for game_id, each in self.processors.items()})

    async def settled(self) -> None:
        """Return when nothing waits."""
        await self._idle.wait()

    # --- serving the queues ---

    async def run(self) -> None:
        """Serve the queues until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            began_ns = time.perf_counter_ns()
            while self._turns:
                game_id = self._turns.popleft()
                queue = self._queues[game_id]
                heard = queue.popleft()
                if queue:
                    self._turns.append(game_id)
                else:
                    del self._queues[game_id]  # whoever makes up ids leaves nothing behind
                self.counts.waiting -= 1
                accepted = await self._hear(heard.event)
                if heard.done is not None and not heard.done.done():
                    heard.done.set_result(accepted)
                if time.perf_counter_ns() - began_ns > _TURN_NS:
                    await asyncio.sleep(0)
                    began_ns = time.perf_counter_ns()
            self._idle.set()

    def _enqueue(self, heard: _Heard) -> None:
        game_id = heard.event.game_id
        queue = self._queues.get(game_id)
        if queue is None and self._is_one_too_many(game_id):
            self._refuse(heard, "too_many_games")
            return
        if queue is not None and len(queue) >= MOST_WAITING:
            self._refuse(heard, "queue_full")
            return
        if queue is None:
            queue = self._queues[game_id] = deque()
            self._turns.append(game_id)
        queue.append(heard)
        self.counts.waiting += 1
        self._idle.clear()
        self._wake.set()

    def _refuse(self, heard: _Heard, reason: str) -> None:
        self.counts.refused[reason] += 1
        if heard.done is not None:
            heard.done.set_result(False)

    def _is_one_too_many(self, game_id: str) -> bool:
        """Whether there is no room for a game, those counted that are not known before their turn."""
        return (
            game_id not in self.processors and len(self.processors.keys() | self._queues.keys()) >= MOST_GAMES
        )

    async def _hear(self, event: Event) -> bool:
        """Apply, record and tell one statement; return whether it was accepted."""
        processor = self._processor(event.game_id)
        if processor is None:
            self.counts.refused["too_many_games"] += 1
            return False
        try:
            payload_of(event)  # what no log can hold must not move the game
        except UnrecordableError as error:
            self._set_aside(event, error, type(error).__name__)
            return False
        admitted = processor.admit(event)
        if admitted is None:
            self.counts.refused["nothing_new"] += 1
            return False
        event = self._stamped(admitted)
        handed_ns = self._now_ns()
        while True:
            started_ns = time.perf_counter_ns()
            if self._planted_delay_s:
                time.sleep(self._planted_delay_s)
            try:
                update = processor.take(event)
            except PoisonError as error:
                self._set_aside(event, error, type(error.__cause__).__name__)
                return False
            calculated_ns, updated_ns = time.perf_counter_ns(), self._now_ns()
            sequence = self._record(event)
            if sequence is not None:
                break
            # Nobody who asks meanwhile may see what a crash would take back.
            processor.take_back()
            await asyncio.sleep(LOG_RETRY_S)
        logged_ns = time.perf_counter_ns()
        told = None if update is None else processor.tell(event, update, updated_ns)
        self._make_known(processor)
        self._latest_ns[event.game_id] = event.received_ns
        self.counts.accepted[type(event).__name__] += 1
        self._carry(sequence, event, told, processor)
        record = self._stages.record
        record("queue_wait", handed_ns - event.received_ns)
        record("wp_calculation", calculated_ns - started_ns)
        record("log_append", logged_ns - calculated_ns)
        if told is not None:
            self.counts.updates += 1
            record("publish", time.perf_counter_ns() - calculated_ns)
            record("play_to_display", self._now_ns() - event.received_ns)
            if told.update.vendor_ns is not None:
                record("feed_lag", event.received_ns - told.update.vendor_ns)
        return True

    def _processor(self, game_id: str) -> Processor | None:
        """Return a game's processor, one not yet known for a new game; None where the day is full."""
        processor = self.processors.get(game_id)
        if processor is None and len(self.processors) < MOST_GAMES:
            return Processor(game_id, self.model)
        return processor

    def _make_known(self, processor: Processor) -> None:
        """Let a game be known once something of it stands in the log: only so a restart knows it, too."""
        if processor.game_id in self.processors:
            return
        self.processors[processor.game_id] = processor
        for carrier in self._carriers:
            carrier.opened(processor)

    def _stamped(self, event: Event) -> Event:
        """Return a statement whose stamp does not fall behind the one before it in its game."""
        received_ns = max(event.received_ns or self._now_ns(), self._latest_ns.get(event.game_id, 0))
        return event if received_ns == event.received_ns else replace(event, received_ns=received_ns)

    def _record(self, event: Event) -> int | None:
        """Append a statement to the log and return its sequence; None where the disk refuses."""
        try:
            sequence = self._log.append(event)
        except LogWriteError as error:
            self.counts.log_errors += 1
            if not self.counts.log_stalled:
                logger.error("the event log cannot be written; everything waits for it", error=str(error))  # noqa: TRY400 - the words say all
            self.counts.log_stalled = True
            return None
        if self.counts.log_stalled:
            logger.warning("the event log can be written again", waiting=self.counts.waiting)
        self.counts.log_stalled = False
        return sequence

    def _carry(self, sequence: int, event: Event, told: Told | None, processor: Processor) -> None:
        for carrier in self._carriers:
            try:
                if told is not None:
                    carrier.told(told, processor)
                carrier.recorded(sequence, event, told)
            except Exception:  # a carrier that breaks its word stops neither the game nor the other carriers
                self.counts.carrier_errors[type(carrier).__name__] += 1
                logger.exception("a carrier raised", carrier=type(carrier).__name__, game_id=event.game_id)

    def _set_aside(self, event: Event, error: Exception, cause: str) -> None:
        self.counts.quarantined[event.game_id, cause] += 1
        self._quarantine.add(event.game_id, str(error), event)
        logger.error("a statement was set aside", game_id=event.game_id, cause=cause)
