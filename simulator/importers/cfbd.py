"""CollegeFootballData's plays and cfbfastR's released tables as drafts of games."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from engine.core.events import GameEnd, GameStart, Team
from engine.core.football import REGULATION_PERIODS, PlayKind
from engine.feeds import cfbd, cfbfastr
from engine.feeds.espn import place_of
from engine.feeds.fields import real, whole, word
from engine.feeds.play_words import name_words
from simulator.importers.draft import Draft, DraftGame, count_reading
from simulator.importers.games import GameFacts
from simulator.importers.report import Tally
from simulator.importers.tables import Holds, Wanted, column_names, read_table, rows_by_column
from simulator.season.errors import InputError

_N, _W, _F = Holds.NUMBERS, Holds.WORDS, Holds.FLAGS
_GAME: Final = {
    "game_id": Wanted(_W, required=True, also=("gameId",)),
    "home": Wanted(_W, required=True),
    "away": Wanted(_W, required=True),
    "season": Wanted(_N, also=("year",)),
    "week": Wanted(_N, also=("wk",)),
    "spread": Wanted(_N),
    "formatted_spread": Wanted(_W),
    "over_under": Wanted(_N),
    "drive_number": Wanted(_N, also=("driveNumber",)),
    "play_number": Wanted(_N, also=("playNumber",)),
    "home_wp_before": Wanted(_N),
}
_SHARED: Final = {
    "drive_id": Wanted(_W),
    "play_type": Wanted(_W, required=True),
    "play_text": Wanted(_W),
    "period": Wanted(_N, required=True),
    "down": Wanted(_N, required=True),
    "distance": Wanted(_N, required=True),
    "yards_to_goal": Wanted(_N, required=True),
    "yards_gained": Wanted(_N),
    "scoring": Wanted(_F),
    "wallclock": Wanted(_W),
}
CFBD_COLUMNS: Final = {
    **_GAME,
    **_SHARED,
    "play_id": Wanted(_W, required=True, also=("id",)),
    "minutes": Wanted(_N, required=True, also=("clock.minutes", "clock_minutes")),
    "seconds": Wanted(_N, required=True, also=("clock.seconds", "clock_seconds")),
    "offense": Wanted(_W, required=True),
    "defense": Wanted(_W),
    "offense_score": Wanted(_N, required=True),
    "defense_score": Wanted(_N, required=True),
    "offense_timeouts": Wanted(_N),
    "defense_timeouts": Wanted(_N),
}
CFBFASTR_COLUMNS: Final = {
    **_GAME,
    **_SHARED,
    "id_play": Wanted(_W, required=True),
    "clock_minutes": Wanted(_N, required=True, also=("clock.minutes",)),
    "clock_seconds": Wanted(_N, required=True, also=("clock.seconds",)),
    "pos_team": Wanted(_W, required=True),
    "def_pos_team": Wanted(_W, required=True),
    "pos_team_score": Wanted(_N, required=True),
    "def_pos_team_score": Wanted(_N, required=True),
    "offense_play": Wanted(_W),
    "defense_play": Wanted(_W),
    "offense_score": Wanted(_N),
    "defense_score": Wanted(_N),
}
CFBD_LAYOUT: Final = "CFBD's /plays: id, game_id, home, away, offense, scores, period, minutes, seconds, ..."
CFBFASTR_LAYOUT: Final = "cfbfastR's play_by_play table: id_play, game_id, home, away, pos_team, scores, ..."
REFERENCE: Final = "cfbfastr"

MakeRow = Callable[[tuple[Any, ...]], cfbd.Row]


def games_of_cfbd(path: Path, facts: Mapping[str, GameFacts], tally: Tally) -> Iterator[DraftGame]:
    """Yield the games of a table in CFBD's layout.

    Raises:
        InputError: the file is no such table.
    """
    if "adj_yd_line" in (names := column_names(path)) and "yards_to_goal" not in names:
        raise InputError(
            path, "", "its rows are scrimmage plays alone, with the half's clock before the snap",
            "such older tables cannot be replayed: import the season's full /plays",
        )  # fmt: skip
    yield from _games(
        path, CFBD_COLUMNS, CFBD_LAYOUT, cfbd.Row._fields, lambda row: cfbd.Row(*row), facts, tally
    )


def games_of_cfbfastr(path: Path, facts: Mapping[str, GameFacts], tally: Tally) -> Iterator[DraftGame]:
    """Yield the games of one of cfbfastR's released tables.

    Raises:
        InputError: the file is no such table.
    """

    def make(row: tuple[Any, ...]) -> cfbd.Row:
        return cfbfastr.cfbd_row(cfbfastr.Row(*row))

    yield from _games(path, CFBFASTR_COLUMNS, CFBFASTR_LAYOUT, cfbfastr.Row._fields, make, facts, tally)


def games_of_json(
    plays: Sequence[dict[str, Any]], facts: Mapping[str, GameFacts], tally: Tally
) -> list[DraftGame]:
    """Return the games of a `/plays` response."""
    by_game: dict[str, list[dict[str, Any]]] = {}
    for play in plays:
        game_id = word(play.get("gameId", play.get("game_id")))
        if game_id is None:
            tally["no_play_id"].dropped += 1
            continue
        by_game.setdefault(game_id, []).append(play)
    games: list[DraftGame] = []
    for game_id, rows in by_game.items():
        columns = {name: [row.get(name) for row in rows] for name in ("home", "away", "week")}
        columns["season"] = [row.get("season", row.get("year")) for row in rows]
        columns["drive_number"] = [row.get("driveNumber", row.get("drive_number")) for row in rows]
        columns["play_number"] = [row.get("playNumber", row.get("play_number")) for row in rows]
        made = [cfbd.row_of_json(row) for row in rows]
        games.append(_game(game_id, columns, made, facts.get(game_id), tally))
    return games


def _games(
    path: Path,
    columns: Mapping[str, Wanted],
    layout: str,
    fields: tuple[str, ...],
    make: MakeRow,
    facts: Mapping[str, GameFacts],
    tally: Tally,
) -> Iterator[DraftGame]:
    table = read_table(path, columns, layout)
    for game_id in sorted(table.rows_of):
        values = table.game(game_id)
        rows = [make(row) for row in rows_by_column(values, fields)]
        yield _game(game_id, values, rows, facts.get(game_id), tally)


def _game(
    game_id: str,
    columns: Mapping[str, list[Any]],
    rows: list[cfbd.Row],
    known: GameFacts | None,
    tally: Tally,
) -> DraftGame:
    home, away = word(columns["home"][0]) or "Home", word(columns["away"][0]) or "Away"
    if known is None:
        teams = cfbd.Teams(home, away)
        start = GameStart(
            game_id=game_id,
            season=whole(columns["season"][0]),
            home=Team(home, home, _short(home)),
            away=Team(away, away, _short(away)),
            home_spread=cfbfastr.home_spread(
                _first(columns, "spread"), _first(columns, "formatted_spread"), home, away
            ),
            total=real(_first(columns, "over_under")),
            week=whole(columns["week"][0]),
        )
    else:
        teams = cfbd.Teams(home, away, known.sides.home_names, known.sides.away_names)
        start = known.start
    drafts: list[Draft] = []
    probabilities = columns.get("home_wp_before") or [None] * len(rows)
    for index, place in enumerate(_order(columns, len(rows))):
        play = cfbd.play_of(rows[place], game_id, teams, index)
        if play is None:
            tally["no_play_id"].dropped += 1
            continue
        draft = Draft(play, word(rows[place].drive_id), place_of(play.play_id, game_id))
        count_reading(play, rows[place].offense, rows[place].play_type, rows[place].play_text, tally)
        before = real(probabilities[place])
        if before is not None and 0 <= before <= 1:
            draft.before[REFERENCE] = before
        drafts.append(draft)
    game = DraftGame(start, drafts, None if known is None else known.end)
    game.final_known = game.end is not None
    if game.end is None:
        game.end = end_of_last_row(game_id, drafts, tally)
    return game


def _order(columns: Mapping[str, list[Any]], rows: int) -> list[int]:
    """Return the rows in the order of their drive and their place in it, where every row tells both."""
    drives = [whole(value) for value in columns["drive_number"]]
    places = [whole(value) for value in columns["play_number"]]
    if None in drives or None in places:
        return list(range(rows))
    return sorted(range(rows), key=lambda row: (drives[row] or 0, places[row] or 0, row))


def _first(columns: Mapping[str, list[Any]], name: str) -> Any:
    return next((value for value in columns.get(name, ()) if value is not None), None)


def _short(name: str) -> str:
    words = name_words(name)
    return ("".join(part[0] for part in words) if len(words) > 2 else "".join(words)[:4]).upper()


def end_of_last_row(game_id: str, drafts: Sequence[Draft], tally: Tally) -> GameEnd | None:
    """Return the end of a game by its rows alone: they reach it, and one side leads; else None."""
    last = drafts[-1].play if drafts else None
    if last is None or last.home_score is None or last.away_score is None:
        return None
    period = last.period or 0
    over = last.kind is PlayKind.GAME_END or period > REGULATION_PERIODS
    over = over or (period == REGULATION_PERIODS and last.clock_s == 0)
    if not over or last.home_score == last.away_score:
        return None
    tally["result_from_last_row"].repaired += 1
    return GameEnd(game_id=game_id, home_score=last.home_score, away_score=last.away_score)
