"""Writes a season file, game by game, so that memory stays bounded however long the season is."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from engine.core.events import Event
from simulator.season.columns import REFERENCE_PREFIX, schema
from simulator.season.errors import InputError
from simulator.season.rows import row_of

ROWS_A_GROUP: Final = 4_096
"""A row group is closed at the first end of a game at or after this many rows."""


class SeasonWriter:
    """Writes games to a season file. Nothing stands under the final name before `close`.

    Used as a context manager; an exception inside leaves no file behind.
    """

    def __init__(self, path: str | os.PathLike[str], references: Sequence[str] = ()) -> None:
        self._path = Path(path)
        self._part = self._path.with_name(self._path.name + ".part")
        self._schema = schema(tuple(references))
        self._rows: list[dict[str, Any]] = []
        try:
            self._writer = pq.ParquetWriter(self._part, self._schema, compression="zstd")
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                path, "", f"it cannot be written ({reason})", "choose a folder that can be written to"
            ) from None

    def write_game(
        self, events: Sequence[Event], references: Mapping[str, Sequence[float | None]] | None = None
    ) -> None:
        """Append one game.

        Args:
            events: all events of the game, in the order in which they were said.
            references: other models' home win probability before each event, by name; each as long as
            `events`.
        """
        rows = [row_of(event) for event in events]
        for name, values in (references or {}).items():
            for row, value in zip(rows, values, strict=True):
                row[REFERENCE_PREFIX + name] = value
        self._rows += rows
        if len(self._rows) >= ROWS_A_GROUP:
            self._flush()

    def close(self) -> None:
        """Finish the file and put it under its name."""
        self._flush()
        self._writer.close()
        self._part.replace(self._path)

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._writer.close()
            self._part.unlink(missing_ok=True)
