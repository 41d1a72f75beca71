"""Clocks and periods that are none, run backwards, or stand still.

What the vendor's id or the row's own text tells is believed over the clock field; a clock that contradicts
most others is left out, for the engine to hold the last one. A clock that stands still over several plays
is kept as stated, and counted: the engine estimates what has run off since, from the past alone.
"""

import re
from typing import Final

from msgspec.structs import replace

from engine.core.football import LONGEST_GAME_PERIODS, PERIOD_S, REGULATION_PERIODS, PlayKind
from simulator.importers.draft import Draft, DraftGame
from simulator.importers.repairs.runs import longest_rising
from simulator.importers.report import Tally

_TIMEOUT_CLOCK: Final = re.compile(r"\bclock (\d{1,2}):(\d\d)")
_TAKES_TIME: Final = (PlayKind.RUN, PlayKind.PASS, PlayKind.SACK)


def mend_clocks(game: DraftGame, tally: Tally) -> None:
    """Mend the periods and clocks of a game's rows."""
    for draft in game.drafts:
        _mend_period(draft, tally)
        _mend_garbage(draft, tally)
    _mend_backwards(game.drafts, tally)
    last: tuple[int | None, int | None] = (None, None)
    for draft in game.drafts:
        play = draft.play
        now = (play.period, play.clock_s)
        if play.kind in _TAKES_TIME and now == last and play.clock_s:
            tally["clock_stuck"].kept += 1
        last = now


def _mend_period(draft: Draft, tally: Tally) -> None:
    play, place = draft.play, draft.place
    if play.period is not None and 1 <= play.period <= LONGEST_GAME_PERIODS:
        return
    count = tally["period_garbage"]
    period = None if place is None else place.period
    draft.play = replace(play, period=period)
    if period is None:
        count.kept += 1
    else:
        count.repaired += 1


def _mend_garbage(draft: Draft, tally: Tally) -> None:
    """Take a clock outside a quarter, or the 0:00 of a row that was entered without a clock, for none."""
    play, place = draft.play, draft.place
    if play.clock_s is None:
        tally["clock_garbage"].kept += 1
        return
    regulation = play.period is not None and play.period <= REGULATION_PERIODS
    unentered = place is not None and place.clock_s is None and play.clock_s == 0 and regulation
    if 0 <= play.clock_s <= PERIOD_S and not unentered:
        return
    draft.play = replace(play, clock_s=None)
    tally["clock_garbage"].repaired += 1


def _mend_backwards(drafts: list[Draft], tally: Tally) -> None:
    """Mend the clocks that are not in the longest run of readings that never run backwards."""
    times = [_elapsed(draft) for draft in drafts]
    run = longest_rising(times)
    if len(run) == sum(time is not None for time in times):
        return
    believed = set(run)
    earliest = 0
    for index, draft in enumerate(drafts):
        elapsed = times[index]
        if index in believed and elapsed is not None:
            earliest = elapsed
            continue
        if elapsed is None:
            continue
        latest = next((times[later] for later in run if later > index), None)
        told = _told_clock(draft)
        if told is not None and earliest <= told[0] and (latest is None or told[0] <= latest):
            draft.play = replace(draft.play, clock_s=told[1], period=told[2])
            tally["clock_rose"].repaired += 1
        else:
            draft.play = replace(draft.play, clock_s=None)
            tally["clock_rose"].dropped += 1


def _elapsed(draft: Draft) -> int | None:
    """Return the seconds played by a row's period and clock; None where it has none, or in overtime."""
    play = draft.play
    if play.period is None or play.clock_s is None:
        return None
    if play.period > REGULATION_PERIODS:
        return (play.period - 1) * PERIOD_S
    return play.period * PERIOD_S - play.clock_s


def _told_clock(draft: Draft) -> tuple[int, int, int] | None:
    """Return seconds played, clock and period as the id or a timeout's text tells them."""
    play, place = draft.play, draft.place
    match = _TIMEOUT_CLOCK.search(play.text) if play.kind is PlayKind.TIMEOUT else None
    period = place.period if place is not None else play.period
    if period is None or not 1 <= period <= REGULATION_PERIODS:
        return None
    if match is not None:
        clock_s = int(match[1]) * 60 + int(match[2])
    elif place is not None and place.clock_s is not None:
        clock_s = place.clock_s
    else:
        return None
    return (period * PERIOD_S - clock_s, clock_s, period) if clock_s <= PERIOD_S else None
