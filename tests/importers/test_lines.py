"""What holds of the books' lines: each believable one is stated before the first play."""

from pathlib import Path
from typing import Any

import pytest

from engine.core.events import GameStart, Market, Odds
from engine.core.game import Game
from engine.core.models.catalogue import model
from simulator.importers.report import ImportReport
from simulator.importers.run import import_season
from simulator.season.errors import InputError
from simulator.season.reader import RecordedGame, open_season, read_games
from tests.importers.vendor_files import GAME, espn_row, game_row, write_table


def imported_with(
    folder: Path, lines: list[dict[str, Any]], **game: Any
) -> tuple[ImportReport, RecordedGame]:
    """Import a game of two plays with a table of lines."""
    plays = write_table(folder / "plays.parquet", [espn_row(0), espn_row(1)])
    games = write_table(folder / "games.parquet", [game_row(**game)])
    table = write_table(folder / "lines.parquet", lines)
    out = folder / "season.parquet"
    report = import_season("espn", [plays], out, games=games, lines=[table])
    return report, next(read_games(open_season(out)))


def line(book: str, spread: float | None, total: float | None = 50.0) -> dict[str, Any]:
    """One row of a table of lines."""
    return {"game_id": GAME, "provider": book, "spread": spread, "over_under": total}


def test_every_book_is_stated_right_after_the_start(tmp_path: Path) -> None:
    """The books come in the order of their names, before any play."""
    report, game = imported_with(tmp_path, [line("B", -4.0), line("A", -7.0), line("C", -3.0, None)])
    assert isinstance(game.events[0], GameStart)
    odds = game.events[1:4]
    assert [(one.book, one.home_spread, one.total) for one in odds if isinstance(one, Odds)] == [
        ("A", -7.0, 50.0),
        ("B", -4.0, 50.0),
        ("C", -3.0, None),
    ]
    assert all(isinstance(one, Odds) and one.market is Market.PREGAME for one in odds)
    assert report.plays == 2
    assert all(len(values) == len(game.events) for values in game.references.values())


def test_the_engine_takes_the_median_of_the_books_over_a_single_wrong_line(tmp_path: Path) -> None:
    """A games table with the wrong sign is outvoted."""
    _, game = imported_with(tmp_path, [line("A", 6.5), line("B", 7.0), line("C", 7.5)], home_spread=-7.0)
    played = Game(game.game_id, model())
    for event in game.events:
        played.apply(event)
    assert played.pregame.home_spread == 7.0


def test_a_line_that_no_book_makes_is_dropped_and_counted(tmp_path: Path) -> None:
    """Seventy points is beyond every real line."""
    report, game = imported_with(tmp_path, [line("A", -420.0), line("B", -3.0), line("C", -4.0)])
    assert [event.book for event in game.events if isinstance(event, Odds)] == ["B", "C"]
    assert report.repairs["line_absurd"].dropped == 1


@pytest.mark.parametrize(("known", "books"), [(-3.0, 0), (None, 1)])
def test_a_lone_book_speaks_only_where_there_is_no_other_line(
    tmp_path: Path, known: float | None, books: int
) -> None:
    """One opinion does not outvote one other."""
    _, game = imported_with(tmp_path, [line("A", -9.0), line("B", None)], home_spread=known)
    assert sum(isinstance(event, Odds) for event in game.events) == books


def test_a_later_row_of_a_book_wins(tmp_path: Path) -> None:
    """A table that lists a book twice ends with its last word."""
    _, game = imported_with(tmp_path, [line("A", -1.0), line("B", -5.0), line("A", -2.0)])
    assert {e.book: e.home_spread for e in game.events if isinstance(e, Odds)} == {"A": -2.0, "B": -5.0}


def test_a_table_without_spreads_is_refused(tmp_path: Path) -> None:
    """The message names what is missing."""
    with pytest.raises(InputError, match="it has no column spread"):
        imported_with(tmp_path, [{"game_id": GAME, "provider": "A"}])
