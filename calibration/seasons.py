"""Several season files as one set of predictions: replayed by a model, each game once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.core.models.interface import Model
from simulator.replay.predictions import Predictions, merge
from simulator.replay.run import replay
from simulator.replay.selection import select
from simulator.season.errors import InputError
from simulator.season.reader import GameSpan, Season

Progress = Callable[[int], None]
Chosen = Sequence[tuple[Season, tuple[GameSpan, ...]]]
"""Opened season files, each with the games that are taken from it."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What a model said before the plays of some seasons."""

    plays: Predictions
    games: tuple[str, ...]
    """Ids; `plays.game` counts in them."""

    @property
    def game_id(self) -> NDArray[np.str_]:
        """Each play's game."""
        return np.array(self.games, dtype=np.str_)[self.plays.game]

    def beside(self, name: str, probability: NDArray[np.float64]) -> "Scored":
        """Return the same with one more reference."""
        references = {**self.plays.references, name: probability}
        return replace(self, plays=replace(self.plays, references=references))


def choose(seasons: Sequence[Season], games: Sequence[str] = ()) -> Chosen:
    """Return the games with these ids, all of them without any.

    Raises:
        InputError: a game is in two files, an id is in none, or nothing is left.
    """
    where: dict[str, Season] = {}
    for season in seasons:
        for span in season.spans:
            if span.game_id in where:
                raise InputError(
                    season.path, "", f"game {span.game_id} is in {where[span.game_id].path} too",
                    "name each season once: a game that counts twice makes every interval too narrow",
                )  # fmt: skip
            where[span.game_id] = season
    if not games:
        return [(season, select(season)) for season in seasons]
    strangers = [name for name in games if name not in where]
    if strangers:
        select(seasons[0], strangers)  # which raises, and names them
    wanted = {season.path: [name for name in games if where[name] is season] for season in seasons}
    return [(season, select(season, wanted[season.path])) for season in seasons if wanted[season.path]]


def events_of(chosen: Chosen) -> int:
    """Return how many events the games hold."""
    return sum(span.rows for _, spans in chosen for span in spans)


def score(chosen: Chosen, model: Model, *, jobs: int, progress: Progress | None = None) -> Scored:
    """Replay the games and return what the model said.

    Raises:
        InputError: a row is no event.
    """
    results = [
        replay(season, model=model, spans=spans, jobs=jobs, progress=progress) for season, spans in chosen
    ]
    counts = [len(result.games) for result in results]
    before = [sum(counts[:place]) for place in range(len(counts))]
    return Scored(
        merge([result.predictions for result in results], before),
        tuple(game for result in results for game in result.games),
    )
