"""States that could follow: a play later, after points, after the ball went over, in regulation and overtime.

What a model or the leverage index supposes of the future starts here; what really followed is `advance.py`'s.
"""

from msgspec.structs import replace

from engine.core.ball import Ball, first_down, kickoff_to, try_by
from engine.core.football import (
    HALF_PERIODS,
    HOME,
    PERIOD_S,
    TIMEOUTS_A_HALF,
    OvertimeRules,
    Phase,
    Side,
    opponent,
)
from engine.core.overtime import next_series
from engine.core.state import State, in_overtime


def later(state: State, seconds: int) -> State:
    """Return the state that many seconds later, with the ball where it is."""
    if in_overtime(state):
        return state
    left_s = state.clock_s - seconds
    if left_s > 0:
        return replace(state, clock_s=left_s)
    if state.clock_s == 0:  # a clock that has stood at 0:00 through plays tells nothing
        return state
    return replace(state, clock_s=0, plays_on_clock=0)


def second_half(state: State) -> State:
    """Return the start of the second half, of a state in which the first has run out."""
    return replace(
        state,
        phase=Phase.KICKOFF,
        period=HALF_PERIODS + 1,
        clock_s=PERIOD_S,
        plays_on_clock=0,
        possession=state.second_half_receiver,
        down=None,
        distance_yd=None,
        yards_to_goal=kickoff_to(None).yards_to_goal,
        home_timeouts=TIMEOUTS_A_HALF,
        away_timeouts=TIMEOUTS_A_HALF,
    )


def with_ball(state: State, ball: Ball) -> State:
    """Return the state with the ball elsewhere; a first half that has run out becomes the second."""
    if state.clock_s == 0 and state.period == HALF_PERIODS and ball.phase is not Phase.TRY:
        return second_half(state)
    return replace(
        state,
        phase=ball.phase,
        possession=ball.possession,
        down=ball.down,
        distance_yd=ball.distance_yd,
        yards_to_goal=ball.yards_to_goal,
    )


def with_points(state: State, side: Side, points: int, ball: Ball) -> State:
    """Return the state after points by a side, with the ball that follows them."""
    home = points if side is HOME else 0
    scored = replace(state, home_score=state.home_score + home, away_score=state.away_score + points - home)
    return with_ball(scored, ball)


def kicked(state: State, side: Side, rules: OvertimeRules) -> State:
    """Return the state after a field goal."""
    if not in_overtime(state):
        return with_points(state, side, 3, kickoff_to(opponent(side)))
    return handed_over(with_points(state, side, 3, try_by(side)), side, rules)


def given_up(state: State, side: Side, yards_to_goal: int, rules: OvertimeRules) -> State:
    """Return the state after the ball went over on downs or on a missed kick."""
    if in_overtime(state):
        return handed_over(state, side, rules)
    return with_ball(state, first_down(opponent(side), yards_to_goal))


def handed_over(state: State, side: Side, rules: OvertimeRules) -> State:
    """Return the overtime state after the series of a side."""
    tied = state.home_score == state.away_score
    ball, series = next_series(side, state.overtime_series, rules, tied=tied)
    return replace(with_ball(state, ball), overtime_series=series)
