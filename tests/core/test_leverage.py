"""Leverage: how much the next play can matter."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.ball import first_down, kickoff_to, try_by
from engine.core.decision import Decision
from engine.core.football import OvertimeRules, Phase, Side
from engine.core.leverage import FIRST_DOWN, KICK_GOOD, LOST_BALL, TWO_POINTS_GOOD, swing
from engine.core.models.brownian import Brownian
from engine.core.models.interface import Model, Pregame
from engine.core.models.three_term import ThreeTerm
from engine.core.overtime import AWAITED
from engine.core.state import State, mirror
from tests.core.football_builders import NEWEST_RULES, overtime, scrimmage
from tests.core.strategies import states

NEUTRAL = Pregame(neutral_site=True)
MODELS: tuple[Model, ...] = (Brownian(), ThreeTerm())


def leverage(model: Model, state: State) -> float:
    """The swing of the next play at a neutral site."""
    scorer = model.for_game(NEUTRAL)
    return swing(scorer, state, scorer.home_win_probability(state), NEWEST_RULES)


@given(st.sampled_from(MODELS), states())
def test_leverage_is_a_mean_of_changes(model: Model, state: State) -> None:
    """From any state it is finite, at least 0, and at most 1, as a mean of changes in probability."""
    assert 0.0 <= leverage(model, state) <= 1.0


@given(st.sampled_from(MODELS), states())
def test_leverage_is_the_same_for_both_sides(model: Model, state: State) -> None:
    """Exchanging the sides leaves it as it is."""
    assert math.isclose(leverage(model, state), leverage(model, mirror(state)), abs_tol=1e-12)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("down", [1, 2, 3, 4])
@pytest.mark.parametrize("spot", [2, 30, 45, 80])
def test_a_level_last_minute_matters_more_than_a_blowout(model: Model, down: int, spot: int) -> None:
    """On any down and spot a play at 24-24 in the last minute can move more than one at 48-8."""
    level = scrimmage(period=4, clock_s=50, home_score=24, away_score=24, down=down, yards_to_goal=spot)
    blowout = scrimmage(period=4, clock_s=50, home_score=48, away_score=8, down=down, yards_to_goal=spot)
    assert leverage(model, level) > 10.0 * leverage(model, blowout)


@pytest.mark.parametrize(
    "state",
    [
        scrimmage(possession=None),
        scrimmage(down=None),
        scrimmage(yards_to_goal=None),
        scrimmage(phase=Phase.KICKOFF, possession=None, down=None),
        scrimmage(**AWAITED._asdict()),
        overtime(**AWAITED._asdict()),
        overtime(down=None),
    ],
)
def test_nobodys_ball_and_unknown_situations_have_no_leverage(state: State) -> None:
    """Where it is not known who snaps the ball, where and on which down, nothing is claimed."""
    assert leverage(Brownian(), state) == 0.0


@pytest.mark.parametrize("model", MODELS)
def test_a_kickoff_has_the_leverage_of_the_first_down_that_follows(model: Model) -> None:
    """A touchback leads to first and ten at the 25, and that snap is what can move."""
    waiting = {"period": 4, "clock_s": 90, "yards_to_goal": 75}
    kicked_off = leverage(model, scrimmage(phase=Phase.KICKOFF, down=None, distance_yd=None, **waiting))
    assert kicked_off == pytest.approx(leverage(model, scrimmage(**waiting)), rel=0.05)
    assert kicked_off > 0.0


def test_the_last_seconds_run_out_no_further() -> None:
    """With less than a play's time left the next state has no time left, and overtime has none anyway."""
    for state in (scrimmage(period=4, clock_s=3), overtime(), scrimmage(possession=Side.AWAY, clock_s=3)):
        assert leverage(Brownian(), state) > 0.0


def test_a_spot_off_the_field_stops_the_game() -> None:
    """A state that cannot be is an error of the engine, and is not scored."""
    with pytest.raises(AssertionError, match="120 yards to goal is not on the field"):
        leverage(Brownian(), scrimmage(yards_to_goal=120))


# --- overtime and tries, with a pencil ---


