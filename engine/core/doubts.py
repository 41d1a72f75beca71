"""What the engine did not believe about a play, and what it held instead.

A live feed with a missing or absurd field degrades that field and is counted; it never stops the game. Each
doubt is one bit, so that a play carries all of its doubts in an integer and a game adds them up by name.
"""

from enum import IntFlag


class Doubt(IntFlag):
    """One reason for which a stated field was not taken at its word."""

    NONE = 0
    PERIOD_MISSING = 1
    PERIOD_ABSURD = 2
    """Outside 1-25, or a jump that no second play confirmed yet."""
    PERIOD_FELL = 4
    CLOCK_MISSING = 8
    CLOCK_ABSURD = 16
    """Outside 0-900 s."""
    CLOCK_ROSE = 32
    SCORE_MISSING = 64
    SCORE_ABSURD = 128
    """Below zero, above 200, or a rise that no single play can bring, not confirmed yet."""
    SCORE_FELL = 256
    SCORE_ON_ADMINISTRATIVE_ROW = 512
    """A timeout or an end of quarter with another score than the play before it: not believed."""
    SITUATION_MISSING = 1024
    """Possession, down or spot of a scrimmage play missing: taken over from the play before."""
    SITUATION_ABSURD = 2048
    """A down outside 1-4 or a spot outside 1-99."""
    DISTANCE_ABSURD = 4096
    """Below 1, beyond the goal line or above 99: goal-to-go or ten yards instead."""
    NEXT_DERIVED = 8192
    """What comes next was not stated, and follows from the rules."""
    NEXT_HELD = 16384
    """What comes next was not stated and does not follow: the situation is kept."""
    KIND_UNKNOWN = 32768
    TIMEOUT_ABSURD = 65536
    """A timeout by nobody, or by a side that has none left."""
    SCORE_UNMARKED_IN_OVERTIME = 131072
    """Another score on an overtime play that is not marked as scoring: not believed."""


DOUBTS: tuple[Doubt, ...] = tuple(Doubt)
"""Every single doubt, in the order of its bit."""

_NAMES = tuple((int(doubt), doubt.name.lower()) for doubt in DOUBTS if doubt.name is not None)


def names(doubts: int) -> tuple[str, ...]:
    """Return the lower-case names of the doubts in a mask, in the order of their bits."""
    if not doubts:  # nearly always
        return ()
    return tuple(name for bit, name in _NAMES if doubts & bit)
