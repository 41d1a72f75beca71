"""What could follow: states a play later, after points, and after the ball went over."""

import pytest
from msgspec.structs import replace

from engine.core.ball import Ball, first_down, kickoff_to, try_by
from engine.core.football import OvertimeRules, Phase, Side, opponent
from engine.core.overtime import AWAITED
from engine.core.state import State
from engine.core.successors import given_up, handed_over, kicked, later, second_half, with_ball, with_points
from tests.core.football_builders import NEWEST_RULES, overtime, scrimmage

HOME, AWAY = Side.HOME, Side.AWAY
HALF_OVER = scrimmage(clock_s=0, home_score=3, home_timeouts=0, away_timeouts=1, second_half_receiver=AWAY)


def with_(state: State, ball: Ball) -> State:
    """The state with another ball."""
    return replace(state, **ball._asdict())


@pytest.mark.parametrize(
    ("clock_s", "plays_on_clock", "left_s", "plays"),
    [(100, 2, 94, 2), (7, 2, 1, 2), (6, 2, 0, 0), (3, 0, 0, 0), (0, 3, 0, 3), (0, 0, 0, 0)],
)
def test_time_runs_off_a_clock_that_runs(clock_s: int, plays_on_clock: int, left_s: int, plays: int) -> None:
    """A clock runs down to 0:00 and is then fresh; one that has stood at 0:00 tells nothing more."""
    then = later(scrimmage(period=4, clock_s=clock_s, plays_on_clock=plays_on_clock), 6)
    assert then == scrimmage(period=4, clock_s=left_s, plays_on_clock=plays)


def test_overtime_has_no_clock_to_run() -> None:
    """A play of overtime takes no time."""
    assert later(overtime(), 6) == overtime()


@pytest.mark.parametrize("receiver", [HOME, AWAY, None])
def test_the_second_half_begins_with_its_kickoff(receiver: Side | None) -> None:
    """Fifteen minutes, three timeouts a side, and the kick-off to whom it is due; the score stays."""
    begun = State(
        Phase.KICKOFF, 3, 900, 0, 3, possession=receiver, yards_to_goal=75, second_half_receiver=receiver
    )
    assert second_half(replace(HALF_OVER, second_half_receiver=receiver, plays_on_clock=2)) == begun


def test_a_half_that_has_run_out_leads_to_the_second() -> None:
    """At 0:00 of the second quarter any ball but a try's is the second half's."""
    assert with_ball(HALF_OVER, first_down(AWAY, 60)) == second_half(HALF_OVER)
    assert with_ball(HALF_OVER, try_by(HOME)) == with_(HALF_OVER, try_by(HOME))
    for state in (replace(HALF_OVER, clock_s=1), replace(HALF_OVER, period=1), replace(HALF_OVER, period=4)):
        assert with_ball(state, first_down(AWAY, 60)) == with_(state, first_down(AWAY, 60))


@pytest.mark.parametrize("side", [HOME, AWAY])
def test_points_are_their_sides(side: Side) -> None:
    """Points go to the side that scored them, and the ball that follows is set."""
    then = with_points(scrimmage(home_score=3, away_score=3), side, 6, try_by(side))
    scores = (9, 3) if side is HOME else (3, 9)
    assert then == with_(scrimmage(home_score=scores[0], away_score=scores[1]), try_by(side))


@pytest.mark.parametrize("side", [HOME, AWAY])
def test_a_kick_of_regulation_is_followed_by_the_kickoff(side: Side) -> None:
    """Three points, and the other side receives; a ball given up is the other side's where it lies."""
    state = scrimmage(possession=side, down=4)
    scores = {"home_score": 3} if side is HOME else {"away_score": 3}
    assert kicked(state, side, NEWEST_RULES) == replace(with_(state, kickoff_to(opponent(side))), **scores)
    assert given_up(state, side, 63, NEWEST_RULES) == with_(state, first_down(opponent(side), 63))


def test_a_series_of_overtime_is_handed_over() -> None:
    """The first side's series leads to the answer; the answer to the end, or to its side's next series."""
    answer = with_(overtime(overtime_series=2), first_down(AWAY, 25))
    assert given_up(overtime(), HOME, 63, NEWEST_RULES) == answer
    assert kicked(overtime(), HOME, NEWEST_RULES) == replace(answer, home_score=23)
    assert kicked(answer, AWAY, NEWEST_RULES) == replace(with_(answer, AWAITED), away_score=23)
    assert given_up(answer, AWAY, 63, NEWEST_RULES) == replace(answer, overtime_series=3)


@pytest.mark.parametrize(
    ("rules", "ball"),
    [
        (OvertimeRules.BEFORE_2019, first_down(HOME, 25)),
        (OvertimeRules.FROM_2019, first_down(HOME, 25)),
        (OvertimeRules.FROM_2021, try_by(HOME)),
    ],
)
def test_the_era_says_how_the_next_series_begins(rules: OvertimeRules, ball: Ball) -> None:
    """Level after two overtimes, the third begins from the 25, or since 2021 by a try alone."""
    state = overtime(period=6, overtime_series=4)
    assert handed_over(state, HOME, rules) == replace(with_(state, ball), overtime_series=5)
