"""The probabilities that a replay is scored by: one row a scrimmage play, as it stood before the snap.

A play is scored when the feed states a down of 1-4 for it in periods 1-4, when it was the newest play as it
was first stated, and when its game has a final result that is no tie. Every model is asked at the same
moment: before the play, from the state that the statements so far gave, with the play's own down, distance
and spot. Reference models come along where the season file carries them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.clock import regulation_left_s
from engine.core.events import Event, Play
from engine.core.football import REGULATION_PERIODS, SCRIMMAGE
from engine.core.game import Game
from engine.core.state import State
from engine.core.update import Cause, Update

SCORED_SET: Final = (
    "scrimmage plays of regulation with a stated down 1-4, before the snap, in games that were won by a side"
)
_KINDS: Final = frozenset(SCRIMMAGE)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Arrays of one length, one element a scored play."""

    game: NDArray[np.int32]
    """Index of the game among those replayed, in the order of the file."""
    home_won: NDArray[np.bool_]
    home_win_probability: Floats
    period: NDArray[np.int8]
    seconds_left: Floats
    """Seconds of regulation believed to be left before the play."""
    margin: NDArray[np.int16]
    """Home lead before the play, points."""
    home_spread: Floats
    """The line that the model was told; NaN where there was none."""
    references: dict[str, Floats]
    """Other models' home win probability before the same play, by name; NaN where they have none."""

    def __len__(self) -> int:
        return len(self.game)


class PredictionLog:
    """Collects one game's scored plays while it is replayed."""

    def __init__(self, game: Game) -> None:
        self._game = game
        # One tuple a scored play: its row, probability, period, seconds left, margin and line.
        self._rows: list[tuple[int, float, int, float, int, float]] = []
        # Plays that were scored; only the first statement of a play is.
        self._scored: set[str] = set()

    def take(self, row: int, event: Event, update: Update, before: State) -> None:
        """Note the event at `row` if it is to be scored; `before` is the state that its update replaced."""
        if not isinstance(event, Play) or update.cause is not Cause.PLAY or event.kind not in _KINDS:
            return
        probability, down = update.home_win_probability_before, event.down
        if probability is None or down is None or not 1 <= down <= 4:
            return
        period = before.period if event.period is None else event.period
        if not 1 <= period <= REGULATION_PERIODS or event.play_id in self._scored:
            return
        self._scored.add(event.play_id)
        spread = self._game.pregame.home_spread
        self._rows.append(
            (
                row,
                probability,
                period,
                regulation_left_s(before),
                before.home_score - before.away_score,
                float("nan") if spread is None else spread,
            )
        )

    def finish(self, home_won: bool | None, references: Mapping[str, Sequence[float | None]]) -> Predictions:
        """Return the game's predictions; none where nobody won. Reference values outside [0, 1] are none."""
        rows = [] if home_won is None else self._rows
        table = np.array(rows, dtype=np.float64).reshape(len(rows), 6)
        places = table[:, 0].astype(np.int64)
        return Predictions(
            game=np.zeros(len(rows), dtype=np.int32),
            home_won=np.full(len(rows), bool(home_won)),
            home_win_probability=table[:, 1],
            period=table[:, 2].astype(np.int8),
            seconds_left=table[:, 3],
            margin=table[:, 4].astype(np.int16),
            home_spread=table[:, 5],
            references={
                name: _probabilities(np.array(values, dtype=np.float64)[places])
                for name, values in references.items()
            },
        )


def merge(games: Sequence[Predictions]) -> Predictions:
    """Return the predictions of several games (at least one) as one, numbered in the order given."""
    names = games[0].references
    return Predictions(
        game=np.repeat(np.arange(len(games), dtype=np.int32), [len(game) for game in games]),
        home_won=np.concatenate([game.home_won for game in games]),
        home_win_probability=np.concatenate([game.home_win_probability for game in games]),
        period=np.concatenate([game.period for game in games]),
        seconds_left=np.concatenate([game.seconds_left for game in games]),
        margin=np.concatenate([game.margin for game in games]),
        home_spread=np.concatenate([game.home_spread for game in games]),
        references={name: np.concatenate([game.references[name] for game in games]) for name in names},
    )


def _probabilities(values: Floats) -> Floats:
    return np.where((values >= 0.0) & (values <= 1.0), values, np.nan)
