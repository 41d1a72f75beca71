"""The models: what each must obey, and the closed forms that they are."""

import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.football import Phase, Side
from engine.core.models.brownian import Brownian, BrownianScorer, possession_points
from engine.core.models.catalogue import DEFAULT_MODEL, model, model_names
from engine.core.models.interface import Model, Pregame, mirror_pregame, possession_sign
from engine.core.models.three_term import ThreeTerm
from engine.core.probability import logistic, normal_cdf
from engine.core.state import OPENING, State
from tests.core.checkers import lead_faults, mirror_faults
from tests.core.football_builders import overtime, scrimmage
from tests.core.strategies import states

NEUTRAL = Pregame(neutral_site=True)
models = st.sampled_from(
    [Brownian(), ThreeTerm(), Brownian(possession=0.0), Brownian(sigma=12.0, floor_s=1.0)]
)
pregames = st.builds(
    Pregame,
    st.sampled_from([None, 2018, 2023]),
    st.just(True),
    st.none() | st.integers(-80, 80).map(lambda halves: halves / 2.0),
    st.none(),
)


@dataclass(frozen=True, slots=True)
class PartialScorer(BrownianScorer):
    """A planted fault: a scorer that thinks better of the home side than of the away side."""

    def home_win_probability(self, state: State) -> float:
        """Return the probability, a little too low whenever the away side has the ball."""
        fair = BrownianScorer.home_win_probability(self, state)
        return fair * 0.99 if state.possession is Side.AWAY else fair


@dataclass(frozen=True, slots=True)
class Partial(Brownian):
    """The model of the planted fault."""

    def for_game(self, pregame: Pregame) -> PartialScorer:
        """Return the partial scorer."""
        fair = Brownian.for_game(self, pregame)
        return PartialScorer(*(getattr(fair, field) for field in BrownianScorer.__dataclass_fields__))


@given(models, pregames, states())
def test_exchanging_the_sides_exchanges_their_chances(fair: Model, pregame: Pregame, state: State) -> None:
    """At a neutral site the mirrored state has exactly the complementary probability, in millionths."""
    assert mirror_faults(fair, pregame, [state]) == []


def test_the_mirror_law_catches_a_model_that_favours_home() -> None:
    """A model that is off only when the away side has the ball breaks the mirror law."""
    assert mirror_faults(Partial(), NEUTRAL, [scrimmage(possession=Side.AWAY)])
    assert not mirror_faults(Brownian(), NEUTRAL, [scrimmage(possession=Side.AWAY)])


@given(models, pregames, states())
def test_more_lead_never_hurts(rising: Model, pregame: Pregame, state: State) -> None:
    """With all else alike a greater lead never has a lower probability."""
    assert lead_faults(rising.for_game(pregame), state, 40) == []


def test_the_lead_law_catches_a_model_that_turns_back() -> None:
    """A model whose margin counts against the leader late breaks the law there, and not before."""
    turning = ThreeTerm(margin_elapsed=-0.15).for_game(NEUTRAL)
    assert lead_faults(turning, scrimmage(period=4, clock_s=10), 5)
    assert not lead_faults(turning, scrimmage(period=1, clock_s=890), 5)


@given(models, pregames, states())
def test_a_model_answers_with_a_probability(any_model: Model, pregame: Pregame, state: State) -> None:
    """Every valid state has a probability in [0, 1], and expected points that are finite, if any."""
    scorer = any_model.for_game(pregame)
    assert 0.0 <= scorer.home_win_probability(state) <= 1.0
    assert scorer.interval(state) is None
    points = scorer.expected_points(state)
    assert points is None or math.isfinite(points)


@given(pregames)
def test_a_pregame_mirrored_twice_is_itself(pregame: Pregame) -> None:
    """Exchanging the sides of a game twice gives the game."""
    assert mirror_pregame(mirror_pregame(pregame)) == pregame


# --- the closed forms ---


@pytest.mark.parametrize(
    ("state", "log_odds"),
    [
        (OPENING, 0.10),
        (scrimmage(period=3, clock_s=900), 0.10),
        (scrimmage(period=3, clock_s=900, yards_to_goal=25), 0.10 + 0.05 * 0.5),
        (scrimmage(period=3, clock_s=900, yards_to_goal=25, possession=Side.AWAY), 0.10 - 0.05 * 0.5),
        (scrimmage(period=4, clock_s=0, home_score=10), 0.10 + 10 * (0.12 + 0.15)),
        (scrimmage(period=3, clock_s=900, away_score=10), 0.10 - 10 * (0.12 + 0.15 / 2)),
        (overtime(yards_to_goal=50, away_score=23), 0.10 - 3 * (0.12 + 0.15)),
    ],
)
def test_the_three_terms_are_the_documented_ones(state: State, log_odds: float) -> None:
    """Score, score growing with time, field position and home advantage add up to the log-odds."""
    home = ThreeTerm().for_game(Pregame())
    assert home.home_win_probability(state) == pytest.approx(logistic(log_odds))
    neutral = ThreeTerm().for_game(NEUTRAL)
    assert neutral.home_win_probability(state) == pytest.approx(logistic(log_odds - 0.10))


