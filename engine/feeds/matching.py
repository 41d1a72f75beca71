"""Which of our games a foreign listing is about: by id, or by the two teams and the kick-off.

Feeds name teams in their own ways ("Ohio St", "Ohio State Buckeyes", "OSU") and have ids of their own. A
listing that could be two games is none: a line on the wrong game is worse than no line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from engine.core.events import GameStart, Team
from engine.feeds.play_words import Name, name_words

MOST_APART_NS: Final = 6 * 3_600 * 1_000_000_000
"""Two kick-offs further apart than this are not one game's, whoever plays."""

_SAME_NAME: Final = 3
_SAME_ABBREVIATION: Final = 2
_ONE_BEGINS: Final = 1

_SCHOOL_WORDS: Final = frozenset(
    (
        "state", "tech", "oh", "fl", "ohio", "am", "a", "m", "christian", "international", "atlantic",
        "coast", "union", "northern", "southern", "eastern", "western", "southeastern", "southwestern",
        "central", "valley", "monroe", "lafayette", "methodist", "baptist", "martin", "chattanooga",
        "wesleyan", "poly", "college", "university",
    )
)  # fmt: skip
"""Words that, behind a school's name, make it another school's; nicknames are none of them."""

_words = lru_cache(maxsize=8_192)(name_words)


@dataclass(frozen=True, slots=True)
class Listing:
    """A game as a foreign feed lists it."""

    feed_id: str
    home_names: tuple[str, ...]
    """Every name of the home team that the feed gives: school, school with nickname, short forms."""
    home_abbreviation: str | None
    away_names: tuple[str, ...]
    away_abbreviation: str | None
    scheduled_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The game of ours that a listing is about."""

    game_id: str
    swapped: bool = False
    """The feed has home and away the other way round (it happens on neutral sites)."""


class Unmatched(Enum):
    """Why a listing is none of our games."""

    UNKNOWN = "unknown_game"
    AMBIGUOUS = "ambiguous_game"


def match_game(listing: Listing, games: Mapping[str, GameStart]) -> Match | Unmatched:
    """Return which of `games` a listing is about; an equal id wins over all names."""
    if listing.feed_id in games:
        return Match(listing.feed_id)
    best, found = 0, [Match("")]
    for game_id, game in games.items():
        if not _same_day(listing.scheduled_ns, game.scheduled_ns):
            continue
        for swapped in (False, True):
            home, away = (game.away, game.home) if swapped else (game.home, game.away)
            by_home = _likeness(listing.home_names, listing.home_abbreviation, home)
            by_away = by_home and _likeness(listing.away_names, listing.away_abbreviation, away)
            if not by_away:
                continue
            if by_home + by_away > best:
                best, found = by_home + by_away, []
            if by_home + by_away == best:
                found.append(Match(game_id, swapped))
    if not best:
        return Unmatched.UNKNOWN
    return found[0] if len(found) == 1 else Unmatched.AMBIGUOUS


def _same_day(one_ns: int | None, other_ns: int | None) -> bool:
    return one_ns is None or other_ns is None or abs(one_ns - other_ns) <= MOST_APART_NS


def _likeness(names: tuple[str, ...], abbreviation: str | None, team: Team) -> int:
    """Return how well a team's names fit: 0 not at all, 3 the same name."""
    ours = _words(team.name)
    theirs = [words for words in map(_words, names) if words]
    if ours and ours in theirs:
        return _SAME_NAME
    if abbreviation and team.abbreviation and abbreviation.upper() == team.abbreviation.upper():
        return _SAME_ABBREVIATION
    return _ONE_BEGINS if ours and any(_begins(*sorted((ours, words), key=len)) for words in theirs) else 0


def _begins(short: Name, long: Name) -> bool:
    """Whether the longer name is the shorter with a nickname behind it."""
    return long[: len(short)] == short and _SCHOOL_WORDS.isdisjoint(long[len(short) :])
