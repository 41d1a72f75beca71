"""Where the ball goes: the situation after a play, by the feed's word or else by the rules.

Overtime has its own way of handing over the ball and lives in `overtime.py`.
"""

from typing import Final, NamedTuple

from engine.core.doubts import Doubt
from engine.core.events import Play
from engine.core.football import FIELD_YD, KICKOFF_RETURN_YD, TRY_YD, Phase, PlayKind, Side, opponent
from engine.core.state import State

_KIND_FIELD_GOAL: Final = PlayKind.FIELD_GOAL
_KIND_KICKOFF: Final = PlayKind.KICKOFF
_KIND_PENALTY: Final = PlayKind.PENALTY
_KIND_PUNT: Final = PlayKind.PUNT
_KIND_TRY: Final = PlayKind.TRY
_PHASE_KICKOFF: Final = Phase.KICKOFF
_PHASE_SCRIMMAGE: Final = Phase.SCRIMMAGE
_PHASE_TRY: Final = Phase.TRY

NET_PUNT_YD: Final = 38
"""Mean net yards of a punt (seasons 2018-2022)."""
TOUCHBACK_YD: Final = 80
"""Yards to goal after a touchback that is not a kick-off's."""

_SITUATION_MISSING: Final = int(Doubt.SITUATION_MISSING)
_SITUATION_ABSURD: Final = int(Doubt.SITUATION_ABSURD)
_DISTANCE_ABSURD: Final = int(Doubt.DISTANCE_ABSURD)
_NEXT_DERIVED: Final = int(Doubt.NEXT_DERIVED)
_NEXT_HELD: Final = int(Doubt.NEXT_HELD)


class Ball(NamedTuple):
    """Who has the ball for the next snap, where, and on which down."""

    phase: Phase
    possession: Side | None
    down: int | None
    distance_yd: int | None
    yards_to_goal: int | None


def kickoff_to(receiver: Side | None) -> Ball:
    """Return the situation before a kick-off that `receiver` will field."""
    return Ball(_PHASE_KICKOFF, receiver, None, None, KICKOFF_RETURN_YD)


def try_by(side: Side) -> Ball:
    """Return the situation before a try."""
    return Ball(_PHASE_TRY, side, None, None, TRY_YD)


def first_down(side: Side, yards_to_goal: int) -> Ball:
    """Return first and ten, or first and goal, with the spot moved into the field of play."""
    spot = min(max(yards_to_goal, 1), FIELD_YD - 1)
    return Ball(_PHASE_SCRIMMAGE, side, 1, min(10, spot), spot)


def after_missed_kick(yards_to_goal: int) -> int:
    """Return the other side's yards to goal after a missed field goal: the previous spot or the 20."""
    return min(TOUCHBACK_YD, FIELD_YD - yards_to_goal)


def stated_ball(
    possession: Side | None, down: int | None, distance_yd: int | None, yards_to_goal: int | None
) -> tuple[Ball | None, int]:
    """Return the scrimmage situation that a feed stated, or None, and the doubts about it."""
    if possession is None or down is None or yards_to_goal is None:
        return None, _SITUATION_MISSING
    if not (1 <= down <= 4 and 1 <= yards_to_goal <= FIELD_YD - 1):
        return None, _SITUATION_ABSURD
    doubts = 0
    if distance_yd is None or distance_yd < 1 or distance_yd > yards_to_goal:
        if distance_yd is not None and distance_yd != 0 and distance_yd > FIELD_YD - 1:
            doubts = _DISTANCE_ABSURD
        distance_yd = min(10, yards_to_goal) if distance_yd is None or distance_yd < 1 else yards_to_goal
    return Ball(_PHASE_SCRIMMAGE, possession, down, distance_yd, yards_to_goal), doubts


def ball_after_score(scorer: Side, points: int, play: Play, before: Ball) -> Ball:
    """Return what follows a score: a try where the feed has it apart, else a kick-off.

    The side that concedes a safety, or has a try returned against it, kicks off (rules 8-5-1 and 8-3-4).
    """
    if points == 6 and play.next_phase is _PHASE_TRY:
        return try_by(scorer)
    if points == 2 and (play.kind is not _KIND_TRY or before.possession is opponent(scorer)):
        return kickoff_to(scorer)
    return kickoff_to(opponent(scorer))


def ball_after(before: Ball, play: Play) -> tuple[Ball, int]:
    """Return what follows a play without points, from the situation `before` it, and the doubts."""
    if play.next_phase is _PHASE_KICKOFF:
        return kickoff_to(play.next_possession), 0
    if play.next_phase is _PHASE_TRY and play.next_possession is not None:
        return try_by(play.next_possession), 0
    stated, doubts = stated_ball(
        play.next_possession, play.next_down, play.next_distance_yd, play.next_yards_to_goal
    )
    if stated is not None:
        return stated, doubts
    return _derived_ball(before, play)


def _derived_ball(before: Ball, play: Play) -> tuple[Ball, int]:
    """Apply the rules to a play whose outcome the feed did not place."""
    kind, side, spot = play.kind, before.possession, before.yards_to_goal
    if kind is _KIND_KICKOFF:
        return (before, _NEXT_HELD) if side is None else (first_down(side, KICKOFF_RETURN_YD), 0)
    if kind is _KIND_TRY and side is not None:
        return kickoff_to(opponent(side)), 0
    if side is None or spot is None:
        return before, _NEXT_HELD
    if kind is _KIND_PUNT:
        landed = FIELD_YD - (spot - NET_PUNT_YD)
        return first_down(opponent(side), landed if landed < FIELD_YD else TOUCHBACK_YD), _NEXT_DERIVED
    if kind is _KIND_FIELD_GOAL:
        return first_down(opponent(side), after_missed_kick(spot)), _NEXT_DERIVED
    gained = play.yards_gained
    if play.turnover:
        return first_down(opponent(side), FIELD_YD - (spot - (gained or 0))), _NEXT_DERIVED
    if gained is None or before.down is None or before.distance_yd is None or kind is _KIND_PENALTY:
        return before, _NEXT_HELD
    if gained >= before.distance_yd:
        return first_down(side, spot - gained), _NEXT_DERIVED
    if before.down == 4:
        return first_down(opponent(side), FIELD_YD - (spot - gained)), _NEXT_DERIVED
    new_spot = min(max(spot - gained, 1), FIELD_YD - 1)
    distance = min(before.distance_yd - gained, new_spot)
    return Ball(_PHASE_SCRIMMAGE, side, before.down + 1, distance, new_spot), _NEXT_DERIVED


def ball_of(state: State) -> Ball:
    """Return the ball's part of a state."""
    return Ball(state.phase, state.possession, state.down, state.distance_yd, state.yards_to_goal)
