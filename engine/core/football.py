"""The vocabulary of the game: sides, phases, kinds of play, and the numbers of the rule book.

Nothing here computes; the words and figures are shared by events, states and models.
"""

from enum import StrEnum
from typing import Final

PERIOD_S: Final = 900
"""Length of a quarter in seconds (NCAA Football Rules, rule 3-2-1)."""

REGULATION_PERIODS: Final = 4
HALF_PERIODS: Final = 2
REGULATION_S: Final = PERIOD_S * REGULATION_PERIODS
FIELD_YD: Final = 100
TIMEOUTS_A_HALF: Final = 3
"""Charged team timeouts a half (rule 3-3-4); one a side in each overtime period."""
TIMEOUTS_AN_OVERTIME: Final = 1
OVERTIME_START_YD: Final = 25
"""Yards to goal of each overtime series (rule 3-1-3)."""
KICKOFF_RETURN_YD: Final = 75
"""Yards to goal where the receiving side is expected to start: a touchback at its own 25 (rule 8-6-1)."""
TRY_YD: Final = 3
LONGEST_GAME_PERIODS: Final = 25
"""A period above this is no reading of a game clock; the longest game so far had nine overtimes (13)."""


class Side(StrEnum):
    """One of the two teams, by the venue's convention (a neutral site names a home team, too)."""

    HOME = "home"
    AWAY = "away"


HOME: Final = Side.HOME
AWAY: Final = Side.AWAY
"""The sides by plain names. Inner loops bind members so: CPython 3.11 takes 100 ns to look up `Side.HOME`."""


def opponent(side: Side) -> Side:
    """Return the other side."""
    return AWAY if side is HOME else HOME


class Phase(StrEnum):
    """What the game waits for next."""

    PREGAME = "pregame"
    KICKOFF = "kickoff"
    SCRIMMAGE = "scrimmage"
    TRY = "try"
    FINAL = "final"


class PlayKind(StrEnum):
    """What kind of row a feed stated. The second group are administrative: no ball was played."""

    KICKOFF = "kickoff"
    RUN = "run"
    PASS = "pass"  # noqa: S105 -- a forward pass, no password
    SACK = "sack"
    PUNT = "punt"
    FIELD_GOAL = "field_goal"
    TRY = "try"
    PENALTY = "penalty"
    UNKNOWN = "unknown"

    TIMEOUT = "timeout"
    PERIOD_END = "period_end"
    HALF_END = "half_end"
    REGULATION_END = "regulation_end"
    GAME_END = "game_end"
    COIN_TOSS = "coin_toss"


ADMINISTRATIVE: Final = (
    PlayKind.TIMEOUT,
    PlayKind.PERIOD_END,
    PlayKind.HALF_END,
    PlayKind.REGULATION_END,
    PlayKind.GAME_END,
    PlayKind.COIN_TOSS,
)
"""Rows on which no ball is played: they move the clock and the timeouts, never the ball or the score."""

SCRIMMAGE: Final = (
    PlayKind.RUN,
    PlayKind.PASS,
    PlayKind.SACK,
    PlayKind.PUNT,
    PlayKind.FIELD_GOAL,
    PlayKind.PENALTY,
    PlayKind.UNKNOWN,
)
"""Rows that start from a line of scrimmage with a down and a distance."""


class OvertimeRules(StrEnum):
    """Overtime by the rule era of the season (rule 3-1-3 and its changes of 2019 and 2021)."""

    BEFORE_2019 = "before_2019"
    """Series from the 25 without end; a two-point try is mandatory from the third period."""
    FROM_2019 = "from_2019"
    """As before, and from the fifth period on two-point tries alone."""
    FROM_2021 = "from_2021"
    """A two-point try is mandatory from the second period, and from the third on tries alone."""


def overtime_rules(season: int | None) -> OvertimeRules:
    """Return the overtime rules of a season; an unknown season plays by the newest."""
    if season is None or season >= 2021:
        return OvertimeRules.FROM_2021
    return OvertimeRules.FROM_2019 if season >= 2019 else OvertimeRules.BEFORE_2019


def first_tries_only_period(rules: OvertimeRules) -> int | None:
    """Return the first overtime (1, 2, ...) that is two-point tries alone, or None where there is none."""
    if rules is OvertimeRules.FROM_2021:
        return 3
    return 5 if rules is OvertimeRules.FROM_2019 else None
