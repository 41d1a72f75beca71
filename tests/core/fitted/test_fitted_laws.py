"""What the fitted model must obey in every state, by search on a small artefact, by number on the shipped."""

import pickle
from collections.abc import Iterable, Sequence
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.football import AWAY, Phase
from engine.core.models.fitted.model import Fitted
from engine.core.models.fitted.scorer import FittedScorer
from engine.core.models.interface import Model, Pregame, Scorer, mirror_pregame
from engine.core.probability import ONE, millionths
from engine.core.state import OPENING, State, mirror
from tests.core.checkers import lead_faults, mirror_faults
from tests.core.fitted.artefact_builder import (
    BASE,
    LINE,
    MEMBERS,
    NEUTRAL,
    artefact,
    football_state,
    football_states,
    logit,
    pregames,
    series,
    shipped,
    with_variant,
)
from tests.core.football_builders import scrimmage
from tests.core.strategies import states

GENTLE: Final = series(edge=0.3, touchdown=(1.0, 0.0), three=(-0.5, 0.0))
"""Overtime in which the line counts, and in which sides that need three points settle for the field goal."""
SMALL: Final = Fitted(artefact(series=GENTLE))
LATE_FAVOURITE: Final = Fitted(with_variant(kneel=(0.5, 1.0), base=(0.3, *BASE[1:])))
models = st.sampled_from([SMALL, LATE_FAVOURITE])
games = st.builds(pregames, st.integers(0, 10**6).map(Random))


class PartialScorer(FittedScorer):
    """A planted fault: it thinks less of the away side's ball, and bounds its interval as a book does."""

    def home_win_probability(self, state: State) -> float:
        """Return the probability, a little too low whenever the away side has the ball."""
        fair = super().home_win_probability(state)
        return fair * 0.99 if state.possession is AWAY else fair

    def interval(self, state: State) -> tuple[float, float]:
        """Return the interval, held within what a book would quote."""
        low, high = super().interval(state)
        return max(low, 0.01), min(high, 0.99)


class AbsentScorer(FittedScorer):
    """A planted fault: a memo that answers any state with what it last computed."""

    def home_win_probability(self, state: State) -> float:
        """Return the probability of the first state ever asked."""
        return super().home_win_probability(state if self._known is None else self._known)


class Partial(Fitted):
    """The model of the first fault."""

    def for_game(self, pregame: Pregame) -> PartialScorer:
        """Return the partial scorer."""
        return PartialScorer(self.artefact, self._regulation, pregame)


def interval_faults(model: Model, pregame: Pregame, some_states: Iterable[State]) -> list[State]:
    """The states whose interval leaves out the probability, or doubts a certain one, or is no mirror's."""
    scorer, reversed_scorer = model.for_game(pregame), model.for_game(mirror_pregame(pregame))
    faults = []
    for state in some_states:
        p = scorer.home_win_probability(state)
        interval, reversed_interval = scorer.interval(state), reversed_scorer.interval(mirror(state))
        assert interval is not None
        assert reversed_interval is not None
        low, high = interval
        sound = 0.0 <= low <= p <= high <= 1.0 and (0.0 < p < 1.0 or low == high)
        mirrored = [millionths(end) for end in interval] == [
            ONE - millionths(end) for end in reversed_interval[::-1]
        ]
        if not (sound and mirrored):
            faults.append(state)
    return faults


def memory_faults(one: Scorer, other: Scorer, some_states: Sequence[State], dice: Random) -> list[State]:
    """The states of which two scorers, asked in different orders, do not say the same to the last bit."""
    said = [_said(one, state) for state in some_states]
    order = dice.sample(range(len(some_states)), len(some_states))
    return [some_states[place] for place in order if _said(other, some_states[place]) != said[place]]


def _said(scorer: Scorer, state: State) -> object:
    return scorer.home_win_probability(state), scorer.interval(state), scorer.decision(state)


# --- the laws, on the small artefact ---


@given(models, games, states())
def test_exchanging_the_sides_exchanges_their_chances(model: Model, pregame: Pregame, state: State) -> None:
    """In every valid state the mirrored state has exactly the complementary probability, in millionths."""
    assert mirror_faults(model, pregame, [state]) == []


@given(models, games, states())
def test_more_lead_never_hurts(model: Model, pregame: Pregame, state: State) -> None:
    """With all else alike a greater lead never has a lower probability, overtime included."""
    assert lead_faults(model.for_game(pregame), state, 20) == []


@given(models, games, states())
def test_an_interval_holds_its_probability(model: Model, pregame: Pregame, state: State) -> None:
    """The probability lies within its interval, which shrinks to it where certain, and is mirrored too."""
    assert interval_faults(model, pregame, [state]) == []


@given(models, games, st.lists(states(), min_size=2, max_size=8), st.integers(0, 9))
def test_what_was_asked_before_changes_nothing(
    model: Model, pregame: Pregame, asked: list[State], seed: int
) -> None:
    """Two scorers asked about the same states in different orders give the same floats and cards."""
    one, other = model.for_game(pregame), model.for_game(pregame)
    assert memory_faults(one, other, asked, Random(seed)) == []


# --- the laws, on the model that ships ---


@pytest.mark.parametrize("line", [True, False], ids=["line", "no line"])
def test_the_shipped_model_keeps_the_laws(line: bool) -> None:
    """In thousands of states, last seconds and overtimes of every era too: mirror, lead and interval."""
    dice, model = Random(2018 + line), shipped()
    for _ in range(1_500):
        pregame, state = pregames(dice, line=line), football_state(dice)
        assert mirror_faults(model, pregame, [state]) == []
        assert lead_faults(model.for_game(pregame), state, 12) == []
        assert interval_faults(model, pregame, [state]) == []


