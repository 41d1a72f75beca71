"""The classes of situation by which frequencies are kept: one definition for the fit and for the game.

Every function here is a pure function of small integers; `margin` is the offence's lead in points.
"""

from typing import Final

NORMAL: Final = 0
HALF_END: Final = 1
"""The last two minutes of the second quarter, and of the fourth with the score level."""
PROTECT: Final = 2
"""Ahead by less than 22 with three to eight minutes to play."""
CHASE: Final = 3
"""Behind by less than 22 with three to eight minutes to play."""
PROTECT_LATE: Final = 4
CHASE_LATE: Final = 5
ROUT_AHEAD: Final = 6
"""Ahead by 22 or more in the second half."""
ROUT_BEHIND: Final = 7
SITUATIONS: Final = 8
HURRIED: Final = (HALF_END, CHASE_LATE)

ZONES: Final = 6
DISTANCES: Final = 4
CALL_ZONES: Final = 3
PUNT_ZONES: Final = 4
TURNOVER_ZONES: Final = 3
FOURTH_SPOTS: Final = 20
FOURTH_DISTANCES: Final = 5
FOURTH_SITUATIONS: Final = 5
LATE_S: Final = 180
"""Seconds before the end of a half from which the clock is watched."""


def situation(period: int, clock_s: int, margin: int) -> int:
    """Return the class of a score and time for the side with the ball."""
    if period >= 3 and period <= 4 and not -22 < margin < 22:
        return ROUT_AHEAD if margin > 0 else ROUT_BEHIND
    if period == 4 and clock_s <= 480:
        if margin == 0:
            return HALF_END if clock_s <= 120 else NORMAL
        if clock_s <= LATE_S:
            return PROTECT_LATE if margin > 0 else CHASE_LATE
        return PROTECT if margin > 0 else CHASE
    return HALF_END if period == 2 and clock_s <= 120 else NORMAL


def zone(yards_to_goal: int) -> int:
    """Return the class of a spot for what a play gains: backed up, open field, and four of the red zone."""
    if yards_to_goal > 20:
        return 0 if yards_to_goal > 90 else 1
    if yards_to_goal > 10:
        return 2
    if yards_to_goal > 5:
        return 3
    return 4 if yards_to_goal > 2 else 5


def call_zone(yards_to_goal: int) -> int:
    """Return the class of a spot for what is called."""
    return 0 if yards_to_goal > 90 else 1 if yards_to_goal > 10 else 2


def distance_class(distance_yd: int) -> int:
    """Return the class of a distance: short, medium, to ten, long."""
    if distance_yd <= 2:
        return 0
    if distance_yd <= 6:
        return 1
    return 2 if distance_yd <= 10 else 3


def punt_zone(yards_to_goal: int) -> int:
    """Return the class of the spot from which a punt is kicked."""
    if yards_to_goal >= 80:
        return 0
    if yards_to_goal >= 65:
        return 1
    return 2 if yards_to_goal >= 50 else 3


def turnover_zone(yards_to_goal: int) -> int:
    """Return the class of the spot at which the ball was snapped before it was lost."""
    return 0 if yards_to_goal > 60 else 1 if yards_to_goal > 30 else 2


def fourth_spot(yards_to_goal: int) -> int:
    """Return the class of a spot on fourth down: five yards each."""
    return (yards_to_goal - 1) // 5


def fourth_distance(distance_yd: int) -> int:
    """Return the class of a distance on fourth down."""
    if distance_yd <= 1:
        return 0
    if distance_yd <= 3:
        return 1
    if distance_yd <= 6:
        return 2
    return 3 if distance_yd <= 10 else 4


def fourth_situation(period: int, clock_s: int, margin: int) -> int:
    """Return the class of a score and time on fourth down."""
    if period == 4 and clock_s <= 300:
        if margin < -3:
            return 1
        return 2 if margin <= 0 else 3
    return 4 if period == 4 and margin < -8 else 0


TIMEOUT_CLASSES: Final = 13


def timeout_class(period: int, clock_s: int, margin: int) -> int:
    """Return the class of a score and time for timeouts: 0 for most of the game, 1-12 for the ends of halves.

    Those are the last three minutes of the second quarter, and of the fourth with the offence ahead, level
    and behind (by up to two scores), each by the minute.
    """
    if clock_s > LATE_S or period not in (2, 4):
        return 0
    minute = 0 if clock_s <= 60 else 1 if clock_s <= 120 else 2
    if period == 2:
        return 1 + minute
    if not -17 < margin < 17:
        return 0
    return (4 if margin > 0 else 7 if margin == 0 else 10) + minute
