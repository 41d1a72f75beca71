"""The rule book on the board: downs, kicks, lost balls, scores, tries, periods, overtime by the season.

Every method moves the field and returns what happened. The figures are those of `engine.core.football`.
"""

from collections.abc import Callable
from typing import Final

from engine.core.football import (
    OVERTIME_START_YD,
    PERIOD_S,
    TIMEOUTS_A_HALF,
    TIMEOUTS_AN_OVERTIME,
    TRY_YD,
    OvertimeRules,
    first_tries_only_period,
)
from simulator.synth.field import FINAL, KICKOFF, NOBODY, SCRIMMAGE, STOPPED, TRY, Field
from simulator.synth.happened import (
    DEAD,
    END_OF_GAME,
    FIELD_GOAL,
    GOOD,
    KEPT_BALL,
    KICK,
    KICK_GOOD,
    KICK_MISSED,
    MISSED,
    NO_TRY,
    ON_SIDE,
    PUNT,
    RETURNED_FOR_TOUCHDOWN,
    SAFETY,
    SCORED,
    TOUCHBACK_MADE,
    TRY_RETURNED,
    TWO_FAILED,
    TWO_GOOD,
    TWO_POINT_TRY,
    Happened,
)
from simulator.synth.situation import LATE_S, punt_zone
from simulator.synth.tables import GRID, KEPT, RETURNED, TOUCHBACK, Entry, Tables, tables

Dice = Callable[[], float]

_KICKOFF_RETURN_YD: Final = 75
_TOUCHBACK_YD: Final = 80
_NEVER: Final = 10_000