def test_the_shipped_model_forgets_what_it_was_asked() -> None:
    """A thousand states asked of the shipped model in two orders have the same answers."""
    pregame, asked = Pregame(2023, False, -6.5), list(football_states(5, 1_000))
    one, other = shipped().for_game(pregame), shipped().for_game(pregame)
    assert memory_faults(one, other, asked, Random(1)) == []


def test_another_process_is_given_the_same_model() -> None:
    """A pickled model has the same version and gives the same floats."""
    model = shipped()
    copied = pickle.loads(pickle.dumps(model))
    assert (copied.name, copied.version, copied.leverage_scale) == (
        model.name,
        model.version,
        model.leverage_scale,
    )
    pregame, asked = Pregame(2019, False, 3.5), list(football_states(6, 300))
    assert memory_faults(model.for_game(pregame), copied.for_game(pregame), asked, Random(2)) == []


# --- the laws catch faults ---


def test_the_mirror_law_catches_a_model_that_favours_home() -> None:
    """A model that is off only when the away side has the ball breaks the mirror law."""
    state = scrimmage(possession=AWAY)
    assert mirror_faults(Partial(artefact()), NEUTRAL, [state]) == [state]
    assert mirror_faults(SMALL, NEUTRAL, [state]) == []


def test_the_lead_law_catches_an_artefact_that_turns_back() -> None:
    """A base layer whose lead counts against the leader late breaks the law there, and not before."""
    turning = Fitted(with_variant(base=(-1.0, *BASE[1:]))).for_game(NEUTRAL)
    assert lead_faults(turning, scrimmage(period=4, clock_s=300), 5)
    assert not lead_faults(turning, scrimmage(period=1, clock_s=890), 5)


def test_the_interval_law_catches_bounds_that_do_not_know_certainty() -> None:
    """An interval held within prices leaves out a probability of one."""
    knelt = scrimmage(period=4, clock_s=30, home_score=3, away_timeouts=0)
    assert interval_faults(Partial(artefact()), NEUTRAL, [knelt]) == [knelt]
    assert interval_faults(SMALL, NEUTRAL, [knelt]) == []


def test_the_law_of_memory_catches_an_absent_mind() -> None:
    """A scorer that keeps the answer to its first question is found out by another order."""
    asked = [OPENING, scrimmage(period=4, home_score=7)]
    absent = AbsentScorer(SMALL.artefact, SMALL._regulation, NEUTRAL)
    assert memory_faults(SMALL.for_game(NEUTRAL), absent, asked, Random(0))


# --- intervals ---


def test_a_wider_scale_widens_the_interval() -> None:
    """Twice the interval's scale is twice its width in log-odds; no members leave no width."""
    state = scrimmage(period=3, clock_s=900, home_score=4)
    widths = []
    for scale in (1.0, 2.0):
        low, high = Fitted(artefact(interval_scale=scale)).for_game(NEUTRAL).interval(state)
        widths.append(logit(high) - logit(low))
    assert widths[1] == pytest.approx(2.0 * widths[0])
    alone = Fitted(with_variant(members=())).for_game(NEUTRAL)
    low, high = alone.interval(state)
    assert low == pytest.approx(high, abs=1e-12)


def test_the_interval_is_the_spread_of_the_members() -> None:
    """Members at -0.2, 0 and +0.2 of a unit of lead have a standard deviation of 0.163 of that unit."""
    state = scrimmage(period=3, clock_s=900, home_score=4, down=4)  # worth no points
    low, high = SMALL.for_game(NEUTRAL).interval(state)
    assert SMALL.for_game(NEUTRAL).expected_points(state) == pytest.approx(0.0, abs=1e-12)
    one_unit, sd = 0.075 * 4 / 0.8, 0.2 * (2.0 / 3.0) ** 0.5
    assert logit(high) - logit(low) == pytest.approx(2.0 * 1.645 * sd * one_unit)


def test_before_a_try_the_interval_is_that_of_what_follows() -> None:
    """With a try due the members are spread over the kick-off that follows, not over a snap at the three."""
    due = scrimmage(phase=Phase.TRY, down=None, distance_yd=None, yards_to_goal=3, home_score=6, period=3)
    scorer = SMALL.for_game(NEUTRAL)
    assert scorer.interval(due) == scorer.interval(
        scrimmage(phase=Phase.TRY, down=None, distance_yd=None, yards_to_goal=40, home_score=6, period=3)
    )
    assert scorer.interval(due)[0] < scorer.home_win_probability(due) < scorer.interval(due)[1]


def test_in_overtime_the_interval_is_the_artefacts() -> None:
    """Overtime has no members: its spread of log-odds is a number of the artefact, 0.1 here."""
    level = scrimmage(period=5, overtime_series=0, possession=None, clock_s=0)
    scorer = SMALL.for_game(NEUTRAL)
    low, high = scorer.interval(level)
    assert logit(high) == pytest.approx(1.645 * 0.1)
    assert logit(low) == pytest.approx(-1.645 * 0.1)


def test_the_small_ensemble_is_its_own_middle() -> None:
    """The middle member of the small artefact is the model itself: the claims above are about spread."""
    assert MEMBERS[1] == LINE.base == BASE
