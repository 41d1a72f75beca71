"""What the books ask for a game: the recorded lines, or a market made up around a simple model.

Where a season holds no lines, three books open with the spread and total of the game's start. During the game
their prices follow the Brownian model of the score, with a drift that they share and a jitter of their own:
seeded, so that the same moment has the same price.
"""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.core.events import GameStart, Market, Odds
from engine.core.football import PERIOD_S, REGULATION_PERIODS, REGULATION_S
from engine.core.game import Game
from engine.core.market import MOST_SPREAD_POINTS, MOST_TOTAL_POINTS, credible
from engine.core.models.brownian import Brownian
from simulator.feed.clock import SECOND_NS
from simulator.feed.espn_status import clock_of, scores_of
from simulator.feed.games import FeedGame, Standing

PRICED_EVERY_NS: Final = 15 * SECOND_NS
"""How long a live price stands, in recorded time."""
_BOOKS: Final = {"Consensus": 0.0, "DraftKings": 1.0, "FanDuel": -1.0}
"""The made-up books, and to which side of the consensus each leans: their median is the consensus."""
_JITTER: Final = 0.02
_DRIFT: Final = 0.12
"""Standard deviations of a price's logit: of one book alone, and of all together."""
_DRIFT_TICKS: Final = 20
_POISON: Final = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
"""What the engine may raise on a statement that no football game can hold."""
_LEAST: Final = 0.004
"""A probability below this, or above 1 less this, has no price any more."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one book says of a game at one moment; None where it offers no such bet."""

    book: str
    live: bool
    home_win_probability: float | None
    home_spread: float | None
    total: float | None


class GameMarket:
    """The lines of one game."""

    def __init__(self, game: FeedGame, seed: int) -> None:
        self._game: Final = game
        self._name: Final = f"{seed}/{game.game_id}"
        self._recorded_live: Final = any(
            isinstance(event, Odds) and event.market is Market.LIVE for event in game.events
        )
        # The model's word before kick-off, by the start that it was asked about.
        self._opening: tuple[GameStart, float] | None = None
        self._begin()

    def _begin(self) -> None:
        # The model's game after the first `_told` statements, and its word; `_model_at` moves them together.
        self._told = 0
        self._model_game = Game(self._game.game_id, Brownian())
        self._probability = 0.5

    def lines(self, standing: Standing, position_ns: int) -> list[Line]:
        """Return what the books ask: the lines of the market that is open, or the closing ones at the end."""
        live = bool(standing.plays) and not standing.over
        market = Market.LIVE if live else Market.PREGAME
        recorded = [_recorded(odds) for odds in standing.odds if odds.market is market]
        if recorded or (live and self._recorded_live):
            return recorded
        return self._live(standing, position_ns) if live else list(self._pregame(standing.start))

    def _pregame(self, start: GameStart) -> Iterable[Line]:
        if self._opening is None or self._opening[0] != start:
            update = Game(start.game_id, Brownian()).apply(start)
            self._opening = start, 0.5 if update is None else update.home_win_probability
        probability = self._opening[1]
        lean = 0.5 * random.Random(f"{self._name}/lean").randint(0, 1)
        spread, total = _credible_line(start.home_spread, start.total)
        for book, sign in _BOOKS.items():
            yield Line(
                book,
                live=False,
                home_win_probability=probability,
                home_spread=None if spread is None else spread + sign * lean,
                total=None if total is None else total - sign * lean,
            )

    def _live(self, standing: Standing, position_ns: int) -> list[Line]:
        fair = self._model_at(standing.told)
        tick = position_ns // PRICED_EVERY_NS
        drift = _DRIFT * self._noise("drift", tick // _DRIFT_TICKS, tick % _DRIFT_TICKS / _DRIFT_TICKS)
        left = _share_left(standing)
        home, away = scores_of(standing)
        spread, total = _credible_line(standing.start.home_spread, standing.start.total)
        spread = spread or 0.0
        margin = home - away - spread * left
        lines = []
        for book in _BOOKS:
            jitter = _JITTER * self._noise(book, tick, 0.0)
            probability = _moved(fair, drift + jitter)
            open_ = _LEAST <= probability <= 1.0 - _LEAST
            lines.append(
                Line(
                    book,
                    live=True,
                    home_win_probability=probability if open_ else None,
                    home_spread=_half(-(margin + 4.0 * (drift + jitter) * left)) if open_ else None,
                    total=None if total is None or not open_ else _half(home + away + total * left) + 0.5,
                )
            )
        return lines

    def _noise(self, name: str, tick: int, share: float) -> float:
        """Return a standard normal draw for a tick, or the way a share between two ticks' draws."""
        here = random.Random(f"{self._name}/{name}/{tick}").gauss(0.0, 1.0)
        if share == 0.0:
            return here
        return here + share * (random.Random(f"{self._name}/{name}/{tick + 1}").gauss(0.0, 1.0) - here)

    def _model_at(self, told: int) -> float:
        if told < self._told:
            self._begin()
        for event in self._game.events[self._told : told]:
            try:
                update = self._model_game.apply(event)
            except _POISON:
                continue  # a book goes on with what it could read
            if update is not None:
                self._probability = update.home_win_probability
        self._told = told
        return self._probability


def _recorded(odds: Odds) -> Line:
    spread, total = _credible_line(odds.home_spread, odds.total)
    probability = credible(odds.home_win_probability, 1.0)
    if probability is not None and probability < 0.0:
        probability = None
    return Line(odds.book, odds.market is Market.LIVE, probability, spread, total)


def _credible_line(spread: float | None, total: float | None) -> tuple[float | None, float | None]:
    return credible(spread, MOST_SPREAD_POINTS), credible(total, MOST_TOTAL_POINTS)


def _moved(probability: float, logits: float) -> float:
    """Return a probability moved by so many logits."""
    held = min(1.0 - 1e-6, max(1e-6, probability))
    odds = held / (1.0 - held) * math.exp(logits)
    return odds / (1.0 + odds)


def _share_left(standing: Standing) -> float:
    """Return the share of regulation that is still to be played."""
    period, clock_s = clock_of(standing)
    if not 1 <= period <= REGULATION_PERIODS:
        return 0.0
    left_s: float = (REGULATION_PERIODS - period) * PERIOD_S + min(PERIOD_S, max(0, clock_s))
    return left_s / REGULATION_S


def _half(points: float) -> float:
    return round(points * 2.0) / 2.0 + 0.0
