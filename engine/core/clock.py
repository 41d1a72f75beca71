"""Time left, from clock readings that feeds repeat, forget and turn back.

In half of the recorded games the feed does not enter a new reading with every play: plays of one drive share
the reading of its start. The state keeps the reading (`clock_s`) and the number of plays run since it last
moved (`plays_on_clock`); what is believed to be left is estimated here, from these two alone, and so from the
past alone.
"""

from typing import Final

from engine.core.football import PERIOD_S, REGULATION_PERIODS
from engine.core.state import State

SECONDS_A_PLAY: Final = 26
"""Mean game-clock seconds from snap to snap on plays that keep the clock running (seasons 2018-2022)."""

MOST_OF_READING: Final = 0.5
"""An estimate never spends more than this share of the last reading: a quarter is not ended by guessing."""


def estimated_clock_s(state: State) -> float:
    """Return the seconds believed to be left in the period, between 0 and the last reading."""
    reading = state.clock_s
    if state.plays_on_clock == 0:
        return float(reading)
    spent = SECONDS_A_PLAY * state.plays_on_clock
    most = reading * MOST_OF_READING
    return reading - (spent if spent < most else most)


def regulation_left_s(state: State) -> float:
    """Return the seconds of regulation believed to be left: 3,600 at kick-off, 0 in overtime."""
    if state.period > REGULATION_PERIODS:
        return 0.0
    later_s = (REGULATION_PERIODS - state.period) * PERIOD_S
    return later_s + (estimated_clock_s(state) if state.plays_on_clock else float(state.clock_s))
