"""Finds the first update in which two replays differ, field by field.

A side is a season file, which is replayed, or an updates file that `wpsim replay --report` wrote. Both are
read twice at
most: once to compare games by a fingerprint, and once more for the first game that differs, in the order of
    game ids. The epoch names the model and its parameters, so with two models every update differs in it:
    that is said once, and updates are compared without it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from engine.core.game import Game
from engine.core.models.interface import Model
from simulator.replay.updates import COLUMNS, UpdateRow, describe, model_of, row_of
from simulator.season.errors import InputError
from simulator.season.reader import open_parquet, open_season, read_games

_IDENTITY: Final = ("game_id", "offset", "home_win_probability", "epoch")
"""Columns without which a file is no updates file."""
_encode = msgspec.json.Encoder().encode

Rows = list[UpdateRow]


@dataclass(frozen=True, slots=True)
class Field:
    """One field that differs."""

    name: str
    left: object
    right: object


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference between two sides."""

    game_id: str
    offset: int | None
    """Of the first update that differs; None where one side lacks the whole game."""
    play_id: str | None
    fields: tuple[Field, ...]
    """Empty where one side has no such update."""
    note: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `wpsim diff` found out."""

    models: tuple[str, str]
    epochs_differ: bool
    games: int
    games_that_differ: int
    first: Difference | None

    @property
    def equal(self) -> bool:
        """Whether both sides say the same, byte for byte."""
        return self.first is None and not self.epochs_differ


class UpdateSource:
    """One side: games of updates as rows over `columns`."""

    def __init__(self, path: Path, model: Model) -> None:
        with open_parquet(path) as file:
            self._schema: pa.Schema = file.schema_arrow
        self._path = path
        self._model = model
        self.is_updates = set(_IDENTITY) <= set(self._schema.names) and "event" not in self._schema.names
        if self.is_updates:
            self.columns = tuple(name for name in COLUMNS if name in self._schema.names)
            self.model = model_of(self._schema.metadata) or "an unknown model"
        else:
            self._season = open_season(path)
            self.columns = COLUMNS
            self.model = describe(model.name, model.version, model.parameters())

    def games(self, only: str | None = None) -> Iterator[tuple[str, Rows]]:
        """Yield each game's updates, or those of one game alone."""
        if self.is_updates:
            yield from self._recorded(only)
            return
        spans = [span for span in self._season.spans if only is None or span.game_id == only]
        for recorded in read_games(self._season, spans):
            game = Game(recorded.game_id, self._model)
            said = (game.apply(event) for event in recorded.events)
            yield recorded.game_id, [row_of(update) for update in said if update is not None]

    def _recorded(self, only: str | None) -> Iterator[tuple[str, Rows]]:
        held: Rows = []
        holding = ""
        with open_parquet(self._path) as file:
            for group in range(file.metadata.num_row_groups):
                for row in self._rows(file, group):
                    game_id = row[0]
                    if game_id != holding and held:
                        yield holding, held
                        held = []
                    holding = game_id
                    if only is None or game_id == only:
                        held.append(row)
        if held:
            yield holding, held

    def _rows(self, file: pq.ParquetFile, group: int) -> Iterator[UpdateRow]:
        try:
            table = file.read_row_group(group, columns=list(self.columns)).select(list(self.columns))
        except (pa.ArrowInvalid, OSError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(
                self._path,
                f"row group {group + 1}",
                f"it cannot be read ({reason})",
                "write the report again",
            ) from None
        yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


def compare(
    left: UpdateSource, right: UpdateSource, progress: Callable[[int], None] | None = None
) -> Comparison:
    """Compare two sides over the columns that both have; `progress` is told of the updates read."""
    columns = tuple(name for name in left.columns if name in right.columns)
    prints = [_fingerprints(side, columns, progress) for side in (left, right)]
    ids = sorted(prints[0].keys() | prints[1].keys())
    differing = [game_id for game_id in ids if _content(prints[0], game_id) != _content(prints[1], game_id)]
    both = prints[0].keys() & prints[1].keys()
    return Comparison(
        (left.model, right.model),
        any(prints[0][game_id][1] != prints[1][game_id][1] for game_id in sorted(both)),
        len(ids),
        len(differing),
        _first(left, right, columns, differing[0]) if differing else None,
    )


def _fingerprints(
    side: UpdateSource, columns: Sequence[str], progress: Callable[[int], None] | None
) -> dict[str, tuple[bytes, str]]:
    """Return by game id a hash of all fields but the epoch, and the epoch."""
    pick, epoch = _picker(side, columns), side.columns.index("epoch")
    prints: dict[str, tuple[bytes, str]] = {}
    for game_id, rows in side.games():
        chain = hashlib.sha256()
        for row in rows:
            chain.update(_encode(pick(row)))
        prints[game_id] = (chain.digest(), rows[0][epoch] if rows else "")
        if progress is not None:
            progress(len(rows))
    return prints


def _content(prints: Mapping[str, tuple[bytes, str]], game_id: str) -> bytes | None:
    return prints[game_id][0] if game_id in prints else None


def _picker(side: UpdateSource, columns: Sequence[str]) -> Callable[[UpdateRow], list[Any]]:
    places = [side.columns.index(name) for name in columns if name != "epoch"]
    return lambda row: [row[place] for place in places]


def _first(left: UpdateSource, right: UpdateSource, columns: Sequence[str], game_id: str) -> Difference:
    names = [name for name in columns if name != "epoch"]
    sides = []
    for side in (left, right):
        pick = _picker(side, columns)
        found = next((rows for _, rows in side.games(game_id)), None)
        sides.append(None if found is None else [dict(zip(names, pick(row), strict=True)) for row in found])
    ours, theirs = sides
    if ours is None or theirs is None:
        return Difference(
            game_id, None, None, (), f"only the {'right' if ours is None else 'left'} has the game"
        )
    for one, other in zip(ours, theirs, strict=False):
        fields = tuple(
            Field(name, _plain(one[name]), _plain(other[name])) for name in names if one[name] != other[name]
        )
        if fields:
            return Difference(game_id, one["offset"], one["play_id"], fields, "")
    longer, where = (ours, "left") if len(ours) > len(theirs) else (theirs, "right")
    extra = longer[min(len(ours), len(theirs))]
    return Difference(game_id, extra["offset"], extra["play_id"], (), f"only the {where} has this update")


def _plain(value: object) -> object:
    """Return a word of the engine as plain text."""
    return str(value) if isinstance(value, str) else value
