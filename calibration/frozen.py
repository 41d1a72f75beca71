"""Frozen predictions: what a model said before every play, kept to judge its successors by.

A parquet file of `game_id`, `play_id` and `home_win_probability`, with the model named in its metadata.
"""

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simulator.season.errors import InputError
from simulator.season.reader import open_parquet

MODEL_KEY: Final = b"wpsim_frozen_model"
_COLUMNS: Final = ("game_id", "play_id", "home_win_probability")


def write_frozen(
    path: Path, model: str, game_id: NDArray[np.str_], play_id: NDArray[np.str_], probability: NDArray[Any]
) -> None:
    """Write predictions, one element a play; nothing stands under the final name before the end.

    Raises:
        InputError: the file cannot be written.
    """
    table = pa.table([pa.array(game_id), pa.array(play_id), pa.array(probability)], names=list(_COLUMNS))
    part = path.with_name(path.name + ".part")
    try:
        pq.write_table(table.replace_schema_metadata({MODEL_KEY: model.encode()}), part, compression="zstd")
        part.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(path, "", f"it cannot be written ({reason})", "choose another folder") from None


def read_frozen(
    path: str | os.PathLike[str], game_id: NDArray[np.str_], play_id: NDArray[np.str_]
) -> tuple[str, NDArray[np.float64]]:
    """Return the model that was frozen, and what it said before each of the plays: NaN where it said nothing.

    Raises:
        InputError: the file is no frozen predictions, or shares no play with these.
    """
    with open_parquet(path) as file:
        model = (file.schema_arrow.metadata or {}).get(MODEL_KEY)
        if model is None or not set(_COLUMNS) <= set(file.schema_arrow.names):
            raise InputError(
                path, "", "it holds no frozen predictions", "write some with `wpsim calibrate --freeze`"
            )
        columns = [file.read(columns=[name]).column(0).to_pylist() for name in _COLUMNS]
    said = {(game, play): value for game, play, value in zip(*columns, strict=True)}
    nan = float("nan")
    keys = zip(game_id.tolist(), play_id.tolist(), strict=True)
    found = np.array([said.get(key, nan) for key in keys], dtype=np.float64)
    found = np.where((found >= 0.0) & (found <= 1.0), found, nan)
    if not np.isfinite(found).any():
        raise InputError(
            path, "", "it shares no play with these seasons", "freeze predictions of the same seasons"
        )
    return model.decode(errors="replace"), found
