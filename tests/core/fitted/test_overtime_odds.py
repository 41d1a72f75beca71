"""Overtime's dynamic programming, against a recursion written from the rule book and closed forms."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.football import AWAY, HOME, OvertimeRules, Phase, Side
from engine.core.models.fitted import overtime_odds
from engine.core.models.fitted.artefact import Series
from engine.core.models.fitted.model import Fitted
from engine.core.models.fitted.overtime_odds import (
    FORESIGHT,
    MOST_EDGE,
    TRY_PER_POINT,
    OvertimeOdds,
    must_go_for_two,
)
from engine.core.models.fitted.scorer import RUN_OUT
from engine.core.models.interface import Pregame
from engine.core.probability import logistic
from engine.core.state import State
from tests.core.fitted.artefact_builder import (
    CHOICES,
    FG,
    KICK,
    TD,
    TWO,
    artefact,
    logit,
    series,
    shipped,
    small,
)
from tests.core.football_builders import overtime

BEFORE_2019, FROM_2019, FROM_2021 = OvertimeRules
ERAS = list(OvertimeRules)
SEASONS = {BEFORE_2019: 2018, FROM_2019: 2019, FROM_2021: 2023}
EDGE = 0.4
"""Log-odds of a touchdown and of a field goal for ten points of the line, in the tests of unequal sides."""
NEED = 0.2
"""Log-odds that a side adds which needs a touchdown, where going second is to be of help."""
edges = st.integers(-70, 70).map(lambda halves: halves / 2.0)
snaps = st.tuples(st.integers(1, 4), st.floats(1.0, 25.0), st.floats(1.0, 60.0))


def odds(rules: OvertimeRules, tables: Series | None = None) -> OvertimeOdds:
    """Overtime of an era by the small artefact's series, or others."""
    return OvertimeOdds(series(edge=EDGE) if tables is None else tables, CHOICES, rules)


# --- the rule book, once more ---


def rules_of(rules: OvertimeRules) -> OvertimeOdds:
    """Overtime of an era between sides that try harder for a touchdown when they need one."""
    return odds(rules, series(edge=EDGE, touchdown=(NEED, 0.0)))


@dataclass(frozen=True)
class Team:
    """How likely a side's series brings a touchdown or, failing that, a field goal; and a two-point try."""

    td: float
    fg_else: float
    two: float


def team(edge: float) -> Team:
    """A side that is favoured by so many points."""
    return Team(
        logistic(logit(TD) + EDGE * edge / 10.0),
        logistic(logit(FG / (1.0 - TD)) + EDGE * edge / 10.0),
        logistic(logit(TWO) + TRY_PER_POINT * edge),
    )


def outcomes(rules: OvertimeRules, period: int, one: Team, need: int | None) -> Iterator[tuple[int, float]]:
    """The points of a series with what each is likely: of the first side (no need), or of an answer."""
    no_series_from = {BEFORE_2019: 99, FROM_2019: 5, FROM_2021: 3}[rules]
    two_from = {BEFORE_2019: 3, FROM_2019: 3, FROM_2021: 2}[rules]
    if period >= no_series_from:
        yield from ((2, one.two), (0, 1.0 - one.two))
        return
    desperate = need is not None and need > 3
    td = logistic(logit(one.td) + NEED) if desperate else one.td
    fg = 0.0 if desperate else (1.0 - td) * one.fg_else
    yield from ((0, 1.0 - td - fg), (3, fg))
    if period >= two_from:
        yield from ((8, td * one.two), (6, td * (1.0 - one.two)))
    else:
        yield from ((7, td * KICK), (6, td * (1.0 - KICK)))


def first_wins(rules: OvertimeRules, period: int, first: Team, second: Team, periods: int = 14) -> float:
    """Go through every pair of series, and through the periods that follow a level one."""
    if periods == 0:
        return 0.5
    wins = level = 0.0
    for mine, likely in outcomes(rules, period, first, None):
        for yours, answered in outcomes(rules, period, second, mine):
            wins += likely * answered * (mine > yours)
            level += likely * answered * (mine == yours)
    return wins + level * (1.0 - first_wins(rules, period + 1, second, first, periods - 1))


