"""Replays games together on their recorded clock, as on the day they were played.

Open loop: when each event is due is fixed beforehand from its stamp, so an engine that falls behind shows
it as lag and is not waited for. All events of the chosen games are held in memory.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np

from engine.core.events import Event
from engine.core.game import Game
from engine.core.models.interface import Model
from simulator.replay.latency import SCHEDULE_LAG, Latencies
from simulator.replay.one_game import GameReplay, GameRun
from simulator.season.reader import RecordedGame

EVENTS_A_TELLING: Final = 1_000
"""Progress is told at least this often when there is no time to wait."""


def schedule(games: Iterable[RecordedGame], speed: float) -> list[tuple[int, str, int, Event]]:
    """Return every event with when it is due, in nanoseconds after the start, and its game and row.

    They are in the order of (stamp, game, row). A stamp that falls within a game counts as the latest
    before it, so that no event overtakes another of its game; an event without a stamp is due with the one
    before it.
    """
    stamped = []
    for game in games:
        latest = 0
        for row, event in enumerate(game.events):
            latest = max(latest, event.received_ns)
            stamped.append((latest, game.game_id, row, event))
    stamped.sort(key=lambda entry: entry[:3])
    first = next((stamp for stamp, *_ in stamped if stamp > 0), 0)
    return [
        (int(max(0, stamp - first) / speed), game_id, row, event) for stamp, game_id, row, event in stamped
    ]


def replay_paced(
    games: Iterable[RecordedGame],
    model: Model,
    speed: float,
    *,
    keep_rows: bool,
    latencies: Latencies,
    progress: Callable[[int], None],
) -> Iterator[GameReplay]:
    """Replay the games together at `speed` times real time; yield them in the order given, at the end.

    Args:
        games: the games; all are read before the clock starts.
        model: the model.
        speed: recorded seconds a second.
        keep_rows: whether to keep the updates as rows.
        latencies: takes the lag behind the schedule.
        progress: told the number of events that were taken since it was last told.
    """
    recorded = list(games)
    runs = {game.game_id: GameRun(Game(game.game_id, model), keep_rows) for game in recorded}
    due = schedule(recorded, speed)
    lags = np.zeros(len(due), dtype=np.int64)
    told = 0
    start_ns = time.perf_counter_ns()
    for place, (due_ns, game_id, _, event) in enumerate(due):
        wait_ns = due_ns - (time.perf_counter_ns() - start_ns)
        if wait_ns > 0 or place - told >= EVENTS_A_TELLING:
            progress(place - told)
            told = place
        if wait_ns > 0:
            time.sleep(wait_ns / 1e9)
        runs[game_id].take(event)
        lags[place] = time.perf_counter_ns() - start_ns - due_ns
    progress(len(due) - told)
    latencies.record(SCHEDULE_LAG, lags)
    for game in recorded:
        yield runs[game.game_id].finish(game.references)
