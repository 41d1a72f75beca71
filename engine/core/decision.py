"""The decision card: what each choice is worth on a fourth down and after a touchdown.

A model that can value the choices gives a card; the engine says it with the update after which one is due.
"""

from enum import StrEnum

import msgspec


class Choice(StrEnum):
    """What a side can choose."""

    GO = "go"
    FIELD_GOAL = "field_goal"
    PUNT = "punt"
    KICK = "kick"
    """One point by a kick after a touchdown."""
    TWO = "two"
    """Two points by a play after a touchdown."""


class Option(msgspec.Struct, frozen=True, gc=False):
    """One choice, seen from the side that has it."""

    choice: Choice
    win_probability: float
    win_probability_low: float
    win_probability_high: float
    success_probability: float
    """Of the conversion, the kick or the try; 1 for a punt."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The choices, best first."""

    options: tuple[Option, ...]
    strength: float
    """Log-odds by which the best choice is ahead of the next."""
    too_close: bool
    """Whether the 90 % interval of that difference, over the ensemble, holds zero."""