class Table:
    """A scorer that knows some states by heart, and refuses to be asked about any other."""

    def __init__(self, *known: tuple[State, float]) -> None:
        self.known = list(known)
        self.asked: list[State] = []

    def home_win_probability(self, state: State) -> float:
        """Look the state up."""
        self.asked.append(state)
        return next(p for known, p in self.known if known == state)

    def interval(self, state: State) -> None:
        """Say nothing."""

    def expected_points(self, state: State) -> None:
        """Say nothing."""

    def decision(self, state: State) -> Decision | None:
        """Say nothing."""


def swung(
    state: State, now: float, *known: tuple[State, float], rules: OvertimeRules = NEWEST_RULES
) -> float:
    """The swing of a state from which exactly the known states follow."""
    table = Table(*known)
    result = swing(table, state, now, rules)
    assert sorted(map(repr, table.asked)) == sorted(repr(one) for one, _ in known)
    return result


def begun(side: Side, series: int, **said: int) -> State:
    """A series at its start on the 25, in the period in which the feed still is."""
    return overtime(overtime_series=series, **first_down(side, 25)._asdict(), **said)


def test_a_series_of_overtime_ends_by_a_score_or_a_lost_ball() -> None:
    """From the 25 in the first series: the other side starts at its 25 of the same period, or it goes on."""
    touchdown, held = 0.046, 1.0 - 0.046 - LOST_BALL
    expected = (
        touchdown * 0.3 + LOST_BALL * 0.25 + held * FIRST_DOWN[0] * 0.1 + held * (1.0 - FIRST_DOWN[0]) * 0.05
    )
    assert swung(
        overtime(),
        0.5,
        (begun(Side.AWAY, 2, home_score=27), 0.8),
        (begun(Side.AWAY, 2), 0.25),
        (overtime(yards_to_goal=11), 0.6),
        (overtime(down=2, yards_to_goal=23), 0.45),
    ) == pytest.approx(expected)


def test_a_fourth_down_of_overtime_is_a_kick() -> None:
    """On fourth down in the first series a kick from the 25 is three points or none, then the answer."""
    assert swung(
        overtime(down=4),
        0.5,
        (begun(Side.AWAY, 2, home_score=23), 0.7),
        (begun(Side.AWAY, 2), 0.25),
    ) == pytest.approx(0.65 * 0.2 + 0.35 * 0.25)


def test_the_answer_decides_or_begins_the_next_period() -> None:
    """In the second series a kick wins and nobody has the ball; missed, its side begins the next period."""
    answer = overtime(overtime_series=2, down=4, possession=Side.AWAY)
    won = overtime(overtime_series=2, away_score=23, **AWAITED._asdict())
    assert swung(answer, 0.4, (won, 0.001), (begun(Side.AWAY, 3), 0.5)) == pytest.approx(
        0.65 * 0.399 + 0.35 * 0.1
    )


@pytest.mark.parametrize(
    ("rules", "series", "points", "good"),
    [
        (OvertimeRules.FROM_2021, 3, 1, KICK_GOOD),
        (OvertimeRules.FROM_2021, 5, 2, TWO_POINTS_GOOD),
        (OvertimeRules.FROM_2019, 5, 1, KICK_GOOD),
    ],
)
def test_a_try_of_overtime_hands_over(rules: OvertimeRules, series: int, points: int, good: float) -> None:
    """Good or not, the other side answers: by a kick or, where tries are all there is, by two points."""
    due = overtime(period=4 + (series + 1) // 2, overtime_series=series, **try_by(Side.HOME)._asdict())
    ball = try_by(Side.AWAY) if points == 2 else first_down(Side.AWAY, 25)
    answer = overtime(period=due.period, overtime_series=series + 1, **ball._asdict())
    made = overtime(period=due.period, overtime_series=series + 1, home_score=20 + points, **ball._asdict())
    assert swung(due, 0.5, (made, 0.75), (answer, 0.3), rules=rules) == pytest.approx(
        good * 0.25 + (1.0 - good) * 0.2
    )


def test_a_try_of_regulation_is_a_kick_and_then_the_kickoff() -> None:
    """One point or none, and the other side receives."""
    due = scrimmage(home_score=6, **try_by(Side.HOME)._asdict())
    made, missed = (scrimmage(home_score=points, **kickoff_to(Side.AWAY)._asdict()) for points in (7, 6))
    assert swung(due, 0.7, (made, 0.72), (missed, 0.66)) == pytest.approx(
        KICK_GOOD * 0.02 + (1.0 - KICK_GOOD) * 0.04
    )
