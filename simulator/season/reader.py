"""Reads a season file game by game, in memory bounded by a row group.

A first pass over four narrow columns finds where each game stands (`open_season`); games are then read by
those spans, in any selection and by any number of processes.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.core.events import Event
from simulator.season.columns import BY_NAME, COLUMNS, REFERENCE_PREFIX, SEASON_VERSION, VERSION_KEY
from simulator.season.errors import InputError
from simulator.season.rows import RowError, events_of

MOST_ROW_GROUP_BYTES: Final = 256 * 1024 * 1024
"""A row group that unpacks to more than this is refused before it is read."""
MOST_TEXT_CHARACTERS: Final = 65_536
_INDEX_COLUMNS: Final = ("game_id", "event", "received_ns", "scheduled_ns")


@dataclass(frozen=True, slots=True)
class GameSpan:
    """Where one game stands in the file."""

    game_id: str
    first_row: int
    rows: int
    first_received_ns: int
    scheduled_ns: int | None


@dataclass(frozen=True, slots=True)
class RecordedGame:
    """One game as it was recorded."""

    game_id: str
    events: tuple[Event, ...]
    """In the order in which the feed said them."""
    references: dict[str, list[float | None]]
    """Other models' home win probability before each event, by the model's name; as long as `events`."""


@dataclass(frozen=True, slots=True)
class Season:
    """An opened season file: what is in it and where. Cheap to send to another process."""

    path: Path
    references: tuple[str, ...]
    spans: tuple[GameSpan, ...]
    row_group_starts: tuple[int, ...]
    """First row of each row group, and the number of rows at the end."""

    @property
    def rows(self) -> int:
        """How many events the file holds."""
        return self.row_group_starts[-1]


def open_parquet(path: str | os.PathLike[str]) -> pq.ParquetFile:
    """Open a parquet file, or raise an InputError that says why not."""
    path = Path(path)
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError:
        raise InputError(path, "", "there is no such file", "check the path") from None
    except PermissionError:
        raise InputError(path, "", "reading it is not permitted", "give yourself read permission") from None
    except IsADirectoryError:
        raise InputError(path, "", "it is a folder", "name a parquet file") from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        if path.is_dir():
            raise InputError(path, "", "it is a folder", "name a parquet file") from None
        reason = str(error).splitlines()[0].rstrip(".")
        advice = "it may be cut short or no parquet at all: fetch or import it again"
        raise InputError(path, "", f"it cannot be read as parquet ({reason})", advice) from None


def open_season(path: str | os.PathLike[str]) -> Season:
    """Open a season file and find its games.

    Raises:
        InputError: the file is missing, unreadable, no parquet, of another version, lacks a column, or
        scatters a game.
    """
    path = Path(path)
    with open_parquet(path) as file:
        names = set(file.schema_arrow.names)
        missing = [column.name for column in COLUMNS if column.required and column.name not in names]
        if missing:
            raise InputError(
                path, "", f"it has no column {', '.join(missing)}",
                "docs/season-format.md describes a season file; other data go through `wpsim import`",
            )  # fmt: skip
        version = (file.schema_arrow.metadata or {}).get(VERSION_KEY, str(SEASON_VERSION).encode())
        if version != str(SEASON_VERSION).encode():
            raise InputError(
                path, "", f"it is a season file of version {version.decode(errors='replace')}",
                f"this wpsim reads version {SEASON_VERSION}: import the data again",
            )  # fmt: skip
        starts = [0]
        for group in range(file.metadata.num_row_groups):
            starts.append(starts[-1] + file.metadata.row_group(group).num_rows)
        references = tuple(
            name.removeprefix(REFERENCE_PREFIX)
            for name in file.schema_arrow.names
            if name.startswith(REFERENCE_PREFIX)
        )
        return Season(path, references, tuple(_spans(path, file)), tuple(starts))


def _spans(path: Path, file: pq.ParquetFile) -> list[GameSpan]:
    spans: list[GameSpan] = []
    seen: set[str] = set()
    row = 0
    for group in range(file.metadata.num_row_groups):
        batch = _columns(path, file, group, row, only=_INDEX_COLUMNS)
        received, scheduled = batch["received_ns"], batch["scheduled_ns"]
        for place, game_id in enumerate(batch["game_id"]):
            if game_id is None:
                raise InputError(path, f"row {row + 1}", "field game_id is null", "every row names its game")
            if spans and spans[-1].game_id == game_id:
                last = spans[-1]
                spans[-1] = GameSpan(
                    game_id, last.first_row, last.rows + 1, last.first_received_ns,
                    last.scheduled_ns if last.scheduled_ns is not None else scheduled[place],
                )  # fmt: skip
            else:
                if game_id in seen:
                    raise InputError(
                        path, f"row {row + 1}", f"game {game_id} stands in two places",
                        "the rows of a game must stand together: sort the file by game",
                    )  # fmt: skip
                seen.add(game_id)
                spans.append(GameSpan(game_id, row, 1, received[place] or 0, scheduled[place]))
            row += 1
    return spans


def read_games(season: Season, spans: Sequence[GameSpan] | None = None) -> Iterator[RecordedGame]:
    """Yield the games of the spans (all of them by default), each read when it is asked for.

    Raises:
        InputError: a row is no event; the message names the file, row, field, what came and what was
        expected.
    """
    with open_parquet(season.path) as file:
        held: dict[int, dict[str, list[Any]]] = {}
        for span in season.spans if spans is None else spans:
            stop = span.first_row + span.rows
            groups = [
                group
                for group in range(len(season.row_group_starts) - 1)
                if season.row_group_starts[group] < stop
                and season.row_group_starts[group + 1] > span.first_row
            ]
            held = {
                group: held.get(group) or _columns(season.path, file, group, season.row_group_starts[group])
                for group in groups
            }
            events: list[Event] = []
            references: dict[str, list[float | None]] = {name: [] for name in season.references}
            for group in groups:
                start = season.row_group_starts[group]
                first = max(span.first_row, start) - start
                last = min(stop, season.row_group_starts[group + 1]) - start
                try:
                    events.extend(events_of(held[group], first, last))
                except RowError as error:
                    problem, row = error.args
                    raise InputError(
                        season.path,
                        f"row {start + row + 1}",
                        problem,
                        "repair the row or import the data again",
                    ) from None
                for name, values in references.items():
                    values.extend(held[group][REFERENCE_PREFIX + name][first:last])
            yield RecordedGame(span.game_id, tuple(events), references)


def _columns(
    path: Path, file: pq.ParquetFile, group: int, first_row: int, only: Sequence[str] | None = None
) -> dict[str, list[Any]]:
    """Return one row group by column as Python values, every column of the format among them."""
    described = file.metadata.row_group(group)
    present = set(file.schema_arrow.names)
    unpacked = sum(
        described.column(place).total_uncompressed_size
        for place in range(described.num_columns)
        if only is None or described.column(place).path_in_schema in only
    )
    if unpacked > MOST_ROW_GROUP_BYTES:
        raise InputError(
            path, f"rows {first_row + 1}-{first_row + described.num_rows}",
            f"they unpack to {unpacked:,} bytes; at most {MOST_ROW_GROUP_BYTES:,} are read at once",
            "shorten the text column or write smaller row groups",
        )  # fmt: skip
    wanted = [name for name in (only or file.schema_arrow.names) if name in present]
    try:
        table = file.read_row_group(group, columns=wanted)
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(
            path, f"row group {group + 1}", f"it cannot be read ({reason})", "fetch or import it again"
        ) from None
    columns: dict[str, list[Any]] = {}
    for name in wanted:
        if name in BY_NAME or name.startswith(REFERENCE_PREFIX):
            columns[name] = _values(path, name, table.column(name), first_row)
    for name in only or BY_NAME:
        if name not in columns:
            columns[name] = [None] * described.num_rows
    return columns


def _values(path: Path, name: str, values: pa.ChunkedArray, first_row: int) -> list[Any]:
    """Return a column as Python values of the format's type; reals that are whole numbers pass as such."""
    expected = BY_NAME[name].type if name in BY_NAME else pa.float64()
    if values.type != expected:
        came = values.type
        both_text = pa.types.is_string(expected) and (
            pa.types.is_large_string(came) or pa.types.is_dictionary(came) or pa.types.is_string_view(came)
        )
        both_numbers = _is_number(expected) and _is_number(came)
        if not (both_text or both_numbers or pa.types.is_null(came)):
            raise InputError(
                path, f"column {name}", f"its type is {came}; expected {expected}", "write it with that type"
            )
        if pa.types.is_floating(came) and pa.types.is_integer(expected):
            values = pc.if_else(pc.is_finite(values), values, None)
        try:
            values = values.cast(expected)
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise InputError(
                path, f"column {name}", f"a value is no {expected} ({reason})", "write whole numbers, or null"
            ) from None
    if name == "text" and len(values):
        longest = pc.max(pc.utf8_length(values)).as_py()
        if longest is not None and longest > MOST_TEXT_CHARACTERS:
            row = pc.index(pc.utf8_length(values), longest).as_py()
            raise InputError(
                path, f"row {first_row + row + 1}",
                f"field text has {longest:,} characters; at most {MOST_TEXT_CHARACTERS:,} are taken",
                "shorten it",
            )  # fmt: skip
    return values.to_pylist()  # type: ignore[no-any-return]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
