"""A game between the vendor's file and the season file: its plays as the vendor has them, open to repairs."""

from dataclasses import dataclass, field
from typing import Any

from engine.core.events import GameEnd, GameStart, Play
from engine.core.football import PlayKind
from engine.feeds.espn import Place
from engine.feeds.fields import MOST_TEXT_CHARACTERS, word
from engine.feeds.play_words import contradicts
from simulator.importers.report import Tally


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
    before: dict[str, float] = field(default_factory=dict)
    """Home win probabilities before the row that the vendor's table carries, by model."""


@dataclass(slots=True)
class DraftGame:
    """One game on its way to the season file."""

    start: GameStart
    drafts: list[Draft] = field(default_factory=list)
    """In the feed's order."""
    end: GameEnd | None = None
    final_known: bool = False
    """Whether the final score comes from outside the plays, and so can judge them."""


def count_reading(play: Play, team: Any, type_text: Any, text: Any, tally: Tally) -> None:
    """Count what could not be read of a row, or only from its text."""
    if play.possession is None and word(team) is not None:
        tally["no_such_side"].kept += 1
    if word(type_text) is None:
        count = tally["type_missing"]
        if play.kind is PlayKind.UNKNOWN:
            count.kept += 1
        else:
            count.repaired += 1
    elif contradicts(word(type_text), play.kind):
        tally["type_contradicted"].repaired += 1
    if play.kind is PlayKind.TIMEOUT and play.timeout_by is None:
        tally["timeout_side"].kept += 1
    if isinstance(text, str) and len(text.strip()) > MOST_TEXT_CHARACTERS:
        tally["text_cut"].repaired += 1
