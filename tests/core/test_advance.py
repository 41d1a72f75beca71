"""One step of the game: what any play leads to, and the rules of halves, timeouts and kick-offs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.advance import Step, advance
from engine.core.ball import ball_of, first_down, kickoff_to
from engine.core.doubts import DOUBTS, Doubt, names
from engine.core.events import Play
from engine.core.football import ADMINISTRATIVE, OvertimeRules, Phase, PlayKind, Side
from engine.core.overtime import AWAITED
from engine.core.state import State, in_overtime, margin, mirror
from tests.core.checkers import state_faults
from tests.core.football_builders import (
    NEWEST_RULES,
    after,
    folded,
    kickoff,
    mirrored,
    overtime,
    play,
    run,
    score,
    scrimmage,
    timeout,
)
from tests.core.strategies import junk_plays, rules, states, steps, steps_and_plays

HOME, AWAY = Side.HOME, Side.AWAY


@settings(max_examples=400)
@given(steps_and_plays(), rules)
def test_any_play_leads_from_a_valid_state_to_another(
    last_and_play: tuple[Step, Play], era: OvertimeRules
) -> None:
    """Whatever a play's fields hold, advance does not raise, and both states of its step are valid."""
    last, one = last_and_play
    step = advance(last, one, era)
    assert state_faults(last.state) == state_faults(step.snapped) == state_faults(step.state) == []
    assert 0 <= step.doubts < 2 * max(DOUBTS)


@settings(max_examples=200)
@given(steps_and_plays(), rules)
def test_the_mirrored_play_leads_to_the_mirrored_state(
    last_and_play: tuple[Step, Play], era: OvertimeRules
) -> None:
    """Exchanging the sides before a play exchanges them after it: no rule knows which side is at home."""
    last, one = last_and_play
    there = advance(last, one, era)
    waiting = last.unconfirmed
    score_waiting = None if waiting.score is None else waiting.score[::-1]
    reverse = Step(mirror(last.snapped), mirror(last.state), type(waiting)(score_waiting, waiting.time), 0)
    reflected = mirrored(one)
    assert isinstance(reflected, Play)
    here = advance(reverse, reflected, era)
    assert here.state == mirror(there.state)
    assert here.snapped == mirror(there.snapped)
    assert here.doubts == there.doubts


@given(states())
def test_a_state_mirrored_twice_is_itself(state: State) -> None:
    """The mirror of the mirror is the state, and a lead becomes a deficit."""
    assert mirror(mirror(state)) == state
    assert margin(mirror(state)) == -margin(state)
    assert in_overtime(state) is (state.period > 4)


@given(steps(), junk_plays(), st.sampled_from(ADMINISTRATIVE))
def test_a_row_without_a_play_moves_no_ball(last: Step, one: Play, kind: PlayKind) -> None:
    """An administrative row moves no points, and within a period no ball but at the end of a half."""
    then = advance(last, replace(one, kind=kind), NEWEST_RULES).state
    assert (then.home_score, then.away_score) == (last.state.home_score, last.state.away_score)
    if then.period == last.state.period and kind not in (PlayKind.HALF_END, PlayKind.REGULATION_END):
        assert ball_of(then) == ball_of(last.state)


# --- kick-off and halves ---


@pytest.mark.parametrize("kicker", [HOME, AWAY])
def test_who_kicks_off_first_receives_in_the_second_half(kicker: Side) -> None:
    """After half-time, by its own row or by the next period's first, the first kicker is kicked to."""
    opened = [kickoff(0, by=kicker), run(1, period=2, clock_s=0)]
    for rows in (
        [play(2, PlayKind.HALF_END, period=2, clock_s=0)],
        [play(2, PlayKind.HALF_END, period=2, clock_s=0), play(3, PlayKind.COIN_TOSS, period=3, clock_s=900)],
        [play(2, PlayKind.PERIOD_END, period=3, clock_s=900)],
    ):
        assert ball_of(folded(*opened, *rows).state) == kickoff_to(kicker)


def test_a_feed_without_kickoffs_tells_by_its_first_play_who_received() -> None:
    """Whose ball it is on the first play received the kick-off; a row of nobody says nothing."""
    state = folded(timeout(1, None), play(2), run(3, possession=AWAY)).state
    assert state.second_half_receiver is HOME
    assert folded(timeout(1, HOME), play(2)).state.phase is Phase.PREGAME


def test_the_opening_kickoff_starts_the_game() -> None:
    """The kick-off is snapped from the kick-off due, and leads to the receiver's first down."""
    step = folded(kickoff(1, by=HOME))
    assert ball_of(step.snapped) == kickoff_to(AWAY)
    assert ball_of(step.state) == first_down(AWAY, 75)
    assert step.state.second_half_receiver is HOME


def test_a_drive_goes_on_over_the_end_of_a_quarter() -> None:
    """The first and the third quarter end without a change of the ball; the next play starts the clock."""
    for period in (1, 3):
        before = scrimmage(period=period, clock_s=0, home_timeouts=1)
        ended = play(1, PlayKind.PERIOD_END, period=period)
        step = after(before, ended)
        assert ball_of(step.state) == ball_of(before)
        assert (step.state.period, step.state.clock_s) == (period, 0)
        begun = after(before, ended, run(2, period=period + 1, yards_to_goal=50))
        assert ball_of(begun.snapped) == ball_of(before)
        assert (begun.state.period, begun.state.clock_s, begun.state.home_timeouts) == (period + 1, 900, 1)


