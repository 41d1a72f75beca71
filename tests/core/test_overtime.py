"""How the ball goes round in overtime, by the rules of three eras."""

import pytest

from engine.core.ball import ball_of, first_down, try_by
from engine.core.events import Play
from engine.core.football import OvertimeRules, Phase, PlayKind, Side, opponent
from engine.core.overtime import AWAITED, overtime_number, period_of, series_start, tries_only
from engine.core.state import State
from tests.core.football_builders import after, overtime, play, run, score, scrimmage, timeout

HOME, AWAY = Side.HOME, Side.AWAY
ERAS = list(OvertimeRules)


def missed(order: int, by: Side, **said: object) -> Play:
    """A field goal missed from where the series began."""
    return play(order, PlayKind.FIELD_GOAL, possession=by, down=4, distance_yd=10, yards_to_goal=25, **said)


def series_in(period: int, *, second: bool) -> int:
    """The number of the first or the second series of a period."""
    return 2 * (period - 4) - (not second)


def test_two_series_make_a_period() -> None:
    """Series are numbered through: the first two are overtime one in period five, and so on."""
    assert [overtime_number(series) for series in (1, 2, 3, 4, 5)] == [1, 1, 2, 2, 3]
    assert [period_of(series) for series in (1, 2, 3, 4, 17)] == [5, 5, 6, 6, 13]


@pytest.mark.parametrize(
    ("rules", "last_from_the_25"),
    [(OvertimeRules.BEFORE_2019, 25), (OvertimeRules.FROM_2019, 8), (OvertimeRules.FROM_2021, 6)],
)
def test_tries_alone_decide_when_the_era_says_so(rules: OvertimeRules, last_from_the_25: int) -> None:
    """From the third overtime since 2021 and from the fifth in 2019-20 a series is a single try."""
    for period in range(5, 26):
        for second in (False, True):
            series = series_in(period, second=second)
            from_the_25 = period <= last_from_the_25
            assert tries_only(series, rules) is not from_the_25
            assert series_start(HOME, series, rules) == (
                first_down(HOME, 25) if from_the_25 else try_by(HOME)
            )


@pytest.mark.parametrize("rules", ERAS)
def test_the_other_side_answers_from_the_25(rules: OvertimeRules) -> None:
    """After the first side's series, scored or not, the other one begins at the 25."""
    for ended in (missed(1, HOME), score(1, 23, 20), score(1, 27, 20)):
        state = after(overtime(), ended, rules=rules).state
        assert ball_of(state) == first_down(AWAY, 25)
        assert (state.overtime_series, state.period) == (2, 5)


@pytest.mark.parametrize("rules", ERAS)
def test_the_second_side_goes_first_in_the_next_period(rules: OvertimeRules) -> None:
    """Still level after both, the side that went second begins the next period (rule 3-1-3)."""
    state = after(overtime(), missed(1, HOME), missed(2, AWAY), rules=rules).state
    assert ball_of(state) == first_down(AWAY, 25)
    assert (state.overtime_series, state.period) == (3, 6)


def test_a_period_counted_by_series_brings_its_timeout() -> None:
    """Each overtime period gives each side one timeout, whether or not the feed numbers the period."""
    spent = [timeout(0, HOME), timeout(1, AWAY), missed(2, HOME)]
    state = after(overtime(), *spent).state
    assert (state.home_timeouts, state.away_timeouts) == (0, 0)
    for period in (None, 5, 6):
        state = after(overtime(), *spent, missed(3, AWAY, period=period)).state
        assert (state.period, state.home_timeouts, state.away_timeouts) == (6, 1, 1)
    state = after(overtime(), *spent, missed(3, AWAY), timeout(4, AWAY, period=6)).state
    assert (state.home_timeouts, state.away_timeouts) == (1, 0)


@pytest.mark.parametrize("rules", ERAS)
def test_a_lead_after_both_had_the_ball_awaits_the_feeds_word(rules: OvertimeRules) -> None:
    """With one side ahead after both series the game is over, and nobody has the ball."""
    state = after(overtime(), score(1, 23, 20), missed(2, AWAY), rules=rules).state
    assert ball_of(state) == AWAITED
    assert (state.overtime_series, state.period) == (2, 5)


