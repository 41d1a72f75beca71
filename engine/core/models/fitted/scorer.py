"""Scores states: finds the side with the ball, asks regulation or overtime, and turns the answer home.

A phase without a snap is worth what follows it: a kick-off what its receiver has on first and ten at its
own 25, a try the better of its choices, an opening the mean of receiving and kicking off. A value is
computed under several vectors of base coefficients at once, the model's own and its ensemble's, since they
share all of the work but a sum.
"""

from collections.abc import Sequence
from typing import Final

from engine.core.clock import estimated_clock_s
from engine.core.decision import Decision
from engine.core.football import HALF_PERIODS, HOME, REGULATION_PERIODS, Phase, Side, opponent
from engine.core.models.fitted.artefact import Artefact, Numbers, Variant
from engine.core.models.fitted.card import decide
from engine.core.models.fitted.choices import ChoiceOdds
from engine.core.models.fitted.ensemble import INTERVAL_Z, spread
from engine.core.models.fitted.overtime_odds import OvertimeOdds
from engine.core.models.fitted.regulation import KNEEL_S, RegulationOdds, Snap, log_odds, probability
from engine.core.models.interface import Pregame
from engine.core.overtime import overtime_number, tries_only
from engine.core.state import State, in_overtime
from engine.core.successors import second_half

Bases = Sequence[Numbers]

RUNNING_OFF_S: Final = KNEEL_S + 3.0
"""Seconds that a kneel-down has cost by the next snap: the play itself and the play clock after it."""
UNTIMED_DOWNS: Final = 1
"""Plays that may follow the end of a period (rule 3-2-3)."""
RUN_OUT: Final = 0.999
"""Of 2,473 readings of 0:00 with a lead in the fourth quarters of 2021-22 the leader won 2,471."""

_KICKOFF: Final = Phase.KICKOFF
_SCRIMMAGE: Final = Phase.SCRIMMAGE
_TRY: Final = Phase.TRY
_PREGAME: Final = Phase.PREGAME
_RECEIVED_YD: Final = 75
_MIDFIELD_YD: Final = 50


