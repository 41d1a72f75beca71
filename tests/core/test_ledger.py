"""The ledger: one state for one set of statements, folded again only as far as anything differs."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.events import Play, Status
from engine.core.football import OvertimeRules, Side, overtime_rules
from engine.core.ledger import Change, Ledger
from engine.core.models.brownian import Brownian
from engine.core.models.interface import Pregame
from engine.core.probability import EVEN
from tests.core.checkers import crossings, plain_fold, winners
from tests.core.football_builders import again, kickoff, run, score, timeout, withdrawn
from tests.core.strategies import football_plays, statements

SCORER = Brownian().for_game(Pregame(home_spread=-3.0))
RULES = overtime_rules(None)
GAME = (kickoff(1), run(2), score(3, 7, 0), kickoff(4, by=Side.HOME), run(5, possession=Side.AWAY))


def ledger(said: Sequence[Play], kind: type[Ledger] = Ledger) -> Ledger:
    """A ledger that took in some statements."""
    new = kind(SCORER)
    for one in said:
        new.take(one)
    return new


def fold_of(taken: Ledger) -> list[tuple[str, Any, int]]:
    """What a ledger holds, play by play."""
    return [(entry.play.play_id, entry.step.state, entry.home_millionths) for entry in taken.entries]


def taken(said: Sequence[Play], then: Play) -> Change | None:
    """What one more statement changes in a ledger."""
    return ledger(said).take(then)


@settings(max_examples=150)
@given(statements())
def test_folding_again_gives_what_folding_in_one_go_gives(said: list[Play]) -> None:
    """After every statement the ledger holds the fold of the winning statements, from kick-off."""
    growing = Ledger(SCORER)
    for count, one in enumerate(said):
        growing.take(one)
        assert fold_of(growing) == plain_fold(winners(said[: count + 1]), SCORER, RULES)


@settings(max_examples=150)
@given(statements(), st.data())
def test_the_order_of_arrival_does_not_matter(said: list[Play], data: st.DataObject) -> None:
    """The same statements in any order, some of them twice, leave the same fold."""
    otherwise = data.draw(st.permutations(said + said[:3]))
    assert fold_of(ledger(said)) == fold_of(ledger(otherwise))


@settings(max_examples=150)
@given(statements(), football_plays())
def test_what_changed_is_counted(said: list[Play], one: Play) -> None:
    """Where any later play stands otherwise after a statement, the change says so."""
    changed = ledger(said)
    before = {entry.play.play_id: entry[1:] for entry in changed.entries}
    keys = [(entry.play.order, entry.play.play_id) for entry in changed.entries]
    change = changed.take(one)
    others = {
        entry.play.play_id: (entry.step.state, entry.home_millionths)
        for entry in changed.entries
        if entry.play.play_id != one.play_id
    }
    differing = [
        play_id
        for play_id, stands in others.items()
        if stands != (before[play_id][0].state, before[play_id][1])
    ]
    assert bool(differing) <= (change is not None and change.corrected_plays > 0)
    if change is None:
        assert keys == [(entry.play.order, entry.play.play_id) for entry in changed.entries]


class LastWordLedger(Ledger):
    """A planted fault: what came last is believed, whatever its revision."""

    def take(self, play: Play) -> Change | None:
        """Forget what was known of the play first."""
        known = self._statements.pop(play.play_id, None)
        if known is not None and known.status is not Status.CANCELLED:
            place = self._index(known)
            del self._keys[place], self._entries[place]
            self._fold_from(place)
        return super().take(play)


class HastyLedger(Ledger):
    """A planted fault: it stops folding at the first play."""

    def _fold_from(self, index: int, **options: Any) -> int:
        later = self._entries[index + 1 :]
        changed = super()._fold_from(index, **options)
        self._entries[index + 1 :] = later
        return changed


def test_the_laws_catch_a_ledger_that_believes_the_last_word() -> None:
    """A ledger that ignores revisions is caught by a late copy of an old statement."""
    edit = again(GAME[2], home_score=3)
    said, otherwise = [*GAME, edit, GAME[2]], [*GAME, GAME[2], edit]
    assert fold_of(ledger(said)) == fold_of(ledger(otherwise))
    assert fold_of(ledger(said, LastWordLedger)) != fold_of(ledger(otherwise, LastWordLedger))


def test_the_laws_catch_a_ledger_that_stops_folding_too_early() -> None:
    """A ledger that does not fold the later plays again differs from the fold in one go."""
    said = [*GAME, again(GAME[2], home_score=3)]
    assert fold_of(ledger(said)) == plain_fold(winners(said), SCORER, RULES)
    assert fold_of(ledger(said, HastyLedger)) != plain_fold(winners(said), SCORER, RULES)


# --- administrative rows ---


@given(st.lists(football_plays(), max_size=14))
def test_no_favourite_changes_without_a_play(said: list[Play]) -> None:
    """An administrative row may bring the game to even, and never to the other side of it."""
    stands = ledger(said)
    assert crossings(stands.entries, stands.millionths_before(0)) == []


def test_the_law_catches_a_favourite_that_changes_without_a_play() -> None:
    """Half-time takes the ball from a side that was ahead by it: unheld, a row after it would cross over."""
    at_the_goal: dict[str, Any] = {"next_possession": Side.HOME, "next_down": 1, "next_yards_to_goal": 1}
    opened = [
        kickoff(1, by=Side.AWAY),
        run(2, period=2, clock_s=60, **at_the_goal),
        timeout(3, Side.AWAY, period=3, clock_s=900),
    ]
    even = Brownian().for_game(Pregame(neutral_site=True))
    stands = Ledger(even)
    for one in opened:
        stands.take(one)
    assert stands.entries[-1].home_millionths == EVEN
    assert crossings(stands.entries, EVEN) == []
    unheld = [
        entry._replace(home_millionths=round(even.home_win_probability(entry.step.state) * 1e6))
        for entry in stands.entries
    ]
    assert crossings(unheld, EVEN) == unheld[-1:]


# --- what a statement changes ---


def test_a_newer_play_extends_the_fold() -> None:
    """The next play stands last and corrects nothing."""
    change = taken(GAME, run(6))
    assert change is not None
    assert (change.place, change.content_changed, change.corrected_plays) == (5, True, 0)


def test_a_play_inserted_stands_where_it_belongs() -> None:
    """A play found later is put between its neighbours, and those that stand otherwise are counted."""
    late = taken((run(1, period=1, clock_s=800), run(3)), run(2, period=1, clock_s=700))
    assert late is not None
    assert (late.place, late.corrected_plays) == (1, 1)


@pytest.mark.parametrize("said", [GAME, (*GAME, again(GAME[2], 2)), (*GAME, withdrawn(GAME[1], 2))])
def test_what_was_said_before_changes_nothing(said: tuple[Play, ...]) -> None:
    """A statement that has been heard or overruled is no change."""
    assert all(taken(said, one) is None for one in said)


def test_the_withdrawal_of_an_unknown_play_is_remembered() -> None:
    """A play withdrawn before it was ever stated does not stand when its statement comes late."""
    early = [withdrawn(GAME[2]), GAME[2], again(GAME[2], 1, status=Status.PROVISIONAL)]
    assert ledger(early).entries == []
    assert taken([withdrawn(GAME[2])], withdrawn(GAME[2], 2)) is None
    assert taken([], withdrawn(GAME[2])) is None


def test_a_withdrawn_play_may_be_stated_again() -> None:
    """A higher revision brings a withdrawn play back to where it stood."""
    said = [*GAME, withdrawn(GAME[2])]
    change = taken(said, again(GAME[2], 2))
    assert change is not None
    assert change.place == 2
    assert fold_of(ledger([*said, again(GAME[2], 2)])) == fold_of(ledger(GAME))


def test_the_withdrawal_of_a_play_is_a_correction_of_the_later_ones() -> None:
    """A touchdown withdrawn takes its points from every play after it."""
    change = taken(GAME, withdrawn(GAME[2]))
    assert change is not None
    assert (change.place, change.corrected_plays) == (None, 2)


def test_a_firmer_statement_of_the_same_play_folds_nothing() -> None:
    """A provisional play made official keeps its state and its content, wherever it stands."""
    provisional = [again(one, 0, status=Status.PROVISIONAL) for one in GAME]
    held = ledger(provisional)
    change = held.take(GAME[1])
    assert change is not None
    assert (change.place, change.content_changed, change.corrected_plays) == (1, False, 0)
    assert held.entries[1].play.status is Status.OFFICIAL


def test_a_play_moved_stands_in_its_new_place() -> None:
    """A statement with another order takes the play from where it stood."""
    moved = again(GAME[1], order=9)
    change = taken(GAME, moved)
    assert change is not None
    assert change.place == 4
    assert [entry.play.play_id for entry in ledger([*GAME, moved]).entries] == ["p1", "p3", "p4", "p5", "p2"]


def test_an_edit_that_only_shifts_what_waits_is_still_a_correction_of_the_later_plays() -> None:
    """A witness edited away leaves its own state as it was, but not that of the play that it confirmed."""
    first = run(1, home_score=20, away_score=0)
    second = run(2, home_score=20, away_score=0)
    change = taken([first, second], again(first, home_score=0))
    assert change is not None
    assert change.corrected_plays == 1


def test_another_scorer_or_other_rules_fold_the_whole_game_again() -> None:
    """A refold counts every play that stands otherwise."""
    held = ledger([*GAME, timeout(6, Side.HOME)])
    favoured = Brownian().for_game(Pregame(home_spread=-10.0))
    assert held.refold(favoured, OvertimeRules.BEFORE_2019) == 6
    assert held.refold(favoured, OvertimeRules.BEFORE_2019) == 0
    assert fold_of(held) == plain_fold(
        winners([*GAME, timeout(6, Side.HOME)]), favoured, OvertimeRules.BEFORE_2019
    )
