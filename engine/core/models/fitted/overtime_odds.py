"""Overtime, exactly: dynamic programming over possessions under the rules of each era.

Each period brings both sides one series from the 25, or one two-point try each where the rules say so; who
went second goes first in the next (rule 3-1-3). A series brings 0, 3 or 6 points and its try; how likely
each is depends on the snap, on what the series must bring and on the line. Values are for the side with the
ball unless said otherwise.
"""

import math
from typing import Final

from engine.core.football import OVERTIME_START_YD, OvertimeRules, first_tries_only_period
from engine.core.models.fitted.artefact import Choices, Series
from engine.core.models.fitted.choices import chance

FORESIGHT: Final = 8
"""Periods looked ahead where the rules never come to tries alone; level after them is worth a half."""
TRY_PER_POINT: Final = 0.012
"""Log-odds of a two-point try for each point of the line."""
MOST_EDGE: Final = 35.0
MOST_A_SERIES: Final = 8
_NEEDS: Final = (0, 1, 3, 4, 6, 7, 8)
"""The needs of a side going second at which its chances change; those between are as the one before."""
_MOST_REMEMBERED: Final = 4096


def must_go_for_two(rules: OvertimeRules, period: int) -> bool:
    """Whether a touchdown of this overtime (1, 2, ...) must be followed by a two-point try."""
    return period >= (2 if rules is OvertimeRules.FROM_2021 else 3)


def _tries_only(rules: OvertimeRules, period: int) -> bool:
    first = first_tries_only_period(rules)
    return first is not None and period >= first


def _shifted(p: float, log_odds: float) -> float:
    return chance(math.log(p / (1.0 - p)) + log_odds)


