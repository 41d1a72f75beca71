"""Action Network's dialect: its scoreboard and its line histories, read into betting lines.

A scoreboard lists games, and for each its `markets`: book id -> period -> type (`moneyline`, `spread`,
`total`, and others that are not read) -> outcomes, one a side, with an American price `odds` and a line
`value`. `is_live` tells prices of the game under way from those before it. Only the period `event` is the
whole game. A history is one game's `markets`, with the earlier prices of every outcome and their stamps.
Outcomes are often half there, and a body may be empty: what cannot be read is left out and counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.core.market import MOST_SPREAD_POINTS, MOST_TOTAL_POINTS
from engine.feeds.fields import real, record, records, stamp_ns, word
from engine.feeds.margin import fair_probability, implied_by_american
from engine.feeds.matching import Listing
from engine.feeds.odds import Line

BOOKS: Final = {
    "15": "Consensus",
    "68": "DraftKings",
    "69": "FanDuel",
    "71": "BetRivers",
    "75": "BetMGM",
    "79": "bet365",
    "123": "Caesars",
}
"""Names of the books met; another one is called by its number."""
OPENING_BOOK: Final = "30"
"""No book, but the line that the market opened with: it says nothing of the market now."""

MOST_GAMES: Final = 400
MOST_BOOKS: Final = 64
MOST_OUTCOMES: Final = 64
"""Of one type, of one book; more are not read."""
MOST_HISTORY: Final = 2_000
"""Prices of one outcome over time; of more, the newest are read."""
_MOST_NAME: Final = 80

_WHOLE_GAME: Final = "event"
_BEFORE_KICKOFF: Final = frozenset(("scheduled", "created", "pregame", "time-tbd", "postponed"))
_OVER: Final = frozenset(("complete", "closed", "final", "cancelled", "canceled"))
_OPEN: Final = (None, "normal", "open", "opener")
_SIDES: Final = {
    "moneyline": ("home", "away"),
    "spread": ("home", "away"),
    "total": ("over", "under"),
}

Degraded = dict[str, int]
"""How often a field was missing or absurd, by its name."""


@dataclass(frozen=True, slots=True)
class PricedGame:
    """A game of the scoreboard, and what the books say of it."""

    listing: Listing
    before_kickoff: bool
    """Whether it has not begun, says the feed: only then may a price that is not live inform the model."""
    over: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Price:
    """One outcome at one moment."""

    implied: float | None
    points: float | None


Prices = dict[tuple[str, str], list[_Price]]
"""By type and side."""


def read_scoreboard(payload: Any, degraded: Degraded) -> Iterator[PricedGame]:
    """Yield the games of a scoreboard; whatever comes, this does not raise.

    Args:
        payload: the decoded JSON body.
        degraded: is counted up for every field that was missing or absurd.
    """
    games = records(record(payload).get("games"))
    if len(games) > MOST_GAMES:
        _count(degraded, "games")
    for item in games[:MOST_GAMES]:
        game = read_game(item, degraded)
        if game is not None:
            yield game


def read_game(item: dict[str, Any], degraded: Degraded) -> PricedGame | None:
    """Return one game of a scoreboard; None where it has no id or does not name both teams."""
    feed_id = (word(item.get("id")) or "")[:_MOST_NAME]
    home, away = _team(item, "home_team_id"), _team(item, "away_team_id")
    if not feed_id or home is None or away is None:
        _count(degraded, "game")
        return None
    listing = Listing(
        feed_id,
        _names(home),
        word(home.get("abbr")),
        _names(away),
        word(away.get("abbr")),
        stamp_ns(item.get("start_time")),
    )
    status = (word(item.get("status")) or "scheduled").lower()
    lines = tuple(read_markets(item.get("markets"), degraded))
    return PricedGame(listing, status in _BEFORE_KICKOFF, status in _OVER, lines)


def read_markets(markets: Any, degraded: Degraded) -> list[Line]:
    """Return what each book says now, its live prices apart from the others."""
    lines: list[Line] = []
    for book_id, book in _books(markets):
        prices: dict[bool, Prices] = {False: {}, True: {}}
        stamps: dict[bool, int | None] = {False: None, True: None}
        for kind, side, outcome in _outcomes(book, degraded):
            price = _price(kind, outcome, degraded)
            if price is not None:
                live = outcome.get("is_live") is True
                prices[live].setdefault((kind, side), []).append(price)
                stamps[live] = _later(stamps[live], _stamp(outcome))
        for live, by_side in prices.items():
            line = _line(book_id, by_side, live, stamps[live], degraded)
            if not line.empty:
                lines.append(line)
    return lines


def read_history(payload: Any, degraded: Degraded) -> list[Line]:
    """Return what each book has said over time, by its stamps; unstamped prices come last.

    Every moment at which a book changed an outcome gives one line, with the other outcomes as they stood.
    """
    lines: list[Line] = []
    for book_id, book in _books(payload):
        moments: dict[bool, list[tuple[int | None, str, str, _Price]]] = {False: [], True: []}
        for kind, side, outcome in _outcomes(book, degraded):
            past = records(outcome.get("history"))[-MOST_HISTORY:]
            for entry in past or [outcome]:
                price = _price(kind, entry, degraded)
                if price is not None:
                    at_ns = stamp_ns(entry.get("updated_at"))
                    moments[_is_live(entry, outcome)].append((at_ns, kind, side, price))
        for live, changes in moments.items():
            lines.extend(_over_time(book_id, changes, live, degraded))
    return lines


def _over_time(
    book_id: str, changes: list[tuple[int | None, str, str, _Price]], live: bool, degraded: Degraded
) -> Iterator[Line]:
    changes.sort(key=lambda change: (change[0] is None, change[0] or 0))
    standing: Prices = {}
    said: Line | None = None
    for place, (at_ns, kind, side, price) in enumerate(changes):
        standing[kind, side] = [price]
        if place + 1 < len(changes) and changes[place + 1][0] == at_ns:
            continue  # one moment, one line
        line = _line(book_id, standing, live, at_ns, degraded)
        if not line.empty and line != said:
            yield line
            said = line


def _stamp(outcome: dict[str, Any]) -> int | None:
    """Return when a price was made, if it says so, or if the last price of its history does."""
    own = stamp_ns(outcome.get("updated_at"))
    past = outcome.get("history")
    if own is not None or not isinstance(past, list) or not past:
        return own
    return stamp_ns(record(past[-1]).get("updated_at"))


def _later(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else max(one, other)


def _is_live(entry: dict[str, Any], outcome: dict[str, Any]) -> bool:
    live = entry.get("is_live")
    return live is True if isinstance(live, bool) else outcome.get("is_live") is True


def _books(markets: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each book's id and its markets of the whole game."""
    for book_id, periods in list(record(markets).items())[:MOST_BOOKS]:
        if book_id != OPENING_BOOK:
            yield book_id, record(record(periods).get(_WHOLE_GAME))


