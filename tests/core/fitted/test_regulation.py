"""Regulation: the layers of the log-odds and the expected points, with a pencil."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.football import AWAY, HOME, Phase, Side
from engine.core.models.fitted.artefact import LateTable
from engine.core.models.fitted.axis import Axis
from engine.core.models.fitted.model import Fitted
from engine.core.models.fitted.regulation import (
    LEAD_GROUPS,
    LEAST_LEAD,
    MOST_LEAD,
    NEVER_CERTAIN,
    RegulationOdds,
    log_odds,
    probability,
)
from engine.core.models.fitted.scorer import RUN_OUT
from engine.core.models.interface import Pregame
from engine.core.state import OPENING, State, mirror
from tests.core.fitted.artefact_builder import (
    GROUPS,
    LEADS,
    LINE,
    NEUTRAL,
    NO_LATE,
    REGULATION,
    artefact,
    logit,
    shipped,
    small,
    table,
    with_variant,
)
from tests.core.football_builders import scrimmage

ODDS = RegulationOdds(REGULATION)
POINTLESS: dict[str, Any] = {"down": 4, "yards_to_goal": 50, "distance_yd": 10}
"""Fourth and ten at midfield is worth no points in the small artefact."""


# --- piecewise-linear functions ---


def test_an_axis_gives_its_values_at_its_knots() -> None:
    """At every knot the function is exactly the value that stands there."""
    axis, values = Axis((1, 3, 10)), (0.1, 0.7, -0.4)
    assert [axis.value(values, knot) for knot in (1, 3, 10)] == list(values)


@pytest.mark.parametrize(
    ("x", "place", "share"),
    [(-5, 0, 0.0), (1, 0, 0.0), (2, 0, 0.5), (3, 1, 0.0), (8.25, 1, 0.75), (10, 1, 1.0), (99, 1, 1.0)],
)
def test_an_axis_is_linear_between_its_knots_and_level_beyond(x: float, place: int, share: float) -> None:
    """Between two knots the right one's share grows with the distance; outside it is the nearest knot."""
    assert Axis((1, 3, 10)).at(x) == (place, share)


@given(st.floats(-50, 200), st.lists(st.floats(-9, 9), min_size=3, max_size=3))
def test_an_axis_stays_between_its_values(x: float, values: list[float]) -> None:
    """No point lies outside the values at the knots."""
    assert min(values) - 1e-9 <= Axis((1, 3, 10)).value(values, x) <= max(values) + 1e-9


# --- expected points ---


@pytest.mark.parametrize(
    ("situation", "points"),
    [
        ((1, 10.0, 50.0, 1800.0), 3.0),
        ((1, 10.0, 50.0, 3000.0), 3.0),  # beyond the last knot nothing more changes
        ((1, 1.0, 1.0, 1800.0), 6.0),
        ((4, 10.0, 50.0, 1800.0), 0.0),
        ((1, 10.0, 99.0, 1800.0), 0.0),
        ((1, 10.0, 74.5, 1800.0), 1.5),  # half-way between 3 and 0
        ((2, 5.0, 74.5, 1800.0), 0.5 + math.log(2.0) * (1.0 + 0.5 * 0.49)),  # half as far to go
        ((1, 5.0, 54.9, 1800.0), 2.7 + math.log(2.0) * (1.0 + 0.5 * 0.098)),
        ((1, 99.0, 50.0, 1800.0), 3.0 - math.log(3.0)),  # thirty yards to go are the most that count
        ((1, 0.0, 50.0, 1800.0), 3.0 + math.log(10.0)),  # and one is the least
        ((1, 10.0, 50.0, 930.0), 2.5),  # half-way from -1 at 60 s to nothing at a whole half
        ((1, 10.0, 50.0, 60.0), 2.0),
        ((1, 10.0, 50.0, 30.0), 1.0),  # half-way from -3 at 0 s to -1 at 60 s
        ((1, 10.0, 50.0, 0.0), 0.0),
        ((1, 1.0, 1.0, 0.0), 2.0),
    ],
)
def test_expected_points_are_those_of_the_tables(
    situation: tuple[int, float, float, float], points: float
) -> None:
    """Spot by down, distance in logarithms, and what the end of the half takes away add up."""
    assert ODDS.expected_points(*situation) == pytest.approx(points)


