"""A day as `wpsim serve` leaves it: a log, and a history of what was told."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from engine.core.digest import season_digest
from engine.core.events import Event, Play
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.log.event_log import EventLog, Fsync
from engine.store.history import SqliteHistory
from engine.told import Told


def serve_day(folder: Path, events: Iterable[Event], model: Model) -> str:
    """Record events in the order given and tell what the engine says of them; return the day's digest."""
    games: dict[str, Game] = {}
    history = SqliteHistory(folder / "history.sqlite")
    with (
        EventLog.open(folder / "log", fsync=Fsync.never(), segment_bytes=65_536) as log,
        closing(history),
    ):
        for event in events:
            game = games.setdefault(event.game_id, Game(event.game_id, model))
            update = game.apply(event)
            sequence = log.append(event)
            text = event.text if isinstance(event, Play) else ""
            told = (
                None
                if update is None
                else Told(update, game.encoded, text, event.received_ns, event.received_ns + 1)
            )
            history.record(sequence, event, told)
        assert history.flush()
    return season_digest({game_id: game.digest for game_id, game in games.items()})
