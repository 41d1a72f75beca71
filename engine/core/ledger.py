"""The ledger: every play of a game in the order in which it belongs, folded into states and probabilities.

It holds the winning statement about each play, and for each play that stands the step it makes (a checkpoint)
and the probability after it. A statement about the newest play extends the fold; one about an older play
folds again from the checkpoint before it, and stops as soon as nothing differs any more. What the ledger
holds therefore depends on the set of statements, not on the order in which they came.
"""

from bisect import bisect_left
from typing import Final, NamedTuple

from msgspec.structs import replace

from engine.core.advance import OPENING_STEP, Step, advance
from engine.core.events import Play, Status, content, supersedes
from engine.core.football import ADMINISTRATIVE, OvertimeRules, overtime_rules
from engine.core.models.interface import Scorer
from engine.core.probability import EVEN, millionths
from engine.core.state import OPENING

_STATUS_CANCELLED: Final = Status.CANCELLED


class Entry(NamedTuple):
    """A play that stands, what it leads to, and the probability after it."""

    play: Play
    step: Step
    home_millionths: int


class Change(NamedTuple):
    """What a statement did to the ledger."""

    play: Play
    place: int | None
    """Where the play stands now; None where it was withdrawn."""
    content_changed: bool
    """False where the play only became firmer."""
    corrected_plays: int
    """How many plays after it stand otherwise than before."""


class Ledger:
    """The plays of one game. `refold` must follow any change of scorer or rules."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._rules: OvertimeRules = overtime_rules(None)
        # Winning statements by play id, withdrawn ones included: a late copy of an old statement must still
        # lose.
        self._statements: dict[str, Play] = {}
        # The plays that stand, as parallel lists in the order of (order, play_id).
        self._keys: list[tuple[int, str]] = []
        self._entries: list[Entry] = []
        self._opening_millionths = millionths(scorer.home_win_probability(OPENING))

    @property
    def entries(self) -> list[Entry]:
        """The plays that stand, in the order in which they belong. Not to be changed by the caller."""
        return self._entries

    @property
    def newest_millionths(self) -> int:
        """The probability after the newest play, or at the opening."""
        return self._entries[-1].home_millionths if self._entries else self._opening_millionths

    def millionths_before(self, index: int) -> int:
        """Return the probability before the play at `index`: after the one before it, or at the opening."""
        return self._entries[index - 1].home_millionths if index > 0 else self._opening_millionths

    def refold(self, scorer: Scorer, rules: OvertimeRules) -> int:
        """Fold the whole game again under another scorer or other rules; return how many plays changed."""
        self._scorer, self._rules = scorer, rules
        self._opening_millionths = millionths(scorer.home_win_probability(OPENING))
        return self._fold_from(0, stop_when_equal=False)

    def take(self, play: Play) -> Change | None:
        """Take in a statement about a play; return what it changed, or None where it changed nothing."""
        known = self._statements.get(play.play_id)
        if known is None:
            self._statements[play.play_id] = play
            if play.status is _STATUS_CANCELLED:
                return None
            key = (play.order, play.play_id)
            if not self._keys or key > self._keys[-1]:
                self._append(key, play)
                return Change(play, len(self._entries) - 1, content_changed=True, corrected_plays=0)
            return self._insert(key, play)
        if not supersedes(play, known):
            return None
        self._statements[play.play_id] = play
        standing, stands = known.status is not _STATUS_CANCELLED, play.status is not _STATUS_CANCELLED
        if not standing and not stands:
            return None
        if standing and stands and _same_football(play, known):
            index = self._index(known)
            self._entries[index] = self._entries[index]._replace(play=play)
            return Change(play, index, content_changed=False, corrected_plays=0)
        if not standing:
            return self._insert((play.order, play.play_id), play)
        index = self._index(known)
        if stands and play.order == known.order:
            self._entries[index] = self._entries[index]._replace(play=play)
            return Change(play, index, content_changed=True, corrected_plays=self._fold_from(index, own=1))
        del self._keys[index], self._entries[index]
        if stands:  # moved to another place in the game
            removed = self._fold_from(index)
            change = self._insert((play.order, play.play_id), play)
            return change._replace(corrected_plays=max(change.corrected_plays, removed))
        return Change(play, None, content_changed=True, corrected_plays=self._fold_from(index))

    def _index(self, play: Play) -> int:
        return bisect_left(self._keys, (play.order, play.play_id))

    def _append(self, key: tuple[int, str], play: Play) -> None:
        if self._entries:
            last = self._entries[-1]
            entry = self._entry(play, last.step, last.home_millionths)
        else:
            entry = self._entry(play, OPENING_STEP, self._opening_millionths)
        self._keys.append(key)
        self._entries.append(entry)

    def _insert(self, key: tuple[int, str], play: Play) -> Change:
        index = bisect_left(self._keys, key)
        self._keys.insert(index, key)
        self._entries.insert(index, Entry(play, OPENING_STEP, -1))  # a place to fold into
        return Change(play, index, content_changed=True, corrected_plays=self._fold_from(index, own=1))

    def _fold_from(self, index: int, *, own: int = 0, stop_when_equal: bool = True) -> int:
        """Fold again from the checkpoint before `index`; return how many changed, without the `own` first."""
        entries = self._entries
        step = entries[index - 1].step if index > 0 else OPENING_STEP
        before = self.millionths_before(index)
        changed = 0
        for place in range(index, len(entries)):
            old = entries[place]
            new = self._entry(old.play, step, before)
            entries[place] = new
            if new.home_millionths != old.home_millionths or new.step.state != old.step.state:
                changed += place >= index + own
            elif stop_when_equal and new.step.unconfirmed == old.step.unconfirmed:
                break
            step, before = new.step, new.home_millionths
        return changed

    def _entry(self, play: Play, last: Step, before: int) -> Entry:
        step = advance(last, play, self._rules)
        after = millionths(self._scorer.home_win_probability(step.state))
        if (after > EVEN > before or after < EVEN < before) and play.kind in ADMINISTRATIVE:
            after = EVEN  # no ball was played, so no side can have overtaken the other
        return Entry(play, step, after)


def _same_football(new: Play, old: Play) -> bool:
    """Whether two statements about a play differ in firmness alone."""
    return content(replace(new, status=old.status)) == content(old)
