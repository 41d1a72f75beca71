"""The board: the latest word of each book, before kick-off and during the game.

Pre-game lines inform the model, as the median over books; live prices are only shown beside it. What a book
said last is decided by its stamps, so a late copy of an old line changes nothing.
"""

from typing import Final

from engine.core.events import Market, Odds, supersedes

MOST_SPREAD_POINTS: Final = 100.0
MOST_TOTAL_POINTS: Final = 200.0


class Board:
    """The lines and prices of one game."""

    def __init__(self) -> None:
        # The winning statement of each book, apart for the two markets.
        self._pregame: dict[str, Odds] = {}
        self._live: dict[str, Odds] = {}

    def take(self, odds: Odds) -> bool:
        """Take in a line; return whether it is news."""
        books = self._pregame if odds.market is Market.PREGAME else self._live
        known = books.get(odds.book)
        if known is not None and not _later(odds, known):
            return False
        books[odds.book] = odds
        return True

    def pregame_line(self) -> tuple[float | None, float | None]:
        """Return the home spread and the total, each the median over the books that give one."""
        lines = self._pregame.values()
        return (
            _median([credible(line.home_spread, MOST_SPREAD_POINTS) for line in lines]),
            _median([credible(line.total, MOST_TOTAL_POINTS) for line in lines]),
        )

    @property
    def live_home_win_probability(self) -> float | None:
        """The live market's probability, of the book that last named one; None before any did."""
        priced = [
            (odds.vendor_ns or 0, odds.book, odds.home_win_probability)
            for odds in self._live.values()
            if odds.home_win_probability is not None and 0.0 <= odds.home_win_probability <= 1.0
        ]
        return max(priced)[2] if priced else None


def credible(points: float | None, most: float) -> float | None:
    """Return a line's points, or None where they are no line: NaN, infinite, or beyond `most` either way."""
    # Adding zero turns -0.0 into 0.0: they are equal, but their bytes are not.
    return points + 0.0 if points is not None and -most <= points <= most else None


def _later(new: Odds, old: Odds) -> bool:
    new_ns, old_ns = new.vendor_ns or 0, old.vendor_ns or 0
    return supersedes(new, old) if new_ns == old_ns else new_ns > old_ns


def _median(lines: list[float | None]) -> float | None:
    values = sorted(points for points in lines if points is not None)
    if not values:
        return None
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2.0
