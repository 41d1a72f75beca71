"""The updates of a day as they were served, from its history: rows of an updates file, a game at a time."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import msgspec

from engine.core.game import epoch_of
from engine.core.models.interface import Model, Pregame, Scorer
from engine.core.update import Update, decode_update
from engine.store.history_queries import MOST_ROWS, HistoryReading, StoredGame, check_history, reading
from simulator.archive.places import GamePlaces
from simulator.season.errors import InputError


class UnknownModel:
    """Stands in for a model of which only the epochs are known: it names itself and computes nothing."""

    name = "unknown"
    version = "of another model or configuration than was named"
    leverage_scale = 1.0

    def parameters(self) -> Mapping[str, float]:
        """Return nothing: its parameters are not known either."""
        return {}

    def for_game(self, pregame: Pregame) -> Scorer:
        """Raise: nothing can be computed with it."""
        raise NotImplementedError(f"the model of {pregame} is not known")


class Served:
    """The updates of a day's history."""

    def __init__(self, path: Path, history: HistoryReading) -> None:
        """Args: path: what errors are to name."""
        self._path = path
        self._history = history
        self._games: dict[str, StoredGame] = {game.game_id: game for game in history.games()}

    def must_match(self, games: Sequence[GamePlaces], *, more: bool) -> None:
        """Raise an InputError unless the history has all that the log has, and nothing else.

        A history may lag behind its log: it is written a little later, and by kill -9 it loses that little.

        Args:
            games: what the log has.
            more: whether the history may know more, since the log is damaged.
        """
        places = {game.game_id: len(game.places) for game in games}
        for game_id in sorted(places.keys() | self._games.keys()):
            logged = places.get(game_id, 0)
            heard = self._games[game_id].events if game_id in self._games else 0
            if heard < logged or (heard > logged and not more):
                raise InputError(
                    self._path, f"game {game_id}", f"{heard} statements are in it, {logged} in the log",
                    "wait a moment if the day is being served now; otherwise serve the folder once more:"
                    " the history catches up with the log at the start",
                )  # fmt: skip

    def model(self, candidate: Model | None) -> Model:
        """Return the model that spoke: the candidate where the epochs name it, and an unknown one if not."""
        if candidate is None:
            return UnknownModel()
        epochs = {game_id: game.epoch for game_id, game in self._games.items() if game.epoch}
        fits = all(epoch == epoch_of(game_id, candidate) for game_id, epoch in epochs.items())
        return candidate if epochs and fits else UnknownModel()

    def updates(self, game_id: str) -> Iterator[Update]:
        """Yield a game's updates in order.

        Raises:
            InputError: one is missing, or is no update.
        """
        first = 0
        while page := self._history.updates(game_id, first, MOST_ROWS):
            for stored in page:
                try:
                    update = decode_update(stored.encoded)
                except msgspec.MsgspecError as error:
                    self._bad(game_id, first, f"it is no update of this version of wpsim ({error})")
                if update.offset != first:
                    self._bad(game_id, first, f"it is missing; offset {update.offset} comes in its place")
                yield update
                first += 1

    def _bad(self, game_id: str, offset: int, problem: str) -> NoReturn:
        raise InputError(
            self._path, f"game {game_id}, offset {offset}", problem,
            "serve the folder once more: the history is told again from the log",
        )  # fmt: skip


@contextmanager
def open_served(path: Path) -> Iterator[Served]:
    """Open a day's history.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        check_history(path)
        with reading(path) as history:
            yield Served(path, history)
    except sqlite3.Error as error:
        raise InputError(
            path, "", f"it cannot be read as a history ({error})",
            "name the folder of a served day; a history that is gone is told again when it is served",
        ) from None  # fmt: skip