@pytest.mark.parametrize("rules", ERAS)
def test_points_by_the_defence_end_the_game(rules: OvertimeRules) -> None:
    """A ball lost and returned for points leaves no answer; a try returned and points entered late do."""
    returned = score(1, 20, 26, turnover=True, yards_to_goal=25)
    state = after(overtime(), returned, rules=rules).state
    assert ball_of(state) == AWAITED
    assert (state.overtime_series, state.period) == (1, 5)
    late = score(1, 20, 26, yards_to_goal=25)
    assert after(overtime(), late, rules=rules).state.overtime_series == 2
    try_returned = score(1, 20, 22, kind=PlayKind.TRY, turnover=True)
    assert after(overtime(**try_by(HOME)._asdict()), try_returned, rules=rules).state.overtime_series == 2


@pytest.mark.parametrize(
    ("rules", "period"),
    [(OvertimeRules.FROM_2021, 7), (OvertimeRules.FROM_2019, 9), (OvertimeRules.FROM_2021, 12)],
)
def test_tries_alone_go_round_as_series_do(rules: OvertimeRules, period: int) -> None:
    """A try, good or not, hands over to the other side, and the second side begins the next period."""
    series = series_in(period, second=False)
    begun = overtime(period=period, overtime_series=series, **try_by(HOME)._asdict())
    good = score(1, 22, 20, kind=PlayKind.TRY, possession=HOME)
    answer = score(2, 22, 22, kind=PlayKind.TRY, possession=AWAY)
    failed = play(2, PlayKind.TRY, possession=AWAY)
    assert ball_of(after(begun, good, rules=rules).state) == try_by(AWAY)
    level = after(begun, good, answer, rules=rules).state
    assert ball_of(level) == try_by(AWAY)
    assert (level.period, level.overtime_series) == (period + 1, series + 2)
    assert ball_of(after(begun, good, failed, rules=rules).state) == AWAITED


def test_the_last_period_from_the_25_leads_to_tries() -> None:
    """Level after two overtimes by today's rules, the third begins with the second side's try."""
    begun = overtime(period=6, overtime_series=3)
    state = after(begun, missed(1, HOME), missed(2, AWAY)).state
    assert ball_of(state) == try_by(AWAY)
    assert state.period == 7


@pytest.mark.parametrize(
    "lost",
    [
        run(1, gained=0, turnover=True, yards_to_goal=25),
        run(1, gained=2, down=4, yards_to_goal=25),
        run(1, yards_to_goal=25, next_possession=AWAY, next_down=1, next_yards_to_goal=25),
        run(1, yards_to_goal=25, next_phase=Phase.KICKOFF),
    ],
)
def test_a_lost_ball_ends_the_series(lost: Play) -> None:
    """A turnover or a failed fourth down puts the other side on the 25, not where it took the ball."""
    assert ball_of(after(overtime(), lost).state) == first_down(AWAY, 25)


def test_a_series_goes_on_until_it_ends() -> None:
    """A run keeps the series, and so does a touchdown whose try is still to come."""
    on = after(overtime(), run(1, gained=4, yards_to_goal=25)).state
    assert (on.overtime_series, on.down, on.yards_to_goal) == (1, 2, 21)
    touchdown = score(1, 26, 20, next_phase=Phase.TRY)
    assert ball_of(after(overtime(), touchdown).state) == try_by(HOME)
    converted = score(2, 27, 20, kind=PlayKind.TRY)
    assert ball_of(after(overtime(), touchdown, converted).state) == first_down(AWAY, 25)


def test_a_series_of_nobody_is_not_handed_over() -> None:
    """Where nobody is known to have the ball, no series ends."""
    nobody = overtime(**AWAITED._asdict())
    assert after(nobody, play(1)).state.overtime_series == 1
    named = after(nobody, missed(1, AWAY)).state
    assert (named.possession, named.overtime_series) == (HOME, 2)


