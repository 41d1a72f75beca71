"""Events as rows, and rows as events.

A row is a flat dictionary over `columns.py`; what an event does not use is absent. Words that the format does
not know are an error here, but for the kind of a play, which feeds invent: that becomes `unknown`, and the
engine counts it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NoReturn, TypeVar

from engine.core.events import (
    Event,
    FeedHealth,
    FeedStatus,
    GameEnd,
    GameStart,
    Market,
    Odds,
    Outcome,
    Play,
    Status,
    Team,
    Tracking,
)
from engine.core.football import Phase, PlayKind, Side

Row = dict[str, Any]
Word = TypeVar("Word", bound=StrEnum)


class RowError(ValueError):
    """A row is no event. The reader adds the file and the row's number."""

    def __init__(self, field: str, came: object, expected: str) -> None:
        super().__init__(f"field {field} is {came!r}; expected {expected}")


def row_of(event: Event) -> Row:
    """Return the row of an event, without what is null or a default that the format leaves out."""
    if isinstance(event, Play):
        row = {name: getattr(event, name) for name in _PLAY_FIELDS}
        row["kind"] = None if event.kind is PlayKind.UNKNOWN else event.kind
        row["status"] = None if event.status is Status.OFFICIAL else event.status
        row["event"] = "play"
    elif isinstance(event, GameStart):
        row = {name: getattr(event, name) for name in _START_FIELDS}
        for side, team in (("home", event.home), ("away", event.away)):
            row[f"{side}_team_id"] = team.team_id
            row[f"{side}_name"] = team.name
            row[f"{side}_abbreviation"] = team.abbreviation
        row["event"] = "game_start"
    elif isinstance(event, GameEnd):
        row = {name: getattr(event, name) for name in _END_FIELDS}
        row["status"] = None if event.status is Status.OFFICIAL else event.status
        row["outcome"] = None if event.outcome is Outcome.FINAL else event.outcome
        row["event"] = "game_end"
    elif isinstance(event, Odds):
        row = {name: getattr(event, name) for name in _ODDS_FIELDS} | {"event": "odds"}
    elif isinstance(event, Tracking):
        row = {name: getattr(event, name) for name in _TRACKING_FIELDS} | {"event": "tracking"}
        row["distance_covered_yd"] = row.pop("distance_yd")
    else:
        row = {name: getattr(event, name) for name in _FEED_FIELDS} | {"event": "feed_status"}
    return {name: value for name, value in row.items() if value is not None}


_COMMON: Final = ("game_id", "received_ns", "revision")
_START_FIELDS: Final = (
    *_COMMON, "season", "week", "scheduled_ns", "neutral_site", "home_spread", "total",
)  # fmt: skip
_PLAY_FIELDS: Final = (
    *_COMMON, "play_id", "order", "vendor_ns", "period", "clock_s", "home_score", "away_score", "possession",
    "down", "distance_yd", "yards_to_goal", "yards_gained", "scoring", "turnover", "next_phase",
    "next_possession", "next_down", "next_distance_yd", "next_yards_to_goal", "timeout_by", "text",
)  # fmt: skip
_END_FIELDS: Final = (*_COMMON, "home_score", "away_score", "vendor_ns")
_ODDS_FIELDS: Final = (
    *_COMMON, "book", "market", "vendor_ns", "home_spread", "total", "home_win_probability",
)  # fmt: skip
_TRACKING_FIELDS: Final = (
    *_COMMON, "play_id", "vendor_ns", "top_speed_yd_s", "distance_yd", "time_to_throw_s", "time_to_contact_s",
)  # fmt: skip
_FEED_FIELDS: Final = (*_COMMON, "feed", "health")

_SIDES: Final = {word.value: word for word in Side}
_PHASES: Final = {word.value: word for word in Phase}
_KINDS: Final = {word.value: word for word in PlayKind}
_STATUSES: Final = {word.value: word for word in Status}
_MARKETS: Final = {word.value: word for word in Market}
_HEALTHS: Final = {word.value: word for word in FeedHealth}
_OUTCOMES: Final = {word.value: word for word in Outcome}


def events_of(columns: Mapping[str, Sequence[Any]], start: int, stop: int) -> Iterator[Event]:
    """Yield the events of rows `start` to `stop` of a batch given by column.

    Args:
        columns: every column of the format, as a sequence of Python values; None is null.
        start: index of the first row.
        stop: index after the last row.

    Raises:
        RowError: a row is no event. Its `row` attribute is the index.
    """
    kinds = columns["event"]
    for row in range(start, stop):
        maker = _MAKERS.get(kinds[row])
        try:
            yield _unknown_event(kinds[row]) if maker is None else maker(columns, row)
        except RowError as error:
            error.args = (*error.args, row)
            raise


