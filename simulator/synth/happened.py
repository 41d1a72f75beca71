"""What a row of the machine was: small integers, for speed; `feed.py` turns them into a feed's row."""

from typing import Final

(
    RUSH, CATCH, DROP, QUARTERBACK_SACK, PICK, LOST_RUN, LOST_CATCH, PUNT, FIELD_GOAL, FOUL, KICK,
    TWO_POINT_TRY, KNEEL, TIME_OUT, END_OF_PERIOD, END_OF_HALF, END_OF_REGULATION, END_OF_GAME,
) = range(18)  # fmt: skip

NO_TRY, KICK_GOOD, KICK_MISSED, TWO_GOOD, TWO_FAILED, TRY_RETURNED = range(6)
"""How the try after a touchdown went, or that none was made."""

(
    DEAD, SCORED, RETURNED_FOR_TOUCHDOWN, TOUCHBACK_MADE, KEPT_BALL, SAFETY, GOOD, MISSED, ON_SIDE,
    FIRST_DOWN,
) = range(10)  # fmt: skip
"""How a play ended; FIRST_DOWN is of penalties alone."""

Happened = tuple[int, int, int, int]
"""(what, yards, end, try); of a timeout, the third is the side that called it."""

_FIRST_ADMINISTRATIVE: Final = TIME_OUT


def administrative(what: int) -> bool:
    """Whether no ball was played."""
    return what >= _FIRST_ADMINISTRATIVE