class Rules:
    """The rules of one season, with the tables that kicks and tries are drawn from."""

    __slots__ = ("_tables", "_tries_only_from", "_two_points_from")

    def __init__(self, overtime: OvertimeRules) -> None:
        self._tables: Final[Tables] = tables()
        self._tries_only_from: Final = first_tries_only_period(overtime) or _NEVER
        self._two_points_from: Final = 2 if overtime is OvertimeRules.FROM_2021 else 3

    # --- periods ---

    def toss(self, f: Field, random: Dice) -> None:
        """Decide who receives the opening kick-off."""
        f.possession = 0 if random() < 0.5 else 1
        f.receiver = 1 - f.possession

    def begin_period(self, f: Field, random: Dice) -> None:
        """Start the period that follows one which has ended."""
        f.ended = False
        f.running = STOPPED
        f.period += 1
        if f.period > 4:
            self._begin_series(f, 0 if random() < 0.5 else 1, 1)
            return
        f.clock_s = PERIOD_S
        if f.period == 3:
            f.timeouts = [TIMEOUTS_A_HALF, TIMEOUTS_A_HALF]
            _kickoff_to(f, f.receiver)

    def decided(self, f: Field) -> bool:
        """Whether a period of overtime has left one side ahead."""
        return f.period > 4 and f.score[0] != f.score[1]

    def end_game(self, f: Field) -> Happened:
        """State the end of the game."""
        f.phase = FINAL
        return (END_OF_GAME, 0, 0, 0)

    # --- downs ---

    def gained(self, f: Field, yards: int) -> None:
        """Move the ball and the chains after a play that ended on the field."""
        f.yards_to_goal -= yards
        if yards >= f.distance:
            f.down, f.distance = 1, min(10, f.yards_to_goal)
        elif f.down == 4:
            self._take_over(f, 1 - f.possession, 100 - f.yards_to_goal)
        else:
            f.down += 1
            f.distance = min(f.distance - yards, f.yards_to_goal)

    def lost_ball(self, f: Field, what: int, ball: Entry, random: Dice) -> Happened:
        """Give the ball away where the table says."""
        end, net = ball
        spot, taker = f.yards_to_goal, 1 - f.possession
        there = spot - net
        if end == RETURNED or there >= 100:
            return self.touchdown(f, what, taker, 0, random)
        if end == TOUCHBACK or there <= 0:
            self._take_over(f, taker, _TOUCHBACK_YD)
            return (what, 0, TOUCHBACK_MADE, 0)
        self._take_over(f, taker, 100 - there)
        return (what, net, DEAD, 0)

    def _take_over(self, f: Field, side: int, spot: int) -> None:
        f.running = STOPPED
        if f.period > 4 and side != f.possession:
            self._end_series(f)
            return
        f.phase, f.possession, f.down, f.distance, f.yards_to_goal = SCRIMMAGE, side, 1, min(10, spot), spot

    # --- scores ---

    def touchdown(self, f: Field, what: int, side: int, yards: int, random: Dice) -> Happened:
        """Score a touchdown of `side` with its try, unless that could change nothing."""
        score, defended = f.score, side != f.possession
        score[side] += 6
        lead = score[side] - score[1 - side]
        if f.period > 4:
            over = defended or (f.series % 2 == 0 and lead > 0)
        else:
            over = f.period == 4 and f.clock_s == 0 and not -2 <= lead <= 0
        tried = NO_TRY if over else self._try_after(f, lead, random)
        if tried == KICK_GOOD:
            score[side] += 1
        elif tried == TWO_GOOD:
            score[side] += 2
        elif tried == TRY_RETURNED:
            score[1 - side] += 2
        self._after_score(f, 1 - side)
        return (what, yards, RETURNED_FOR_TOUCHDOWN if defended else SCORED, tried)

    def _try_after(self, f: Field, lead: int, random: Dice) -> int:
        t = self._tables
        if f.period > 4:
            two = f.period - 4 >= self._two_points_from or lead == -2
        elif f.period == 4:
            two = random() < t.two_late[min(max(lead, -20), 20) + 20]
        else:
            two = random() < t.two_early
        u = random()
        if u < t.try_returned and f.period <= 4:
            return TRY_RETURNED
        if two:
            return TWO_GOOD if u < t.two_good else TWO_FAILED
        return KICK_GOOD if u < t.kick_good else KICK_MISSED

    def safety(self, f: Field, what: int, spot: int) -> Happened:
        """Score a safety against the side with the ball, which then kicks off."""
        f.score[1 - f.possession] += 2
        self._after_score(f, 1 - f.possession)
        return (what, spot - 100, SAFETY, 0)

    def _after_score(self, f: Field, receiver: int) -> None:
        f.running = STOPPED
        if f.period > 4:
            self._end_series(f)
        else:
            _kickoff_to(f, receiver)

    # --- kicks ---

    def kickoff(self, f: Field, random: Dice) -> Happened:
        """Kick off; a side that is behind late tries to keep the ball."""
        t = self._tables
        receiver = f.possession
        kicker = 1 - receiver
        behind = f.score[receiver] - f.score[kicker]
        onside = f.period == 4 and 0 < behind <= 16 and f.clock_s <= (LATE_S if behind > 8 else 120)
        end, spot = (t.onside if onside else t.kickoffs)[int(random() * GRID)]
        if end == TOUCHBACK:
            self._take_over(f, receiver, spot)
            return (KICK, 0, TOUCHBACK_MADE, 0)
        took = t.kick_return[int(random() * len(t.kick_return))]
        f.clock_s = f.clock_s - took if f.clock_s > took else 0
        if end == RETURNED:
            f.possession = kicker  # as if the kicking side had lost it
            return self.touchdown(f, KICK, receiver, 100, random)
        self._take_over(f, kicker if end == KEPT else receiver, spot)
        return (KICK, 0, KEPT_BALL if end == KEPT else ON_SIDE if onside else DEAD, 0)

    def punt(self, f: Field, random: Dice) -> Happened:
        """Punt the ball away, or lose it on the way."""
        spot, side = f.yards_to_goal, f.possession
        end, net = self._tables.punts[punt_zone(spot)][int(random() * GRID)]
        there = spot - net
        if end == RETURNED or there >= 100:
            return self.touchdown(f, PUNT, 1 - side, 0, random)
        if end == TOUCHBACK or there <= 0:
            self._take_over(f, 1 - side, _TOUCHBACK_YD)
            return (PUNT, spot, TOUCHBACK_MADE, 0)
        if end == KEPT:
            self._take_over(f, side, there)
            return (PUNT, net, KEPT_BALL, 0)
        self._take_over(f, 1 - side, 100 - there)
        return (PUNT, net, DEAD, 0)

    def field_goal(self, f: Field, random: Dice) -> Happened:
        """Try a field goal; the other side takes over a miss at the spot, or at its 20 (rule 8-4-2)."""
        t = self._tables
        spot, side = f.yards_to_goal, f.possession
        good = t.field_goal_good
        u = random()
        if u < good[spot if spot < len(good) else -1]:
            f.score[side] += 3
            self._after_score(f, 1 - side)
            return (FIELD_GOAL, spot + 17, GOOD, 0)
        if random() < t.field_goal_returned and f.period <= 4:
            return self.touchdown(f, FIELD_GOAL, 1 - side, 0, random)
        self._take_over(f, 1 - side, min(_TOUCHBACK_YD, 100 - spot))
        return (FIELD_GOAL, spot + 17, MISSED, 0)

    # --- overtime ---

    def tries_only(self, f: Field, random: Dice) -> Happened:
        """Make the one try of a series in an overtime of two-point tries alone."""
        good = random() < self._tables.two_good
        if good:
            f.score[f.possession] += 2
        self._end_series(f)
        return (TWO_POINT_TRY, 0, GOOD if good else MISSED, TWO_GOOD if good else TWO_FAILED)

    def _end_series(self, f: Field) -> None:
        """Hand the ball over in overtime, or end the game: the defence scored, or one leads after both."""
        side = f.possession
        level = f.score[0] == f.score[1]
        defence_ahead = f.series % 2 == 1 and f.score[1 - side] > f.score[side]
        if defence_ahead or (f.series % 2 == 0 and not level):
            f.ended = True
            f.phase, f.possession, f.down, f.distance, f.yards_to_goal = SCRIMMAGE, NOBODY, 0, 0, 0
            return
        self._begin_series(f, 1 - side if f.series % 2 == 1 else side, f.series + 1)

    def _begin_series(self, f: Field, side: int, series: int) -> None:
        overtime = (series + 1) // 2
        if series % 2 == 1:
            f.timeouts = [TIMEOUTS_AN_OVERTIME, TIMEOUTS_AN_OVERTIME]
        f.period, f.clock_s, f.series, f.running = 4 + overtime, 0, series, STOPPED
        f.possession = side
        if overtime >= self._tries_only_from:
            f.phase, f.down, f.distance, f.yards_to_goal = TRY, 0, 0, TRY_YD
        else:
            f.phase, f.down, f.distance = SCRIMMAGE, 1, 10
            f.yards_to_goal = OVERTIME_START_YD


def _kickoff_to(f: Field, receiver: int) -> None:
    f.phase, f.possession, f.down, f.distance, f.yards_to_goal = KICKOFF, receiver, 0, 0, _KICKOFF_RETURN_YD
