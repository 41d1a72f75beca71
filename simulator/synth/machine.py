"""The state machine of a game: from one board to the next, by the dice.

`Machine.step(field, random)` moves the board by one row of play-by-play and says what happened. What it does
depends on the board and on the numbers that `random` gives, and on nothing else. Kicks, scores and overtime
live in `rules.py`, what is called at need in `calls.py`.
"""

from collections.abc import Callable
from math import sqrt
from typing import Final

from engine.core.football import PERIOD_S, REGULATION_S
from simulator.synth.calls import field_goal_now, fourth_down_call, kneels, wants_the_ball
from simulator.synth.field import (
    AFTER_FIRST_DOWN,
    KICKOFF,
    NOBODY,
    RUNNING,
    SCRIMMAGE,
    STOPPED,
    TRY,
    Field,
)
from simulator.synth.happened import (
    CATCH,
    DEAD,
    DROP,
    END_OF_HALF,
    END_OF_PERIOD,
    END_OF_REGULATION,
    FIRST_DOWN,
    FOUL,
    KNEEL,
    LOST_CATCH,
    LOST_RUN,
    PICK,
    QUARTERBACK_SACK,
    RUSH,
    TIME_OUT,
    Happened,
)
from simulator.synth.matchup import EVEN, STRONGEST, Matchup
from simulator.synth.rules import Rules
from simulator.synth.situation import (
    CHASE,
    CHASE_LATE,
    HALF_END,
    LATE_S,
    call_zone,
    distance_class,
    situation,
    timeout_class,
    turnover_zone,
    zone,
)
from simulator.synth.tables import (
    FUMBLE,
    GRID,
    INCOMPLETE,
    INTERCEPTION,
    SACK,
    TOUCHDOWN,
    Tables,
    tables,
)

Dice = Callable[[], float]
"""Gives numbers in [0, 1), as `random.Random(seed).random` does."""

_KNEEL_WAIT_S: Final = 38
_LAST_SNAP_S: Final = 5
_HASTE_S: Final = 14
"""With a running clock a side in haste needs this much to line up and snap once more."""
_CLOCK_STARTS_AFTER_FOUL: Final = 0.4
"""Share of penalties after which the clock starts on the referee's signal."""


