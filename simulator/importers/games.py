"""The games table, one row a game, from ESPN or CFBD: who played, where, with which line, how it ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.core.events import GameEnd, GameStart, Outcome, Team
from engine.feeds.espn import NO_CONTEST, Sides
from engine.feeds.fields import flag, real, stamp_ns, whole, word
from simulator.importers.tables import Holds, VendorTable, Wanted, column_names, read_table

_COLUMNS: Final = {
    "game_id": Wanted(Holds.WORDS, required=True, also=("id",)),
    "season": Wanted(Holds.NUMBERS, required=True),
    "week": Wanted(Holds.NUMBERS),
    "date": Wanted(Holds.WORDS, also=("start_date",)),
    "neutral_site": Wanted(Holds.FLAGS),
    "status": Wanted(Holds.WORDS),
    "completed": Wanted(Holds.FLAGS),
    "home_id": Wanted(Holds.WORDS, required=True),
    "home_name": Wanted(Holds.WORDS, required=True, also=("home_team",)),
    "home_abbr": Wanted(Holds.WORDS),
    "home_final": Wanted(Holds.NUMBERS, required=True, also=("home_points",)),
    "away_id": Wanted(Holds.WORDS, required=True),
    "away_name": Wanted(Holds.WORDS, required=True, also=("away_team",)),
    "away_abbr": Wanted(Holds.WORDS),
    "away_final": Wanted(Holds.NUMBERS, required=True, also=("away_points",)),
    "home_spread": Wanted(Holds.NUMBERS),
    "total": Wanted(Holds.NUMBERS),
}


@dataclass(frozen=True, slots=True)
class GameFacts:
    """What a games table knows of one game."""

    start: GameStart
    end: GameEnd | None
    """None where the game is not over."""
    sides: Sides


def is_games_table(path: Path) -> bool:
    """Whether a parquet file is a games table, by its columns."""
    names = column_names(path)
    return all(
        not wish.required or any(other in names for other in (name, *wish.also))
        for name, wish in _COLUMNS.items()
    )


def read_games_table(path: Path) -> dict[str, GameFacts]:
    """Return the games of a table by game id.

    Raises:
        InputError: the file is no games table.
    """
    table = read_table(path, _COLUMNS, "a games table: game_id, season, teams and final score")
    return dict(_facts(table))


def _facts(table: VendorTable) -> Iterator[tuple[str, GameFacts]]:
    for game_id in table.rows_of:
        fields = {name: values[0] for name, values in table.game(game_id).items()}
        home, away = _team(fields, "home"), _team(fields, "away")
        start = GameStart(
            game_id=game_id,
            season=whole(fields["season"]),
            home=home,
            away=away,
            neutral_site=flag(fields["neutral_site"]),
            home_spread=real(fields["home_spread"]),
            total=real(fields["total"]),
            scheduled_ns=stamp_ns(fields["date"]),
            week=whole(fields["week"]),
        )
        sides = Sides(
            home.team_id, away.team_id, (home.name, home.abbreviation), (away.name, away.abbreviation)
        )
        yield game_id, GameFacts(start, _end(game_id, fields), sides)


def _team(fields: dict[str, Any], side: str) -> Team:
    name = word(fields[f"{side}_name"]) or side.capitalize()
    abbreviation = word(fields[f"{side}_abbr"]) or name[:4].upper()
    return Team(word(fields[f"{side}_id"]) or side, name, abbreviation)


def _end(game_id: str, fields: dict[str, Any]) -> GameEnd | None:
    if word(fields["status"]) in NO_CONTEST:
        return GameEnd(game_id=game_id, outcome=Outcome.NO_CONTEST)
    home, away = whole(fields["home_final"]), whole(fields["away_final"])
    if home is None or away is None or (fields["completed"] is not None and not flag(fields["completed"])):
        return None
    return GameEnd(game_id=game_id, home_score=home, away_score=away)
