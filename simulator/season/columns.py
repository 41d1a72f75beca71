"""The format of the season file: its columns, their types, units and meaning.

docs/season-format.md shows this table; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from engine.core.football import FIELD_YD, LONGEST_GAME_PERIODS, PERIOD_S

SEASON_VERSION: Final = 1
VERSION_KEY: Final = b"wpsim_season_version"
REFERENCE_PREFIX: Final = "reference_"
"""A column of this prefix holds another model's home win probability before the play."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the season file."""

    name: str
    type: pa.DataType
    events: str
    """Kinds of event that use it; it is null in the rows of all others."""
    meaning: str
    required: bool = False
    """Whether a file without the column is no season file."""


_INT: Final = pa.int64()
_TEXT: Final = pa.string()
_REAL: Final = pa.float64()
_FLAG: Final = pa.bool_()

COLUMNS: Final[tuple[Column, ...]] = (
    Column(
        "event", _TEXT, "all", "kind of event: game_start, play, odds, tracking, feed_status, game_end", True
    ),
    Column(
        "game_id",
        _TEXT,
        "all",
        "the game; its rows stand together, in the order in which they were said",
        True,
    ),
    Column(
        "received_ns", _INT, "all", "when it was received, ns since 1970-01-01 UTC; never falls within a game"
    ),
    Column("revision", _INT, "all", "higher revisions of the same statement win; null is 0"),
    Column("season", _INT, "game_start", "year in which the season began"),
    Column("week", _INT, "game_start", "week of the season"),
    Column("scheduled_ns", _INT, "game_start", "scheduled kick-off, ns since 1970"),
    Column("home_team_id", _TEXT, "game_start", "the home side's id"),
    Column("home_name", _TEXT, "game_start", "the home side's name"),
    Column("home_abbreviation", _TEXT, "game_start", "the home side's short name"),
    Column("away_team_id", _TEXT, "game_start", "the away side's id"),
    Column("away_name", _TEXT, "game_start", "the away side's name"),
    Column("away_abbreviation", _TEXT, "game_start", "the away side's short name"),
    Column("neutral_site", _FLAG, "game_start", "neither side plays at home"),
    Column("home_spread", _REAL, "game_start, odds", "points; below 0 the home side is the favourite"),
    Column("total", _REAL, "game_start, odds", "points both sides are expected to score"),
    Column("play_id", _TEXT, "play, tracking", "the play, unique within its game", True),
    Column(
        "order", _INT, "play", "where the play belongs in the game; plays are numbered in thousands", True
    ),
    Column("status", _TEXT, "play, game_end", "provisional, official (null) or cancelled"),
    Column("vendor_ns", _INT, "play, odds, tracking, game_end", "the vendor's own stamp, ns since 1970"),
    Column(
        "kind",
        _TEXT,
        "play",
        "kickoff, run, pass, sack, punt, field_goal, try, penalty, unknown (null), or "
        "administrative: timeout, period_end, half_end, regulation_end, game_end, coin_toss",
    ),
    Column("period", _INT, "play", "1-4; 5 is the first overtime, 6 the second, ...", True),
    Column("clock_s", _INT, "play", "seconds left in the period when the play was over", True),
    Column("home_score", _INT, "play, game_end", "home points after the play, points", True),
    Column("away_score", _INT, "play, game_end", "away points after the play, points", True),
    Column(
        "possession",
        _TEXT,
        "play",
        "home or away: the side with the ball before the snap; at a kick-off the kicking side",
        True,
    ),
    Column("down", _INT, "play", "1-4 before the snap"),
    Column("distance_yd", _INT, "play", "yards to the line to gain before the snap"),
    Column("yards_to_goal", _INT, "play", "1-99 yards to the opponent's goal line before the snap"),
    Column("yards_gained", _INT, "play", "yards gained on the play"),
    Column("scoring", _FLAG, "play", "the feed marks it as a scoring play"),
    Column("turnover", _FLAG, "play", "the feed marks a turnover"),
    Column("next_phase", _TEXT, "play", "what comes next, where the feed says: scrimmage, kickoff or try"),
    Column(
        "next_possession",
        _TEXT,
        "play",
        "home or away: who has the ball next; before a kick-off, who receives",
    ),
    Column("next_down", _INT, "play", "1-4 of the next snap"),
    Column("next_distance_yd", _INT, "play", "yards to gain of the next snap"),
    Column("next_yards_to_goal", _INT, "play", "yards to the goal line of the next snap"),
    Column("timeout_by", _TEXT, "play", "home or away: who called the timeout"),
    Column("text", _TEXT, "play", "the feed's own words"),
    Column("book", _TEXT, "odds", "the bookmaker"),
    Column("market", _TEXT, "odds", "pregame or live"),
    Column("home_win_probability", _REAL, "odds", "the market's probability, its margin removed"),
    Column("top_speed_yd_s", _REAL, "tracking", "top speed of the ball carrier, yards a second"),
    Column("distance_covered_yd", _REAL, "tracking", "distance that the ball carrier covered, yards"),
    Column("time_to_throw_s", _REAL, "tracking", "snap to throw, seconds"),
    Column("time_to_contact_s", _REAL, "tracking", "snap or catch to first contact, seconds"),
    Column("feed", _TEXT, "feed_status", "name of the feed"),
    Column("health", _TEXT, "feed_status", "live, stale or lost"),
    Column("outcome", _TEXT, "game_end", "final (null) or no_contest"),
)

MOST_POINTS: Final = 200
PLAY_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "period": (1, LONGEST_GAME_PERIODS),
    "clock_s": (0, PERIOD_S),
    "home_score": (0, MOST_POINTS),
    "away_score": (0, MOST_POINTS),
    "down": (1, 4),
    "distance_yd": (0, FIELD_YD - 1),
    "yards_to_goal": (1, FIELD_YD - 1),
    "next_down": (1, 4),
    "next_distance_yd": (0, FIELD_YD - 1),
    "next_yards_to_goal": (1, FIELD_YD - 1),
    "yards_gained": (-FIELD_YD, FIELD_YD),
}
"""What a number of a play can be; a file with others still replays, and the engine doubts them."""

BY_NAME: Final = {column.name: column for column in COLUMNS}


def schema(references: tuple[str, ...] = ()) -> pa.Schema:
    """Return the schema of a season file with the named reference models (names without the prefix)."""
    fields = [pa.field(column.name, column.type) for column in COLUMNS]
    fields += [pa.field(REFERENCE_PREFIX + name, _REAL) for name in references]
    return pa.schema(fields, metadata={VERSION_KEY: str(SEASON_VERSION).encode()})
