"""A game between the vendor's file and the season file: its plays as the vendor has them, open to repairs."""

from dataclasses import dataclass, field

from engine.core.events import GameEnd, GameStart, Play
from engine.feeds.espn import Place


@dataclass(slots=True)
class Draft:
    """One row of play-by-play on its way to the season file."""

    play: Play
    drive: str | None = None
    """The vendor's id of the drive."""
    place: Place | None = None
    """Where the row belongs, as the vendor's id tells; None where it does not."""
    home_wp_after: float | None = None
    """The vendor's own home win probability after the row."""


@dataclass(slots=True)
class DraftGame:
    """One game on its way to the season file."""

    start: GameStart
    drafts: list[Draft] = field(default_factory=list)
    """In the feed's order."""
    end: GameEnd | None = None
    final_known: bool = False
    """Whether the final score comes from outside the plays, and so can judge them."""