@pytest.mark.parametrize(
    ("state", "half_left_s"),
    [
        (scrimmage(period=1, clock_s=100), 1000.0),
        (scrimmage(period=2, clock_s=100), 100.0),
        (scrimmage(period=3, clock_s=100), 1000.0),
        (scrimmage(period=4, clock_s=100), 100.0),
        (scrimmage(period=4, clock_s=100, plays_on_clock=1), 74.0),
    ],
)
def test_expected_points_end_with_the_half(state: State, half_left_s: float) -> None:
    """The seconds believed to be left in the half decide, whichever quarter it is."""
    assert small().expected_points(state) == ODDS.expected_points(1, 10.0, 50.0, half_left_s)


def test_before_a_kickoff_the_receiver_has_first_and_ten_at_its_25() -> None:
    """A kick-off is worth to its receiver what it expects to start with."""
    waiting = scrimmage(phase=Phase.KICKOFF, down=None, distance_yd=None, yards_to_goal=65)
    assert small().expected_points(waiting) == ODDS.expected_points(1, 10.0, 75.0, 900.0)


@pytest.mark.parametrize(
    "state",
    [
        OPENING,
        scrimmage(possession=None),
        scrimmage(period=5, overtime_series=1),
        scrimmage(phase=Phase.TRY, down=None),
    ],
)
def test_without_a_next_score_in_the_half_there_are_no_expected_points(state: State) -> None:
    """Nobody's ball, overtime and a try have none."""
    assert small().expected_points(state) is None


# --- the base layer ---


@pytest.mark.parametrize(
    ("state", "odds"),
    [
        # Half of the game left: the root of .5 + .14 is .8, and lead and three points in hand count once.
        (scrimmage(period=3, clock_s=900, home_score=8), 0.075 * (8 + 3) / 0.8),
        (scrimmage(period=3, clock_s=900, home_score=8, possession=AWAY), 0.075 * (8 - 3) / 0.8),
        (scrimmage(period=3, clock_s=900, away_score=8), 0.075 * (-8 + 3) / 0.8),
        (scrimmage(period=3, clock_s=900, home_score=8, **POINTLESS), 0.075 * 8 / 0.8),
        # 396 s left: the root of .11 + .14 is .5; the lead counts 1.78 times, half-way from 2 to 1 by time.
        (scrimmage(period=4, clock_s=396, home_score=4), 0.15 * (1.78 * 4 + 2 + 336 / 1740)),
        # Nobody's ball is the mean of either side's, and what would be in hand cancels.
        (scrimmage(period=3, clock_s=900, possession=None), 0.0),
        # Who receives after half-time has .1 at the half and .3 at the start, and between them by time.
        (scrimmage(period=2, clock_s=0, second_half_receiver=HOME, **POINTLESS), 0.1 - 3 * 0.075 / 0.8),
        (scrimmage(period=2, clock_s=0, second_half_receiver=AWAY, **POINTLESS), -0.1 - 3 * 0.075 / 0.8),
        (
            scrimmage(period=1, clock_s=0, second_half_receiver=HOME, **POINTLESS),
            0.2 - 0.075 * (900 / 1740) / math.sqrt(0.75 + 0.14),
        ),
        (scrimmage(period=3, clock_s=900, second_half_receiver=HOME, **POINTLESS), 0.0),
        (OPENING, 0.0),
    ],
)
def test_lead_points_and_the_kickoff_to_come_add_up(state: State, odds: float) -> None:
    """Lead and expected points count over what can still happen; the kick-off to come in the first half."""
    assert logit(small().home_win_probability(state)) == pytest.approx(odds, abs=1e-9)