def test_overtime_begins_with_whom_the_feed_names() -> None:
    """The first overtime play starts series one, with one timeout a side, whoever had the ball before."""
    regulation_over = scrimmage(
        period=4, clock_s=0, home_score=7, away_score=7, home_timeouts=3, away_timeouts=0
    )
    first = run(1, period=5, possession=AWAY, yards_to_goal=25)
    for rows in ([first], [play(0, PlayKind.REGULATION_END, period=4), first]):
        state = after(regulation_over, *rows).state
        assert (state.period, state.overtime_series, state.clock_s, state.possession) == (5, 1, 0, AWAY)
        assert (state.home_timeouts, state.away_timeouts) == (1, 1)


def test_a_period_that_the_feed_skipped_ahead_to_is_counted() -> None:
    """Where the feed says the next period before its series were counted, the count catches up."""
    state = after(overtime(), run(1, period=6, possession=AWAY, yards_to_goal=25)).state
    assert (state.period, state.overtime_series) == (6, 3)


def test_a_game_of_endless_series_stays_within_the_longest_game() -> None:
    """However many series rows claim, the period never passes 25."""
    side: Side = HOME
    state: State = overtime()
    for order in range(60):
        state = after(state, missed(order, side)).state
        side = state.possession or opponent(side)
    assert state.period == 25


# --- series that began unseen ---


@pytest.mark.parametrize(("home", "away"), [(23, 20), (20, 26)])
@pytest.mark.parametrize("by", [HOME, AWAY])
def test_a_snap_after_a_period_that_seemed_won_levels_the_score(home: int, away: int, by: Side) -> None:
    """Play goes on from the 25 after both series, so the other side's points were missed."""
    seemed_won = overtime(overtime_series=2, home_score=home, away_score=away, **AWAITED._asdict())
    state = after(seemed_won, run(1, gained=4, possession=by, yards_to_goal=25)).state
    most = max(home, away)
    assert (state.home_score, state.away_score) == (most, most)
    assert (state.overtime_series, state.possession, state.down, state.yards_to_goal) == (3, by, 2, 21)


def test_a_try_alone_after_a_period_that_seemed_won_levels_the_score() -> None:
    """Where tries are all there is, the next period begins with one."""
    seemed_won = overtime(period=7, overtime_series=6, home_score=22, **AWAITED._asdict())
    state = after(seemed_won, play(1, PlayKind.TRY, possession=AWAY)).state
    assert (state.home_score, state.away_score, state.overtime_series) == (22, 22, 8)
    for other in (
        run(1, possession=AWAY, down=2, yards_to_goal=25),
        run(1, possession=AWAY, yards_to_goal=9),
    ):
        state = after(seemed_won, other).state
        assert (state.home_score, state.away_score, state.overtime_series) == (22, 20, 6)


def test_the_other_side_snapping_before_a_series_has_begun_goes_first() -> None:
    """At the start of a period's first series the ball is his who snaps it."""
    state = after(overtime(), run(1, gained=4, possession=AWAY, yards_to_goal=25)).state
    assert (state.overtime_series, state.possession, state.down, state.yards_to_goal) == (1, AWAY, 2, 21)


def test_the_other_side_snapping_in_the_middle_of_a_series_has_ended_it() -> None:
    """A snap by the other side after the first series was under way begins the answer."""
    under_way = overtime(down=3, yards_to_goal=14, distance_yd=3)
    state = after(under_way, run(1, gained=4, possession=AWAY, yards_to_goal=25)).state
    assert (state.overtime_series, state.possession, state.down, state.yards_to_goal) == (2, AWAY, 2, 21)
    same = after(under_way, run(1, gained=4, possession=HOME, down=3, distance_yd=3, yards_to_goal=14)).state
    assert (same.overtime_series, same.possession) == (1, HOME)
    answer = overtime(overtime_series=2, down=3, yards_to_goal=14, distance_yd=3)
    assert after(answer, run(1, possession=AWAY, yards_to_goal=25)).state.overtime_series == 2


def test_a_play_of_nobody_begins_no_series() -> None:
    """Without a side a play says nothing of whose series it is."""
    for state in (overtime(), overtime(overtime_series=2, home_score=23, **AWAITED._asdict())):
        then = after(state, play(1, PlayKind.UNKNOWN)).state
        assert ball_of(then) == ball_of(state)
        assert (then.overtime_series, then.home_score, then.away_score) == (
            state.overtime_series,
            state.home_score,
            20,
        )
