"""Leverage: how much the next play can move the win probability.

    leverage index = E |change in win probability over the next play| / its mean over a season

The expectation runs over a handful of representative outcomes of the snap, weighted by how often they
happened on the 545,000 scrimmage plays of 2018-2022 (down and spot decide which). The mean is the model's
`leverage_scale`, so that 1 is an ordinary play under every model (Tango, "Crucial situations", 2006, for
baseball).
"""

from typing import Final

from msgspec.structs import replace

from engine.core.ball import NET_PUNT_YD, TOUCHBACK_YD, first_down, kickoff_to, try_by
from engine.core.clock import SECONDS_A_PLAY
from engine.core.football import (
    FIELD_YD,
    HOME,
    KICKOFF_RETURN_YD,
    OVERTIME_START_YD,
    REGULATION_PERIODS,
    OvertimeRules,
    Phase,
    Side,
    opponent,
)
from engine.core.models.interface import Scorer
from engine.core.overtime import tries_only
from engine.core.state import State
from engine.core.successors import handed_over, kicked, with_ball, with_points

_PHASE_KICKOFF: Final = Phase.KICKOFF
_PHASE_SCRIMMAGE: Final = Phase.SCRIMMAGE
_PHASE_TRY: Final = Phase.TRY

TOUCHDOWN_POINTS: Final = 7
FIELD_GOAL_POINTS: Final = 3
GAIN_YD: Final = (2, 14)
"""Mean gain of a play that falls short of the line to gain, and of one that reaches it."""
LOST_BALL: Final = 0.017
"""Share of early-down plays that end with the ball lost by interception or fumble."""
FIRST_DOWN: Final = (0.195, 0.309, 0.383)
"""Share of first- to third-down plays that reach the line to gain."""
KICK_GOOD: Final = 0.97
TWO_POINTS_GOOD: Final = 0.44
"""Share of kicks and of two-point tries after touchdowns that are good."""
PUNT_FROM_YD: Final = 38
"""Beyond this many yards to goal a fourth down is mostly punted; inside it, mostly kicked at goal."""

_TOUCHDOWN_WITHIN_YD: Final = ((3, 0.51), (10, 0.25), (20, 0.115), (40, 0.046), (FIELD_YD, 0.0105))
_FIELD_GOAL_WITHIN_YD: Final = ((10, 0.92), (20, 0.80), (30, 0.65), (FIELD_YD, 0.50))


def swing(scorer: Scorer, state: State, now: float, rules: OvertimeRules) -> float:
    """Return the expected absolute change in win probability over the next play from `state`.

    `now` is the scorer's probability of `state`. Where nobody has the ball it is 0. A kick-off is taken as
    what most are, a touchback: it has the swing of the first down that follows it.
    """
    side, down, spot = state.possession, state.down, state.yards_to_goal
    if side is None or spot is None:
        return 0.0
    if state.phase is _PHASE_TRY:
        return _try_swing(scorer, state, side, now, rules)
    if state.phase is _PHASE_KICKOFF:
        down, spot = 1, KICKOFF_RETURN_YD
    if down is None:
        return 0.0
    if state.period > REGULATION_PERIODS:
        return _overtime_swing(scorer, state, side, now, rules)
    lost = abs(_after(scorer, state, opponent(side), 1, FIELD_YD - spot) - now)
    if down == 4:
        if spot > PUNT_FROM_YD:
            landed = min(FIELD_YD - (spot - NET_PUNT_YD), TOUCHBACK_YD)
            return abs(_after(scorer, state, opponent(side), 1, landed) - now)
        made = _share_within(_FIELD_GOAL_WITHIN_YD, spot)
        return made * abs(_scored(scorer, state, side, FIELD_GOAL_POINTS) - now) + (1.0 - made) * lost
    touchdown = _share_within(_TOUCHDOWN_WITHIN_YD, spot)
    open_play = 1.0 - touchdown - LOST_BALL
    reached = FIRST_DOWN[down - 1] * open_play
    short_yd, long_yd = GAIN_YD
    return (
        touchdown * abs(_scored(scorer, state, side, TOUCHDOWN_POINTS) - now)
        + LOST_BALL * lost
        + reached * abs(_after(scorer, state, side, 1, max(spot - long_yd, 1)) - now)
        + (open_play - reached) * abs(_after(scorer, state, side, down + 1, max(spot - short_yd, 1)) - now)
    )


