"""Play text, in the manner of a feed's own words: what happened, how far, and where to."""

from typing import Final

from simulator.synth.happened import (
    CATCH,
    DEAD,
    DROP,
    END_OF_GAME,
    END_OF_HALF,
    END_OF_PERIOD,
    END_OF_REGULATION,
    FIELD_GOAL,
    FOUL,
    GOOD,
    KEPT_BALL,
    KICK,
    KICK_GOOD,
    KICK_MISSED,
    KNEEL,
    LOST_CATCH,
    LOST_RUN,
    MISSED,
    NO_TRY,
    ON_SIDE,
    PICK,
    PUNT,
    QUARTERBACK_SACK,
    RETURNED_FOR_TOUCHDOWN,
    RUSH,
    SAFETY,
    SCORED,
    TIME_OUT,
    TOUCHBACK_MADE,
    TRY_RETURNED,
    TWO_FAILED,
    TWO_GOOD,
    TWO_POINT_TRY,
    Happened,
)

_VERBS: Final = {
    RUSH: "Run",
    KNEEL: "Kneel-down",
    CATCH: "Pass complete",
    DROP: "Pass incomplete",
    QUARTERBACK_SACK: "Sacked",
    PICK: "Pass intercepted",
    LOST_RUN: "Run, fumble lost",
    LOST_CATCH: "Pass play, fumble lost",
    PUNT: "Punt",
    KICK: "Kick-off",
    FIELD_GOAL: "Field goal blocked",
}
_TRIES: Final = {
    NO_TRY: "",
    KICK_GOOD: " (kick good)",
    KICK_MISSED: " (kick failed)",
    TWO_GOOD: " (two-point try good)",
    TWO_FAILED: " (two-point try failed)",
    TRY_RETURNED: " (try returned by the defence for two)",
}
_QUARTERS: Final = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th"}


def spot_words(yards_to_goal: int, attacking: str, defending: str) -> str:
    """Return a spot by the half of the field it is in, as in "the HRB 35"."""
    if yards_to_goal == 50:
        return "the 50"
    if yards_to_goal < 50:
        return f"the {defending} {yards_to_goal}"
    return f"the {attacking} {100 - yards_to_goal}"


def play_words(
    happened: Happened,
    sides: tuple[str, str],
    side: int,
    after: tuple[int, int],
    *,
    first_down: bool,
    period: int,
) -> str:
    """Return the text of a row.

    Args:
        happened: what the machine says of the row.
        sides: abbreviations of the home and the away side.
        side: who had the ball before the row (0 home, 1 away); of a kick-off, who kicked.
        after: who has the ball after the row, and its yards to goal.
        first_down: whether the play moved the chains.
        period: the period of the row.
    """
    what, yards, end, tried = happened
    if what == TIME_OUT:
        return f"Timeout {sides[end]}"
    if what in (END_OF_PERIOD, END_OF_HALF):
        return f"End of the {_QUARTERS[period]} quarter"
    if what == END_OF_REGULATION:
        return "End of regulation"
    if what == END_OF_GAME:
        return "End of the game"
    own, other = sides[side], sides[1 - side]
    if what == TWO_POINT_TRY:
        return f"{own} two-point try {'good' if end == GOOD else 'failed'}"
    if what == FIELD_GOAL and end in (GOOD, MISSED):
        return f"Field goal from {yards} yards {'good' if end == GOOD else 'missed'}"
    verb = _VERBS.get(what, "")
    if end == RETURNED_FOR_TOUCHDOWN:
        return f"{verb}, returned by {other} for a touchdown{_TRIES[tried]}"
    if end == SCORED:
        return f"{verb} for {_yards(yards)} for a touchdown{_TRIES[tried]}"
    if end == SAFETY:
        return f"{verb} in the end zone for a safety"
    spot = spot_words(after[1], sides[after[0]], sides[1 - after[0]])
    if what == FOUL:
        guilty = other if yards > 0 else own
        tail = ", first down" if first_down else ""
        return f"Penalty on {guilty}, {_yards(abs(yards))} to {spot}{tail}"
    if what == KICK:
        if end == TOUCHBACK_MADE:
            return "Kick-off for a touchback"
        if end == KEPT_BALL:
            return f"On-side kick recovered by {own} at {spot}"
        return f"{'On-side kick' if end == ON_SIDE else 'Kick-off'} brought to {spot} by {other}"
    if what == PUNT:
        if end == TOUCHBACK_MADE:
            return "Punt for a touchback"
        return (
            f"Punt {'muffed, kept by ' + own if end == KEPT_BALL else 'for a net ' + _yards(yards)} at {spot}"
        )
    if what in (PICK, LOST_RUN, LOST_CATCH):
        return f"{verb}, {other} ball at {spot}" if end == DEAD else f"{verb} in the end zone for a touchback"
    if what == DROP:
        return verb if after[0] == side else f"{verb}, {other} ball on downs"
    tail = ", first down" if first_down else "" if after[0] == side else f", {other} ball on downs"
    if what == QUARTERBACK_SACK:
        return f"{verb} for a loss of {_yards(-yards)} to {spot}{tail}"
    return f"{verb} for {_gain(yards)} to {spot}{tail}"


def _gain(yards: int) -> str:
    if yards == 0:
        return "no gain"
    return _yards(yards) if yards > 0 else f"a loss of {_yards(-yards)}"


def _yards(yards: int) -> str:
    return "1 yard" if yards == 1 else f"{yards} yards"
