"""The books' lines before kick-off, one row a game and book, as statements about the market.

A single book's line is sometimes wrong, even in its sign; the engine takes the median over the books
(`engine/core/market.py`). So every book of a game is stated, but for lines that no book makes, and for a lone
book where the game already has a line: one opinion is no better than another.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.core.events import GameStart, Market, Odds
from engine.core.market import MOST_TOTAL_POINTS
from engine.feeds.fields import real, word
from simulator.importers.report import Tally
from simulator.importers.tables import Holds, VendorTable, Wanted, read_table

MOST_BOOKED_SPREAD: Final = 70.0
"""No book has favoured a college side by more points; what is beyond it was entered wrongly."""

_COLUMNS: Final = {
    "game_id": Wanted(Holds.WORDS, required=True, also=("id",)),
    "provider": Wanted(Holds.WORDS, required=True, also=("book",)),
    "spread": Wanted(Holds.NUMBERS, required=True, also=("home_spread",)),
    "over_under": Wanted(Holds.NUMBERS, also=("total",)),
}


class Lines:
    """Lines by game, from any number of tables."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Open the tables.

        Raises:
            InputError: a table lacks the game, the book or the spread.
        """
        layout = "a table of lines: game_id, provider and spread"
        self._tables: list[VendorTable] = [read_table(path, _COLUMNS, layout) for path in paths]

    def of_game(self, start: GameStart, tally: Tally) -> list[Odds]:
        """Return one statement a book, in the order of the books' names; a later row of a book wins."""
        spreads: dict[str, float] = {}
        totals: dict[str, float] = {}
        for table in self._tables:
            if start.game_id not in table.rows_of:
                continue
            columns = table.game(start.game_id)
            for name, points, both in zip(
                columns["provider"], columns["spread"], columns["over_under"], strict=True
            ):
                book, spread, total = word(name), real(points), real(both)
                if book is None or spread is None:
                    continue
                if abs(spread) > MOST_BOOKED_SPREAD:
                    tally["line_absurd"].dropped += 1
                    continue
                spreads[book] = spread
                if total is not None and 0.0 < total <= MOST_TOTAL_POINTS:
                    totals[book] = total
        if len(spreads) == 1 and start.home_spread is not None:
            return []
        return [
            Odds(
                game_id=start.game_id,
                received_ns=start.received_ns,
                book=book,
                market=Market.PREGAME,
                home_spread=spreads[book],
                total=totals.get(book),
            )
            for book in sorted(spreads)
        ]
