"""What a side calls where counted frequencies alone would be foolish: fourth downs and the ends of halves."""

from collections.abc import Callable
from typing import Final

from simulator.synth.field import Field
from simulator.synth.situation import fourth_distance, fourth_situation, fourth_spot
from simulator.synth.tables import Tables

GO, KICK_FIELD_GOAL, PUNT_AWAY = range(3)

_LONGEST_TRY_YTG: Final = 38
"""Nobody tries a field goal from farther out than this, but for the last play."""
_DESPERATE_S: Final = 100
"""With less than this to play, a side that is behind does not give the ball away."""
_HURRY_S: Final = 40
_LAST_KICK_S: Final = 8
_LAST_KICK_WITHOUT_TIMEOUT_S: Final = 15
_KNEEL_BURNS_S: Final = 40


def kneels(f: Field, margin: int) -> bool:
    """Whether kneeling runs out the clock of a half (called in its last three minutes only)."""
    if f.period == 2:
        return f.clock_s <= 20 and f.yards_to_goal >= 65
    if margin <= 0:
        return False
    downs_left = 5 - f.down
    unstopped = downs_left - 1 - f.timeouts[1 - f.possession] + (1 if f.running else 0)
    return f.clock_s <= _KNEEL_BURNS_S * unstopped + 2 * downs_left


def wants_the_ball(f: Field, clock_s: int, margin: int) -> bool:
    """Whether the side with the ball would hurry to snap it once more in the last seconds of a half."""
    if clock_s > _HURRY_S:
        return False
    if f.period == 2:
        return f.yards_to_goal < 60
    return f.period == 4 and (-17 < margin < 0 or (margin == 0 and f.yards_to_goal < 60))


def field_goal_now(f: Field, clock_s: int, margin: int) -> int:
    """Return KICK_FIELD_GOAL where there is time for one play only and three points help, else GO."""
    most_s = _LAST_KICK_S if f.timeouts[f.possession] > 0 else _LAST_KICK_WITHOUT_TIMEOUT_S
    if clock_s > most_s or f.yards_to_goal > _LONGEST_TRY_YTG:
        return GO
    return KICK_FIELD_GOAL if f.period == 2 or -3 <= margin <= 0 else GO


def fourth_down_call(t: Tables, f: Field, clock_s: int, margin: int, random: Callable[[], float]) -> int:
    """Return what is called on fourth down: by the need where there is one, else by the frequencies."""
    spot = f.yards_to_goal
    if f.period > 4:
        if f.series % 2 == 0 and margin < -3:
            return GO
        if f.series % 2 == 0 and margin >= -2:
            return KICK_FIELD_GOAL
    elif f.period == 4 and clock_s <= _DESPERATE_S and margin <= 0:
        in_range = spot <= _LONGEST_TRY_YTG
        if margin < -3:
            return GO
        if in_range and clock_s <= 60:
            return KICK_FIELD_GOAL
        if margin < 0:
            return KICK_FIELD_GOAL if in_range else GO
    elif f.period == 2 and clock_s <= 25:
        return KICK_FIELD_GOAL if spot <= _LONGEST_TRY_YTG else GO if spot <= 55 else PUNT_AWAY
    kick, punt = t.fourth[fourth_situation(f.period, clock_s, margin)][fourth_spot(spot)][
        fourth_distance(f.distance)
    ]
    u = random()
    if u < kick:
        return KICK_FIELD_GOAL
    return PUNT_AWAY if u < kick + punt and f.period <= 4 else GO
