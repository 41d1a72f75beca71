"""One step of the game: the state after a play, from the state before it.

A pure function of the two and of the season's overtime rules. What the play states is believed or held
(`readings.py`), the ball is placed (`ball.py`, `overtime.py`), and halves, timeouts and series are kept.
"""

from typing import Final, NamedTuple

from msgspec.structs import replace

from engine.core.ball import Ball, ball_after, ball_after_score, ball_of, kickoff_to, stated_ball, try_by
from engine.core.doubts import Doubt
from engine.core.events import Play
from engine.core.football import (
    ADMINISTRATIVE,
    AWAY,
    HALF_PERIODS,
    HOME,
    LONGEST_GAME_PERIODS,
    PERIOD_S,
    REGULATION_PERIODS,
    TIMEOUTS_A_HALF,
    TIMEOUTS_AN_OVERTIME,
    OvertimeRules,
    Phase,
    PlayKind,
    Side,
    opponent,
)
from engine.core.overtime import AWAITED, next_series, period_of, series_is_over, series_start, starts_series
from engine.core.readings import NOTHING_UNCONFIRMED, Unconfirmed, read_score, read_time, scorer_of
from engine.core.state import OPENING, State

_KIND_HALF_END: Final = PlayKind.HALF_END
_KIND_KICKOFF: Final = PlayKind.KICKOFF
_KIND_REGULATION_END: Final = PlayKind.REGULATION_END
_KIND_TIMEOUT: Final = PlayKind.TIMEOUT
_KIND_TRY: Final = PlayKind.TRY
_KIND_UNKNOWN: Final = PlayKind.UNKNOWN
_PHASE_KICKOFF: Final = Phase.KICKOFF
_PHASE_PREGAME: Final = Phase.PREGAME
_PHASE_SCRIMMAGE: Final = Phase.SCRIMMAGE
_PHASE_TRY: Final = Phase.TRY

_ENDS_PERIOD: Final = (
    PlayKind.PERIOD_END,
    PlayKind.HALF_END,
    PlayKind.REGULATION_END,
    PlayKind.GAME_END,
)
_TAKES_TIME: Final = (PlayKind.RUN, PlayKind.PASS, PlayKind.SACK)
_NOT_FROM_SCRIMMAGE: Final = (PlayKind.KICKOFF, PlayKind.TRY)
_UNKNOWN_KIND_DOUBT: Final = int(Doubt.KIND_UNKNOWN)
_TIMEOUT_ABSURD: Final = int(Doubt.TIMEOUT_ABSURD)


class Step(NamedTuple):
    """Where a play leads: enough to go on from, so each one is a checkpoint."""

    snapped: State
    """The state before the snap, with what this play says of the situation it started from."""
    state: State
    unconfirmed: Unconfirmed
    doubts: int
    """Mask of `Doubt`."""


OPENING_STEP: Final = Step(OPENING, OPENING, NOTHING_UNCONFIRMED, 0)


