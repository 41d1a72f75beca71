"""The decision card: the states to which each choice leads, valued by the scorer and its ensemble.

What the choices are worth moves together from member to member, so whether one is better is judged on the
*difference* of their log-odds: the call is too close where its 90 % interval holds zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from engine.core.ball import after_missed_kick, first_down, try_by
from engine.core.decision import Choice, Decision, Option
from engine.core.football import FIELD_YD, OvertimeRules, Phase, Side, opponent
from engine.core.models.fitted.choices import LEAST_PUNT_YD, ChoiceOdds, chance
from engine.core.models.fitted.ensemble import INTERVAL_Z, spread
from engine.core.models.fitted.overtime_odds import must_go_for_two
from engine.core.models.fitted.regulation import log_odds
from engine.core.overtime import overtime_number, tries_only
from engine.core.probability import ONE, millionths
from engine.core.state import State, in_overtime
from engine.core.successors import given_up, kicked, later, with_ball, with_points

GO_S: Final = 6
KICK_S: Final = 5
PUNT_S: Final = 10
PAST_THE_LINE_YD: Final = 3
"""Median yards beyond the line to gain of a fourth down that reached it."""


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
    return _ranked(scorer.interval_scale, chances, values, scorer.wins(state, side)[0])


def _fourth_down_card(scorer: Valuer, state: State, side: Side) -> Decision | None:
    leading = dict(branches(scorer, state, side))
    if len(leading) < 2:
        return None
    chances = {choice: success for choice, (success, _) in leading.items()}
    values = {choice: _mixed(scorer, side, leads) for choice, (_, leads) in leading.items()}
    return _ranked(scorer.interval_scale, chances, values, scorer.wins(state, side)[0])


def _mixed(scorer: Valuer, side: Side, leads: Sequence[Branch]) -> list[float]:
    """Return what a choice is worth, under the model and each member: the mean over where it leads."""
    worth = [[share * wins for wins in scorer.wins(after, side)] for share, after in leads]
    return [sum(values) for values in zip(*worth, strict=True)]


def branches(
    scorer: Valuer, state: State, side: Side
) -> Iterator[tuple[Choice, tuple[float, tuple[Branch, ...]]]]:
    """Yield each choice of a fourth down with its chance to come off and the states to which it leads."""
    spot, other = state.yards_to_goal, opponent(side)
    assert spot is not None
    distance = state.distance_yd or min(10, spot)
    odds, rules = scorer.choices, scorer.rules
    converted = odds.conversion(distance, spot)
    if distance >= spot:
        gained = with_points(later(state, GO_S), side, 6, try_by(side))
    else:
        gained = with_ball(later(state, GO_S), first_down(side, spot - distance - PAST_THE_LINE_YD))
    lost = given_up(later(state, GO_S), side, FIELD_YD - spot, rules)
    yield Choice.GO, (converted, ((converted, gained), (1.0 - converted, lost)))
    good = odds.field_goal(spot)
    if good is not None:
        made = kicked(later(state, KICK_S), side, rules)
        missed = given_up(later(state, KICK_S), side, after_missed_kick(spot), rules)
        yield Choice.FIELD_GOAL, (good, ((good, made), (1.0 - good, missed)))
    if spot >= LEAST_PUNT_YD and not in_overtime(state):
        punted = with_ball(later(state, PUNT_S), first_down(other, odds.punt_end(spot)))
        yield Choice.PUNT, (1.0, ((1.0, punted),))


def _ranked(
    scale: float, chances: Mapping[Choice, float], values: Mapping[Choice, list[float]], told: float
) -> Decision:
    """Return the card from what the choices are worth under the model (first) and under each member.

    `told` is the probability that viewers see of the state itself. It is fitted on what sides really chose,
    the card on where choices lead; where it lies outside the card, the card is moved to it, keeping what
    sets choices apart.
    """
    odds = {choice: [log_odds(value) for value in under_each] for choice, under_each in values.items()}
    middles = [under_each[0] for under_each in odds.values()]
    seen = log_odds(told)
    moved = max(seen - max(middles), 0.0) + min(seen - min(middles), 0.0)
    odds = {choice: [value + moved for value in under_each] for choice, under_each in odds.items()}
    order = sorted(odds, key=lambda choice: (-millionths(chance(odds[choice][0])), choice))
    options = []
    for choice in order:
        middle, half = odds[choice][0], INTERVAL_Z * scale * spread(odds[choice][1:])
        options.append(
            Option(
                choice,
                _spoken(chance(middle)),
                _spoken(chance(middle - half)),
                _spoken(chance(middle + half)),
                _spoken(chances[choice]),
            )
        )
    ahead = [best - second for best, second in zip(odds[order[0]], odds[order[1]], strict=True)]
    strength = round(max(ahead[0], 0.0), 3)  # choices worth the same millionths stand in any order
    return Decision(tuple(options), strength, strength <= INTERVAL_Z * scale * spread(ahead[1:]))


def _spoken(p: float) -> float:
    return millionths(p) / ONE