@pytest.mark.parametrize(
    ("pregame", "points"),
    [
        (Pregame(), 2.5),
        (NEUTRAL, 0.0),
        (Pregame(home_spread=-7.5), 7.5),
        (Pregame(neutral_site=True, home_spread=3.0), -3.0),
        (Pregame(home_spread=0.0), 0.0),
    ],
)
def test_the_line_drifts_and_home_advantage_stands_in_for_it(pregame: Pregame, points: float) -> None:
    """Half of the drift counts with the root of the time left; without a line home has its 2.5 points."""
    scorer = Fitted(artefact()).for_game(pregame)
    state = scrimmage(period=3, clock_s=900, **POINTLESS)
    drift = 0.5 * 0.25 * points * math.sqrt(0.5)
    assert logit(scorer.home_win_probability(state)) == pytest.approx(drift, abs=1e-9)


def test_the_layer_without_a_line_is_its_own() -> None:
    """A game without a line is scored by the coefficients that were fitted without one."""
    without = replace(LINE, base=(0.0,) * len(LINE.base))
    model = Fitted(artefact(regulation=replace(REGULATION, no_line=without)))
    state = scrimmage(period=3, clock_s=900, home_score=8)
    assert model.for_game(NEUTRAL).home_win_probability(state) == 0.5
    assert model.for_game(Pregame(home_spread=0.0)).home_win_probability(state) > 0.6


def test_the_kickoff_to_come_is_that_of_the_opening() -> None:
    """Who receives the opening kick-off kicks off the second half, so the opening favours nobody."""
    scorer = small()
    receives = scrimmage(phase=Phase.KICKOFF, period=1, clock_s=900, second_half_receiver=AWAY)
    assert scorer.home_win_probability(OPENING) == 0.5
    line = Fitted(artefact()).for_game(Pregame(home_spread=-14.0))
    in_hand = 0.075 * ODDS.expected_points(1, 10.0, 75.0, 1800.0) / math.sqrt(1.14) - 0.3
    favourite = 0.5 * 0.25 * 14.0
    either = 0.5 * (probability(favourite + in_hand) + probability(favourite - in_hand))
    assert line.home_win_probability(OPENING) == pytest.approx(either)
    assert scorer.home_win_probability(receives) < scorer.home_win_probability(
        scrimmage(phase=Phase.KICKOFF, period=1, clock_s=900)
    )


# --- the late layer ---

STEPS = tuple(0.1 * (lead + 9) for lead in range(-9, 10))
LATE = LateTable(STEPS, table(2, 0.0, 1.0), table(4, 0.0, 0.1, 0.2, 0.3), (0.05,) * GROUPS, (-0.2,) * GROUPS)
AT_50 = LateTable((0.4,) * LEADS, NO_LATE.yard, NO_LATE.down, NO_LATE.ours, NO_LATE.theirs)


def late_odds(state: State, late: tuple[LateTable, ...], kneel: tuple[float, float] = (0.0, 0.0)) -> float:
    """What a late layer adds to the small artefact's log-odds in this state."""
    scorer = Fitted(with_variant(late=late, kneel=kneel)).for_game(NEUTRAL)
    return logit(scorer.home_win_probability(state)) - logit(small().home_win_probability(state))


