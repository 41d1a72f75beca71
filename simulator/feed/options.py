"""What a rehearsal is asked to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FAULTS_UNTIL: Final = 0.9


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What is rehearsed, and how."""

    speed: float = 60.0
    """Recorded seconds a second; 0 stands still until the clock is set."""
    games: Sequence[str] = ()
    """Ids of the games to serve; all of them if it is empty."""
    games_limit: int | None = None
    """At most so many games, the first ones."""
    align: bool = False
    """Move the games in time so that all kick off at once."""
    start_s: float | None = None
    """Where in the day to begin, seconds after its first statement."""
    skip_to_kickoff: bool = False
    """Begin one real second before the first play of the day."""
    hold: bool = False
    """Stand still until somebody asks for a game for the first time."""
    tracking: bool = False
    """Whether /tracking answers."""
    faults: Sequence[str] = ()
    """What goes wrong: names of `faults.py`, each with a seed of its own if it likes, as in "hang:7"."""
    faults_until: float = FAULTS_UNTIL
    """The share of the day after which nothing goes wrong any more."""
    seed: int = 0
    """What is made up (tracking, live prices, faults) is the same for the same seed."""
