"""Betting lines as statements: what a book says, what of it is news, and which of it comes too late.

A dialect (engine.feeds.action_network) reads a payload into `Line`s; here they become `Odds`. Nothing here
polls or waits. That a pre-game line never changes what has been played is the service's promise, which
refuses such a line after the first play; here it is not even said, as far as a feed can know.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from engine.core.events import Event, Market, Odds, Play

LEAST_MOVE: Final = 0.002
"""A live probability that moved by less is not news: it would be shown as the same percentage."""
LIVE_EVERY_NS: Final = 5_000_000_000
"""The live price of a game is stated at most this often: it is shown beside ours, and feeds nothing."""

MOST_BOOKS: Final = 100
"""Of one game, counting both markets; what further books say is not heard."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one book says of one game at one moment; None where it does not say, or not credibly."""

    book: str
    live: bool
    home_spread: float | None = None
    total: float | None = None
    home_win_probability: float | None = None
    vendor_ns: int | None = None

    @property
    def market(self) -> Market:
        """Whether it is a line from before kick-off or of the game under way."""
        return Market.LIVE if self.live else Market.PREGAME

    @property
    def empty(self) -> bool:
        """Whether it says nothing at all."""
        return self.home_spread is None and self.total is None and self.home_win_probability is None


def swapped(line: Line) -> Line:
    """Return the line of the same game with home and away the other way round."""
    spread, probability = line.home_spread, line.home_win_probability
    return replace(
        line,
        home_spread=None if spread is None else 0.0 - spread,
        home_win_probability=None if probability is None else round(1.0 - probability, 6),
    )


def statement(line: Line, game_id: str, received_ns: int, revision: int) -> Odds:
    """Return the line as a statement about one of our games."""
    return Odds(
        game_id=game_id,
        received_ns=received_ns,
        revision=revision,
        book=line.book,
        market=line.market,
        vendor_ns=line.vendor_ns,
        home_spread=line.home_spread,
        total=line.total,
        home_win_probability=line.home_win_probability,
    )


@dataclass(slots=True)
class _Game:
    """What was said of one game."""

    kicked_off: bool = False
    said: dict[tuple[str, Market], Odds] = field(default_factory=dict)
    live_said_ns: int = 0


class LinesSaid:
    """What was said before of every game, by book and market: the judge of what is news."""

    def __init__(self) -> None:
        self._games: dict[str, _Game] = {}

    def remember(self, event: Event) -> None:
        """Be reminded of a recorded statement of any source."""
        game = self._games.setdefault(event.game_id, _Game())
        if isinstance(event, Odds):
            self._note(game, event)
        elif isinstance(event, Play):
            game.kicked_off = True

    def late(self, game_id: str, line: Line, scheduled_ns: int | None) -> bool:
        """Whether a line is a pre-game one from after kick-off, by its own stamp or by recorded plays.

        Only the price's *own* stamp is held against the schedule: when it came says nothing, as a recorded
        day may be played again years later.
        """
        if line.live:
            return False
        game = self._games.get(game_id)
        if game is not None and game.kicked_off:
            return True
        return line.vendor_ns is not None and scheduled_ns is not None and line.vendor_ns > scheduled_ns

    def news(self, game_id: str, line: Line, received_ns: int) -> Odds | None:
        """Return the line as a statement, noted as said; None where it is no news.

        A line's revision is one more than that of the book's last one in the same market. A line without a
        stamp, after one with, keeps the last one's, since unstamped lines count as older; one whose stamp is
        older is an old copy.
        """
        game = self._games.setdefault(game_id, _Game())
        known = game.said.get((line.book, line.market))
        if known is None:
            if line.empty or len(game.said) >= MOST_BOOKS:
                return None
            odds = statement(line, game_id, received_ns, 0)
        else:
            if line.vendor_ns is None:
                line = replace(line, vendor_ns=known.vendor_ns)
            elif known.vendor_ns is not None and line.vendor_ns < known.vendor_ns:
                return None
            odds = statement(line, game_id, received_ns, known.revision + 1)
            if not _differs(odds, known):
                return None
        withdrawn = odds.home_win_probability is None
        if line.live and not withdrawn and received_ns - game.live_said_ns < LIVE_EVERY_NS:
            return None
        self._note(game, odds)
        return odds

    def stated_live(self, game_id: str) -> list[str]:
        """Return the books whose live probability stands, the one stated last at the end."""
        game = self._games.get(game_id)
        if game is None:
            return []
        live = [
            odds
            for (_, market), odds in game.said.items()
            if market is Market.LIVE and odds.home_win_probability is not None
        ]
        return [odds.book for odds in sorted(live, key=lambda odds: odds.received_ns)]

    def _note(self, game: _Game, odds: Odds) -> None:
        known = game.said.get((odds.book, odds.market))
        if known is None or odds.revision >= known.revision:
            game.said[odds.book, odds.market] = odds
        if odds.market is Market.LIVE:
            game.live_said_ns = max(game.live_said_ns, odds.received_ns)


def _differs(odds: Odds, known: Odds) -> bool:
    """Whether a line says something else than the known one; a new stamp alone is nothing else."""
    if odds.market is Market.LIVE:
        now, before = odds.home_win_probability, known.home_win_probability
        if now is None or before is None:
            return now is not before
        return abs(now - before) >= LEAST_MOVE
    return (odds.home_spread, odds.total, odds.home_win_probability) != (
        known.home_spread,
        known.total,
        known.home_win_probability,
    )
