"""Replays games one after the other at maximum speed, holding one row group at a time."""

from collections.abc import Iterator, Sequence
from time import perf_counter_ns

from engine.core.models.interface import Model
from simulator.replay.one_game import GameReplay, replay_game
from simulator.season.reader import GameSpan, Season, read_games


def replay_in_turn(
    season: Season, spans: Sequence[GameSpan], model: Model, *, keep_rows: bool
) -> Iterator[GameReplay]:
    """Yield each game as it was replayed, in the order given."""
    games = read_games(season, spans)
    while True:
        started_ns = perf_counter_ns()
        recorded = next(games, None)
        if recorded is None:
            return
        read_ns = perf_counter_ns() - started_ns
        yield replay_game(recorded, model, keep_rows=keep_rows, read_ns=read_ns)