@pytest.mark.parametrize(
    "kind", [PlayKind.PERIOD_END, PlayKind.HALF_END, PlayKind.REGULATION_END, PlayKind.GAME_END]
)
@pytest.mark.parametrize("clock_s", [None, 0, 30, 55])
def test_a_row_that_ends_a_period_runs_its_clock_out(kind: PlayKind, clock_s: int | None) -> None:
    """Whatever reading stood or is stated, nothing is left, and no play has been run since."""
    before = scrimmage(period=4, clock_s=30, plays_on_clock=3, home_score=3)
    state = after(before, play(1, kind, period=4, clock_s=clock_s)).state
    assert (state.period, state.clock_s, state.plays_on_clock) == (4, 0, 0)
    assert after(before, timeout(1, HOME, period=4, clock_s=30)).state.clock_s == 30


def test_half_time_gives_back_the_timeouts() -> None:
    """Each half begins with three timeouts a side (rule 3-3-4)."""
    state = after(scrimmage(home_timeouts=0, away_timeouts=1), run(1, period=3, clock_s=900)).state
    assert (state.home_timeouts, state.away_timeouts) == (3, 3)


def test_a_level_end_of_regulation_awaits_the_toss() -> None:
    """Nobody has the ball between regulation and overtime; a decided game keeps its last situation."""
    over = play(1, PlayKind.REGULATION_END, period=4, clock_s=0)
    level = scrimmage(period=4, clock_s=3)
    assert ball_of(after(level, over).state) == AWAITED
    assert ball_of(after(scrimmage(period=4, home_score=3), over).state) == ball_of(level)
    assert ball_of(after(scrimmage(period=1), play(1, PlayKind.REGULATION_END)).state) == ball_of(level)
    assert ball_of(after(scrimmage(period=1), play(1, PlayKind.HALF_END)).state) == ball_of(level)


# --- timeouts and the clock ---


def test_a_timeout_is_charged_to_its_side() -> None:
    """Each timeout row takes one from the side that called it, and nothing else."""
    state = after(scrimmage(), timeout(1, HOME), timeout(2, AWAY), timeout(3, AWAY)).state
    assert (state.home_timeouts, state.away_timeouts) == (2, 1)
    assert ball_of(state) == ball_of(scrimmage())


@pytest.mark.parametrize("by", [HOME, AWAY, None])
def test_a_timeout_that_nobody_has_is_doubted(by: Side | None) -> None:
    """A timeout by nobody, or by a side that has none left, is counted as absurd and takes nothing."""
    step = after(scrimmage(home_timeouts=0, away_timeouts=0), timeout(1, by))
    assert (step.state.home_timeouts, step.state.away_timeouts) == (0, 0)
    assert Doubt(step.doubts) & Doubt.TIMEOUT_ABSURD


def test_plays_on_a_stuck_clock_are_counted_until_it_moves() -> None:
    """Runs, passes and sacks on one reading are counted, kicks and timeouts are not."""
    stuck = [run(1, clock_s=500), run(2, kind=PlayKind.SACK), timeout(3, HOME), run(4, kind=PlayKind.PUNT)]
    assert after(scrimmage(clock_s=500), *stuck).state.plays_on_clock == 2
    assert after(scrimmage(clock_s=500), *stuck, run(5, period=2, clock_s=499)).state.plays_on_clock == 0


def test_an_unknown_kind_is_played_and_doubted() -> None:
    """A play of a kind that the engine does not know moves the ball as a run would, and is counted."""
    step = after(scrimmage(), run(1, gained=3, kind=PlayKind.UNKNOWN))
    assert (step.state.down, step.state.yards_to_goal) == (2, 72)
    assert Doubt(step.doubts) & Doubt.KIND_UNKNOWN


def test_a_step_shows_the_state_before_the_snap() -> None:
    """What a play says of the situation it started from is in the snapped state; its outcome is not."""
    step = after(scrimmage(), score(1, 7, 0, down=3, distance_yd=2, yards_to_goal=30))
    assert (step.snapped.down, step.snapped.yards_to_goal, step.snapped.home_score) == (3, 30, 0)
    assert after(scrimmage(), run(1, yards_to_goal=50, next_phase=None)).snapped == scrimmage()


def test_overtime_has_no_clock() -> None:
    """A clock that a feed states in overtime is not taken for one."""
    assert after(overtime(), run(1, period=5, clock_s=700)).state.clock_s == 0


def test_doubts_are_told_by_name() -> None:
    """A mask of doubts reads as their names, in the order of their bits."""
    assert names(0) == ()
    assert names(Doubt.TIMEOUT_ABSURD | Doubt.PERIOD_MISSING) == ("period_missing", "timeout_absurd")
    assert names(2 * max(DOUBTS) - 1) == tuple(str(doubt.name).lower() for doubt in DOUBTS)


def test_an_end_of_quarter_stamped_with_the_next_one_leaves_that_one_whole() -> None:
    """A row that ends the first quarter, stamped 15:00 of the second, takes nothing off the second."""
    ended = after(scrimmage(period=1, clock_s=12), play(1, PlayKind.PERIOD_END, period=2, clock_s=900)).state
    assert (ended.period, ended.clock_s) == (2, 900)
