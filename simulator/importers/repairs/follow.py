"""What comes after a play, told by the row after it, for vendors whose rows do not say it themselves."""

from msgspec.structs import replace

from engine.core.events import Play
from engine.core.football import ADMINISTRATIVE, FIELD_YD, PlayKind
from simulator.importers.draft import DraftGame
from simulator.importers.report import Tally


def say_what_follows(game: DraftGame, tally: Tally) -> None:
    """Give each play the situation from which the row after it starts, where the vendor has it only there.

    The spot after a play and the one before the next are the same fact. It is not taken across a score, a
    half, or from a row that is no snap.
    """
    drafts = game.drafts
    following: Play | None = None
    for draft in reversed(drafts):
        play = draft.play
        if play.kind in ADMINISTRATIVE:
            if play.kind is not PlayKind.TIMEOUT:
                following = None if play.kind is not PlayKind.PERIOD_END else following
            continue
        if following is not None and not play.scoring and _is_snap(following):
            draft.play = replace(
                play,
                next_possession=following.possession,
                next_down=following.down,
                next_distance_yd=following.distance_yd,
                next_yards_to_goal=following.yards_to_goal,
            )
            tally["next_from_row_after"].repaired += 1
        following = play


def _is_snap(play: Play) -> bool:
    return (
        play.possession is not None
        and play.kind not in (PlayKind.KICKOFF, PlayKind.TRY)
        and play.down is not None
        and 1 <= play.down <= 4
        and play.yards_to_goal is not None
        and 1 <= play.yards_to_goal < FIELD_YD
    )