class Machine:
    """The dice's rules for one matchup."""

    __slots__ = ("_expected_margin", "_expected_points", "_rules", "_strengths", "_tables")

    def __init__(self, matchup: Matchup) -> None:
        self._tables: Final[Tables] = tables()
        self._rules: Final = Rules(matchup.rules)
        self._expected_margin: Final = -matchup.home_spread / REGULATION_S
        self._expected_points: Final = matchup.total / REGULATION_S
        self._strengths: Final = matchup.strengths()

    def prepare(self, f: Field, random: Dice) -> None:
        """Begin the game or the next period where due: the board then shows what the next row starts from."""
        if f.possession == NOBODY and f.phase == KICKOFF:
            self._rules.toss(f, random)
        if f.ended and not self._rules.decided(f):
            self._rules.begin_period(f, random)

    def step(self, f: Field, random: Dice) -> Happened:
        """Play one row: the ball, a timeout or the end of a period. The game must not be over."""
        if f.ended or f.possession == NOBODY:
            self.prepare(f, random)
            if f.ended:
                return self._rules.end_game(f)
        if f.clock_s == 0 and f.period <= 4:
            return self._end_period(f)
        if f.phase == KICKOFF:
            return self._rules.kickoff(f, random)
        if f.phase == TRY:
            return self._rules.tries_only(f, random)
        return self._snap(f, random)

    def _end_period(self, f: Field) -> Happened:
        f.running = STOPPED
        if f.period == 4 and f.score[0] != f.score[1]:
            return self._rules.end_game(f)
        f.ended = True
        if f.period == 2:
            f.phase, f.possession, f.down, f.distance, f.yards_to_goal = KICKOFF, f.receiver, 0, 0, 75
            return (END_OF_HALF, 0, 0, 0)
        if f.period == 4:
            f.phase, f.possession, f.down, f.distance, f.yards_to_goal = SCRIMMAGE, NOBODY, 0, 0, 0
            return (END_OF_REGULATION, 0, 0, 0)
        return (END_OF_PERIOD, 0, 0, 0)

    def _snap(self, f: Field, random: Dice) -> Happened:
        t = self._tables
        side, period, clock_s, down = f.possession, f.period, f.clock_s, f.down
        margin = f.score[side] - f.score[1 - side]
        now = situation(period, clock_s, margin)
        late = clock_s <= LATE_S and period in (2, 4)
        kneeling = late and kneels(f, margin)

        if f.running:
            if not kneeling:
                offence, defence = t.timeouts[timeout_class(period, clock_s, margin)]
                u = random()
                if u < offence + defence:
                    caller = side if u < offence else 1 - side
                    if f.timeouts[caller] > 0:
                        f.timeouts[caller] -= 1
                        f.running = STOPPED
                        return (TIME_OUT, 0, caller, 0)
            if period <= 4:
                if kneeling:
                    wait = _KNEEL_WAIT_S
                else:
                    last_minute = late and clock_s <= 60 and now in (HALF_END, CHASE_LATE)
                    waits = t.waits[f.running - 1][8 if last_minute else now]
                    wait = waits[int(random() * len(waits))]
                if not kneeling and wait > clock_s - _LAST_SNAP_S and wants_the_ball(f, clock_s, margin):
                    # Nobody who needs points lets the half run out: a timeout, or a snap in haste.
                    if f.timeouts[side] > 0:
                        f.timeouts[side] -= 1
                        f.running = STOPPED
                        return (TIME_OUT, 0, side, 0)
                    if clock_s >= _HASTE_S:
                        wait = clock_s - _LAST_SNAP_S
                if wait >= clock_s:
                    f.clock_s = 0
                    return self._end_period(f)
                clock_s -= wait
        if kneeling:
            f.clock_s = clock_s - 2 if clock_s > 2 else 0
            return self._kneel(f)

        lasted = t.lasted[late]
        if down == 4 or (late and clock_s <= 25):
            call = (
                fourth_down_call(t, f, clock_s, margin, random)
                if down == 4
                else field_goal_now(f, clock_s, margin)
            )
            if call:
                f.clock_s = _run_off(period, clock_s, lasted[2 if call == 2 else 3], random)
                return self._rules.punt(f, random) if call == 2 else self._rules.field_goal(f, random)
        if random() < t.penalty_rate[down - 1]:
            f.clock_s = _run_off(period, clock_s, lasted[4], random)
            return self._foul(f, random)
        return self._run_or_pass(f, random, now, clock_s, late=late)

    def _run_or_pass(self, f: Field, random: Dice, now: int, clock_s: int, *, late: bool) -> Happened:
        t = self._tables
        down, distance, spot = f.down, f.distance, f.yards_to_goal
        far, at = distance_class(distance), zone(spot)
        runs = random() < t.run_share[now][down - 1][far][call_zone(spot)]
        table = t.runs[at][far] if runs else t.passes[now in (HALF_END, CHASE, CHASE_LATE)][at][far]
        # A side of strength t draws places q in the table with density 1 + t (2q - 1). This inverts its
        # integral, (1 - t) q + t q^2, by the square root, which every machine rounds alike.
        strength = self._strength(f, clock_s)
        even = 1 - strength
        outcome, yards = table[
            int((sqrt(even * even + 4 * strength * random()) - even) / (2 * strength) * GRID)
        ]

        f.running = STOPPED
        f.clock_s = _run_off(f.period, clock_s, t.lasted[late][outcome == INCOMPLETE], random)
        if outcome == INCOMPLETE:
            self._rules.gained(f, 0)
            return (DROP, 0, 0, 0)
        if outcome == INTERCEPTION:
            ball = t.interceptions[turnover_zone(spot)][int(random() * GRID)]
            return self._rules.lost_ball(f, PICK, ball, random)
        if outcome == FUMBLE:
            ball = t.fumbles[turnover_zone(spot)][int(random() * GRID)]
            return self._rules.lost_ball(f, LOST_RUN if runs else LOST_CATCH, ball, random)
        what = RUSH if runs else QUARTERBACK_SACK if outcome == SACK else CATCH
        if outcome == TOUCHDOWN or yards >= spot:
            if outcome != TOUCHDOWN and spot <= 20:
                yards = spot - 1  # near the goal the tables count touchdowns apart
            else:
                return self._rules.touchdown(f, what, f.possession, spot, random)
        if spot - yards >= 100:
            return self._rules.safety(f, what, spot)
        f.running = AFTER_FIRST_DOWN if yards >= distance else RUNNING
        self._rules.gained(f, yards)
        return (what, yards, 0, 0)

    def _strength(self, f: Field, clock_s: int) -> float:
        """Return the strength of the side with the ball, by the line and by how the score differs from it."""
        period, (home, away) = f.period, f.score
        elapsed_s = PERIOD_S * period - clock_s if period <= 4 else REGULATION_S
        base, by_margin, by_points = self._strengths[f.possession]
        strength = (
            base
            + by_margin * (home - away - self._expected_margin * elapsed_s)
            + by_points * (home + away - self._expected_points * elapsed_s)
        )
        if -EVEN < strength < EVEN:
            return EVEN
        return -STRONGEST if strength < -STRONGEST else strength if strength < STRONGEST else STRONGEST

    def _kneel(self, f: Field) -> Happened:
        f.running = RUNNING
        lost = 1 if f.yards_to_goal < 98 else 0
        self._rules.gained(f, -lost)
        return (KNEEL, -lost, 0, 0)

    def _foul(self, f: Field, random: Dice) -> Happened:
        spot = f.yards_to_goal
        first, moved = self._tables.penalties[spot <= 20][int(random() * GRID)]
        # No penalty takes more than half the distance to the goal line (rule 10-2-6).
        moved = min(moved, spot // 2) if moved > 0 else max(moved, -((100 - spot) // 2))
        new = spot - moved
        f.yards_to_goal = new
        first_down = first or moved >= f.distance
        if first_down:
            f.down, f.distance = 1, min(10, new)
        else:
            f.distance = min(f.distance - moved, new)
        f.running = AFTER_FIRST_DOWN if random() < _CLOCK_STARTS_AFTER_FOUL and f.period <= 4 else STOPPED
        return (FOUL, moved, FIRST_DOWN if first_down else DEAD, 0)


def _run_off(period: int, clock_s: int, lasted: tuple[int, ...], random: Dice) -> int:
    """Return the clock after a play; overtime has none."""
    if period > 4:
        return 0
    left = clock_s - lasted[int(random() * len(lasted))]
    return left if left > 0 else 0