def advance(last: Step, play: Play, rules: OvertimeRules) -> Step:
    """Return the step that `play` makes from `last`. Never raises, whatever the play's fields hold."""
    state, unconfirmed = last.state, last.unconfirmed
    kind = play.kind
    administrative = kind in ADMINISTRATIVE
    level = state.home_score == state.away_score
    period, clock_s, waiting_time, time_doubts = read_time(state, unconfirmed.time, play, tied=level)
    opening = _at_start_of(state, play, period)
    if period > REGULATION_PERIODS and not administrative:
        opening = _series_caught_up(opening, play, rules)
    home, away, waiting_score, score_doubts = read_score(
        opening, unconfirmed.score, play, administrative=administrative
    )
    doubts = score_doubts | time_doubts
    if waiting_score is None and waiting_time is None:
        unconfirmed = NOTHING_UNCONFIRMED
    else:
        unconfirmed = Unconfirmed(waiting_score, waiting_time)

    plays_on_clock = opening.plays_on_clock + (kind in _TAKES_TIME) if clock_s == opening.clock_s else 0
    series = opening.overtime_series
    home_timeouts, away_timeouts = opening.home_timeouts, opening.away_timeouts

    if administrative:
        if kind in _ENDS_PERIOD and period == state.period:  # not one stamped with the period after it
            clock_s = plays_on_clock = 0
        snapped = opening
        ball = _ball_after_administrative(opening, kind, tied=home == away)
        if kind is _KIND_TIMEOUT:
            if play.timeout_by is HOME and home_timeouts > 0:
                home_timeouts -= 1
            elif play.timeout_by is AWAY and away_timeouts > 0:
                away_timeouts -= 1
            else:
                doubts |= _TIMEOUT_ABSURD
    else:
        if kind is _KIND_UNKNOWN:
            doubts |= _UNKNOWN_KIND_DOUBT
        before, before_doubts = _ball_before(opening, play)
        snapped = _with_ball(opening, before)
        home_points, away_points = home - opening.home_score, away - opening.away_score
        scorer = scorer_of(home_points, away_points) if home_points or away_points else None
        if scorer is not None:
            ball, after_doubts = ball_after_score(scorer, max(home_points, away_points), play, before), 0
        else:
            ball, after_doubts = ball_after(before, play)
        doubts |= before_doubts | after_doubts
        if period > REGULATION_PERIODS:
            ball, series = _handed_over(before, ball, play, series, rules, scorer=scorer, tied=home == away)
            if period_of(series) > period:  # counted before the feed says so
                period = min(period_of(series), LONGEST_GAME_PERIODS)
                home_timeouts = away_timeouts = TIMEOUTS_AN_OVERTIME

    return Step(
        snapped,
        State(
            ball.phase,
            period,
            clock_s,
            plays_on_clock,
            home,
            away,
            ball.possession,
            ball.down,
            ball.distance_yd,
            ball.yards_to_goal,
            home_timeouts,
            away_timeouts,
            opening.second_half_receiver,
            series,
        ),
        unconfirmed,
        doubts,
    )


def _at_start_of(state: State, play: Play, period: int) -> State:
    """Return the state as this play finds it: kick-off, a new half or overtime begun where it begins them."""
    if state.phase is _PHASE_PREGAME:
        return _kicked_off(state, play)
    if period == state.period:
        return state
    if period > REGULATION_PERIODS:
        return _new_period(state, Ball(_PHASE_SCRIMMAGE, play.possession, None, None, None), period)
    if state.period <= HALF_PERIODS < period:
        return _new_period(state, kickoff_to(state.second_half_receiver), period)
    return _new_period(state, ball_of(state), period)


def _series_caught_up(state: State, play: Play, rules: OvertimeRules) -> State:
    """Return the overtime state with the series begun that this play shows to have begun unseen.

    A snap after a period that one side seemed to win shows that it was level: the other side's points were
    missed. A snap by the other side in the middle of a period's first series shows that the series is over.
    """
    side, series = play.possession, state.overtime_series
    home, away = state.home_score, state.away_score
    if side is None:
        return state
    if state.possession is None and series % 2 == 0 and starts_series(play, series + 1, rules):
        home = away = max(home, away)
        series += 1
    elif state.possession is side or state.possession is None or series % 2 == 0:
        return state
    elif ball_of(state) != series_start(opponent(side), series, rules):
        series += 1
    ball = series_start(side, series, rules)
    return replace(
        state,
        phase=ball.phase,
        home_score=home,
        away_score=away,
        possession=ball.possession,
        down=ball.down,
        distance_yd=ball.distance_yd,
        yards_to_goal=ball.yards_to_goal,
        overtime_series=series,
    )


