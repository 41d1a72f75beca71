"""The snapshot: all that a client who joins late needs to see of a game."""

from collections.abc import Sequence
from typing import Final

import msgspec

from engine.core.events import Team
from engine.core.ledger import Entry
from engine.core.models.interface import Pregame
from engine.core.probability import ONE
from engine.core.state import State
from engine.core.update import KEY_PLAY_MILLIONTHS

CHART_POINTS: Final = 100
KEY_PLAYS: Final = 5


class ChartPoint(msgspec.Struct, frozen=True, gc=False):
    """The probability after one play."""

    play_id: str
    order: int
    period: int
    clock_s: int
    home_win_probability: float


class KeyPlay(msgspec.Struct, frozen=True, gc=False):
    """A play that moved the probability by at least 0.10."""

    play_id: str
    order: int
    period: int
    clock_s: int
    home_score: int
    away_score: int
    win_probability_added: float
    text: str


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """Teams, state, the last 100 points of the chart and the five biggest plays."""

    game_id: str
    epoch: str
    offset: int
    """Of the last update that it contains; -1 before the first."""
    home: Team
    away: Team
    pregame: Pregame
    state: State
    home_win_probability: float
    away_win_probability: float
    chart: tuple[ChartPoint, ...]
    key_plays: tuple[KeyPlay, ...]


def chart_of(entries: Sequence[Entry]) -> tuple[ChartPoint, ...]:
    """Return the last `CHART_POINTS` points, oldest first."""
    return tuple(
        ChartPoint(
            entry.play.play_id,
            entry.play.order,
            entry.step.state.period,
            entry.step.state.clock_s,
            entry.home_millionths / ONE,
        )
        for entry in entries[-CHART_POINTS:]
    )


def key_plays_of(entries: Sequence[Entry], opening_millionths: int) -> tuple[KeyPlay, ...]:
    """Return the `KEY_PLAYS` plays with the largest |win probability added| of at least 0.10, largest first.

    Of two plays that moved it equally far the earlier comes first.
    """
    moves: list[tuple[int, int]] = []
    before = opening_millionths
    for place, entry in enumerate(entries):
        moved = abs(entry.home_millionths - before)
        if moved >= KEY_PLAY_MILLIONTHS:
            moves.append((-moved, place))
        before = entry.home_millionths
    moves.sort()
    return tuple(
        _key_play(entries[place], entries[place - 1].home_millionths if place else opening_millionths)
        for _, place in moves[:KEY_PLAYS]
    )


def _key_play(entry: Entry, before: int) -> KeyPlay:
    state = entry.step.state
    return KeyPlay(
        entry.play.play_id,
        entry.play.order,
        state.period,
        state.clock_s,
        state.home_score,
        state.away_score,
        (entry.home_millionths - before) / ONE,
        entry.play.text,
    )
