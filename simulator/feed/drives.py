"""Plays as drives: a possession from the kick-off that begins it to the next change of hands."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.core.football import ADMINISTRATIVE, HALF_PERIODS, REGULATION_PERIODS, PlayKind, Side, opponent
from simulator.feed.shown import Shown


@dataclass(slots=True)
class Drive:
    """One drive."""

    drive_id: str
    number: int
    """1 for the first of the game."""
    side: Side | None
    """Whose drive it is; None where no play of it says so yet."""
    plays: list[Shown] = field(default_factory=list)


def drives_of(game_id: str, shown: Sequence[Shown]) -> list[Drive]:
    """Return plays grouped into drives, each play in the drive that the plays up to it tell.

    A kick-off belongs to the drive that it begins, as ESPN has it. What follows a play never changes its
    drive, so a feed only appends.
    """
    drives: list[Drive] = []
    half = 1
    for entry in shown:
        play = entry.play
        if play.kind in ADMINISTRATIVE:
            side = None
        elif play.kind is PlayKind.KICKOFF:
            side = None if play.possession is None else opponent(play.possession)
        else:
            side = play.possession
        play_half = half if play.period is None else _half(play.period)
        begins = (
            not drives
            or play.kind is PlayKind.KICKOFF
            or (side is not None and drives[-1].side not in (None, side))
            or (play_half != half and play.kind not in ADMINISTRATIVE)
        )
        if play.kind not in ADMINISTRATIVE:
            half = play_half
        if begins:
            number = len(drives) + 1
            drives.append(Drive(f"{game_id}{number}", number, side))
        elif drives[-1].side is None:
            drives[-1].side = side
        drives[-1].plays.append(entry)
    return drives


def _half(period: int) -> int:
    """Return 1 or 2 for the halves and the period itself in overtime: no drive lasts across two of them."""
    if period > REGULATION_PERIODS:
        return period
    return 1 if period <= HALF_PERIODS else 2