class FittedScorer:
    """One game's win probability by the fitted model."""

    def __init__(self, artefact: Artefact, regulation: RegulationOdds, pregame: Pregame) -> None:
        self._regulation = regulation
        spread_points = pregame.home_spread
        tables = artefact.regulation
        self._variant: Variant = tables.no_line if spread_points is None else tables.line
        if spread_points is None:
            self._home_drift = 0.0 if pregame.neutral_site else regulation.home_edge
        else:
            self._home_drift = 0.0 - spread_points
        # Overtime knows the sides' strength by the line alone.
        self._home_edge = 0.0 if spread_points is None else self._home_drift
        self._overtime = OvertimeOdds(artefact.series, artefact.choices, pregame.rules)
        self._overtime_sd = artefact.overtime_log_odds_sd
        self._own: Bases = (self._variant.base,)
        self.bases: Final[Bases] = (self._variant.base, *self._variant.members)
        self.interval_scale: Final = artefact.interval_scale
        self.choices: Final = ChoiceOdds(artefact.choices)
        self.rules: Final = pregame.rules
        # A memo of one state: the ledger asks for its probability, then the engine for its interval.
        self._known: State | None = None
        self._known_probability = 0.5

    # --- what the engine asks ---

    def home_win_probability(self, state: State) -> float:
        """Return the probability that the home side wins."""
        if state is not self._known:
            self._known_probability = self._home_wins(state, self._own)[0]
            self._known = state
        return self._known_probability

    def interval(self, state: State) -> tuple[float, float]:
        """Return the ends of the 90 % interval: the ensemble's spread in log-odds about the probability."""
        p = self.home_win_probability(state)
        if not 0.0 < p < 1.0:
            return p, p
        half = INTERVAL_Z * self.interval_scale * self._log_odds_sd(state)
        odds = log_odds(p)
        return min(p, probability(odds - half)), max(p, probability(odds + half))

    def expected_points(self, state: State) -> float | None:
        """Return the expected signed points of the half's next score for the side in possession."""
        if state.possession is None or in_overtime(state) or state.phase is _TRY:
            return None
        snap = self._snap(state, state.possession)
        later_quarter_s = 900.0 if state.period in (1, 3) else 0.0
        return self._regulation.expected_points(
            snap.down, snap.distance_yd, snap.yards_to_goal, later_quarter_s + snap.clock_s
        )

    def decision(self, state: State) -> Decision | None:
        """Return the card of a fourth down or a try; None where there is nothing to choose."""
        return None if _regulation_is_over(state) else decide(self, state)

    # --- what the card asks ---

    def wins(self, state: State, side: Side) -> list[float]:
        """Return the probability that the side wins, under the model and each member."""
        home = self._home_wins(state, self.bases)
        return home if side is HOME else [1.0 - wins for wins in home]

    def try_values(self, state: State, side: Side, *, two: bool) -> list[float]:
        """Return the probability that the side wins whose try is due, if it kicks or goes for two."""
        return self._try_values(state, side, self.bases, two=two)

    # --- values under vectors of base coefficients ---

    def _home_wins(self, state: State, bases: Bases) -> list[float]:
        if state.phase is _KICKOFF and state.period == HALF_PERIODS and state.clock_s == 0:
            state = second_half(state)
        side = state.possession
        if side is None or _regulation_is_over(state):
            return self._nobodys_ball(state, bases)
        wins = self._wins(state, side, bases)
        return wins if side is HOME else [1.0 - value for value in wins]

    def _wins(self, state: State, side: Side, bases: Bases) -> list[float]:
        """Return the probability that the side with the ball wins."""
        if in_overtime(state):
            return [self._overtime_wins(state, side)] * len(bases)
        if state.phase is _TRY:
            kick = self._try_values(state, side, bases, two=False)
            two = self._try_values(state, side, bases, two=True)
            return [max(pair) for pair in zip(kick, two, strict=True)]
        snap = self._snap(state, side)
        # A clock that reads 0:00 here is one through which plays went on: it tells nothing.
        known = state.phase is _SCRIMMAGE and state.down is not None and state.clock_s > 0
        if known and self._regulation.is_certain(snap):
            return [1.0] * len(bases)
        return self._snap_wins(snap, bases)

    def _snap_wins(self, snap: Snap, bases: Bases) -> list[float]:
        """Return the probability that the side with the ball wins, never certain: a kick-off can be lost."""
        regulation = self._regulation
        terms, late = regulation.terms(snap), regulation.late(self._variant, snap)
        return [probability(regulation.base(base, terms) + late) for base in bases]

    def _overtime_wins(self, state: State, side: Side) -> float:
        period, first = overtime_number(state.overtime_series), state.overtime_series % 2 == 1
        lead, edge = _lead(state, side), self._edge(side)
        if state.phase is _TRY and not tries_only(state.overtime_series, self.rules):
            return self._overtime.try_due(period, lead, edge, first=first)
        return self._overtime.offence_wins(
            period,
            lead,
            edge,
            first=first,
            down=state.down or 1,
            distance_yd=float(state.distance_yd or 10),
            yards_to_goal=float(state.yards_to_goal or 25),
        )

    def _try_values(self, state: State, side: Side, bases: Bases, *, two: bool) -> list[float]:
        if in_overtime(state):
            period, first = overtime_number(state.overtime_series), state.overtime_series % 2 == 1
            value = self._overtime.try_due(period, _lead(state, side), self._edge(side), first=first, two=two)
            return [value] * len(bases)
        good = self.choices.two_point if two else self.choices.kick
        made = self._after_try(state, side, 2 if two else 1, bases)
        missed = self._after_try(state, side, 0, bases)
        return [good * hit + (1.0 - good) * miss for hit, miss in zip(made, missed, strict=True)]

    def _after_try(self, state: State, side: Side, points: int, bases: Bases) -> list[float]:
        lead = _lead(state, side) + points
        if _clock_has_run_out(state):  # the try is the last play
            if lead:
                return [1.0 if lead > 0 else 0.0] * len(bases)
            return [self._overtime.start_unknown(1, self._edge(side))] * len(bases)
        snap = self._snap(state, opponent(side), lead=-lead, received=True)
        return [1.0 - wins for wins in self._snap_wins(snap, bases)]

    def _nobodys_ball(self, state: State, bases: Bases) -> list[float]:
        """Return the home side's probability where nobody has the ball, or regulation has run out."""
        if in_overtime(state) or _regulation_is_over(state):
            lead = _lead(state, HOME)
            if lead:  # decided, but for the feed's word
                wins = RUN_OUT if lead > 0 else 1.0 - RUN_OUT
            else:
                following = overtime_number(state.overtime_series) + 1
                wins = self._overtime.start_unknown(following, self._home_edge)
            return [wins] * len(bases)
        received = state.phase is _PREGAME
        home = self._snap_wins(self._snap(state, HOME, received=received), bases)
        away = self._snap_wins(self._snap(state, opponent(HOME), received=received), bases)
        return [0.5 * (mine + (1.0 - yours)) for mine, yours in zip(home, away, strict=True)]

    def _snap(self, state: State, side: Side, *, lead: int | None = None, received: bool = False) -> Snap:
        """Return the snap from the side's point of view; a kick-off is taken as received at the 25."""
        home, receiver = side is HOME, state.second_half_receiver
        if state.phase is _PREGAME:
            kick = -1  # who receives the opening kick-off kicks off the second half
        elif receiver is None:
            kick = 0
        else:
            kick = 1 if receiver is side else -1
        if received or state.phase is _KICKOFF:
            down, distance_yd, spot = 1, 10, _RECEIVED_YD
        else:
            spot = state.yards_to_goal or _MIDFIELD_YD
            down, distance_yd = state.down or 1, state.distance_yd or min(10, spot)
        return Snap(
            state.period,
            estimated_clock_s(state),
            max(state.clock_s - _running_off_s(state.plays_on_clock, down, distance_yd), 0.0),
            _lead(state, side) if lead is None else lead,
            self._home_drift if home else 0.0 - self._home_drift,
            down,
            float(distance_yd),
            float(spot),
            state.home_timeouts if home else state.away_timeouts,
            state.away_timeouts if home else state.home_timeouts,
            kick,
        )

    def _edge(self, side: Side) -> float:
        return self._home_edge if side is HOME else 0.0 - self._home_edge

    def _log_odds_sd(self, state: State) -> float:
        """Return the ensemble's spread of the log-odds; exchanging the sides does not change it.

        At a snap the members share all but the base layer. Before a try, or where nobody has the ball, the
        probability is a mean over what may follow.
        """
        if in_overtime(state) or _regulation_is_over(state):
            return self._overtime_sd
        members = self._variant.members
        if state.possession is None or state.phase is _TRY:
            return spread([log_odds(wins) for wins in self._home_wins(state, members)])
        terms = self._regulation.terms(self._snap(state, state.possession))
        return spread([self._regulation.base(member, terms) for member in members])


def _running_off_s(plays_on_clock: int, down: int, distance_yd: int) -> float:
    """Return the seconds that run off by the snap, and have since the reading, after plays that lost ground.

    A series that stands at second and eleven or more has been knelt, or stopped in bounds: the clock runs.
    Feeds stamp such a play at its end, before the forty seconds that it costs.
    """
    knelt = down - 1 if distance_yd >= 10 + down - 1 else 0
    return RUNNING_OFF_S * max(min(plays_on_clock, knelt), 1) if knelt else 0.0


def _lead(state: State, side: Side) -> int:
    margin = state.home_score - state.away_score
    return margin if side is HOME else -margin


def _clock_has_run_out(state: State) -> bool:
    """Whether the fourth quarter reads 0:00; a clock through which several plays went on reads nothing."""
    return state.period == REGULATION_PERIODS and state.clock_s == 0 and state.plays_on_clock <= UNTIMED_DOWNS


def _regulation_is_over(state: State) -> bool:
    """Whether the fourth quarter has run out with no try still due."""
    return _clock_has_run_out(state) and state.phase is not _TRY
