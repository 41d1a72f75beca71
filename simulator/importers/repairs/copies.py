"""Rows that say again what another row says: content under a second id, and phantom drives.

While a game is played, provisional rows are entered with the clock of the play before them, or with none;
the final ones follow under other ids, and sometimes the provisional ones stay. Within one drive no side can
meet the same down, distance and spot twice and leave it for the same next one, so of two such rows one is a
copy: the later one, with a clock of its own, stands.
"""

from typing import Any, Final

from engine.core.events import Play
from engine.core.football import ADMINISTRATIVE, PlayKind
from simulator.importers.draft import Draft, DraftGame
from simulator.importers.report import Tally

A_PHANTOM: Final = 3
"""This many copies in a row are counted as a phantom drive."""


def drop_copies(game: DraftGame, tally: Tally) -> None:
    """Leave out the rows of a game that repeat others."""
    game.drafts = _one_an_id(game.drafts, tally)
    drafts = game.drafts
    copies = _same_content(drafts)
    copies |= _same_snap(drafts, copies)
    run = 0
    for index in range(len(drafts) + 1):
        if index in copies:
            run += 1
            continue
        tally["phantom_drive" if run >= A_PHANTOM else "duplicate_row"].dropped += run
        run = 0
    game.drafts = [draft for index, draft in enumerate(drafts) if index not in copies]


def _one_an_id(drafts: list[Draft], tally: Tally) -> list[Draft]:
    """Return one row for each id: the later statement about a play stands, at the first one's place."""
    by_id: dict[str, Draft] = {}
    for draft in drafts:
        if draft.play.play_id in by_id:
            tally["repeated_id"].dropped += 1
        by_id[draft.play.play_id] = draft
    return list(by_id.values()) if len(by_id) < len(drafts) else drafts


def _same_content(drafts: list[Draft]) -> set[int]:
    """Return the rows that repeat an earlier one in everything but the id, the score and the stamp.

    A row that was entered without a clock repeats only one of its own drive: touchbacks are all alike.
    """
    copies: set[int] = set()
    seen: set[tuple[Any, ...]] = set()
    for index, draft in enumerate(drafts):
        play = draft.play
        if not play.text:
            continue
        unclocked = draft.place is None or draft.place.clock_s is None
        said = (
            play.kind, play.text, play.period, play.clock_s, play.possession, play.down, play.distance_yd,
            play.yards_to_goal, draft.drive if unclocked else None,
        )  # fmt: skip
        if said in seen:
            copies.add(index)
        seen.add(said)
    return copies


def _same_snap(drafts: list[Draft], gone: set[int]) -> set[int]:
    """Return the rows, but for those gone, of whose snap a later row of their drive says the same."""
    copies: set[int] = set()
    last: dict[tuple[Any, ...], int] = {}
    for index, draft in enumerate(drafts):
        snap = None if index in gone else _snap(draft)
        if snap is None:
            continue
        earlier = last.get(snap)
        if earlier is not None and (
            drafts[earlier].play.text == draft.play.text or not _own_clock(drafts, earlier)
        ):
            copies.add(earlier)
        last[snap] = index
    return copies


def _snap(draft: Draft) -> tuple[Any, ...] | None:
    """Return where a row of scrimmage started and ended; None where it does not say, or did not move."""
    play = draft.play
    if draft.drive is None or play.kind in ADMINISTRATIVE or play.kind is PlayKind.KICKOFF:
        return None
    start = (play.possession, play.down, play.distance_yd, play.yards_to_goal)
    end = (play.next_possession, play.next_down, play.next_distance_yd, play.next_yards_to_goal)
    if None in start or None in end or start == end:
        return None
    return draft.drive, start, end


def _own_clock(drafts: list[Draft], index: int) -> bool:
    """Whether a row has a clock of its own: not missing, not the one of the row before it."""
    draft = drafts[index]
    if draft.place is not None and draft.place.clock_s is None:
        return False
    before: Play | None = drafts[index - 1].play if index else None
    return before is None or (before.period, before.clock_s) != (draft.play.period, draft.play.clock_s)
