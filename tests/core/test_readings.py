"""Which readings are believed: at once, at the second witness, or not."""

import pytest
from hypothesis import given

from engine.core.advance import Step
from engine.core.doubts import Doubt
from engine.core.events import Play
from engine.core.football import PlayKind, Side
from engine.core.readings import read_score, read_time
from engine.core.state import State
from tests.core.football_builders import after, overtime, play, run, scrimmage, timeout
from tests.core.strategies import junk_plays, states, steps_and_plays

LEADING = scrimmage(home_score=14, away_score=10, clock_s=600)


def scores(state: State, *said: tuple[int | None, int | None]) -> list[tuple[int, int]]:
    """The scores believed after each of some rows that state them."""
    rows = [run(order, home_score=home, away_score=away) for order, (home, away) in enumerate(said)]
    steps = [after(state, *rows[: count + 1]) for count in range(len(rows))]
    return [(step.state.home_score, step.state.away_score) for step in steps]


def times(state: State, *said: tuple[int | None, int | None]) -> list[tuple[int, int]]:
    """The period and clock believed after each of some rows that state them."""
    rows = [run(order, period=period, clock_s=clock_s) for order, (period, clock_s) in enumerate(said)]
    steps = [after(state, *rows[: count + 1]) for count in range(len(rows))]
    return [(step.state.period, step.state.clock_s) for step in steps]


def doubted(state: State, one: Play) -> Doubt:
    """The doubts about a row."""
    return Doubt(after(state, one).doubts)


@given(steps_and_plays())
def test_a_score_that_is_not_believed_is_held_and_doubted(last_and_play: tuple[Step, Play]) -> None:
    """Each stated score is either believed, or the last one is held and the reason is named."""
    last, one = last_and_play
    home, away, _, doubts = read_score(last.state, last.unconfirmed.score, one, administrative=False)
    if (home, away) != (one.home_score, one.away_score):
        assert (home, away) == (last.state.home_score, last.state.away_score)
        assert doubts


@given(states(), junk_plays())
def test_what_waits_is_what_was_stated_and_could_be(state: State, one: Play) -> None:
    """Only a reading within the bounds of the game ever waits for a witness."""
    _, _, score, _ = read_score(state, None, one, administrative=False)
    _, _, time, _ = read_time(state, None, one, tied=True)
    if score is not None:
        assert score == (one.home_score, one.away_score)
        assert all(0 <= points <= 200 for points in score)
    if time is not None:
        assert 1 <= time[0] <= 25
        assert 0 <= time[1] <= 900


# --- scores ---


def test_an_overtime_that_was_none_is_taken_back() -> None:
    """Two plays of regulation in a row undo an overtime that a misplaced row began."""
    misled = overtime(period=5, overtime_series=1)
    assert times(misled, (1, 850), (1, 820)) == [(5, 0), (1, 820)]


@pytest.mark.parametrize("said", [(17, 10), (14, 18), (16, 10), (22, 10), (20, 12)])
def test_what_one_play_can_score_is_believed_at_once(said: tuple[int, int]) -> None:
    """Up to eight points, and up to two for the other side, are believed on the row that states them."""
    assert scores(LEADING, said) == [said]


def test_a_stale_score_after_a_touchdown_is_held() -> None:
    """A row that falls back to the score before a touchdown changes nothing, as the next one confirms."""
    assert scores(LEADING, (21, 10), (14, 10), (21, 10)) == [(21, 10)] * 3
    assert doubted(LEADING, run(1, home_score=7, away_score=10)) & Doubt.SCORE_FELL


def test_a_touchdown_taken_back_is_believed_at_the_second_witness() -> None:
    """A score that fell and is stated again by the next row is a correction."""
    assert scores(LEADING, (21, 10), (14, 10), (14, 10)) == [(21, 10), (21, 10), (14, 10)]


def test_a_score_of_two_drives_is_believed_at_the_second_witness() -> None:
    """A rise that no single play can bring waits: rows may be missing, or the row may be wrong."""
    assert scores(LEADING, (28, 10), (28, 10)) == [(14, 10), (28, 10)]
    assert scores(LEADING, (17, 13), (17, 13)) == [(14, 10), (17, 13)]
    assert doubted(LEADING, run(1, home_score=28, away_score=10)) & Doubt.SCORE_ABSURD


def test_two_different_wrong_scores_confirm_nothing() -> None:
    """The second witness must state the same score as the first."""
    assert scores(LEADING, (0, 0), (3, 0), (0, 0)) == [(14, 10)] * 3


def test_a_missing_score_neither_confirms_nor_denies() -> None:
    """A row without a score leaves the witness waiting; one with the believed score sends it home."""
    assert scores(LEADING, (7, 10), (None, None), (7, 10))[-1] == (7, 10)
    assert scores(LEADING, (7, 10), (14, None), (7, 10))[-1] == (7, 10)
    assert scores(LEADING, (7, 10), (14, 10), (7, 10))[-1] == (14, 10)
    assert doubted(LEADING, run(1)) & Doubt.SCORE_MISSING


@pytest.mark.parametrize("said", [(-7, 10), (14, 999), (14, 10**30), (-1, -1)])
def test_an_impossible_score_is_never_believed(said: tuple[int, int]) -> None:
    """Below nothing and above 200 no number of witnesses helps, nor do they displace one who waits."""
    assert scores(LEADING, said, said, said) == [(14, 10)] * 3
    assert doubted(LEADING, run(1, home_score=said[0], away_score=said[1])) & Doubt.SCORE_ABSURD
    assert scores(LEADING, (7, 10), said, (7, 10))[-1] == (7, 10)


