"""The decision card: the states to which each choice leads, valued by the scorer and its ensemble.

What the choices are worth moves together from member to member, so whether one is better is judged on the
*difference* of their log-odds: the call is too close where its 90 % interval holds zero.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from msgspec.structs import replace

from engine.core.ball import Ball, first_down, kickoff_to, try_by
from engine.core.decision import Choice, Decision, Option
from engine.core.football import (
    FIELD_YD,
    HALF_PERIODS,
    HOME,
    PERIOD_S,
    TIMEOUTS_A_HALF,
    OvertimeRules,
    Phase,
    Side,
    opponent,
)
from engine.core.models.fitted.choices import LEAST_PUNT_YD, ChoiceOdds
from engine.core.models.fitted.ensemble import INTERVAL_Z, spread
from engine.core.models.fitted.overtime_odds import must_go_for_two
from engine.core.models.fitted.regulation import log_odds
from engine.core.overtime import next_series, overtime_number, tries_only
from engine.core.probability import ONE, millionths
from engine.core.state import State, in_overtime

GO_S: Final = 6
KICK_S: Final = 5
PUNT_S: Final = 10
PAST_THE_LINE_YD: Final = 3
"""Median yards beyond the line to gain of a fourth down that reached it."""
MISSED_KICK_YD: Final = 7
"""A missed field goal gives the ball up at the spot of the kick, so far behind the line."""


Branch = tuple[float, State]
"""A share of the time, and the state to which it leads."""


class Valuer(Protocol):
    """What the card asks of the scorer."""

    @property
    def choices(self) -> ChoiceOdds:
        """How likely each choice is to come off."""

    @property
    def rules(self) -> OvertimeRules:
        """The season's overtime."""

    @property
    def interval_scale(self) -> float:
        """What the ensemble's spread is multiplied by."""

    def wins(self, state: State, side: Side) -> list[float]:
        """Return the probability that the side wins, under the model and each member."""

    def try_values(self, state: State, side: Side, *, two: bool) -> list[float]:
        """Return the probability that the side wins whose try is due, under the model and each member."""


def decide(scorer: Valuer, state: State) -> Decision | None:
    """Return the card of a state, best choice first; None where there is nothing to choose."""
    side = state.possession
    if side is None:
        return None
    if state.phase is Phase.TRY:
        return _try_card(scorer, state, side)
    if state.phase is Phase.SCRIMMAGE and state.down == 4 and state.yards_to_goal is not None:
        return _fourth_down_card(scorer, state, side)
    return None


def _try_card(scorer: Valuer, state: State, side: Side) -> Decision | None:
    if in_overtime(state):
        number = overtime_number(state.overtime_series)
        if must_go_for_two(scorer.rules, number) or tries_only(state.overtime_series, scorer.rules):
            return None
    chances = {Choice.KICK: scorer.choices.kick, Choice.TWO: scorer.choices.two_point}
    values = {choice: scorer.try_values(state, side, two=choice is Choice.TWO) for choice in chances}
    return _ranked(scorer.interval_scale, chances, values)


def _fourth_down_card(scorer: Valuer, state: State, side: Side) -> Decision | None:
    """Value the branches of each choice: (share of the time, state it leads to)."""
    branches = dict(_branches(scorer, state, side))
    if len(branches) < 2:
        return None
    chances = {choice: success for choice, (success, _) in branches.items()}
    values = {choice: _mixed(scorer, side, leads) for choice, (_, leads) in branches.items()}
    return _ranked(scorer.interval_scale, chances, values)


def _mixed(scorer: Valuer, side: Side, leads: Sequence[Branch]) -> list[float]:
    """Return what a choice is worth, under the model and each member: the mean over where it leads."""
    worth = [[share * wins for wins in scorer.wins(after, side)] for share, after in leads]
    return [sum(values) for values in zip(*worth, strict=True)]


