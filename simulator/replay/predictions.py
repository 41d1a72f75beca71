"""The probabilities that a replay is scored by: one row a scrimmage play, as it stood before the snap.

A play is collected when the feed states a down of 1-4 for it, when it was the newest play as it was first
stated, and when its game has a final result that is no tie. Every model is asked at the same moment: before
the play, from the state that the statements so far gave, with the play's own down, distance and spot.
Reference models come along where the season file carries them. Overtime is collected too; what is scored of
all this is the judges' choice (`regulation`, and `calibration/sets.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.clock import regulation_left_s
from engine.core.events import Event, Play
from engine.core.football import LONGEST_GAME_PERIODS, REGULATION_PERIODS, SCRIMMAGE
from engine.core.game import Game
from engine.core.state import State
from engine.core.update import Cause, Update

SCORED_SET: Final = (
    "scrimmage plays of regulation with a stated down 1-4, before the snap, in games that were won by a side"
)
_KINDS: Final = frozenset(SCRIMMAGE)

_NAN: Final = float("nan")
_COLUMNS: Final = 8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Arrays of one length, one element a play."""

    game: NDArray[np.int32]
    """Index of the game among those replayed, in the order of the file."""
    play_id: NDArray[np.str_]
    season: NDArray[np.int16]
    """Year in which the season began; 0 where the file does not say."""
    home_won: NDArray[np.bool_]
    home_win_probability: Floats
    period: NDArray[np.int8]
    """1-4, and 5 for the first overtime."""
    seconds_left: Floats
    """Seconds of regulation believed to be left before the play."""
    margin: NDArray[np.int16]
    """Home lead before the play, points."""
    home_spread: Floats
    """The line before kick-off; NaN where there was none."""
    down: NDArray[np.int8]
    yards_to_goal: Floats
    """To the opponent's goal line; NaN where the feed does not say."""
    references: dict[str, Floats]
    """Other models' home win probability before the same play, by name; NaN where they have none."""

    def __len__(self) -> int:
        return len(self.game)

    def where(self, chosen: NDArray[np.bool_]) -> "Predictions":
        """Return the chosen plays."""
        arrays = {name: getattr(self, name)[chosen] for name in _ARRAYS}
        references = {name: values[chosen] for name, values in self.references.items()}
        return Predictions(**arrays, references=references)

    def regulation(self) -> "Predictions":
        """Return the plays of periods 1-4: `SCORED_SET`."""
        return self.where(self.period <= REGULATION_PERIODS)


_ARRAYS: Final = tuple(field.name for field in fields(Predictions) if field.name != "references")


class PredictionLog:
    """Collects one game's plays while it is replayed."""

    def __init__(self, game: Game) -> None:
        self._game = game
        # One tuple a play: row, probability, period, seconds left, margin, line, down and spot.
        self._rows: list[tuple[float, ...]] = []
        # Ids of the plays in `_rows`, in their order; only the first statement of a play is scored.
        self._play_ids: dict[str, None] = {}

    def take(self, row: int, event: Event, update: Update, before: State) -> None:
        """Note the event at `row` if it is to be scored; `before` is the state that its update replaced."""
        if not isinstance(event, Play) or update.cause is not Cause.PLAY or event.kind not in _KINDS:
            return
        probability, down = update.home_win_probability_before, event.down
        if probability is None or down is None or not 1 <= down <= 4:
            return
        period = before.period if event.period is None else event.period
        if not 1 <= period <= LONGEST_GAME_PERIODS or event.play_id in self._play_ids:
            return
        self._play_ids[event.play_id] = None
        spread, spot = self._game.pregame.home_spread, event.yards_to_goal
        self._rows.append(
            (
                row,
                probability,
                period,
                regulation_left_s(before) if period <= REGULATION_PERIODS else 0.0,
                before.home_score - before.away_score,
                _NAN if spread is None else spread,
                down,
                _NAN if spot is None else spot,
            )
        )

    def finish(self, home_won: bool | None, references: Mapping[str, Sequence[float | None]]) -> Predictions:
        """Return the game's predictions; none where nobody won. Reference values outside [0, 1] are none."""
        rows = [] if home_won is None else self._rows
        table = np.array(rows, dtype=np.float64).reshape(len(rows), _COLUMNS)
        places = table[:, 0].astype(np.int64)
        return Predictions(
            game=np.zeros(len(rows), dtype=np.int32),
            play_id=np.array(list(self._play_ids)[: len(rows)], dtype=np.str_),
            season=np.full(len(rows), self._game.start.season or 0, dtype=np.int16),
            home_won=np.full(len(rows), bool(home_won)),
            home_win_probability=table[:, 1],
            period=table[:, 2].astype(np.int8),
            seconds_left=table[:, 3],
            margin=table[:, 4].astype(np.int16),
            home_spread=table[:, 5],
            down=table[:, 6].astype(np.int8),
            yards_to_goal=table[:, 7],
            references={
                name: _probabilities(np.array(values, dtype=np.float64)[places])
                for name, values in references.items()
            },
        )


def merge(parts: Sequence[Predictions], games_before: Sequence[int] | None = None) -> Predictions:
    """Return several predictions (at least one) as one.

    Args:
        parts: one element a game; or of several games each, where `games_before` is given.
        games_before: how many games stand before each part; 0, 1, 2, ... by default. A reference that a part
            lacks is NaN in it.
    """
    before = range(len(parts)) if games_before is None else games_before
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
    shift = np.repeat(np.array(before, dtype=np.int32), [len(part) for part in parts])
    arrays["game"] = arrays["game"] + shift
    names = dict.fromkeys(name for part in parts for name in part.references)
    silent = {len(part): np.full(len(part), _NAN) for part in parts}
    references = {
        name: np.concatenate([part.references.get(name, silent[len(part)]) for part in parts])
        for name in names
    }
    return Predictions(**arrays, references=references)


def _probabilities(values: Floats) -> Floats:
    return np.where((values >= 0.0) & (values <= 1.0), values, np.nan)