@pytest.mark.parametrize(
    ("said", "odds"),
    [
        ({"clock_s": 100}, 0.0),
        ({"clock_s": 99}, 0.02 * 0.4),
        ({"clock_s": 50}, 0.4),
        ({"clock_s": 25}, 0.5 * 0.4 + 0.5 * (0.9 + 0.5 + 3 * 0.05 - 3 * 0.2)),
        ({"clock_s": 0, "plays_on_clock": 2}, 0.9 + 0.5 + 0.15 - 0.6),
        ({"clock_s": 0, "plays_on_clock": 2, "home_score": 4}, 1.3 + 0.5 + 0.15 - 0.6),
        ({"clock_s": 0, "plays_on_clock": 2, "away_score": 30}, 0.0 + 0.5 + 0.15 - 0.6),
        ({"clock_s": 0, "plays_on_clock": 2, "down": 3}, 0.9 + 0.5 + 0.2 + 0.15 - 0.6),
        ({"clock_s": 0, "plays_on_clock": 2, "yards_to_goal": 99}, 0.9 + 1.0 + 0.15 - 0.6),
        ({"clock_s": 0, "plays_on_clock": 2, "home_timeouts": 1}, 0.9 + 0.5 + 0.05 - 0.6),
        ({"clock_s": 0, "plays_on_clock": 2, "away_timeouts": 0}, 0.9 + 0.5 + 0.15),
    ],
)
def test_the_last_minutes_have_their_own_table(said: dict[str, Any], odds: float) -> None:
    """Before its first knot nothing, then the table by lead, spot, down and timeouts, linear in time."""
    state = scrimmage(period=4, **said)
    assert late_odds(state, (LATE, AT_50)) == pytest.approx(odds, abs=1e-9)


def test_third_quarters_are_not_late() -> None:
    """The late layer counts the seconds of regulation, not of the quarter."""
    assert late_odds(scrimmage(period=3, clock_s=50), (LATE, AT_50)) == 0.0


def test_every_lead_has_a_group() -> None:
    """The groups of leads run from the least to the most without a gap or a step back."""
    assert len(LEAD_GROUPS) == LEADS == MOST_LEAD - LEAST_LEAD + 1
    assert sorted(set(LEAD_GROUPS)) == list(range(GROUPS))
    assert list(LEAD_GROUPS) == sorted(LEAD_GROUPS)


@pytest.mark.parametrize(
    ("said", "odds"),
    [
        # Second down, one timeout against it: one kneel of 40 s, and 20 s more are almost nothing.
        ({"clock_s": 60}, 0.5),
        ({"clock_s": 80}, 0.25),
        ({"clock_s": 99}, 0.0125),
        ({"clock_s": 20, "down": 3, "away_timeouts": 0, "plays_on_clock": 0, "home_score": 0}, 0.0),
        ({"clock_s": 40, "phase": Phase.KICKOFF, "away_timeouts": 2}, 0.5 * 1.5 + 1.0),
        ({"clock_s": 5, "phase": Phase.KICKOFF, "away_timeouts": 2}, 0.5 * 2.0 + 1.0),
        ({"clock_s": 60, "away_score": 9}, 0.0),
    ],
)
def test_a_lead_that_can_almost_be_knelt_out_is_worth_more(said: dict[str, Any], odds: float) -> None:
    """The nearer the clock to what kneeling takes off, the more; a side that does not lead has none of it."""
    situation = {"period": 4, "home_score": 3, "down": 2, "away_timeouts": 1, **said}
    assert late_odds(scrimmage(**situation), (NO_LATE, NO_LATE), (0.5, 1.0)) == pytest.approx(odds, abs=1e-9)


# --- from log-odds to probabilities ---


@given(st.floats(-1e4, 1e4))
def test_log_odds_of_either_sign_are_each_others_complement(odds: float) -> None:
    """A probability and that of the opposite odds add up to 1, and neither is certain."""
    p = probability(odds)
    assert p + probability(-odds) == 1.0
    assert NEVER_CERTAIN * 0.999 < p < 1.0


@given(st.floats(0.0, 1.0))
def test_log_odds_are_turned_back(p: float) -> None:
    """Turning a probability into log-odds and back returns it, or the nearest that is not certain."""
    nearest = min(max(p, NEVER_CERTAIN), 1.0 - NEVER_CERTAIN)
    assert probability(log_odds(p)) == pytest.approx(nearest, rel=1e-9)


# --- ends of games ---


KNELT: dict[str, Any] = {"period": 4, "clock_s": 120, "home_score": 1, "down": 1, "away_timeouts": 0}


