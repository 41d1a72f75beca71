"""Updates as rows of a table: what `--report` writes and what `wpsim diff` compares, one row an update.

Every field of an update is in it; the situation stands beside the probability, not nested.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from engine.core.decision import Decision
from engine.core.events import Tracking
from engine.core.models.interface import Model
from engine.core.update import Update
from simulator.season.errors import InputError

MODEL_KEY: Final = b"wpsim_model"
"""Metadata of an updates file: the model that made it, as JSON."""
ROWS_A_GROUP: Final = 16_384

UPDATE_SCHEMA: Final = pa.schema(
    [
        ("game_id", pa.string()),
        ("play_id", pa.string()),
        ("offset", pa.int64()),
        ("home_win_probability", pa.float64()),
        ("away_win_probability", pa.float64()),
        ("win_probability_added", pa.float64()),
        ("leverage_index", pa.float64()),
        ("home_win_probability_before", pa.float64()),
        ("home_win_probability_low", pa.float64()),
        ("home_win_probability_high", pa.float64()),
        ("expected_points", pa.float64()),
        ("cause", pa.string()),
        ("kind", pa.string()),
        ("play_class", pa.string()),
        ("status", pa.string()),
        ("order", pa.int64()),
        ("key_play", pa.bool_()),
        ("phase", pa.string()),
        ("period", pa.int64()),
        ("clock_s", pa.int64()),
        ("plays_on_clock", pa.int64()),
        ("home_score", pa.int64()),
        ("away_score", pa.int64()),
        ("possession", pa.string()),
        ("down", pa.int64()),
        ("distance_yd", pa.int64()),
        ("yards_to_goal", pa.int64()),
        ("home_timeouts", pa.int64()),
        ("away_timeouts", pa.int64()),
        ("second_half_receiver", pa.string()),
        ("overtime_series", pa.int64()),
        ("corrected_plays", pa.int64()),
        ("doubts", pa.string()),
        ("vendor_ns", pa.int64()),
        ("feed", pa.string()),
        ("market_home_win_probability", pa.float64()),
        ("tracking", pa.string()),
        ("decision", pa.string()),
        ("epoch", pa.string()),
    ]
)
COLUMNS: Final[tuple[str, ...]] = tuple(UPDATE_SCHEMA.names)

UpdateRow = tuple[Any, ...]
"""The values of one update, in the order of `COLUMNS`."""


def row_of(update: Update) -> UpdateRow:
    """Return an update as a row. Doubts are joined by commas; tracking is JSON."""
    state = update.state
    return (
        update.game_id,
        update.play_id,
        update.offset,
        update.home_win_probability,
        update.away_win_probability,
        update.win_probability_added,
        update.leverage_index,
        update.home_win_probability_before,
        update.home_win_probability_low,
        update.home_win_probability_high,
        update.expected_points,
        update.cause,
        update.kind,
        update.play_class,
        update.status,
        update.order,
        update.key_play,
        state.phase,
        state.period,
        state.clock_s,
        state.plays_on_clock,
        state.home_score,
        state.away_score,
        state.possession,
        state.down,
        state.distance_yd,
        state.yards_to_goal,
        state.home_timeouts,
        state.away_timeouts,
        state.second_half_receiver,
        state.overtime_series,
        update.corrected_plays,
        ",".join(update.doubts),
        update.vendor_ns,
        update.feed,
        update.market_home_win_probability,
        _json(update.tracking),
        _json(update.decision),
        update.epoch,
    )


def _json(part: Tracking | Decision | None) -> str | None:
    return None if part is None else msgspec.json.encode(part).decode()


def batch_of(rows: list[UpdateRow]) -> pa.RecordBatch:
    """Return rows as a record batch of `UPDATE_SCHEMA`."""
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, UPDATE_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=UPDATE_SCHEMA)


def model_of(metadata: Mapping[bytes, bytes] | None) -> str | None:
    """Return the model named in an updates file's metadata, in one line; None where none is."""
    try:
        told = json.loads((metadata or {})[MODEL_KEY])
        return describe(told["name"], told["version"], told["parameters"])
    except (KeyError, ValueError, TypeError):
        return None


def describe(name: str, version: str, parameters: Mapping[str, float]) -> str:
    """Return a model in one line: name, version and parameters."""
    listed = ", ".join(f"{key}={value:g}" for key, value in sorted(parameters.items()))
    return f"{name} {version} ({listed})" if listed else f"{name} {version}"


class UpdatesWriter:
    """Writes updates to a parquet file, a row group at a time.

    Nothing stands under the final name before the end.
    """

    def __init__(self, path: str | os.PathLike[str], model: Model) -> None:
        self._path = Path(path)
        self._part = self._path.with_name(self._path.name + ".part")
        # Batches that do not fill a row group yet, and how many rows they hold.
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        made_by = {
            "name": model.name,
            "version": model.version,
            "parameters": dict(sorted(model.parameters().items())),
        }
        self._schema = UPDATE_SCHEMA.with_metadata({MODEL_KEY: json.dumps(made_by).encode()})
        try:
            self._writer = pq.ParquetWriter(self._part, self._schema, compression="zstd")
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                path, "", f"it cannot be written ({reason})", "choose a folder that can be written to"
            ) from None

    def write(self, batch: pa.RecordBatch) -> None:
        """Append updates; those of one game must come together."""
        self._held.append(batch)
        self._rows += batch.num_rows
        if self._rows >= ROWS_A_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            table = pa.Table.from_batches(self._held).replace_schema_metadata(self._schema.metadata)
            self._writer.write_table(table)
        self._held, self._rows = [], 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
            self._writer.close()
            self._part.replace(self._path)
        else:
            self._writer.close()
            self._part.unlink(missing_ok=True)
