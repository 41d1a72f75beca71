"""How the ball goes round in overtime: series from the 25, then tries alone, by the season's rules.

There is no clock, and feeds number overtime periods badly, so series are counted: two make a period. The side
that went second goes first in the next period (rule 3-1-3).
"""

from typing import Final

from engine.core.ball import Ball, first_down, try_by
from engine.core.events import Play
from engine.core.football import (
    OVERTIME_START_YD,
    REGULATION_PERIODS,
    OvertimeRules,
    Phase,
    PlayKind,
    Side,
    first_tries_only_period,
    opponent,
)

_KIND_FIELD_GOAL: Final = PlayKind.FIELD_GOAL
_KIND_TRY: Final = PlayKind.TRY
_PHASE_KICKOFF: Final = Phase.KICKOFF
_PHASE_TRY: Final = Phase.TRY

AWAITED = Ball(Phase.SCRIMMAGE, None, None, None, None)
"""Nobody has the ball yet: the toss before overtime, or a period that left one side ahead."""


def overtime_number(series: int) -> int:
    """Return the overtime (1, 2, ...) to which a series (1, 2, ...) belongs."""
    return (series + 1) // 2


def period_of(series: int) -> int:
    """Return the period (5, 6, ...) to which a series (1, 2, ...) belongs."""
    return REGULATION_PERIODS + overtime_number(series)


def tries_only(series: int, rules: OvertimeRules) -> bool:
    """Whether the overtime of this series is played by two-point tries alone."""
    first = first_tries_only_period(rules)
    return first is not None and overtime_number(series) >= first


def series_start(side: Side, series: int, rules: OvertimeRules) -> Ball:
    """Return how a series of overtime begins."""
    return try_by(side) if tries_only(series, rules) else first_down(side, OVERTIME_START_YD)


def starts_series(play: Play, series: int, rules: OvertimeRules) -> bool:
    """Whether a play is stated from where this series begins."""
    if tries_only(series, rules):
        return play.kind is _KIND_TRY
    return play.down == 1 and play.yards_to_goal == OVERTIME_START_YD


def series_is_over(before: Ball, after: Ball, play: Play, *, scored: bool) -> bool:
    """Whether a play ended the series: points without a try to come, a kick, a try, or the ball lost."""
    if after.phase is _PHASE_TRY and scored:
        return False
    return (
        scored
        or play.kind in (_KIND_FIELD_GOAL, _KIND_TRY)
        or after.phase is _PHASE_KICKOFF
        or (before.possession is not None and after.possession is opponent(before.possession))
    )


def next_series(side: Side, series: int, rules: OvertimeRules, *, tied: bool) -> tuple[Ball, int]:
    """Return the ball and the number of the series that follows the one `side` has just ended.

    When both have had the ball and one leads, the game is over but for the feed's word: the ball is awaited.
    """
    if series % 2 == 1:
        return series_start(opponent(side), series + 1, rules), series + 1
    if tied:
        return series_start(side, series + 1, rules), series + 1
    return AWAITED, series
