"""One recorded game through the engine, and what is kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from time import perf_counter_ns

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.core.events import Event, GameEnd, Outcome, Status, supersedes
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.core.state import OPENING, State, margin
from simulator.replay.predictions import PredictionLog, Predictions
from simulator.replay.updates import UpdateRow, batch_of, row_of
from simulator.season.reader import RecordedGame


@dataclass(frozen=True, slots=True)
class GameReplay:
    """What a replayed game leaves behind."""

    game_id: str
    digest: str
    events: int
    updates: int
    home_won: bool | None
    """None where the game has no result, or is a tie."""
    comeback: float
    """1 minus the lowest win probability that the winner had; 0 where nobody won."""
    doubts: dict[str, int]
    calculation_ns: NDArray[np.int64]
    read_ns: int
    """How long it took to read; 0 where that was not measured."""
    predictions: Predictions
    batch: pa.RecordBatch | None
    """The updates as rows, if they were asked for."""


@dataclass(slots=True)
class GameRun:
    """A game while it is replayed: `take` every event, then `finish`."""

    game: Game
    keep_rows: bool
    events: int = 0
    updates: int = 0
    _predictions: PredictionLog = field(init=False)
    _calculation_ns: list[int] = field(default_factory=list)
    _rows: list[UpdateRow] = field(default_factory=list)
    _ends: list[GameEnd] = field(default_factory=list)
    _state: State = OPENING
    _lowest: float = 1.0
    _highest: float = 0.0

    def __post_init__(self) -> None:
        self._predictions = PredictionLog(self.game)

    def take(self, event: Event) -> None:
        """Hand one event to the engine, time that, and keep what comes out."""
        started_ns = perf_counter_ns()
        update = self.game.apply(event)
        self._calculation_ns.append(perf_counter_ns() - started_ns)
        if update is not None:
            self.updates += 1
            self._predictions.take(self.events, event, update, self._state)
            self._state = update.state
            probability = update.home_win_probability
            self._lowest = min(self._lowest, probability)
            self._highest = max(self._highest, probability)
            if self.keep_rows:
                self._rows.append(row_of(update))
        if isinstance(event, GameEnd):
            self._ends.append(event)
        self.events += 1

    def finish(self, references: Mapping[str, Sequence[float | None]], read_ns: int = 0) -> GameReplay:
        """Return what the game leaves behind; `references` has one value an event for each other model."""
        won = home_won(self._ends, self._state)
        comeback = 0.0 if won is None else (1.0 - self._lowest if won else self._highest)
        return GameReplay(
            self.game.game_id,
            self.game.digest,
            self.events,
            self.updates,
            won,
            comeback,
            self.game.doubts(),
            np.array(self._calculation_ns, dtype=np.int64),
            read_ns,
            self._predictions.finish(won, references),
            batch_of(self._rows) if self.keep_rows else None,
        )


def home_won(ends: Sequence[GameEnd], state: State) -> bool | None:
    """Return whether the home side won, by the winning one of `ends`; None for a tie or no result."""
    if not ends:
        return None
    end = reduce(lambda standing, new: new if supersedes(new, standing) else standing, ends)
    if end.status is Status.CANCELLED or end.outcome is not Outcome.FINAL:
        return None
    lead = margin(state)
    return None if lead == 0 else lead > 0


def replay_game(recorded: RecordedGame, model: Model, *, keep_rows: bool, read_ns: int = 0) -> GameReplay:
    """Replay one game at maximum speed."""
    run = GameRun(Game(recorded.game_id, model), keep_rows)
    take = run.take
    for event in recorded.events:
        take(event)
    return run.finish(recorded.references, read_ns)