@pytest.mark.parametrize(
    ("said", "certain"),
    [
        ({}, True),
        ({"clock_s": 121}, False),
        ({"home_score": 0}, False),
        ({"away_score": 2}, False),
        ({"period": 3}, False),
        ({"away_timeouts": 1}, False),
        ({"away_timeouts": 1, "clock_s": 80}, False),
        ({"away_timeouts": 1, "clock_s": 1}, False),
        ({"away_timeouts": 3, "clock_s": 1}, False),
        ({"home_timeouts": 0}, True),
        ({"down": 2, "clock_s": 80}, True),
        ({"down": 2, "clock_s": 81}, False),
        ({"down": 3, "clock_s": 40}, True),
        ({"down": 3, "clock_s": 41}, False),
        ({"down": 4, "clock_s": 1}, False),
        ({"down": None, "clock_s": 1}, False),
        ({"clock_s": 121, "plays_on_clock": 3}, False),  # believed to be 61 s, but read as 121
        ({"plays_on_clock": 3}, True),
        # A play that lost ground in bounds left the clock running: 43 s for each, and one by the next snap.
        ({"down": 2, "distance_yd": 11, "clock_s": 123}, True),
        ({"down": 2, "distance_yd": 11, "clock_s": 124}, False),
        ({"down": 2, "distance_yd": 11, "clock_s": 123, "plays_on_clock": 5}, True),
        ({"down": 2, "distance_yd": 11, "clock_s": 124, "plays_on_clock": 5}, False),
        ({"down": 2, "distance_yd": 10, "plays_on_clock": 1}, False),
        ({"down": 3, "distance_yd": 12, "clock_s": 126, "plays_on_clock": 2}, True),
        ({"down": 3, "distance_yd": 12, "clock_s": 127, "plays_on_clock": 5}, False),
        ({"down": 3, "distance_yd": 12, "clock_s": 83, "plays_on_clock": 1}, True),
        ({"down": 3, "distance_yd": 12, "clock_s": 84, "plays_on_clock": 1}, False),
        ({"down": 3, "distance_yd": 11, "clock_s": 83}, False),
        ({"down": 4, "distance_yd": 13, "clock_s": 43}, True),
        ({"down": 4, "distance_yd": 13, "clock_s": 44}, False),
        ({"down": 4, "distance_yd": 13, "clock_s": 129, "plays_on_clock": 3}, True),
        # A reading of 0:00 through which plays went on is none.
        ({"clock_s": 0, "plays_on_clock": 2}, False),
        ({"down": 4, "clock_s": 0, "plays_on_clock": 2}, False),
        # Two yards a kneel must be there to be lost.
        ({"yards_to_goal": 93}, True),
        ({"yards_to_goal": 94}, False),
        ({"yards_to_goal": 95, "down": 2, "clock_s": 80}, True),
        ({"yards_to_goal": 96, "down": 2, "clock_s": 80}, False),
        ({"yards_to_goal": 98, "down": 3, "clock_s": 1}, False),
        ({"phase": Phase.KICKOFF, "clock_s": 10}, False),  # an onside kick
        ({"phase": Phase.TRY, "clock_s": 10}, False),
        ({"possession": None, "clock_s": 10}, False),
    ],
)
@pytest.mark.parametrize("side", [HOME, AWAY])
def test_a_lead_is_certain_where_kneeling_runs_the_clock_out(
    said: dict[str, Any], certain: bool, side: str
) -> None:
    """Forty seconds for each kneel before fourth down, no timeout against it, room to kneel: exactly 1."""
    state = scrimmage(**{**KNELT, **said})
    if side is AWAY:
        state = mirror(state)
    for scorer in (small(), shipped().for_game(NEUTRAL)):
        p = scorer.home_win_probability(state)
        assert (p == (1.0 if side is HOME else 0.0)) is certain
        assert (scorer.interval(state) == (p, p)) is certain


