"""Where a game stands: one small immutable value that decides everything that can still happen.

How a state follows from a play is in `advance.py`; how likely each side is to win from it, in `models/`.
"""

import msgspec

from engine.core.football import PERIOD_S, REGULATION_PERIODS, TIMEOUTS_A_HALF, Phase, Side, opponent


class State(msgspec.Struct, frozen=True, gc=False):
    """The state between two plays, as every model and every client sees it."""

    phase: Phase = Phase.PREGAME
    period: int = 1
    """1-4; 5 is the first overtime, 6 the second, ..."""
    clock_s: int = PERIOD_S
    """Seconds left in the period by the last reading believed; 0 in overtime."""
    plays_on_clock: int = 0
    """Plays that took time since the reading last moved: feeds repeat a stale reading (see `clock.py`)."""
    home_score: int = 0
    away_score: int = 0
    possession: Side | None = None
    """Who has the ball for the next snap; before a kick-off, who receives it; None where unknown."""
    down: int | None = None
    distance_yd: int | None = None
    yards_to_goal: int | None = None
    home_timeouts: int = TIMEOUTS_A_HALF
    away_timeouts: int = TIMEOUTS_A_HALF
    second_half_receiver: Side | None = None
    """Who receives the kick-off after half-time; known from the opening kick-off on."""
    overtime_series: int = 0
    """Series begun in overtime, over all its periods: 1 is the first side's in the first overtime."""


OPENING = State()
"""Before the first statement of a game: 0-0, fifteen minutes to play, nobody has the ball."""


def margin(state: State) -> int:
    """Return the home side's lead in points."""
    return state.home_score - state.away_score


def in_overtime(state: State) -> bool:
    """Whether regulation is over and the game is not."""
    return state.period > REGULATION_PERIODS


def mirror(state: State) -> State:
    """Return the same state with the two sides exchanged."""
    return State(
        state.phase,
        state.period,
        state.clock_s,
        state.plays_on_clock,
        state.away_score,
        state.home_score,
        None if state.possession is None else opponent(state.possession),
        state.down,
        state.distance_yd,
        state.yards_to_goal,
        state.away_timeouts,
        state.home_timeouts,
        None if state.second_half_receiver is None else opponent(state.second_half_receiver),
        state.overtime_series,
    )