def _new_period(state: State, ball: Ball, period: int) -> State:
    """Return the state at the start of a period, with the timeouts of a new half or of overtime."""
    home_timeouts, away_timeouts, series = state.home_timeouts, state.away_timeouts, state.overtime_series
    if period > REGULATION_PERIODS:
        home_timeouts = away_timeouts = TIMEOUTS_AN_OVERTIME
        series = max(series, 2 * (period - REGULATION_PERIODS) - 1)
    elif (state.period <= HALF_PERIODS < period) or state.period > REGULATION_PERIODS:
        home_timeouts = away_timeouts = TIMEOUTS_A_HALF
        series = 0  # an overtime that was none is taken back
    return State(
        ball.phase,
        period,
        PERIOD_S if period <= REGULATION_PERIODS else 0,
        0,
        state.home_score,
        state.away_score,
        ball.possession,
        ball.down,
        ball.distance_yd,
        ball.yards_to_goal,
        home_timeouts,
        away_timeouts,
        state.second_half_receiver,
        series,
    )


def _kicked_off(state: State, play: Play) -> State:
    """Return the opening state with the kick-off due; who kicks it receives that of the second half."""
    side = play.possession
    if side is None or play.kind in ADMINISTRATIVE:
        return state
    receiver = opponent(side) if play.kind is _KIND_KICKOFF else side
    return State(
        _PHASE_KICKOFF,
        possession=receiver,
        yards_to_goal=kickoff_to(receiver).yards_to_goal,
        second_half_receiver=opponent(receiver),
    )


def _ball_before(state: State, play: Play) -> tuple[Ball, int]:
    """Return the situation from which the play started: as stated, or as the last play left it."""
    side = play.possession
    if play.kind in _NOT_FROM_SCRIMMAGE:
        if side is None:
            side = _due_to_kick(state)
        if side is None:
            return ball_of(state), 0
        return kickoff_to(opponent(side)) if play.kind is _KIND_KICKOFF else try_by(side), 0
    stated, doubts = stated_ball(side, play.down, play.distance_yd, play.yards_to_goal)
    if stated is not None:
        return stated, doubts
    return ball_of(state) if side is None else ball_of(state)._replace(possession=side), doubts


def _due_to_kick(state: State) -> Side | None:
    """Return who is to kick off next, which is who tried last; None where neither is due."""
    if state.phase is _PHASE_TRY:
        return state.possession
    receiver = state.possession if state.phase is _PHASE_KICKOFF else None
    return None if receiver is None else opponent(receiver)


def _ball_after_administrative(state: State, kind: PlayKind, *, tied: bool) -> Ball:
    """Return the situation after a row on which no ball was played."""
    if kind is _KIND_HALF_END and state.period == 2:
        return kickoff_to(state.second_half_receiver)
    if kind is _KIND_REGULATION_END and tied and state.period == REGULATION_PERIODS:
        return AWAITED
    return ball_of(state)


def _handed_over(
    before: Ball,
    after: Ball,
    play: Play,
    series: int,
    rules: OvertimeRules,
    *,
    scorer: Side | None,
    tied: bool,
) -> tuple[Ball, int]:
    """Return the ball and the series after an overtime play.

    Points by the defence off a ball that it took away end the game at once (rule 3-1-3): nobody has the ball.
    Without a stated turnover such points are those of an earlier play, which feeds enter late.
    """
    series = max(series, 1)
    side = before.possession
    if side is None or not series_is_over(before, after, play, scored=scorer is not None):
        return after, series
    if play.turnover and scorer is opponent(side) and play.kind is not _KIND_TRY:
        return AWAITED, series
    return next_series(side, series, rules, tied=tied)


def _with_ball(state: State, ball: Ball) -> State:
    """Return the state with another ball, itself where nothing differs."""
    if (
        state.possession is ball.possession
        and state.down == ball.down
        and state.yards_to_goal == ball.yards_to_goal
        and state.distance_yd == ball.distance_yd
        and state.phase is ball.phase
    ):
        return state
    return State(
        ball.phase,
        state.period,
        state.clock_s,
        state.plays_on_clock,
        state.home_score,
        state.away_score,
        ball.possession,
        ball.down,
        ball.distance_yd,
        ball.yards_to_goal,
        state.home_timeouts,
        state.away_timeouts,
        state.second_half_receiver,
        state.overtime_series,
    )
