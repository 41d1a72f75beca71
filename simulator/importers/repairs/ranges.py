"""Numbers that a play cannot have: a spot in the end zone, a distance below zero, a fifth down.

They are left out, for the engine to hold or derive: a vendor's rubbish says nothing about the play.
"""

from typing import Any

from msgspec.structs import replace

from simulator.importers.draft import DraftGame
from simulator.importers.report import Tally
from simulator.season.columns import PLAY_RANGES


def leave_out_of_range(game: DraftGame, tally: Tally) -> None:
    """Leave out every number of a game's plays that the season file does not allow."""
    for draft in game.drafts:
        absurd: dict[str, Any] = {}
        for name, (least, most) in PLAY_RANGES.items():
            value = getattr(draft.play, name)
            if value is not None and not least <= value <= most:
                absurd[name] = None
        if absurd:
            draft.play = replace(draft.play, **absurd)
            tally["number_out_of_range"].repaired += 1
