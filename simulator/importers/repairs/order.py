"""Rows that stand at another place than where they belong.

Some games begin with rows of their overtime, file later kick-offs under the first drive, or put rows that
were entered without a clock before the kick-off of their drive. The vendor's ids tell period and clock of
most rows. A game is put in the order of its ids only where it then hangs together better: more rows start
where the row before them ended, and fewer periods and clocks run backwards. Otherwise the feed's order
stands.
"""

from itertools import pairwise
from typing import Final

from engine.core.events import Play
from engine.core.football import ADMINISTRATIVE, PERIOD_S, REGULATION_PERIODS, PlayKind
from simulator.importers.draft import Draft, DraftGame
from simulator.importers.repairs.runs import longest_rising
from simulator.importers.report import Tally

_A_FALL: Final = 3
"""A period that falls, or a clock that rises, weighs as much as this many rows that join."""

Key = tuple[int, int, int]


def put_in_order(game: DraftGame, tally: Tally) -> None:
    """Put the rows of a game in the order of their ids where that is surely better."""
    drafts = game.drafts
    keys = [_key(draft) for draft in drafts]
    known = [key for key in keys if key is not None]
    if all(one <= other for one, other in pairwise(known)) and len(known) == len(keys):
        return
    order = _by_ids(drafts, keys)
    moved = len(order) - len(longest_rising(order))
    if moved == 0:
        return
    if _coherence([drafts[index] for index in order]) > _coherence(drafts):
        game.drafts = [drafts[index] for index in order]
        tally["misplaced_row"].repaired += moved
    elif any(one > other for one, other in pairwise(known)):
        tally["misplaced_row"].kept += len(known) - len(longest_rising(known))


def _key(draft: Draft) -> Key | None:
    """Return the place of a row as a value that rises with the game; None for rows without a clock."""
    place, period = draft.place, draft.play.period
    if place is None:
        return None
    if period is not None and period > REGULATION_PERIODS and place.clock_s is None:
        return period, 0, place.number
    return None if place.clock_s is None else (place.period, -place.clock_s, place.number)


def _by_ids(drafts: list[Draft], keys: list[Key | None]) -> list[int]:
    """Return the rows in the order of their ids, each run of rows without a clock where it joins on."""
    clocked = sorted((key, index) for index, key in enumerate(keys) if key is not None)
    after: dict[int, list[int]] = {}
    run: list[int] = []
    for index in range(len(drafts) + 1):
        if index < len(drafts) and keys[index] is None and (not run or _same_drive(drafts, run[-1], index)):
            run.append(index)
            continue
        if run:
            after.setdefault(_joined_to(drafts, keys, run), []).extend(run)
        run = [index] if index < len(drafts) and keys[index] is None else []
    order = after.get(-1, [])
    for _, index in clocked:
        order.append(index)
        order += after.get(index, [])
    return order


def _same_drive(drafts: list[Draft], one: int, other: int) -> bool:
    return drafts[one].drive == drafts[other].drive


def _joined_to(drafts: list[Draft], keys: list[Key | None], run: list[int]) -> int:
    """Return the row with a clock after which a run without one belongs; -1 for the start of the game."""
    first = drafts[run[0]]
    same_drive = [
        index for index, key in enumerate(keys) if key is not None and drafts[index].drive == first.drive
    ]
    for index in same_drive:
        if _joins(drafts[index].play, first.play):
            return index
    return next((index for index in range(run[0] - 1, -1, -1) if keys[index] is not None), -1)


def _joins(before: Play, after: Play) -> bool:
    """Whether a row starts where the one before it ended."""
    if before.next_possession is None:
        return before.scoring and after.kind is PlayKind.KICKOFF
    return (
        before.next_possession is after.possession
        and before.next_yards_to_goal == after.yards_to_goal
        and before.next_down == after.down
    )


def _coherence(drafts: list[Draft]) -> int:
    """Return how well rows hang together in their order."""
    score = 0
    last: Play | None = None
    period, clock_s = 1, PERIOD_S
    for draft in drafts:
        play = draft.play
        if play.period is not None:
            entered = draft.place is None or draft.place.clock_s is not None
            now_s = play.clock_s if entered and play.clock_s is not None else None
            score -= _A_FALL * (play.period < period or (play.period == period and (now_s or 0) > clock_s))
            clock_s = now_s if now_s is not None else clock_s if play.period == period else PERIOD_S
            period = play.period
        if play.kind in ADMINISTRATIVE:
            continue
        if last is not None:
            score += _joins(last, play)
        last = play
    return score
