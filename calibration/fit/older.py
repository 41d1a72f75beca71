"""Fourth downs of seasons before the play-by-play begins: more games for the base layer.

The table (`reference/fourth_downs_2014_2021.parquet` of the shared data) holds the situation and the
final score; lines come from a table of several books, as their median.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from calibration.fit.knots import HOME_EDGE
from calibration.fit.recipe import OLDER_WEIGHT
from calibration.fit.snaps import Snaps
from simulator.importers.lines import MOST_BOOKED_SPREAD
from simulator.season.errors import InputError

_COLUMNS: Final = (
    "game_id", "season", "qtr", "TimeSecsRem", "pos_team", "home_team", "home_points", "away_points",
    "home_score", "away_score", "yards_to_goal", "distance",
)  # fmt: skip
_LINE_COLUMNS: Final = ("game_id", "provider", "spread")
HALF_S: Final = 1_800.0


def read_older(path: Path, lines: Path, without: Collection[int]) -> Snaps:
    """Return the fourth downs of games with a line.

    Args:
        path: the table of fourth downs.
        lines: the table of the books' lines.
        without: seasons to leave out, since their plays are fitted themselves.

    Raises:
        InputError: a table cannot be read or lacks a column.
    """
    table = _read(path, _COLUMNS)
    table = table[~table["season"].isin(list(without))].join(_median_lines(lines), on="game_id")
    known = (
        table[["line", "home_points", "away_points", "yards_to_goal", "distance", "TimeSecsRem"]]
        .notna()
        .all(axis=1)
    )
    table = table[known & table["qtr"].between(1, 4) & (table["home_points"] != table["away_points"])]
    before_half = table["qtr"].to_numpy() <= 2
    half_left_s = table["TimeSecsRem"].to_numpy(dtype=np.float64)
    left_s = half_left_s + np.where(before_half, HALF_S, 0.0)
    home_ball = (table["pos_team"] == table["home_team"]).to_numpy(dtype=np.bool_)
    sign = np.where(home_ball, 1.0, -1.0)
    home_won = (table["home_points"] > table["away_points"]).to_numpy(dtype=np.bool_)
    size = len(table)
    nothing = np.zeros(size, dtype=np.int64)
    snaps = Snaps(
        game=-1 - table["game_id"].to_numpy(dtype=np.int64),  # below zero: never a number of a replayed game
        weight=np.full(size, OLDER_WEIGHT),
        left_s=left_s,
        half_left_s=half_left_s,
        lead=sign * (table["home_score"] - table["away_score"]).to_numpy(dtype=np.float64),
        line=-sign * table["line"].to_numpy(dtype=np.float64),
        edge=sign * HOME_EDGE,
        kick=np.zeros(size),
        down=np.full(size, 4, dtype=np.int64),
        distance_yd=table["distance"].clip(1, 30).to_numpy(dtype=np.float64),
        yards_to_goal=table["yards_to_goal"].clip(1, 99).to_numpy(dtype=np.float64),
        ours=nothing,
        theirs=nothing,
        won=np.where(home_ball, home_won, ~home_won).astype(np.float64),
        next_points=np.zeros(size),
    )
    return snaps.where((left_s >= 0.0) & (left_s <= 2.0 * HALF_S))


def none() -> Snaps:
    """Return no snaps."""
    whole, real = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Snaps(
        game=whole, weight=real, left_s=real, half_left_s=real, lead=real,
        line=real, edge=real, kick=real, down=whole, distance_yd=real, yards_to_goal=real, ours=whole,
        theirs=whole, won=real, next_points=real,
    )  # fmt: skip


def _median_lines(path: Path) -> "pd.Series[float]":
    """Return the median over the books of the home spread, by game; a book's last row counts."""
    lines = _read(path, _LINE_COLUMNS)
    lines = lines[lines["spread"].abs() <= MOST_BOOKED_SPREAD]
    books = lines.groupby(["game_id", "provider"])["spread"].last()
    return books.groupby("game_id").median().rename("line")


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=list(columns))
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            path, "", f"it cannot be read as a table of {', '.join(columns)} ({reason})", "check the path"
        ) from None
