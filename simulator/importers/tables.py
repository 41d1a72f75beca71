"""Reads the columns that an importer needs of a vendor's parquet table, within bounds, game by game.

Text is read as dictionaries: a value repeated over a season takes its memory once, and a value of absurd
length is refused before it is unpacked row by row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.feeds.fields import real, word
from simulator.season.errors import InputError
from simulator.season.reader import MOST_ROW_GROUP_BYTES, MOST_TEXT_CHARACTERS, open_parquet

MOST_TABLE_BYTES: Final = 1024 * 1024 * 1024
"""The columns that are read may take this much unpacked: several times one season of play-by-play."""


class Holds(Enum):
    """What a column must hold to be used."""

    NUMBERS = "numbers"
    WORDS = "text or numbers"
    FLAGS = "true or false"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that an importer uses."""

    holds: Holds
    required: bool = False
    also: tuple[str, ...] = ()
    """Other names by which the same column goes; the first that is present is read."""


class VendorTable:
    """The needed columns of one vendor table, and where each game's rows stand."""

    def __init__(self, path: Path, table: pa.Table, game_column: str) -> None:
        self._table = table
        self.rows_of: dict[str, np.ndarray[Any, np.dtype[np.int64]]] = {}
        """Row numbers by game id, in the file's order; games in the order in which they first come."""
        games = table[game_column].combine_chunks()
        if not pa.types.is_dictionary(games.type):
            games = games.dictionary_encode()
        if games.null_count:
            row = pc.index(games.is_null(), value=True).as_py()
            raise InputError(
                path, f"row {row + 1}", f"field {game_column} is null", "every row names its game"
            )
        places = games.indices.to_numpy(zero_copy_only=False)
        by_game = np.argsort(places, kind="stable")
        starts = np.flatnonzero(np.diff(places[by_game], prepend=-1))
        for rows in np.split(by_game, starts[1:]) if len(by_game) else ():
            value = games.dictionary[int(places[rows[0]])].as_py()
            game_id = word(value)
            if game_id is None:
                raise InputError(
                    path, f"row {rows[0] + 1}", f"field {game_column} is {value!r}; expected the game's id",
                    "every row names its game",
                )  # fmt: skip
            known = self.rows_of.get(game_id)
            self.rows_of[game_id] = rows if known is None else np.sort(np.concatenate((known, rows)))

    def game(self, game_id: str) -> dict[str, list[Any]]:
        """Return the columns of one game as Python values, absent columns full of None."""
        rows = self.rows_of[game_id]
        if rows[-1] - rows[0] + 1 == len(rows):
            part = self._table.slice(int(rows[0]), len(rows))
        else:
            part = self._table.take(pa.array(rows))
        return {name: _values(part[name]) for name in part.column_names}


def _values(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values: list[Any] = column.to_pylist()
    return values


def column_names(path: Path) -> frozenset[str]:
    """Return the names of a parquet file's columns, or raise an InputError that says why not."""
    with open_parquet(path) as file:
        return frozenset(file.schema_arrow.names)


def read_table(path: Path, wanted: Mapping[str, Wanted], layout: str, *, by: str = "game_id") -> VendorTable:
    """Read the wanted columns of a table; columns that are optional and absent become all null.

    Raises:
        InputError: the file is no parquet, lacks a column, has one of a wrong type, or is absurdly large.
    """
    with open_parquet(path) as file:
        schema, described = file.schema_arrow, file.metadata
    found = _found(path, schema.names, wanted, layout)
    read = set(found.values())
    total = 0
    for group in range(described.num_row_groups):
        row_group = described.row_group(group)
        unpacked = sum(
            row_group.column(place).total_uncompressed_size
            for place in range(row_group.num_columns)
            if row_group.column(place).path_in_schema in read
        )
        total += unpacked
        for size, most, what in (
            (unpacked, MOST_ROW_GROUP_BYTES, f"row group {group + 1}"),
            (total, MOST_TABLE_BYTES, "the table"),
        ):
            if size > most:
                raise InputError(
                    path, what, f"it unpacks to {size >> 20:,} MiB; at most {most >> 20:,} MiB are read",
                    "split the file by season, in smaller row groups",
                )  # fmt: skip
    texts = [name for name in read if _is_text(schema.field(name).type)]
    try:
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            table = file.read(columns=sorted(read))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowMemoryError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(path, "", f"it cannot be read ({reason})", "fetch the file again") from None
    columns: dict[str, pa.ChunkedArray] = {}
    for name, wish in wanted.items():
        if name in found:
            columns[name] = _checked(path, found[name], table[found[name]], wish.holds)
        else:
            columns[name] = pa.chunked_array([pa.nulls(table.num_rows)])
    return VendorTable(path, pa.table(columns), by)


def _found(path: Path, names: Sequence[str], wanted: Mapping[str, Wanted], layout: str) -> dict[str, str]:
    present = frozenset(names)
    found: dict[str, str] = {}
    missing: list[str] = []
    for name, wish in wanted.items():
        stands = next((other for other in (name, *wish.also) if other in present), None)
        if stands is not None:
            found[name] = stands
        elif wish.required:
            missing.append(name)
    if missing:
        raise InputError(
            path,
            "",
            f"it has no column {', '.join(missing)}",
            f"expected {layout}; name another format or file",
        )
    return found


def _checked(path: Path, name: str, values: pa.ChunkedArray, holds: Holds) -> pa.ChunkedArray:
    """Return a column whose type can hold what is wanted, its longest text within bounds."""
    kind = values.type
    text = _is_text(kind)
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    allowed = text or number or pa.types.is_null(kind) or (pa.types.is_boolean(kind) and holds is Holds.FLAGS)
    if not allowed:
        raise InputError(
            path, f"column {name}", f"its type is {kind}; expected {holds.value}", "write it with that type"
        )
    if text:
        first_row = 0
        for chunk in values.chunks:
            _check_texts(path, name, chunk, first_row, numbers=holds is Holds.NUMBERS)
            first_row += len(chunk)
    return values


def _check_texts(path: Path, name: str, chunk: pa.Array, first_row: int, *, numbers: bool) -> None:
    words = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
    lengths = pc.utf8_length(words)
    longest = pc.max(lengths).as_py()
    if longest is not None and longest > MOST_TEXT_CHARACTERS:
        row = _row_of(chunk, pc.index(lengths, longest).as_py())
        raise InputError(
            path, f"row {first_row + row + 1}",
            f"field {name} has {longest:,} characters; at most {MOST_TEXT_CHARACTERS:,} are taken",
            "shorten it",
        )  # fmt: skip
    if not numbers:
        return
    for place, value in enumerate(words.to_pylist()):
        if value and value.strip().lower() not in ("na", "nan", "null", "none") and real(value) is None:
            row = _row_of(chunk, place)
            raise InputError(
                path, f"row {first_row + row + 1}", f"field {name} is {value[:40]!r}; expected a number",
                "write numbers, or null",
            )  # fmt: skip


def _row_of(chunk: pa.Array, place: int) -> int:
    """Return the first row that holds the value at a place of the chunk's dictionary."""
    if pa.types.is_dictionary(chunk.type):
        return max(0, int(pc.index(chunk.indices, place).as_py()))
    return place


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def rows_by_column(columns: Mapping[str, list[Any]], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of one game over the named columns."""
    return zip(*(columns[name] for name in names), strict=True)