def _play(columns: Mapping[str, Sequence[Any]], row: int) -> Play:
    play_id, order = columns["play_id"][row], columns["order"][row]
    if play_id is None:
        _missing("play_id", "the play's id")
    if order is None:
        _missing("order", "the play's place in the game")
    return Play(
        game_id=columns["game_id"][row],
        received_ns=columns["received_ns"][row] or 0,
        revision=columns["revision"][row] or 0,
        play_id=play_id,
        order=order,
        status=_word("status", columns["status"][row], _STATUSES) or Status.OFFICIAL,
        vendor_ns=columns["vendor_ns"][row],
        kind=_KINDS.get(columns["kind"][row], PlayKind.UNKNOWN),
        period=columns["period"][row],
        clock_s=columns["clock_s"][row],
        home_score=columns["home_score"][row],
        away_score=columns["away_score"][row],
        possession=_word("possession", columns["possession"][row], _SIDES),
        down=columns["down"][row],
        distance_yd=columns["distance_yd"][row],
        yards_to_goal=columns["yards_to_goal"][row],
        yards_gained=columns["yards_gained"][row],
        scoring=columns["scoring"][row] or False,
        turnover=columns["turnover"][row] or False,
        next_phase=_word("next_phase", columns["next_phase"][row], _PHASES),
        next_possession=_word("next_possession", columns["next_possession"][row], _SIDES),
        next_down=columns["next_down"][row],
        next_distance_yd=columns["next_distance_yd"][row],
        next_yards_to_goal=columns["next_yards_to_goal"][row],
        timeout_by=_word("timeout_by", columns["timeout_by"][row], _SIDES),
        text=columns["text"][row] or "",
    )


def _game_start(columns: Mapping[str, Sequence[Any]], row: int) -> GameStart:
    return GameStart(
        game_id=columns["game_id"][row],
        received_ns=columns["received_ns"][row] or 0,
        revision=columns["revision"][row] or 0,
        season=columns["season"][row],
        home=_team(columns, row, "home"),
        away=_team(columns, row, "away"),
        neutral_site=columns["neutral_site"][row] or False,
        home_spread=_real(columns["home_spread"][row]),
        total=_real(columns["total"][row]),
        scheduled_ns=columns["scheduled_ns"][row],
        week=columns["week"][row],
    )


def _team(columns: Mapping[str, Sequence[Any]], row: int, side: str) -> Team:
    team_id = columns[f"{side}_team_id"][row]
    name = columns[f"{side}_name"][row]
    abbreviation = columns[f"{side}_abbreviation"][row]
    return Team(  # an empty word is what the feed said; only null is nothing
        side if team_id is None else team_id,
        side.capitalize() if name is None else name,
        side.upper() if abbreviation is None else abbreviation,
    )


def _game_end(columns: Mapping[str, Sequence[Any]], row: int) -> GameEnd:
    return GameEnd(
        game_id=columns["game_id"][row],
        received_ns=columns["received_ns"][row] or 0,
        revision=columns["revision"][row] or 0,
        status=_word("status", columns["status"][row], _STATUSES) or Status.OFFICIAL,
        outcome=_word("outcome", columns["outcome"][row], _OUTCOMES) or Outcome.FINAL,
        home_score=columns["home_score"][row],
        away_score=columns["away_score"][row],
        vendor_ns=columns["vendor_ns"][row],
    )


def _odds(columns: Mapping[str, Sequence[Any]], row: int) -> Odds:
    book, market = columns["book"][row], _word("market", columns["market"][row], _MARKETS)
    if book is None:
        _missing("book", "the bookmaker's name")
    if market is None:
        _missing("market", "pregame or live")
    return Odds(
        game_id=columns["game_id"][row],
        received_ns=columns["received_ns"][row] or 0,
        revision=columns["revision"][row] or 0,
        book=book,
        market=market,
        vendor_ns=columns["vendor_ns"][row],
        home_spread=_real(columns["home_spread"][row]),
        total=_real(columns["total"][row]),
        home_win_probability=_real(columns["home_win_probability"][row]),
    )


def _tracking(columns: Mapping[str, Sequence[Any]], row: int) -> Tracking:
    play_id = columns["play_id"][row]
    if play_id is None:
        _missing("play_id", "the play that was tracked")
    return Tracking(
        game_id=columns["game_id"][row],
        received_ns=columns["received_ns"][row] or 0,
        revision=columns["revision"][row] or 0,
        play_id=play_id,
        vendor_ns=columns["vendor_ns"][row],
        top_speed_yd_s=_real(columns["top_speed_yd_s"][row]),
        distance_yd=_real(columns["distance_covered_yd"][row]),
        time_to_throw_s=_real(columns["time_to_throw_s"][row]),
        time_to_contact_s=_real(columns["time_to_contact_s"][row]),
    )


def _feed_status(columns: Mapping[str, Sequence[Any]], row: int) -> FeedStatus:
    feed, health = columns["feed"][row], _word("health", columns["health"][row], _HEALTHS)
    if feed is None:
        _missing("feed", "the feed's name")
    if health is None:
        _missing("health", "live, stale or lost")
    return FeedStatus(
        game_id=columns["game_id"][row],
        received_ns=columns["received_ns"][row] or 0,
        revision=columns["revision"][row] or 0,
        feed=feed,
        health=health,
    )


_MAKERS: Final[Mapping[str, Callable[[Mapping[str, Sequence[Any]], int], Event]]] = {
    "game_start": _game_start,
    "play": _play,
    "odds": _odds,
    "tracking": _tracking,
    "feed_status": _feed_status,
    "game_end": _game_end,
}


def _word(field: str, came: str | None, words: Mapping[str, Word]) -> Word | None:
    if came is None:
        return None
    word = words.get(came)
    if word is None:
        raise RowError(field, came, f"null or one of {', '.join(words)}")
    return word


def _real(came: float | None) -> float | None:
    """Return a number, or None for null, NaN and infinity: a line that is no number is no line."""
    return came if came is not None and -1e9 < came < 1e9 else None


def _unknown_event(came: str | None) -> NoReturn:
    raise RowError("event", came, f"one of {', '.join(_MAKERS)}")


def _missing(field: str, expected: str) -> NoReturn:
    raise RowError(field, None, expected)
