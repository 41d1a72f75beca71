"""What only a play's text tells: how long a kick was, and how the try after a touchdown went."""

import re
from typing import Final, NamedTuple

_KICK_LENGTH: Final = re.compile(r"(\d+)\s*yd", re.IGNORECASE)
_TWO_POINTS: Final = re.compile(r"two-point|two point|2pt|2-point", re.IGNORECASE)
_TWO_FAILED: Final = re.compile(r"fail|no good|incomplete", re.IGNORECASE)
_KICK: Final = re.compile(r"kick\)|pat |pat\)", re.IGNORECASE)
_KICK_FAILED: Final = re.compile(r"miss|fail|block|no good", re.IGNORECASE)

SHORTEST_KICK_YD: Final = 17
LONGEST_KICK_YD: Final = 70


class Try(NamedTuple):
    """The try after a touchdown."""

    two_points: bool
    good: bool


def kick_length_yd(text: str) -> int | None:
    """Return the length of a field goal, or None where the text does not say a believable one."""
    found = _KICK_LENGTH.search(text)
    length = int(found[1]) if found is not None and len(found[1]) <= 3 else 0
    return length if SHORTEST_KICK_YD <= length <= LONGEST_KICK_YD else None


def try_after_touchdown(text: str) -> Try | None:
    """Return how the try went that the text of a touchdown tells of in brackets, or None."""
    if _TWO_POINTS.search(text):
        return Try(two_points=True, good=_TWO_FAILED.search(text) is None)
    if _KICK.search(text):
        return Try(two_points=False, good=_KICK_FAILED.search(text) is None)
    return None
