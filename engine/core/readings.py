"""Which readings of the clock and of the score are believed.

Feeds revert scores for a row, repeat and turn back clocks, and skip periods. One rule covers all of it: a
reading that football allows after the last believed one is believed at once; any other waits for a *second
witness*, the next play that states it again. Until then the last believed reading is held and the doubt is
counted.
"""

from typing import Final

import msgspec

from engine.core.doubts import Doubt
from engine.core.events import Play
from engine.core.football import AWAY, HOME, LONGEST_GAME_PERIODS, PERIOD_S, REGULATION_PERIODS, Side
from engine.core.state import State, in_overtime

MOST_POINTS_A_PLAY: Final = 8
MOST_POINTS_BOTH_SIDES: Final = 2
"""On one row the other side can score at most two: a try returned by the defence."""
MOST_POINTS_A_GAME: Final = 200

_PERIOD_MISSING: Final = int(Doubt.PERIOD_MISSING)
_PERIOD_ABSURD: Final = int(Doubt.PERIOD_ABSURD)
_PERIOD_FELL: Final = int(Doubt.PERIOD_FELL)
_CLOCK_MISSING: Final = int(Doubt.CLOCK_MISSING)
_CLOCK_ABSURD: Final = int(Doubt.CLOCK_ABSURD)
_CLOCK_ROSE: Final = int(Doubt.CLOCK_ROSE)
_SCORE_MISSING: Final = int(Doubt.SCORE_MISSING)
_SCORE_ABSURD: Final = int(Doubt.SCORE_ABSURD)
_SCORE_FELL: Final = int(Doubt.SCORE_FELL)
_SCORE_UNMARKED: Final = int(Doubt.SCORE_UNMARKED_IN_OVERTIME)
_SCORE_ADMINISTRATIVE: Final = int(Doubt.SCORE_ON_ADMINISTRATIVE_ROW)


class Unconfirmed(msgspec.Struct, frozen=True, gc=False):
    """Readings that one play stated and that wait for a second witness."""

    score: tuple[int, int] | None = None
    time: tuple[int, int] | None = None
    """Period, and seconds left in it."""


NOTHING_UNCONFIRMED: Final = Unconfirmed()


def scorer_of(home_points: int, away_points: int) -> Side | None:
    """Return who scored where a single play can bring these points, else None: they are then a correction."""
    most, least = (home_points, away_points) if home_points > away_points else (away_points, home_points)
    if least < 0 or most == least or most > MOST_POINTS_A_PLAY or least > MOST_POINTS_BOTH_SIDES:
        return None
    return HOME if home_points > away_points else AWAY


def read_score(
    state: State, waiting: tuple[int, int] | None, play: Play, *, administrative: bool
) -> tuple[int, int, tuple[int, int] | None, int]:
    """Return home points, away points, the score that waits for a witness, and the doubts.

    In overtime only a play that the feed marks as scoring moves the score: feeds write the final score on
    every row of it, and who believes them knows the winner early.
    """
    home, away = state.home_score, state.away_score
    stated_home, stated_away = play.home_score, play.away_score
    if stated_home is None or stated_away is None:
        return home, away, waiting, 0 if administrative else _SCORE_MISSING
    home_points, away_points = stated_home - home, stated_away - away
    if home_points == 0 and away_points == 0:
        return home, away, waiting if administrative else None, 0
    if administrative:
        return home, away, waiting, _SCORE_ADMINISTRATIVE
    if not (0 <= stated_home <= MOST_POINTS_A_GAME and 0 <= stated_away <= MOST_POINTS_A_GAME):
        return home, away, waiting, _SCORE_ABSURD
    if in_overtime(state) and not play.scoring:
        return home, away, waiting, _SCORE_UNMARKED
    if scorer_of(home_points, away_points) is not None:
        return stated_home, stated_away, None, 0
    doubt = _SCORE_ABSURD if home_points >= 0 and away_points >= 0 else _SCORE_FELL
    if waiting == (stated_home, stated_away):
        return stated_home, stated_away, None, 0
    return home, away, (stated_home, stated_away), doubt


def read_time(
    state: State, waiting: tuple[int, int] | None, play: Play, *, tied: bool
) -> tuple[int, int, tuple[int, int] | None, int]:
    """Return the period, the seconds left in it, the time that waits for a witness, and the doubts.

    `tied` is whether the score before the play is level: only then can overtime follow the fourth period.
    """
    period, clock_s = state.period, state.clock_s
    stated_period, stated_clock_s = play.period, play.clock_s
    if stated_period == period and stated_clock_s is not None and 0 <= stated_clock_s <= clock_s:
        return period, stated_clock_s, None, 0  # the common case first
    doubts = 0
    if stated_period is None:
        stated_period, doubts = period, _PERIOD_MISSING
    elif not 1 <= stated_period <= LONGEST_GAME_PERIODS:
        stated_period, doubts = period, _PERIOD_ABSURD
    if stated_period > REGULATION_PERIODS:
        stated_clock_s = 0
    elif stated_clock_s is None:
        doubts |= _CLOCK_MISSING
    elif not 0 <= stated_clock_s <= PERIOD_S:
        stated_clock_s, doubts = None, doubts | _CLOCK_ABSURD

    if min(period, stated_period) > REGULATION_PERIODS:
        # Overtime periods are counted by series, since a feed often repeats the first one.
        if stated_period == period + 1:
            return stated_period, 0, None, doubts
        return period, 0, None, doubts if stated_period <= period else doubts | _PERIOD_ABSURD
    if stated_clock_s is None:
        stated_clock_s = clock_s if stated_period == period else PERIOD_S
    if stated_period == period:
        if stated_clock_s <= clock_s:
            return period, stated_clock_s, None, doubts
        doubt = _CLOCK_ROSE
    elif stated_period == period + 1 and (stated_period <= REGULATION_PERIODS or tied):
        return stated_period, stated_clock_s, None, doubts
    else:
        doubt = _PERIOD_FELL if stated_period < period else _PERIOD_ABSURD
    if waiting is not None and waiting[0] == stated_period and stated_clock_s <= waiting[1]:
        return stated_period, stated_clock_s, None, doubts
    return period, clock_s, (stated_period, stated_clock_s), doubts | doubt
