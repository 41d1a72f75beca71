"""A small day for the history: games of the sample season, folded, with what is told of each statement."""

from functools import cache

from engine.core.events import Play
from engine.core.game import Game
from engine.core.models.brownian import Brownian
from engine.store.history_writer import Recorded
from engine.told import Told
from tests.replay.small_season import sample_games


@cache
def small_day(games: int = 2, sigma: float = 16.5) -> tuple[Recorded, ...]:
    """The statements of some games, mixed as on a day, each with what was told."""
    model = Brownian(sigma=sigma)
    recorded = sample_games(games)
    folds = {game.game_id: Game(game.game_id, model) for game in recorded}
    heard = sorted((event for game in recorded for event in game.events), key=lambda event: event.received_ns)
    day = []
    for sequence, event in enumerate(heard):
        game = folds[event.game_id]
        update = game.apply(event)
        text = event.text if isinstance(event, Play) else ""
        told = (
            None
            if update is None
            else Told(update, game.encoded, text, event.received_ns, event.received_ns + 50_000)
        )
        day.append(Recorded(sequence, event, told))
    return tuple(day)
