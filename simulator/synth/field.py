"""Where a generated game stands: the mutable board on which the machine plays.

It says what `engine.core.state.State` says, in small integers, and the little that no feed states: whether
the clock runs before the next snap, and that a period or the game has just ended.
"""

from typing import Final

from engine.core.football import PERIOD_S, TIMEOUTS_A_HALF, Phase, Side
from engine.core.state import State

KICKOFF, SCRIMMAGE, TRY, FINAL = range(4)
"""Phases; AWAITED is scrimmage with nobody in possession."""
HOME, AWAY, NOBODY = 0, 1, -1
STOPPED, RUNNING, AFTER_FIRST_DOWN = range(3)
"""The clock before the next snap; after a first down it waits for the chains."""

SIDES: Final = (Side.HOME, Side.AWAY)
PHASES: Final = (Phase.KICKOFF, Phase.SCRIMMAGE, Phase.TRY, Phase.FINAL)
_PHASE_NUMBERS: Final = {phase: number for number, phase in enumerate(PHASES)}


class Field:
    """One game's board. Only `Machine.step` moves it."""

    __slots__ = (
        "clock_s",
        "distance",
        "down",
        "ended",
        "period",
        "phase",
        "possession",
        "receiver",
        "running",
        "score",
        "series",
        "timeouts",
        "yards_to_goal",
    )

    def __init__(self) -> None:
        # Of a kick-off, `possession` is the side that receives, as in State.
        self.phase: int = KICKOFF
        self.period: int = 1
        self.clock_s: int = PERIOD_S
        self.score: list[int] = [0, 0]
        self.possession: int = NOBODY
        self.down: int = 0
        self.distance: int = 0
        self.yards_to_goal: int = 75
        self.timeouts: list[int] = [TIMEOUTS_A_HALF, TIMEOUTS_A_HALF]
        self.receiver: int = NOBODY
        """Who receives after half-time."""
        self.series: int = 0
        self.running: int = STOPPED
        self.ended: bool = False
        """The row that ends the period has been stated; in overtime: the game is decided."""


def field_of(state: State, running: int = STOPPED) -> Field:
    """Return the board of a state between two plays.

    Args:
        state: any state of generated football but the one before kick-off, which leaves the toss open.
        running: whether the clock runs before the next snap, which no state tells.
    """
    field = Field()
    if state.phase is Phase.PREGAME:
        return field
    field.phase = _PHASE_NUMBERS[state.phase]
    field.period = state.period
    field.clock_s = state.clock_s
    field.score = [state.home_score, state.away_score]
    field.possession = _number(state.possession)
    field.down = state.down or 0
    field.distance = state.distance_yd or 0
    field.yards_to_goal = state.yards_to_goal or 0
    field.timeouts = [state.home_timeouts, state.away_timeouts]
    field.receiver = _number(state.second_half_receiver)
    field.series = state.overtime_series
    field.running = running
    # Nobody has the ball only between regulation and overtime, and when overtime has decided the game.
    awaited = state.phase is Phase.SCRIMMAGE and state.possession is None
    field.ended = awaited or (state.clock_s == 0 and state.period == 2 and state.phase is Phase.KICKOFF)
    return field


def state_of(field: Field, plays_on_clock: int = 0) -> State:
    """Return the board as a state of the engine."""
    return State(
        PHASES[field.phase],
        field.period,
        field.clock_s,
        plays_on_clock,
        field.score[0],
        field.score[1],
        None if field.possession == NOBODY else SIDES[field.possession],
        field.down or None,
        field.distance or None,
        field.yards_to_goal or None,
        field.timeouts[0],
        field.timeouts[1],
        None if field.receiver == NOBODY else SIDES[field.receiver],
        field.series,
    )


def _number(side: Side | None) -> int:
    return NOBODY if side is None else HOME if side is Side.HOME else AWAY