def test_the_brownian_score_difference_is_the_documented_one() -> None:
    """Without possession it is the margin and what is left of the line, over what can still happen."""
    plain = Brownian(possession=0.0, sigma=16.0, floor_s=1e-9).for_game(Pregame(home_spread=-6.0))
    half_time = scrimmage(period=3, clock_s=900, away_score=3)
    assert plain.home_win_probability(OPENING) == pytest.approx(normal_cdf(6.0 / 16.0))
    assert plain.home_win_probability(half_time) == 0.5
    level_late = scrimmage(period=4, clock_s=36, home_score=1)
    assert plain.home_win_probability(level_late) == pytest.approx(normal_cdf((1 + 0.06) / (16 * 0.1)))


@pytest.mark.parametrize(
    ("pregame", "drift"),
    [
        (Pregame(), 2.5),
        (NEUTRAL, 0.0),
        (Pregame(home_spread=7.5), -7.5),
        (Pregame(neutral_site=True, home_spread=-3.0), 3.0),
    ],
)
def test_the_line_is_the_drift_and_home_advantage_stands_in_for_it(pregame: Pregame, drift: float) -> None:
    """A known line is believed; without one the home side has its advantage, save at a neutral site."""
    assert Brownian().for_game(pregame).drift == drift


@pytest.mark.parametrize(
    ("state", "points"),
    [
        (scrimmage(yards_to_goal=1), 5.77 - 0.068),
        (scrimmage(down=4, yards_to_goal=50), 3.34 - 3.4),
        (scrimmage(phase=Phase.KICKOFF, down=None, yards_to_goal=75), 5.77 - 5.1),
        (scrimmage(phase=Phase.TRY, down=None, yards_to_goal=3), 0.95),
        (scrimmage(possession=None), 0.0),
        (scrimmage(yards_to_goal=None), 0.0),
    ],
)
def test_a_possession_is_worth_its_next_score(state: State, points: float) -> None:
    """Down and spot decide the points in hand; a try is worth almost one, nobody's ball nothing."""
    assert possession_points(state) == pytest.approx(points)
    assert Brownian().for_game(NEUTRAL).expected_points(state) == possession_points(state)


def test_a_possession_fades_as_the_half_runs_out() -> None:
    """The ball at the goal line is worth less with seconds left in the half than with minutes."""
    scorer = Brownian().for_game(NEUTRAL)
    chances = [
        scorer.home_win_probability(scrimmage(yards_to_goal=1, period=2, clock_s=left_s))
        for left_s in (1, 10, 60, 600)
    ]
    assert chances == sorted(chances)


def test_in_overtime_the_side_still_to_come_is_reckoned_with() -> None:
    """Level, with the first series begun, is even; a field goal up with the other side to come is a lead."""
    scorer = Brownian().for_game(NEUTRAL)
    assert scorer.home_win_probability(overtime()) == 0.5
    answered = overtime(home_score=23, possession=Side.AWAY, overtime_series=2)
    assert 0.05 < scorer.home_win_probability(answered) < 0.5
    assert scorer.home_win_probability(overtime(home_score=27, overtime_series=2, possession=None)) > 0.9


# --- the catalogue ---


def test_every_model_of_the_catalogue_is_named_and_versioned() -> None:
    """A model carries the name under which it is asked for, a version, its parameters and a scale."""
    assert DEFAULT_MODEL in model_names()
    for name in model_names():
        made = model(name)
        assert made.name == name
        assert made.version
        assert made.leverage_scale > 0.0
        assert all(isinstance(value, float) for value in made.parameters().values())
        parameter, value = next(iter(made.parameters().items()))
        assert model(name, **{parameter: value + 1.0}).parameters()[parameter] == value + 1.0


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"name": "elo"}, r"unknown model 'elo'; the models are brownian, three_term"),
        ({"name": "three_term", "sigma": 3.0}, r"three_term has no parameter 'sigma'; it has margin, .*"),
    ],
)
def test_what_the_catalogue_does_not_have_it_names(asked: dict[str, Any], message: str) -> None:
    """An unknown model or parameter is refused with the list of those that are."""
    with pytest.raises(ValueError, match=message):
        model(**asked)


def test_the_ball_has_a_sign() -> None:
    """Possession counts for home, against it, or not at all."""
    assert [possession_sign(scrimmage(possession=side)) for side in (Side.HOME, None, Side.AWAY)] == [
        1,
        0,
        -1,
    ]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("sigma", 0.0), ("sigma", -1.0), ("floor_s", 0.0), ("sigma", float("nan")), ("fade_s", float("inf"))],
)
def test_a_parameter_with_which_nothing_can_be_computed_is_refused(parameter: str, value: float) -> None:
    """A deviation of zero, or no number, is refused by name when the model is made."""
    with pytest.raises(ValueError, match=parameter):
        model("brownian", **{parameter: value})