class OvertimeOdds:
    """Win probability in overtime by the tables of an artefact, for one season's rules."""

    def __init__(self, series: Series, choices: Choices, rules: OvertimeRules) -> None:
        self._series, self._choices, self._rules = series, choices, rules
        # A memo of `start`: a pure function's values, bounded in number.
        self._starts: dict[tuple[int, float, int], float] = {}

    def offence_wins(
        self,
        period: int,
        lead: int,
        edge: float,
        *,
        first: bool,
        down: int = 1,
        distance_yd: float = 10.0,
        yards_to_goal: float = float(OVERTIME_START_YD),
    ) -> float:
        """Return the probability that the side with the ball wins.

        Args:
            period: 1 is the first overtime.
            lead: its score minus the other's.
            edge: points by which it is favoured over a whole game, 0 where no line is known.
            first: whether it has the first series of the period.
            down: 1-4.
            distance_yd: yards to gain.
            yards_to_goal: 1-99.
        """
        edge = _coarse(edge)
        if _tries_only(self._rules, period):
            return self._try_alone(period, lead, edge, first=first)
        if not first:
            if lead > 0:
                return 1.0
            level = self.start(period + 1, edge)
            return self._reply(period, -lead, edge, level, down, distance_yd, yards_to_goal)
        touchdown, field_goal = self._shares("first", down, distance_yd, yards_to_goal, edge)
        level = self.start(period + 1, -edge)
        wins = 0.0
        for points, share in self._points(period, None, touchdown, field_goal, edge):
            wins += share * (1.0 - self._reply(period, points + lead, -edge, level))
        return wins

    def try_due(self, period: int, lead: int, edge: float, *, first: bool, two: bool | None = None) -> float:
        """Return the probability that the side wins whose touchdown counts and whose try is due.

        `two` is True for two points, False for a kick, None for the better of what the rules allow.
        """
        edge = _coarse(edge)
        good = _shifted(self._choices.two_point, edge * TRY_PER_POINT)
        values = [
            success * self._after_series(period, lead + worth, edge, first=first)
            + (1.0 - success) * self._after_series(period, lead, edge, first=first)
            for worth, success in ((1, self._choices.kick), (2, good))
        ]
        if two or must_go_for_two(self._rules, period):
            return values[1]
        return values[0] if two is False else max(values)

    def start_unknown(self, period: int, edge: float) -> float:
        """Return the probability of a side before the toss: the mean of going first and second."""
        edge = _coarse(edge)
        return 0.5 * (self.start(period, edge) + (1.0 - self.start(period, -edge)))

    def start(self, period: int, edge: float, foresight: int = FORESIGHT) -> float:
        """Return the probability that the side going first in a period wins, the scores level."""
        key = (period, edge, foresight)
        known = self._starts.get(key)
        if known is not None:
            return known
        if _tries_only(self._rules, period):
            mine, yours = self._try_success(edge), self._try_success(-edge)
            win, lose = mine * (1.0 - yours), yours * (1.0 - mine)
            value = win / (win + lose)  # the same pair of tries for ever: a geometric series
        elif foresight == 0:
            value = 0.5
        else:
            touchdown, field_goal = self._shares("first", 1, 10.0, float(OVERTIME_START_YD), edge)
            level = self.start(period + 1, -edge, foresight - 1)  # the other side goes first next time
            value = 0.0
            for points, share in self._points(period, None, touchdown, field_goal, edge):
                value += share * (1.0 - self._reply(period, points, -edge, level))
        if len(self._starts) >= _MOST_REMEMBERED:
            self._starts.clear()
        self._starts[key] = value
        return value

    def _after_series(self, period: int, lead: int, edge: float, *, first: bool) -> float:
        """Return the probability of the side that has just ended its series, try included."""
        if first:
            return 1.0 - self.offence_wins(period, -lead, -edge, first=False)
        if lead:
            return 1.0 if lead > 0 else 0.0
        return self.start(period + 1, edge)

    def _try_alone(self, period: int, lead: int, edge: float, *, first: bool) -> float:
        mine, yours = self._try_success(edge), self._try_success(-edge)
        if first:
            level = 1.0 - self.start(period + 1, -edge)
            answered = (1.0 - yours) + yours * level
            return mine * answered + (1.0 - mine) * (1.0 - yours) * level
        level = self.start(period + 1, edge)
        if lead > 0:
            return 1.0
        if lead == 0:
            return mine + (1.0 - mine) * level
        if lead == -1:  # no try brings one point here, but a feed can say so
            return mine
        return mine * level if lead == -2 else 0.0

    def _reply(
        self,
        period: int,
        need: int,
        edge: float,
        level: float,
        down: int = 1,
        distance_yd: float = 10.0,
        yards_to_goal: float = float(OVERTIME_START_YD),
    ) -> float:
        """Return the probability that the side going second wins when `need` points would level the score.

        Who needs less can play as if it needed more, so it is never worse off: where the tables, which know
        what sides do and not what they could, say otherwise, the greater need is worth no more than the less.
        """
        if need < 0:
            return 1.0
        if need > MOST_A_SERIES:
            return 0.0
        wins, known, touchdown, field_goal = 1.0, "", 0.0, 0.0
        for less in _NEEDS:
            if less > need:
                break
            kind = "any" if less == 0 else ("three" if less <= 3 else "touchdown")
            if kind != known:
                known = kind
                touchdown, field_goal = self._shares(kind, down, distance_yd, yards_to_goal, edge)
            wins = min(wins, self._brings(period, less, touchdown, field_goal, edge, level))
        return wins

    def _brings(
        self, period: int, need: int, touchdown: float, field_goal: float, edge: float, level: float
    ) -> float:
        """Return how likely a series brings more than needed, or as much and the next period is won."""
        wins = 0.0
        for points, share in self._points(period, need, touchdown, field_goal, edge):
            if points > need:
                wins += share
            elif points == need:
                wins += share * level
        return wins

    def _shares(
        self, kind: str, down: int, distance_yd: float, yards_to_goal: float, edge: float
    ) -> tuple[float, float]:
        """Return how likely a touchdown and a field goal are, of a series that must bring `kind`."""
        distance, yards = math.log(min(20.0, max(1.0, distance_yd))), min(60.0, max(1.0, yards_to_goal))
        root = math.sqrt(yards)
        td, fg = self._series.td, self._series.fg
        more_td, more_fg = self._series.need[kind]
        touchdown = (
            td[0] + td[1] * yards / 10.0 + td[2] * root + td[5 + down] * distance + td[10] * edge / 10.0
        )
        field_goal = (
            fg[0] + fg[1] * yards / 10.0 + fg[2] * root + fg[5 + down] * distance + fg[10] * edge / 10.0
        )
        if down > 1:
            touchdown += td[1 + down]
            field_goal += fg[1 + down]
        p = chance(touchdown + more_td)
        q = 0.0 if kind == "touchdown" else chance(field_goal + more_fg)
        return p, (1.0 - p) * q

    def _points(
        self, period: int, need: int | None, touchdown: float, field_goal: float, edge: float
    ) -> tuple[tuple[int, float], ...]:
        """Return the points that a series can bring, and how likely each is."""
        nothing = 1.0 - touchdown - field_goal
        if need is not None and need < 6:  # a touchdown wins: no try matters
            return ((0, nothing), (3, field_goal), (6, touchdown))
        if must_go_for_two(self._rules, period) or need == 8:
            two = self._try_success(edge)
            return ((0, nothing), (3, field_goal), (6, touchdown * (1.0 - two)), (8, touchdown * two))
        kick = self._choices.kick
        return ((0, nothing), (3, field_goal), (6, touchdown * (1.0 - kick)), (7, touchdown * kick))

    def _try_success(self, edge: float) -> float:
        return _shifted(self._choices.two_point, edge * TRY_PER_POINT)


def _coarse(edge: float) -> float:
    """Return the edge in half points, as lines are made, so that the memo stays small."""
    return round(2.0 * max(-MOST_EDGE, min(MOST_EDGE, edge))) / 2.0