def _branches(
    scorer: Valuer, state: State, side: Side
) -> Iterator[tuple[Choice, tuple[float, tuple[Branch, ...]]]]:
    spot, other = state.yards_to_goal, opponent(side)
    assert spot is not None
    distance = state.distance_yd or min(10, spot)
    odds, rules = scorer.choices, scorer.rules
    converted = odds.conversion(distance, spot)
    if distance >= spot:
        gained = _with_points(_later(state, GO_S), side, 6, try_by(side))
    else:
        gained = _with_ball(_later(state, GO_S), first_down(side, spot - distance - PAST_THE_LINE_YD))
    lost = _given_up(_later(state, GO_S), side, FIELD_YD - spot, rules)
    yield Choice.GO, (converted, ((converted, gained), (1.0 - converted, lost)))
    good = odds.field_goal(spot)
    if good is not None:
        made = _kicked(_later(state, KICK_S), side, rules)
        missed = _given_up(_later(state, KICK_S), side, min(80, FIELD_YD - spot - MISSED_KICK_YD), rules)
        yield Choice.FIELD_GOAL, (good, ((good, made), (1.0 - good, missed)))
    if spot >= LEAST_PUNT_YD and not in_overtime(state):
        punted = _with_ball(_later(state, PUNT_S), first_down(other, odds.punt_end(spot)))
        yield Choice.PUNT, (1.0, ((1.0, punted),))


def _later(state: State, seconds: int) -> State:
    """Return the state that many seconds later, with the ball where it is."""
    if in_overtime(state):
        return state
    left_s = state.clock_s - seconds
    if left_s > 0:
        return replace(state, clock_s=left_s)
    if state.clock_s == 0:  # a clock that has stood at 0:00 through plays tells nothing
        return state
    return replace(state, clock_s=0, plays_on_clock=0)


def _with_ball(state: State, ball: Ball) -> State:
    if state.clock_s == 0 and state.period == HALF_PERIODS and ball.phase is not Phase.TRY:
        ball = kickoff_to(state.second_half_receiver)
        state = replace(
            state,
            period=HALF_PERIODS + 1,
            clock_s=PERIOD_S,
            plays_on_clock=0,
            home_timeouts=TIMEOUTS_A_HALF,
            away_timeouts=TIMEOUTS_A_HALF,
        )
    return replace(
        state,
        phase=ball.phase,
        possession=ball.possession,
        down=ball.down,
        distance_yd=ball.distance_yd,
        yards_to_goal=ball.yards_to_goal,
    )


def _with_points(state: State, side: Side, points: int, ball: Ball) -> State:
    home = points if side is HOME else 0
    scored = replace(state, home_score=state.home_score + home, away_score=state.away_score + points - home)
    return _with_ball(scored, ball)


def _kicked(state: State, side: Side, rules: OvertimeRules) -> State:
    """Return the state after a field goal."""
    if not in_overtime(state):
        return _with_points(state, side, 3, kickoff_to(opponent(side)))
    return _handed_over(_with_points(state, side, 3, try_by(side)), side, rules)


def _given_up(state: State, side: Side, yards_to_goal: int, rules: OvertimeRules) -> State:
    """Return the state after the ball went over on downs or on a missed kick."""
    if in_overtime(state):
        return _handed_over(state, side, rules)
    return _with_ball(state, first_down(opponent(side), yards_to_goal))


def _handed_over(state: State, side: Side, rules: OvertimeRules) -> State:
    tied = state.home_score == state.away_score
    ball, series = next_series(side, state.overtime_series, rules, tied=tied)
    return replace(_with_ball(state, ball), overtime_series=series)


def _ranked(scale: float, chances: Mapping[Choice, float], values: Mapping[Choice, list[float]]) -> Decision:
    """Return the card from what the choices are worth under the model (first) and under each member."""
    order = sorted(values, key=lambda choice: (-millionths(values[choice][0]), choice))
    odds = {choice: [log_odds(value) for value in values[choice]] for choice in order}
    options = []
    for choice in order:
        told, half = odds[choice][0], INTERVAL_Z * scale * spread(odds[choice][1:])
        options.append(
            Option(
                choice,
                _spoken(values[choice][0]),
                _spoken(_probability(told - half)),
                _spoken(_probability(told + half)),
                _spoken(chances[choice]),
            )
        )
    ahead = [best - second for best, second in zip(odds[order[0]], odds[order[1]], strict=True)]
    strength = round(max(ahead[0], 0.0), 3)  # choices worth the same millionths stand in any order
    return Decision(tuple(options), strength, strength <= INTERVAL_Z * scale * spread(ahead[1:]))


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))


def _spoken(p: float) -> float:
    return millionths(p) / ONE
