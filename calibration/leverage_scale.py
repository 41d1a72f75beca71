"""Measures a model's leverage scale: the mean expected |change in win probability| of a scrimmage play.

`python -m calibration.leverage_scale SEASON...` prints it for every model. The figure goes
into the model's `leverage_scale` (and its version up by one), so that a leverage index of 1 is an ordinary
play under each.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.core.events import Event
from engine.core.football import SCRIMMAGE, Phase
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.store.models import known_models, open_model
from simulator.season.errors import InputError
from simulator.season.reader import open_season, read_games


def mean_swing(games: Iterable[Sequence[Event]], chosen: Model) -> tuple[float, int]:
    """Return the mean swing over the states that a scrimmage play leaves to another, and their number."""
    total, plays = 0.0, 0
    for events in games:
        game = Game(events[0].game_id, chosen)
        for event in events:
            update = game.apply(event)
            if update is not None and update.kind in SCRIMMAGE and update.state.phase is Phase.SCRIMMAGE:
                total += update.leverage_index * chosen.leverage_scale
                plays += 1
    return (total / plays if plays else 0.0), plays


def main(paths: Sequence[str]) -> int:
    """Print the scale of every model over the named season files."""
    if not paths:
        print("usage: python -m calibration.leverage_scale SEASON...", file=sys.stderr)
        return 2
    try:
        seasons = [open_season(Path(path)) for path in paths]
        for name in known_models():
            games = (game.events for season in seasons for game in read_games(season))
            scale, plays = mean_swing(games, open_model(name))
            print(f"{name:12} {scale:.5f}  over {plays:,} plays")
    except InputError as error:
        print(f"wpsim: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