@pytest.mark.parametrize("phase", [Phase.SCRIMMAGE, Phase.KICKOFF])
@pytest.mark.parametrize("possession", [HOME, AWAY, None])
@pytest.mark.parametrize("plays_on_clock", [0, 1])
def test_regulation_run_out_is_decided_or_goes_on(
    phase: Phase, possession: Side | None, plays_on_clock: int
) -> None:
    """At 0:00 a lead has nearly won, whoever has the ball; a level game starts overtime."""
    ended = {
        "phase": phase,
        "period": 4,
        "clock_s": 0,
        "possession": possession,
        "plays_on_clock": plays_on_clock,
    }
    scorer = small()
    assert scorer.home_win_probability(scrimmage(home_score=1, **ended)) == RUN_OUT
    assert scorer.home_win_probability(scrimmage(away_score=1, **ended)) == 1.0 - RUN_OUT
    overtime = scrimmage(period=5, clock_s=0, possession=None)
    level = scorer.home_win_probability(scrimmage(**ended))
    assert level == scorer.home_win_probability(overtime) == pytest.approx(0.5)


def test_a_clock_that_stands_at_nothing_decides_nothing() -> None:
    """Where two plays went on at 0:00 the reading is stale, and the game is not over."""
    stale = {"period": 4, "clock_s": 0, "plays_on_clock": 2}
    assert small().home_win_probability(scrimmage(away_score=1, **stale)) > 0.1
    due = {"phase": Phase.TRY, "down": None, "distance_yd": None, **stale}
    assert 0.5 < small().home_win_probability(scrimmage(home_score=1, **due)) < 1.0 - NEVER_CERTAIN


@pytest.mark.parametrize("receiver", [HOME, AWAY, None])
def test_a_kickoff_after_the_first_half_is_that_of_the_second(receiver: Side | None) -> None:
    """With the second quarter run out, a kick-off due is worth the start of the third, timeouts and all."""
    waiting = scrimmage(
        phase=Phase.KICKOFF,
        clock_s=0,
        down=None,
        distance_yd=None,
        home_score=3,
        home_timeouts=0,
        away_timeouts=1,
        second_half_receiver=receiver,
    )
    begun = State(
        Phase.KICKOFF, 3, 900, 0, 3, possession=receiver, yards_to_goal=75, second_half_receiver=receiver
    )
    scorer = Fitted(artefact()).for_game(Pregame(home_spread=-4.0))
    assert scorer.home_win_probability(waiting) == scorer.home_win_probability(begun)


@pytest.mark.parametrize(
    ("lead", "wins"),
    [
        (1, 1.0),
        (0, 0.95 + 0.05 * 0.5),  # the kick wins, and overtime is even
        (-1, max(0.95 * 0.5, 0.4)),
        (-2, 0.4 * 0.5),
        (-3, 0.0),
    ],
)
def test_a_try_as_the_last_play_is_plain_arithmetic(lead: int, wins: float) -> None:
    """With nothing on the clock the better of the kick and the two points decides the game or sends it on."""
    due = scrimmage(
        phase=Phase.TRY, period=4, clock_s=0, down=None, yards_to_goal=3, home_score=20 + lead, away_score=20
    )
    assert small().home_win_probability(due) == pytest.approx(wins, abs=1e-12)
    assert small().home_win_probability(mirror(due)) == pytest.approx(1.0 - wins, abs=1e-12)


def test_a_try_before_the_end_is_worth_its_better_choice() -> None:
    """Mixing what the other side has after the try, received at its 25, the better choice counts."""
    scorer = small()
    due = scrimmage(phase=Phase.TRY, period=4, clock_s=60, down=None, yards_to_goal=3, away_score=2)

    def after(points: int) -> float:
        return scorer.home_win_probability(
            scrimmage(
                phase=Phase.KICKOFF, period=4, clock_s=60, possession=AWAY, home_score=points, away_score=2
            )
        )

    kick, two = 0.95 * after(1) + 0.05 * after(0), 0.4 * after(2) + 0.6 * after(0)
    assert kick != pytest.approx(two)
    assert scorer.home_win_probability(due) == pytest.approx(max(kick, two))
