"""One generated game as a feed would tell it: the machine's rows as events, stamped as on a real day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.core.events import ORDER_STEP, Event, GameEnd, GameStart, Play, Team
from engine.core.football import OVERTIME_START_YD, Phase, PlayKind, Side
from simulator.synth import happened as h
from simulator.synth.field import FINAL, KICKOFF, NOBODY, SCRIMMAGE, SIDES, Field
from simulator.synth.field import PHASES as PHASE_WORDS
from simulator.synth.machine import Machine
from simulator.synth.matchup import Matchup
from simulator.synth.words import play_words

KINDS: Final = {
    h.RUSH: PlayKind.RUN,
    h.KNEEL: PlayKind.RUN,
    h.LOST_RUN: PlayKind.RUN,
    h.CATCH: PlayKind.PASS,
    h.DROP: PlayKind.PASS,
    h.PICK: PlayKind.PASS,
    h.LOST_CATCH: PlayKind.PASS,
    h.QUARTERBACK_SACK: PlayKind.SACK,
    h.PUNT: PlayKind.PUNT,
    h.FIELD_GOAL: PlayKind.FIELD_GOAL,
    h.FOUL: PlayKind.PENALTY,
    h.KICK: PlayKind.KICKOFF,
    h.TWO_POINT_TRY: PlayKind.TRY,
    h.TIME_OUT: PlayKind.TIMEOUT,
    h.END_OF_PERIOD: PlayKind.PERIOD_END,
    h.END_OF_HALF: PlayKind.HALF_END,
    h.END_OF_REGULATION: PlayKind.REGULATION_END,
    h.END_OF_GAME: PlayKind.GAME_END,
}
_WITH_YARDS: Final = (h.RUSH, h.CATCH, h.DROP, h.QUARTERBACK_SACK, h.FOUL, h.KNEEL)
_LOST: Final = (h.PICK, h.LOST_RUN, h.LOST_CATCH)
_Next = tuple[Phase | None, Side | None, int | None, int | None, int | None]
_NOTHING: Final[_Next] = (None, None, None, None, None)
SECOND_NS: Final = 1_000_000_000
Dice = Callable[[], float]

# Real seconds between rows beyond the game clock's own; with these a game lasts about 3.3 hours.
_BETWEEN_S: Final = (8, 30)
_BREAK_S: Final = (100, 170)
_HALF_TIME_S: Final = (1_150, 1_350)
_TIMEOUT_S: Final = (45, 120)
_START_TO_KICK_S: Final = 240
_LEAST_LAG_S: Final = 2.0
_MOST_LAG_S: Final = 50.0


@dataclass(frozen=True, slots=True)
class Fixture:
    """A game before it is played."""

    game_id: str
    home: Team
    away: Team
    matchup: Matchup
    neutral_site: bool
    week: int
    scheduled_ns: int


@dataclass(frozen=True, slots=True)
class Told:
    """One row: the event, and the board after it, for those who want the truth."""

    event: Event
    field: Field


def tell(fixture: Fixture, dice: Dice, machine: Machine | None = None) -> Iterator[Told]:
    """Play a game and yield its events in order, from the start to the end.

    The field of every yielded row is the machine's own board: it stands as after the row until the next
    is asked for.
    """
    machine = machine or Machine(fixture.matchup)
    field = Field()
    clock = _Stamps(fixture.scheduled_ns, dice)
    matchup, game_id = fixture.matchup, fixture.game_id
    yield Told(
        GameStart(
            game_id=game_id,
            received_ns=clock.received_ns,
            season=matchup.season,
            home=fixture.home,
            away=fixture.away,
            neutral_site=fixture.neutral_site,
            home_spread=matchup.home_spread,
            total=matchup.total,
            scheduled_ns=fixture.scheduled_ns,
            week=fixture.week,
        ),
        field,
    )
    telling = _Telling(machine, dice, clock, game_id, (fixture.home.abbreviation, fixture.away.abbreviation))
    number = 0
    while field.phase != FINAL:
        number += 1
        yield Told(_row(telling, field, number), field)
    clock.pass_s(30)
    yield Told(
        GameEnd(
            game_id=game_id,
            received_ns=clock.received_ns,
            vendor_ns=clock.vendor_ns,
            home_score=field.score[0],
            away_score=field.score[1],
        ),
        field,
    )


class _Telling(NamedTuple):
    """What stays the same from row to row of one game."""

    machine: Machine
    dice: Dice
    clock: "_Stamps"
    game_id: str
    sides: tuple[str, str]


def _row(telling: _Telling, f: Field, number: int) -> Play:
    """Step the machine and state the row."""
    machine, dice, clock, game_id, sides = telling
    machine.prepare(f, dice)
    phase, side, period, clock_s, series = f.phase, f.possession, f.period, f.clock_s, f.series
    down, distance, spot, points = f.down, f.distance, f.yards_to_goal, f.score[0] + f.score[1]
    happened = machine.step(f, dice)
    what, yards, end, _ = happened
    scored = f.score[0] + f.score[1] != points
    administrative = h.administrative(what)
    from_scrimmage = phase == SCRIMMAGE and not administrative
    if phase == KICKOFF:
        side = 1 - side
    series_over = (f.series != series and series > 0) or (period > 4 and f.possession == NOBODY)
    if administrative or (series_over and (scored or not from_scrimmage)):
        nxt = _NOTHING
    elif series_over:  # lost in overtime: as feeds say it, the other side's ball
        nxt = (PHASE_WORDS[SCRIMMAGE], SIDES[1 - side], 1, 10, OVERTIME_START_YD)
    elif f.phase == SCRIMMAGE:
        nxt = (PHASE_WORDS[SCRIMMAGE], SIDES[f.possession], f.down, f.distance, f.yards_to_goal)
    else:
        nxt = (PHASE_WORDS[f.phase], SIDES[f.possession], None, None, None)
    kept_on = from_scrimmage and not series_over and not scored and f.possession == side
    first_down = end == h.FIRST_DOWN if what == h.FOUL else kept_on and f.down == 1
    after = (side, spot - yards) if series_over else (f.possession, f.yards_to_goal)
    clock.row(what, clock_s - f.clock_s if f.period == period else 0, scored=scored)
    return Play(
        game_id=game_id,
        received_ns=clock.received_ns,
        play_id=f"{game_id}{number:03}",
        order=number * ORDER_STEP,
        vendor_ns=clock.vendor_ns,
        kind=KINDS[what],
        period=period,
        clock_s=f.clock_s,
        home_score=f.score[0],
        away_score=f.score[1],
        possession=None if administrative or side == NOBODY else SIDES[side],
        down=down if from_scrimmage else None,
        distance_yd=distance if from_scrimmage else None,
        yards_to_goal=spot if from_scrimmage else None,
        yards_gained=yards if what in _WITH_YARDS else None,
        scoring=scored,
        turnover=what in _LOST or (what == h.KICK and end == h.KEPT_BALL),
        next_phase=nxt[0],
        next_possession=nxt[1],
        next_down=nxt[2],
        next_distance_yd=nxt[3],
        next_yards_to_goal=nxt[4],
        timeout_by=SIDES[end] if what == h.TIME_OUT else None,
        text=play_words(happened, sides, side, after, first_down=first_down, period=period),
    )


class _Stamps:
    """The wall clock of one game: when each row was entered and when it was received."""

    def __init__(self, scheduled_ns: int, dice: Dice) -> None:
        self._dice = dice
        # Both move forward only; whole seconds at the vendor, milliseconds here.
        self.vendor_ns = scheduled_ns - 600 * SECOND_NS
        self.received_ns = self.vendor_ns + 2 * SECOND_NS
        self._kicked_off = False

    def pass_s(self, seconds: float) -> None:
        """Let time pass and take the stamps of a row."""
        self.vendor_ns += int(seconds) * SECOND_NS
        u = self._dice()
        lag_s = _LEAST_LAG_S + (_MOST_LAG_S - _LEAST_LAG_S) * u * u * u
        self.received_ns = max(self.vendor_ns + int(lag_s * 1_000) * 1_000_000, self.received_ns)

    def row(self, what: int, game_s: int, *, scored: bool) -> None:
        """Take the stamps of a row on which `game_s` of game clock ran off."""
        if not self._kicked_off:
            self._kicked_off = True
            self.pass_s(600 + self._between((0, _START_TO_KICK_S)))
            return
        seconds = game_s + self._between(_BETWEEN_S)
        if scored or what in (h.PUNT, h.END_OF_PERIOD, h.END_OF_REGULATION, *_LOST):
            seconds += self._between(_BREAK_S)
        elif what == h.TIME_OUT:
            seconds += self._between(_TIMEOUT_S)
        elif what == h.END_OF_HALF:
            seconds += self._between(_HALF_TIME_S)
        self.pass_s(seconds)

    def _between(self, ends: tuple[int, int]) -> float:
        low, high = ends
        return low + (high - low) * self._dice()
