"""One game's win-probability chart as it was told play by play, with its key plays."""

from dataclasses import dataclass
from typing import Final

from engine.core.clock import regulation_left_s
from engine.core.events import Play, Team
from engine.core.football import REGULATION_PERIODS, REGULATION_S
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.core.snapshot import KeyPlay
from engine.core.state import State
from engine.core.update import Update
from simulator.season.reader import RecordedGame

OVERTIME_MINUTES: Final = 5.0
"""Width of an overtime period in a chart: it has plays, but no clock."""


@dataclass(frozen=True, slots=True)
class Point:
    """The win probability after one play."""

    minute: float
    """Minutes of the game that are over; overtimes are drawn `OVERTIME_MINUTES` wide."""
    home_win_probability: float
    play_id: str


@dataclass(frozen=True, slots=True)
class GameChart:
    """All that is drawn of one game."""

    game_id: str
    home: Team
    away: Team
    home_score: int
    away_score: int
    opening_home_win_probability: float
    final_home_win_probability: float
    periods: int
    points: tuple[Point, ...]
    key_plays: tuple[KeyPlay, ...]
    """In the order in which they were played."""

    @property
    def title(self) -> str:
        """The teams and the score, the visitors first."""
        return f"{self.away.name} {self.away_score}, {self.home.name} {self.home_score}"


def chart_of(recorded: RecordedGame, model: Model) -> GameChart:
    """Replay one game for its chart."""
    game = Game(recorded.game_id, model)
    told: list[Update] = []
    opening = game.home_win_probability
    for event in recorded.events:
        update = game.apply(event)
        if isinstance(event, Play) and update is not None and update.play_id is not None:
            told.append(update)
        elif not told and update is not None:
            opening = update.home_win_probability
    snapshot = game.snapshot()
    minutes = _minutes([update.state for update in told])
    return GameChart(
        recorded.game_id,
        snapshot.home,
        snapshot.away,
        snapshot.state.home_score,
        snapshot.state.away_score,
        opening,
        snapshot.home_win_probability,
        max([REGULATION_PERIODS, *(update.state.period for update in told)]),
        tuple(
            Point(minute, update.home_win_probability, update.play_id or "")
            for minute, update in zip(minutes, told, strict=True)
        ),
        tuple(sorted(snapshot.key_plays, key=lambda play: (play.order, play.play_id))),
    )


def _minutes(states: list[State]) -> list[float]:
    """Return where on the time axis each state stands; it never goes back."""
    in_period: dict[int, int] = {}
    for state in states:
        in_period[state.period] = in_period.get(state.period, 0) + 1
    minutes: list[float] = []
    seen: dict[int, int] = {}
    latest = 0.0
    for state in states:
        seen[state.period] = seen.get(state.period, 0) + 1
        if state.period <= REGULATION_PERIODS:
            minute = (REGULATION_S - regulation_left_s(state)) / 60.0
        else:
            share = seen[state.period] / in_period[state.period]
            minute = REGULATION_S / 60.0 + OVERTIME_MINUTES * (state.period - REGULATION_PERIODS - 1 + share)
        latest = max(latest, minute)
        minutes.append(latest)
    return minutes