def _overtime_swing(scorer: Scorer, state: State, side: Side, now: float, rules: OvertimeRules) -> float:
    """Return the swing of an overtime snap: a score or a lost ball ends the series."""
    down, spot = state.down or 1, state.yards_to_goal or OVERTIME_START_YD
    lost = abs(scorer.home_win_probability(handed_over(state, side, rules)) - now)
    if down == 4:
        made = _share_within(_FIELD_GOAL_WITHIN_YD, spot)
        return made * abs(scorer.home_win_probability(kicked(state, side, rules)) - now) + (1.0 - made) * lost
    touchdown = _share_within(_TOUCHDOWN_WITHIN_YD, spot)
    scored = with_points(state, side, TOUCHDOWN_POINTS, try_by(side))
    won = abs(scorer.home_win_probability(handed_over(scored, side, rules)) - now)
    open_play = 1.0 - touchdown - LOST_BALL
    reached = FIRST_DOWN[down - 1] * open_play
    short_yd, long_yd = GAIN_YD
    first = with_ball(state, first_down(side, spot - long_yd))
    stopped = replace(state, down=down + 1, yards_to_goal=max(spot - short_yd, 1))
    return (
        touchdown * won
        + LOST_BALL * lost
        + reached * abs(scorer.home_win_probability(first) - now)
        + (open_play - reached) * abs(scorer.home_win_probability(stopped) - now)
    )


def _try_swing(scorer: Scorer, state: State, side: Side, now: float, rules: OvertimeRules) -> float:
    """Return the swing of a try: a kick, or two points where tries are all there is."""
    overtime = state.period > REGULATION_PERIODS
    alone = overtime and tries_only(state.overtime_series, rules)
    points, good = (2, TWO_POINTS_GOOD) if alone else (1, KICK_GOOD)
    after = [
        handed_over(with_points(state, side, scored, try_by(side)), side, rules)
        if overtime
        else with_points(state, side, scored, kickoff_to(opponent(side)))
        for scored in (points, 0)
    ]
    made, missed = (abs(scorer.home_win_probability(following) - now) for following in after)
    return good * made + (1.0 - good) * missed


def _after(scorer: Scorer, state: State, side: Side, down: int, spot: int) -> float:
    """Return the probability once `side` has the ball on that down and spot, a play later."""
    clock_s = state.clock_s
    return scorer.home_win_probability(
        State(
            _PHASE_SCRIMMAGE,
            state.period,
            clock_s - SECONDS_A_PLAY if clock_s > SECONDS_A_PLAY else 0,
            state.plays_on_clock,
            state.home_score,
            state.away_score,
            side,
            down,
            10 if spot > 10 else spot,
            spot,
            state.home_timeouts,
            state.away_timeouts,
            state.second_half_receiver,
            state.overtime_series,
        )
    )


def _scored(scorer: Scorer, state: State, side: Side, points: int) -> float:
    """Return the probability once `side` has scored and the other side awaits the kick-off."""
    home = side is HOME
    clock_s = state.clock_s
    return scorer.home_win_probability(
        State(
            _PHASE_KICKOFF,
            state.period,
            clock_s - SECONDS_A_PLAY if clock_s > SECONDS_A_PLAY else 0,
            state.plays_on_clock,
            state.home_score + points if home else state.home_score,
            state.away_score if home else state.away_score + points,
            opponent(side),
            None,
            None,
            KICKOFF_RETURN_YD,
            state.home_timeouts,
            state.away_timeouts,
            state.second_half_receiver,
            state.overtime_series,
        )
    )


def _share_within(table: tuple[tuple[int, float], ...], spot: int) -> float:
    for limit_yd, share in table:
        if spot <= limit_yd:
            return share
    raise AssertionError(f"a spot of {spot} yards to goal is not on the field")