def test_no_score_climbs_out_of_bounds_by_plausible_steps() -> None:
    """One touchdown more than 200 points is not believed either."""
    assert scores(scrimmage(home_score=196), (203, 0), (203, 0)) == [(196, 0)] * 2


def test_no_row_without_a_ball_scores() -> None:
    """A timeout with another score is neither believed nor a witness; one without a score is no doubt."""
    stale = timeout(1, Side.HOME, home_score=7, away_score=10)
    step = after(LEADING, stale, run(2, home_score=7, away_score=10))
    assert (step.state.home_score, step.state.away_score) == (14, 10)
    assert doubted(LEADING, stale) & Doubt.SCORE_ON_ADMINISTRATIVE_ROW
    assert not doubted(LEADING, timeout(1, Side.HOME)) & Doubt.SCORE_MISSING
    between = timeout(2, Side.HOME, home_score=14, away_score=10)
    witnesses = [run(order, home_score=7, away_score=10) for order in (1, 3)]
    assert after(LEADING, witnesses[0], between, witnesses[1]).state.home_score == 7


# --- clocks ---


def test_a_clock_that_runs_is_believed() -> None:
    """The clock may fall within its period, or start the next one anywhere."""
    assert times(LEADING, (2, 580), (2, 580), (2, 0), (3, 900), (4, 10)) == [
        (2, 580),
        (2, 580),
        (2, 0),
        (3, 900),
        (4, 10),
    ]


def test_a_clock_misread_low_is_recovered() -> None:
    """The first reading above a misread one waits; the next that goes on from it is believed."""
    assert times(LEADING, (2, 55), (2, 550), (2, 520)) == [(2, 55), (2, 55), (2, 520)]
    assert doubted(LEADING, run(1, period=2, clock_s=700)) & Doubt.CLOCK_ROSE


def test_a_clock_misread_high_once_is_ignored() -> None:
    """A single reading that rose is held back and forgotten."""
    assert times(LEADING, (2, 800), (2, 590), (2, 800)) == [(2, 600), (2, 590), (2, 590)]


def test_a_second_witness_must_come_later_in_the_game() -> None:
    """A reading above the one that waits is no witness of it, but waits in its turn."""
    assert times(LEADING, (2, 700), (2, 750), (2, 740)) == [(2, 600), (2, 600), (2, 740)]


def test_a_period_that_fell_or_jumped_needs_a_second_witness() -> None:
    """Back a period, or ahead by two, only when the next row says so again."""
    assert times(LEADING, (1, 30), (1, 20)) == [(2, 600), (1, 20)]
    assert times(LEADING, (4, 800), (4, 790)) == [(2, 600), (4, 790)]
    assert doubted(LEADING, run(1, period=1, clock_s=30)) & Doubt.PERIOD_FELL
    assert doubted(LEADING, run(1, period=4, clock_s=30)) & Doubt.PERIOD_ABSURD


def test_overtime_follows_a_level_fourth_period_only() -> None:
    """A fifth period after a game that one side leads waits for a second witness."""
    level = scrimmage(period=4, clock_s=0)
    assert times(level, (5, None)) == [(5, 0)]
    behind = scrimmage(period=4, clock_s=0, home_score=3)
    assert times(behind, (5, None), (5, None)) == [(4, 0), (5, 0)]


def test_overtime_periods_only_rise_by_one() -> None:
    """In overtime the next period is believed; an earlier one is a habit of feeds, anything else a doubt."""
    second = overtime(period=6, overtime_series=3)
    assert times(second, (6, 300)) == times(second, (5, 0)) == times(second, (None, None)) == [(6, 0)]
    assert times(second, (7, None)) == [(7, 0)]
    assert times(second, (9, 0), (9, 0)) == [(6, 0)] * 2
    assert not doubted(second, run(1, period=5)) & Doubt.PERIOD_ABSURD
    assert doubted(second, run(1, period=9)) & Doubt.PERIOD_ABSURD


@pytest.mark.parametrize(
    ("period", "clock_s", "believed", "doubt"),
    [
        (None, 500, (2, 500), Doubt.PERIOD_MISSING),
        (0, 500, (2, 500), Doubt.PERIOD_ABSURD),
        (26, 500, (2, 500), Doubt.PERIOD_ABSURD),
        (2, None, (2, 600), Doubt.CLOCK_MISSING),
        (2, -1, (2, 600), Doubt.CLOCK_ABSURD),
        (2, 901, (2, 600), Doubt.CLOCK_ABSURD),
        (3, None, (3, 900), Doubt.CLOCK_MISSING),
        (None, None, (2, 600), Doubt.PERIOD_MISSING | Doubt.CLOCK_MISSING),
        (10**30, -(10**30), (2, 600), Doubt.PERIOD_ABSURD | Doubt.CLOCK_ABSURD),
    ],
)
def test_half_a_reading_is_believed_for_what_it_says(
    period: int | None, clock_s: int | None, believed: tuple[int, int], doubt: Doubt
) -> None:
    """A missing or absurd period or clock is held, each for itself, and counted."""
    assert times(LEADING, (period, clock_s)) == [believed]
    assert doubted(LEADING, play(1, PlayKind.RUN, period=period, clock_s=clock_s)) & doubt == doubt