@pytest.mark.parametrize("rules", ERAS)
@pytest.mark.parametrize("period", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("edge", [0.0, 7.0, -20.5])
def test_a_level_overtime_is_what_going_through_it_gives(
    rules: OvertimeRules, period: int, edge: float
) -> None:
    """In each era, from each period, for equal and unequal sides: the rule book's recursion agrees."""
    alike = rules_of(rules)
    expected = first_wins(rules, period, team(edge), team(-edge))
    assert alike.start(period, edge) == pytest.approx(expected, abs=0.5 * 0.3**FORESIGHT)
    assert alike.offence_wins(period, 0, edge, first=True) == pytest.approx(expected, abs=1e-4)


def test_the_eras_are_told_apart() -> None:
    """The recursion above would not agree with the rules of another era, so that the claim can fail."""
    periods = {rules: [rules_of(rules).start(period, 0.0) for period in (1, 2, 3, 5)] for rules in ERAS}
    for one, other in ((BEFORE_2019, FROM_2019), (FROM_2019, FROM_2021), (BEFORE_2019, FROM_2021)):
        assert max(abs(a - b) for a, b in zip(periods[one], periods[other], strict=True)) > 1e-3


@pytest.mark.parametrize(
    ("rules", "mandatory_from"), [(BEFORE_2019, 3), (FROM_2019, 3), (FROM_2021, 2)], ids=str
)
def test_two_points_are_mandatory_when_the_era_says_so(rules: OvertimeRules, mandatory_from: int) -> None:
    """From the third overtime, and since 2021 from the second, a touchdown must be followed by two."""
    assert [must_go_for_two(rules, period) for period in (1, 2, 3, 4)] == [
        period >= mandatory_from for period in (1, 2, 3, 4)
    ]
    for period in (1, 2, 3, 4):
        kick = odds(rules).try_due(period, 0, 0.0, first=False, two=False)
        two = odds(rules).try_due(period, 0, 0.0, first=False, two=True)
        assert (kick == two) is (period >= mandatory_from)


# --- closed forms ---


def test_tries_alone_are_a_geometric_series() -> None:
    """Equal sides have even chances; else it is the odds of scoring alone before the other does."""
    alike = odds(FROM_2021)
    assert alike.start(3, 0.0) == 0.5
    strong, weak = team(14.0).two, team(-14.0).two
    alone, other_alone = strong * (1.0 - weak), weak * (1.0 - strong)
    by_hand = sum(alone * (1.0 - alone - other_alone) ** rounds for rounds in range(200))
    assert alike.start(3, 14.0) == pytest.approx(by_hand)
    assert alike.start(3, 14.0) == alike.start(9, 14.0)


@pytest.mark.parametrize(
    ("lead", "first", "wins"),
    [
        (0, True, 0.5),
        (0, False, TWO + (1.0 - TWO) * 0.5),
        (-2, False, TWO * 0.5),
        (-1, False, TWO),
        (-3, False, 0.0),
        (2, False, 1.0),
        (1, False, 1.0),
    ],
)
def test_a_try_alone_decides_by_what_it_answers(lead: int, first: bool, wins: float) -> None:
    """A try that answers a miss wins or goes on; one that answers two points keeps even or loses."""
    assert odds(FROM_2021).offence_wins(3, lead, 0.0, first=first) == pytest.approx(wins)


NEXT = 0.5  # since 2021 the third overtime of equal sides is even


@pytest.mark.parametrize(
    ("need", "wins"),
    [
        (0, TD + FG + 0.25 * NEXT),
        (1, TD + FG),
        (2, TD + FG),
        (3, TD + FG * NEXT),
        (4, TD),
        (5, TD),
        (6, TD * TWO + TD * (1.0 - TWO) * NEXT),
        (7, TD * TWO),
        (8, TD * TWO * NEXT),
        (9, 0.0),
        (30, 0.0),
    ],
)
def test_an_answer_wins_levels_or_loses_by_its_points(need: int, wins: float) -> None:
    """In a second overtime since 2021, three level three, eight level eight, and more is out of reach."""
    assert odds(FROM_2021).offence_wins(2, -need, 0.0, first=False) == pytest.approx(wins, abs=1e-12)


@pytest.mark.parametrize(("need", "outright", "on"), [(6, KICK, 0.05), (7, 0.0, KICK), (8, 0.0, TWO)])
def test_where_a_kick_will_do_the_answer_kicks(need: int, outright: float, on: float) -> None:
    """In a first overtime the answer to seven is a kick to go on, and only eight is answered by two."""
    alike = odds(FROM_2021)
    wins = TD * (outright + on * alike.start(2, 0.0))
    assert alike.offence_wins(1, -need, 0.0, first=False) == pytest.approx(wins)


@pytest.mark.parametrize(
    ("lead", "two", "outright", "on"),
    [
        (0, False, KICK, 0.05),
        (0, True, TWO, 0.6),
        (0, None, KICK, 0.05),
        (-1, False, 0.0, KICK),
        (-1, True, TWO, 0.0),
        (-1, None, 0.0, KICK),
        (-2, False, 0.0, 0.0),
        (-2, True, 0.0, TWO),
        (-2, None, 0.0, TWO),
        (-3, None, 0.0, 0.0),
        (1, False, 1.0, 0.0),
        (3, True, 1.0, 0.0),
    ],
)
def test_a_try_that_ends_the_period_is_plain_arithmetic(
    lead: int, two: bool | None, outright: float, on: float
) -> None:
    """The second side's try wins at once, or goes on to a next overtime that it begins, or loses."""
    alike = odds(FROM_2021)
    wins = outright + on * alike.start(2, 0.0)
    assert alike.try_due(1, lead, 0.0, first=False, two=two) == pytest.approx(wins)


def test_a_try_of_the_first_side_leaves_the_other_its_answer() -> None:
    """After six, the try makes seven or eight to answer; a side behind after its own series has lost."""
    alike = odds(FROM_2021)
    answered = {points: alike.offence_wins(1, -points, 0.0, first=False) for points in (6, 7, 8)}
    kick = 1.0 - KICK * answered[7] - 0.05 * answered[6]
    two = 1.0 - TWO * answered[8] - 0.6 * answered[6]
    assert alike.try_due(1, 6, 0.0, first=True, two=False) == pytest.approx(kick)
    assert alike.try_due(1, 6, 0.0, first=True, two=True) == pytest.approx(two)
    assert alike.try_due(1, 6, 0.0, first=True) == pytest.approx(max(kick, two))
    assert alike.try_due(1, -3, 0.0, first=True) == 0.0


# --- the chances of a series ---


@pytest.mark.parametrize(
    ("down", "distance_yd", "spot", "more"),
    [
        (1, 10.0, 25.0, 0.01 * 2.5 + 0.02 * 5.0 + 0.1 * math.log(10.0)),
        (1, 1.0, 1.0, 0.01 * 0.1 + 0.02),
        (2, 10.0, 25.0, 0.01 * 2.5 + 0.02 * 5.0 + 1.0 + 0.2 * math.log(10.0)),
        (3, 10.0, 25.0, 0.01 * 2.5 + 0.02 * 5.0 + 2.0 + 0.3 * math.log(10.0)),
        (4, 10.0, 25.0, 0.01 * 2.5 + 0.02 * 5.0 + 3.0 + 0.4 * math.log(10.0)),
        (1, 0.0, 25.0, 0.01 * 2.5 + 0.02 * 5.0),
        (1, 30.0, 90.0, 0.01 * 6.0 + 0.02 * math.sqrt(60.0) + 0.1 * math.log(20.0)),
    ],
)
@pytest.mark.parametrize("edge", [0.0, 5.0])
def test_a_series_is_as_likely_to_score_as_its_snap_says(
    down: int, distance_yd: float, spot: float, more: float, edge: float
) -> None:
    """Spot and its root, down, distance by down, the line and the need add up, within what is believable."""
    by_snap = (0.01, 0.02, 1.0, 2.0, 3.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    tables = Series(
        td=(-2.0, *by_snap),
        fg=(-1.0, *by_snap),
        need={"any": (0.3, 0.7), "touchdown": (0.6, 9.0), "first": (0.0, 0.0), "three": (0.0, 0.0)},
    )
    snap: dict[str, Any] = {"down": down, "distance_yd": distance_yd, "yards_to_goal": spot}
    answers, added = odds(FROM_2021, tables), more + 0.5 * edge / 10.0
    touchdown = logistic(-2.0 + 0.3 + added)
    field_goal = (1.0 - touchdown) * logistic(-1.0 + 0.7 + added)
    level = answers.start(2, edge)
    scores = touchdown + field_goal
    assert answers.offence_wins(1, 0, edge, first=False, **snap) == pytest.approx(
        scores + (1.0 - scores) * level
    )
    two = logistic(logit(TWO) + TRY_PER_POINT * edge)
    assert answers.offence_wins(1, -8, edge, first=False, **snap) == pytest.approx(
        logistic(-2.0 + 0.6 + added) * two * level
    )


# --- laws ---


@given(st.sampled_from(ERAS), st.integers(1, 7), st.integers(-9, 9), snaps, st.booleans())
def test_a_favourite_is_never_worse_off(
    rules: OvertimeRules, period: int, lead: int, snap: tuple[int, float, float], first: bool
) -> None:
    """From any snap a better line never lowers a side's chances, by the tables that ship."""
    tables, (down, distance_yd, spot) = shipped().artefact, snap
    alike = OvertimeOdds(tables.series, tables.choices, rules)
    chances = [
        alike.offence_wins(
            period, lead, edge, first=first, down=down, distance_yd=distance_yd, yards_to_goal=spot
        )
        for edge in (-35.0, -14.0, -3.0, 0.0, 0.5, 7.0, 21.0, 35.0)
    ]
    assert all(0.0 <= chance <= 1.0 + 1e-12 for chance in chances)
    assert all(after >= before - 1e-12 for before, after in pairwise(chances))


@given(st.sampled_from(ERAS), st.integers(1, 7), edges)
def test_before_the_toss_the_sides_share_one_chance(rules: OvertimeRules, period: int, edge: float) -> None:
    """A side's chance and the other's add up to one before the toss; equal sides have a half each."""
    alike = odds(rules)
    assert alike.start_unknown(period, edge) + alike.start_unknown(period, -edge) == pytest.approx(1.0)
    assert alike.start_unknown(period, 0.0) == pytest.approx(0.5)


@given(st.sampled_from(ERAS), st.integers(1, 7), edges, snaps, st.booleans())
def test_needing_more_never_helps(
    rules: OvertimeRules, period: int, edge: float, snap: tuple[int, float, float], first: bool
) -> None:
    """The chances fall with every point behind, though sides that need three settle for three."""
    settling = series(edge=EDGE, three=(-2.0, 1.0), touchdown=(2.0, 0.0), any=(-2.0, -1.0))
    down, distance_yd, spot = snap
    for tables in (settling, shipped().artefact.series):
        alike = odds(rules, tables)
        chances = [
            alike.offence_wins(
                period, lead, edge, first=first, down=down, distance_yd=distance_yd, yards_to_goal=spot
            )
            for lead in range(-10, 4)
        ]
        assert all(after >= before - 1e-12 for before, after in pairwise(chances))


def test_the_law_of_needs_would_see_sides_that_settle() -> None:
    """By the tables as they are, these sides would do better needing four than needing three."""
    settling = odds(FROM_2021, series(three=(-2.0, 1.0), touchdown=(2.0, 0.0)))
    likely = {kind: settling._shares(kind, 1, 10.0, 25.0, 0.0) for kind in ("three", "touchdown")}
    needing = {
        need: settling._brings(2, need, *likely[kind], 0.0, NEXT)
        for need, kind in ((3, "three"), (4, "touchdown"))
    }
    assert needing[4] > needing[3] + 0.1
    assert settling.offence_wins(2, -4, 0.0, first=False) == settling.offence_wins(2, -3, 0.0, first=False)


def test_going_second_is_better_between_equals() -> None:
    """Who answers knows what is needed: in a shipped first overtime the second side is the favourite."""
    tables = shipped().artefact
    for rules in ERAS:
        assert OvertimeOdds(tables.series, tables.choices, rules).start(1, 0.0) < 0.5


def test_a_line_beyond_belief_counts_as_the_greatest_and_lines_are_halves() -> None:
    """Edges are held to thirty-five points and to half points, so that the memo stays small."""
    alike = odds(FROM_2021)
    assert alike.start_unknown(1, 80.0) == alike.start_unknown(1, MOST_EDGE)
    assert alike.offence_wins(1, 0, -80.0, first=True) == alike.start(1, -MOST_EDGE)
    assert alike.start_unknown(1, 3.1) == alike.start_unknown(1, 3.0)
    assert alike.try_due(1, 0, 3.1, first=False) == alike.try_due(1, 0, 3.0, first=False)


def test_a_full_memo_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines are asked about, a bounded number is remembered, and the values are the same."""
    remembering, forgetful = odds(FROM_2019), odds(FROM_2019)
    lines = [half / 2.0 for half in range(-20, 21)]
    kept = [remembering.start(1, line) for line in lines]
    monkeypatch.setattr(overtime_odds, "_MOST_REMEMBERED", 10)
    assert [forgetful.start(1, line) for line in lines] == kept
    assert len(forgetful._starts) <= 10 < len(remembering._starts)


# --- overtime in states ---


@pytest.mark.parametrize("rules", ERAS)
@pytest.mark.parametrize("side", [HOME, AWAY])
def test_a_state_of_overtime_is_asked_by_its_series(rules: OvertimeRules, side: Side) -> None:
    """Two series are a period, the first or the second by the number, seen from the side with the ball."""
    scorer = Fitted(artefact(series=series(edge=EDGE))).for_game(Pregame(SEASONS[rules], True, -7.0))
    alike, edge = odds(rules), 7.0 if side is HOME else -7.0
    for number, (period, first) in enumerate(product((1, 2), (True, False)), start=1):
        state = overtime(overtime_series=number, period=4 + period, possession=side)
        p = scorer.home_win_probability(state)
        wins = alike.offence_wins(period, 0, edge, first=first)
        assert p == (wins if side is HOME else 1.0 - wins)


@pytest.mark.parametrize(
    ("said", "wins"),
    [
        ({"overtime_series": 2, "home_score": 21}, 1.0),
        ({"overtime_series": 2, "away_score": 29}, 0.0),
        ({"overtime_series": 2, "possession": None, "home_score": 23}, RUN_OUT),
        ({"overtime_series": 2, "possession": None, "away_score": 23}, 1.0 - RUN_OUT),
        ({"overtime_series": 0, "possession": None}, 0.5),
        ({"overtime_series": 6, "possession": None}, 0.5),
        ({"overtime_series": 5, "phase": Phase.TRY, "down": None, "yards_to_goal": 3}, 0.5),
        ({"overtime_series": 6, "phase": Phase.TRY, "down": None, "yards_to_goal": 3}, TWO + 0.6 * 0.5),
    ],
)
def test_overtime_is_decided_open_or_even(said: dict[str, object], wins: float) -> None:
    """Ahead in the answer has won, nine behind has lost, the toss is even, and a try alone is a try."""
    assert small().home_win_probability(overtime(**said)) == pytest.approx(wins, abs=1e-12)


def test_a_level_period_goes_on_to_the_next() -> None:
    """Before the toss it is the first overtime; nobody's ball, level after both series, is the one after."""
    scorer = Fitted(artefact(series=series(edge=EDGE))).for_game(Pregame(2023, True, -7.0))
    for begun, following in ((0, 1), (2, 2), (4, 3)):
        waiting = overtime(overtime_series=begun, possession=None)
        assert scorer.home_win_probability(waiting) == odds(FROM_2021).start_unknown(following, 7.0)
    assert odds(FROM_2021).start_unknown(1, 7.0) > odds(FROM_2021).start_unknown(2, 7.0) + 1e-3


def test_a_touchdown_of_overtime_awaits_its_try() -> None:
    """With a try due the better of kick and two counts, as long as the rules leave the choice."""
    due = {"phase": Phase.TRY, "down": None, "yards_to_goal": 3, "overtime_series": 1, "home_score": 26}
    wins = odds(FROM_2021).try_due(1, 6, 0.0, first=True)
    assert small().home_win_probability(overtime(**due)) == wins


def test_without_a_line_overtime_has_no_favourite() -> None:
    """Home advantage is known to regulation alone: where no line is known, overtime is between equals."""
    model = Fitted(artefact(series=series(edge=EDGE)))
    toss: State = overtime(overtime_series=0, possession=None)
    assert model.for_game(Pregame()).home_win_probability(toss) == pytest.approx(0.5)
    assert model.for_game(Pregame(home_spread=-2.5)).home_win_probability(toss) > 0.5
