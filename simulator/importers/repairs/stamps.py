"""When each row was received: the vendor's wall clock, made plausible and never falling.

What recorded wall clocks do wrong, and what is done about it:

- Stamps that are whole days off (a game that runs past midnight UTC carries the day before): moved by days
  to between one hour before the scheduled kick-off and 23 hours after it.
- Exactly midnight UTC is a sentinel for "unknown", not a time: such a stamp counts as missing.
- More than twelve hours after the scheduled kick-off is a later correction, not the play: it counts as
  missing.
- Stamps that step backwards: the longest run of stamps that never falls is believed. A row outside it, or
  without a stamp, was received when the row before it was.
- Before the first stamp that is believed, the scheduled kick-off stands (or that stamp, if it is earlier).
- A game without any stamp to believe is timed by its game clock: scheduled kick-off plus the game clock run
  down so far at the mean pace of recorded games, with half-time in between. This is counted apart, as
  estimated.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from engine.core.events import Play
from engine.core.football import HALF_PERIODS, PERIOD_S, REGULATION_PERIODS
from simulator.importers.draft import DraftGame
from simulator.importers.repairs.runs import longest_rising
from simulator.importers.report import Tally

_S: Final = 1_000_000_000
_DAY: Final = 86_400 * _S
_EARLIEST: Final = -3_600 * _S
_LATEST: Final = 12 * 3_600 * _S
REAL_SECONDS_A_GAME_SECOND: Final = 3.1
"""Recorded games of 2018-2022 take about three hours and a half, half-time included."""
HALF_TIME_S: Final = 1_200
OVERTIME_S: Final = 900
"""Real seconds of one overtime period, by which games without stamps are timed."""


def set_received(game: DraftGame, tally: Tally) -> None:
    """Give every row of a game the time at which it was received."""
    plays = [draft.play for draft in game.drafts]
    scheduled = game.start.scheduled_ns
    believed = _believed([_plausible(play.vendor_ns, scheduled, tally) for play in plays])
    first = next((stamp for stamp in believed if stamp is not None), None)
    opening = first if scheduled is None else scheduled if first is None else min(scheduled, first)
    opening = opening or 0
    game.start = replace(game.start, received_ns=opening)
    received = opening
    estimate = opening
    for draft, stamp in zip(game.drafts, believed, strict=True):
        if first is None:
            estimate = max(estimate, opening + _elapsed_ns(draft.play))
            received = estimate
            tally["stamp_estimated"].repaired += 1
        elif stamp is None:
            tally["stamp_doubted"].repaired += 1
        else:
            received = stamp
        draft.play = replace(draft.play, received_ns=received)
    if game.end is not None:
        game.end = replace(game.end, received_ns=received)


def _plausible(stamp: int | None, scheduled: int | None, tally: Tally) -> int | None:
    if stamp is None or stamp <= 0 or stamp % _DAY == 0:
        return None
    if scheduled is None:
        return stamp
    offset = stamp - scheduled
    moved = (offset - _EARLIEST) % _DAY + _EARLIEST
    if not _EARLIEST <= moved <= _LATEST:
        return None
    if moved != offset:
        tally["stamp_moved"].repaired += 1
    return scheduled + moved


def _believed(stamps: Sequence[int | None]) -> list[int | None]:
    """Return the longest run of stamps that never falls, None at every other place."""
    believed: list[int | None] = [None] * len(stamps)
    for row in longest_rising(stamps):
        believed[row] = stamps[row]
    return believed


def _elapsed_ns(play: Play) -> int:
    """Return the real time that the game clock of a play stands for."""
    period, clock_s = play.period, play.clock_s
    if period is None or period < 1:
        return 0
    if period > REGULATION_PERIODS:
        played: float = REGULATION_PERIODS * PERIOD_S * REAL_SECONDS_A_GAME_SECOND
        played += (period - REGULATION_PERIODS) * OVERTIME_S
    else:
        left = clock_s if clock_s is not None and 0 <= clock_s <= PERIOD_S else PERIOD_S
        played = (period * PERIOD_S - left) * REAL_SECONDS_A_GAME_SECOND
    if period > HALF_PERIODS:
        played += HALF_TIME_S
    return int(played) * _S