def _outcomes(book: dict[str, Any], degraded: Degraded) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for kind, sides in _SIDES.items():
        outcomes = book.get(kind)
        for outcome in records(outcomes)[:MOST_OUTCOMES]:
            side = outcome.get("side")
            if side not in sides:
                _count(degraded, f"{kind}_side")
            elif outcome.get("line_status") in _OPEN:
                yield kind, side, outcome


def _price(kind: str, entry: dict[str, Any], degraded: Degraded) -> _Price | None:
    """Return a price; None where it has neither a credible price nor, where one is due, credible points."""
    stated = real(entry.get("odds"))
    implied = None if stated is None else implied_by_american(stated)
    points = None if kind == "moneyline" else real(entry.get("value"))
    if points is not None and not _credible(kind, points):
        points = None
    if implied is None:
        _count(degraded, "price")
    if points is None and kind != "moneyline":
        _count(degraded, kind)
    return None if (points if kind != "moneyline" else implied) is None else _Price(implied, points)


def _credible(kind: str, points: float) -> bool:
    return abs(points) <= MOST_SPREAD_POINTS if kind == "spread" else 0.0 < points <= MOST_TOTAL_POINTS


def _line(book_id: str, prices: Prices, live: bool, vendor_ns: int | None, degraded: Degraded) -> Line:
    return Line(
        BOOKS.get(book_id) or f"book {book_id}"[:_MOST_NAME],
        live,
        _points("spread", prices, degraded),
        _points("total", prices, degraded),
        _probability(prices, degraded),
        vendor_ns,
    )


def _probability(prices: Prices, degraded: Degraded) -> float | None:
    """Return the home side's probability without the margin, of the first pair of prices that is one."""
    home, away = prices.get(("moneyline", "home"), []), prices.get(("moneyline", "away"), [])
    for one in home:
        for other in away:
            if one.implied is not None and other.implied is not None:
                fair = fair_probability(one.implied, other.implied)
                if fair is not None:
                    return round(fair, 6)
    if home or away:
        _count(degraded, "moneyline")
    return None


def _points(kind: str, prices: Prices, degraded: Degraded) -> float | None:
    """Return the home spread, or the total: of several, the one whose two sides are priced most alike.

    Where one side is missing the other's points do. Where both are there and contradict each other, the
    book was caught between two lines, and neither is taken.
    """
    first, second = _SIDES[kind]
    sign = -1.0 if kind == "spread" else 1.0
    ones, others = prices.get((kind, first), []), prices.get((kind, second), [])
    if not ones or not others:
        alone = [price.points for price in ones] + [
            sign * price.points for price in others if price.points is not None
        ]
        if alone:
            _count(degraded, f"{kind}_side")
        # Adding zero turns -0.0 into 0.0.
        return None if len(set(alone)) != 1 or alone[0] is None else alone[0] + 0.0
    pairs = [
        (_unlikeness(one, other), one.points + 0.0)
        for one in ones
        for other in others
        if one.points is not None and other.points is not None and one.points == sign * other.points
    ]
    if not pairs:
        _count(degraded, kind)
        return None
    return min(pairs)[1]


def _unlikeness(one: _Price, other: _Price) -> float:
    return 1.0 if one.implied is None or other.implied is None else abs(one.implied - other.implied)


def _team(item: dict[str, Any], key: str) -> dict[str, Any] | None:
    """Return the team that a field of the game names by its id."""
    team_id = word(item.get(key))
    teams: Iterable[dict[str, Any]] = records(item.get("teams"))[:2]
    return None if team_id is None else next((t for t in teams if word(t.get("id")) == team_id), None)


def _names(team: dict[str, Any]) -> tuple[str, ...]:
    named = (word(team.get(key)) for key in ("location", "full_name", "display_name"))
    return tuple(dict.fromkeys(name[:_MOST_NAME] for name in named if name is not None))


def _count(degraded: Degraded, name: str) -> None:
    degraded[name] = degraded.get(name, 0) + 1
