"""Replays a season: chooses how (in turn, in several processes, on the clock) and gathers what comes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pyarrow as pa

from engine.core.digest import season_digest
from engine.core.models.interface import Model
from simulator.replay.latency import READ_GAME, WP_CALCULATION, Latencies
from simulator.replay.one_game import GameReplay
from simulator.replay.paced import replay_paced
from simulator.replay.parallel import parts_of, replay_parts
from simulator.replay.predictions import Predictions, merge
from simulator.replay.sequential import replay_in_turn
from simulator.season.reader import GameSpan, Season, read_games

Progress = Callable[[int], None]
"""Told how many more events were replayed."""
Sink = Callable[[pa.RecordBatch], None]
"""Takes one game's updates as rows."""


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a replay found out."""

    digest: str
    games: tuple[str, ...]
    """Ids, in the order of the file."""
    events: int
    updates: int
    seconds: float
    predictions: Predictions
    doubts: dict[str, int]
    """How many plays were doubted, by the doubt's name, most frequent first."""
    latencies: Latencies
    biggest_comeback: str
    """The game whose winner once had the lowest win probability; games without doubts come first."""


def replay(
    season: Season,
    *,
    model: Model,
    spans: Sequence[GameSpan] | None = None,
    jobs: int = 1,
    speed: float | None = None,
    progress: Progress | None = None,
    sink: Sink | None = None,
) -> ReplayResult:
    """Replay games of a season; the digest depends on the events and the model alone.

    Args:
        season: the opened season file.
        model: the model to compute win probability with.
        spans: the games (at least one), all by default.
        jobs: processes to share the games among.
        speed: recorded seconds a second, in one process; None is as fast as can be.
        progress: told of progress now and then.
        sink: takes the updates, game by game in the order of the file.

    Raises:
        InputError: a row is no event.
        ValueError: `jobs` or `speed` is not above 0, or both are given, or there is no game.
    """
    chosen = season.spans if spans is None else tuple(spans)
    if not chosen:
        raise ValueError("there is no game to replay")
    if jobs < 1 or (speed is not None and not speed > 0.0):
        raise ValueError("jobs and speed must be above 0")
    if speed is not None and jobs > 1:
        raise ValueError("games on the recorded clock are replayed in one process")
    tell = progress or _tell_nobody
    started = perf_counter()
    latencies = Latencies()
    keep_rows = sink is not None
    if speed is not None:
        replayed = replay_paced(
            read_games(season, chosen),
            model,
            speed,
            keep_rows=keep_rows,
            latencies=latencies,
            progress=tell,
        )
        tell = _tell_nobody  # it has been told in time
    else:
        parts = parts_of(season, chosen)
        workers = min(jobs, len(parts))
        if workers > 1:
            replayed = replay_parts(season, parts, model, workers, keep_rows=keep_rows)
        else:
            replayed = replay_in_turn(season, chosen, model, keep_rows=keep_rows)
    gathered = _Gathered(latencies)
    for game in replayed:
        if sink is not None and game.batch is not None:
            sink(game.batch)
        gathered.take(game)
        tell(game.events)
    return gathered.result(perf_counter() - started)


class _Gathered:
    """What is kept of each game, so that its updates and events can go."""

    def __init__(self, latencies: Latencies) -> None:
        self._latencies = latencies
        self._digests: dict[str, str] = {}
        self._predictions: list[Predictions] = []
        self._doubts: dict[str, int] = {}
        self._events = self._updates = 0
        # What decides which game had the biggest comeback: the least entry has.
        self._comebacks: list[tuple[bool, float, str]] = []

    def take(self, game: GameReplay) -> None:
        """Add a game."""
        self._digests[game.game_id] = game.digest
        self._predictions.append(game.predictions)
        for name, count in game.doubts.items():
            self._doubts[name] = self._doubts.get(name, 0) + count
        self._events += game.events
        self._updates += game.updates
        self._comebacks.append((bool(game.doubts), -game.comeback, game.game_id))
        self._latencies.record(WP_CALCULATION, game.calculation_ns)
        if game.read_ns:
            self._latencies.record(READ_GAME, np.array([game.read_ns], dtype=np.int64))

    def result(self, seconds: float) -> ReplayResult:
        """Return the whole."""
        return ReplayResult(
            season_digest(self._digests),
            tuple(self._digests),
            self._events,
            self._updates,
            seconds,
            merge(self._predictions),
            dict(sorted(self._doubts.items(), key=lambda entry: (-entry[1], entry[0]))),
            self._latencies,
            min(self._comebacks)[-1],
        )


def _tell_nobody(events: int) -> None:
    """Take progress when nobody wants to know."""
