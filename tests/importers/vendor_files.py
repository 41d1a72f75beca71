"""Small vendor tables: a game of a few rows that a test bends to its purpose."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine.core.events import Event, GameEnd, Play
from simulator.importers.report import ImportReport
from simulator.importers.run import import_season
from simulator.season.reader import RecordedGame, open_season, read_games

GAME = 401000001
HOME, AWAY = "10", "20"


def espn_row(number: int, **fields: Any) -> dict[str, Any]:
    """One row of an ESPN play table: by default a run for four yards in the first quarter, 0-0."""
    row: dict[str, Any] = {
        "game_id": GAME, "season": 2022, "play_index": number, "drive_id": f"{GAME}1",
        "play_id": f"{GAME}{101850000 + number * 100 + 1}", "type_text": "Rush",
        "text": f"Runner {number} run for 4 yds", "period": 1.0, "clock": "14:30", "home_score": 0.0,
        "away_score": 0.0, "scoring_play": False, "wallclock": f"2022-09-03T17:{number:02d}:00Z",
        "start_down": 1.0, "start_distance": 10.0, "start_yards_to_endzone": 75.0 - number,
        "start_team_id": HOME, "end_down": 2.0, "end_distance": 6.0, "end_yards_to_endzone": 71.0 - number,
        "end_team_id": HOME, "stat_yardage": 4.0, "espn_home_wp": 0.5 + number / 100,
    }  # fmt: skip
    return row | fields


def play_id(period: int, clock: str, number: int = 1) -> str:
    """The id that ESPN gives a row of that period and clock."""
    minutes, seconds = clock.split(":")
    return f"{GAME}1{period:02d}{9999 - int(minutes) * 100 - int(seconds):04d}{number:02d}"


def game_row(**fields: Any) -> dict[str, Any]:
    """The game's row in ESPN's games table: final score 7-3, the home side favoured by three."""
    row: dict[str, Any] = {
        "game_id": GAME, "season": 2022, "week": 1, "date": "2022-09-03T17:00Z", "neutral_site": False,
        "status": "STATUS_FINAL", "completed": True, "home_id": HOME, "home_name": "Ohio State",
        "home_abbr": "OSU", "home_final": 7.0, "away_id": AWAY, "away_name": "Ohio", "away_abbr": "OHIO",
        "away_final": 3.0, "home_spread": -3.0, "total": 50.5,
    }  # fmt: skip
    return row | fields


def write_table(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as a parquet table."""
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def imported(
    folder: Path,
    rows: list[dict[str, Any]],
    *,
    dialect: str = "espn",
    games: list[dict[str, Any]] | None = None,
    references: list[Path] | None = None,
    as_told: bool = False,
) -> tuple[ImportReport, list[RecordedGame]]:
    """Import rows with a games table (of the one game by default; none where it is empty)."""
    source = write_table(folder / "plays.parquet", rows)
    table = [game_row()] if games is None else games
    known = write_table(folder / "games.parquet", table) if table else None
    out = folder / "season.parquet"
    report = import_season(dialect, [source], out, games=known, references=references or [], as_told=as_told)
    return report, list(read_games(open_season(out)))


def plays_of(game: RecordedGame) -> list[Play]:
    """The plays of a game in the file's order."""
    return [event for event in game.events if isinstance(event, Play)]


def end_of(events: tuple[Event, ...]) -> GameEnd | None:
    """The end of a game, if it has one."""
    return next((event for event in events if isinstance(event, GameEnd)), None)
