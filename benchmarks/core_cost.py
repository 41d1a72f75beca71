"""What one event costs the core, against the plain processor of the same three terms, in the same run.

Both are given what their feed hands them, ready in memory: the core its event structs, the peer its
dictionaries. The core returns the encoded bytes for the clients and keeps the ledger with a checkpoint a
play, the history, the doubts, the leverage index and the hash chain. The peer returns a dictionary; what it
costs when it encodes that, too, is told apart. Rounds of all three alternate, and a ratio is the median over
rounds.
"""

import json
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measurement import store
from benchmarks.plain_processor import PlainProcessor
from engine.core.events import Event, Play
from engine.core.game import Game
from engine.core.models.catalogue import model
from simulator.season.reader import open_season, read_games

GAMES = 40
ROUNDS = 15


def run(season_path: Path, season_name: str) -> None:
    """Measure, print and store the cost an event."""
    season = open_season(season_path)
    games = [game.events for game in read_games(season, season.spans[:GAMES])]
    plays = [[_dictionary(event) for event in events if isinstance(event, Play)] for events in games]
    events, dictionaries = sum(map(len, games)), sum(map(len, plays))
    core_us, peer_us, encoding_us = [], [], []
    for _ in range(ROUNDS):
        core_us.append(_core_round(games) / events * 1e6)
        peer_us.append(_peer_round(plays, encode=False) / dictionaries * 1e6)
        encoding_us.append(_peer_round(plays, encode=True) / dictionaries * 1e6)
    ratios = [core / peer for core, peer in zip(core_us, peer_us, strict=True)]
    encoding_ratios = [core / peer for core, peer in zip(core_us, encoding_us, strict=True)]
    figures = {
        "core_us_an_event": round(statistics.median(core_us), 1),
        "peer_us_an_event": round(statistics.median(peer_us), 1),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_least": round(min(ratios), 2),
        "ratio_most": round(max(ratios), 2),
        "encoding_peer_us_an_event": round(statistics.median(encoding_us), 1),
        "ratio_to_encoding_peer": round(statistics.median(encoding_ratios), 2),
        "at_most": 4.0,
    }
    print(f"core {figures['core_us_an_event']} us an event, plain processor {figures['peer_us_an_event']} us")
    print(f"  ratio {figures['ratio']} (rounds {figures['ratio_least']}-{figures['ratio_most']}), at most 4")
    print(f"  {figures['ratio_to_encoding_peer']} where the plain processor encodes its updates, too")
    store(
        "core_cost",
        "python -m benchmarks core",
        {
            "season": season_name,
            "games": len(games),
            "events": events,
            "rounds": ROUNDS,
            "model": "three_term",
        },
        figures,
    )


def _core_round(games: Sequence[Sequence[Event]]) -> float:
    three_term = model("three_term")
    began = time.perf_counter()
    for events in games:
        game = Game(events[0].game_id, three_term)
        for event in events:
            game.apply(event)
    return time.perf_counter() - began


def _peer_round(games: Sequence[Sequence[dict[str, Any]]], *, encode: bool) -> float:
    processor = PlainProcessor()
    began = time.perf_counter()
    for plays in games:
        for play in plays:
            update = processor.process_play(play)
            if encode:
                json.dumps(update).encode()
    return time.perf_counter() - began


def _dictionary(play: Play) -> dict[str, Any]:
    """Return the play as a feed of JSON would have given it."""
    minutes, seconds = divmod(max(play.clock_s or 0, 0), 60)
    stamp = datetime.fromtimestamp((play.vendor_ns or 0) / 1e9, UTC)
    return {
        "game_id": play.game_id,
        "play_id": play.play_id,
        "wallclock": stamp.isoformat(),
        "clock": f"{minutes}:{seconds:02}",
        "period": play.period or 1,
        "home_score": play.home_score or 0,
        "away_score": play.away_score or 0,
        "possession": play.next_possession,
        "down": play.next_down,
        "distance": play.next_distance_yd,
        "yards_to_goal": play.next_yards_to_goal,
        "text": play.text,
    }
