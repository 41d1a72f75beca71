"""Every scrimmage play of season files as the engine saw it: the state before the snap, and what came of it.

The games are replayed through `engine.core.game.Game` itself, so a fit and the air see the same states:
the same repaired scores, believed clocks, counted timeouts and the median of the books. Columns of
`Plays` that look ahead (the result, the next points, the play's own outcome) are targets and never
inputs.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from calibration.fit.words import kick_length_yd, try_after_touchdown
from engine.core.clock import estimated_clock_s
from engine.core.events import Event
from engine.core.football import AWAY, HOME, REGULATION_PERIODS, SCRIMMAGE, Phase, PlayKind, Side
from engine.core.game import Game
from engine.core.ledger import Entry
from engine.core.models.interface import Pregame, Scorer
from engine.core.state import State
from simulator.season.reader import Season, read_games

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

KINDS: Final = tuple(SCRIMMAGE)
"""`Plays.kind` is an index into these."""
MOST_POINTS: Final = 8
"""A bigger step of the score is no play's."""
TOUCHDOWN: Final = 6
_NAN: Final = float("nan")


def kind_number(kind: PlayKind) -> int:
    """Return the number by which `Plays.kind` names a kind."""
    return KINDS.index(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plays:
    """Arrays of one length, one element a scrimmage play with a known ball, in games that somebody won."""

    game: Whole
    """Number of the game, over all seasons."""
    season: Whole
    period: Whole
    clock_s: Floats
    """Seconds believed to be left in the period."""
    home_score: Whole
    away_score: Whole
    home_ball: Flags
    down: Whole
    distance_yd: Whole
    yards_to_goal: Whole
    home_timeouts: Whole
    away_timeouts: Whole
    second_half: Whole
    """1 where the home side receives the second half's kick-off, -1 where the away side does, else 0."""
    overtime_series: Whole
    home_spread: Floats
    """The line as the engine uses it; NaN where there is none."""
    neutral: Flags
    home_won: Flags
    next_points: Whole
    """Points of the half's next score, at or after this play; the away side's are below zero; 0: none."""
    kind: Whole
    """Index into `KINDS`."""
    yards_gained: Floats
    turnover: Flags
    points: Whole
    """Points that the side with the ball made on this play, less those it gave away."""
    lost_at_yd: Floats
    """Yards to goal of the other side where it has the ball next without a score; NaN elsewhere."""
    series: Whole
    """Number of the run of snaps by one side, without a score, kick-off or half-time between them."""
    settled: Flags
    """Whether the game's plays lead to its result: elsewhere the feed left scores out."""
    kick_yd: Floats
    """Length of a field goal by its text; NaN where it does not say."""
    two_tried: Flags
    two_good: Flags
    kick_tried: Flags
    kick_good: Flags

    def __len__(self) -> int:
        return len(self.game)

    def where(self, chosen: Flags) -> "Plays":
        """Return the chosen plays."""
        return Plays(**{name: getattr(self, name)[chosen] for name in _NAMES})

    def take(self, rows: Whole) -> "Plays":
        """Return the plays at these places, repeated where a place is."""
        return Plays(**{name: getattr(self, name)[rows] for name in _NAMES})


_NAMES: Final = tuple(field.name for field in fields(Plays))
_TYPES: Final[Mapping[Any, type[np.generic]]] = {Floats: np.float64, Whole: np.int64, Flags: np.bool_}


class Unpriced:
    """A model without an opinion: the fit asks for states, not for probabilities."""

    name: Final = "unpriced"
    version: Final = "1"
    leverage_scale: Final = 1.0

    def parameters(self) -> Mapping[str, float]:
        """Return nothing: there is nothing to tune."""
        return {}

    def for_game(self, pregame: Pregame) -> Scorer:  # noqa: ARG002 -- the interface's
        """Return a scorer that calls everything even."""
        return _Even()


class _Even:
    def home_win_probability(self, state: State) -> float:  # noqa: ARG002 -- the interface's
        return 0.5

    def interval(self, state: State) -> None:  # noqa: ARG002 -- the interface's
        return None

    def expected_points(self, state: State) -> None:  # noqa: ARG002 -- the interface's
        return None

    def decision(self, state: State) -> None:  # noqa: ARG002 -- the interface's
        return None


def read_plays(seasons: Sequence[Season], progress: Callable[[int], None] | None = None) -> Plays:
    """Replay season files and return their plays.

    Args:
        seasons: the opened files, at least one.
        progress: told how many more events were replayed.

    Raises:
        InputError: a row is no event.
    """
    parts: list[Plays] = []
    for season in seasons:
        for recorded in read_games(season):
            parts.append(plays_of_game(recorded.game_id, recorded.events, len(parts)))
            if progress is not None:
                progress(len(recorded.events))
    return merge(parts)


def merge(parts: Sequence[Plays]) -> Plays:
    """Return several tables (at least one) as one; games and series keep their numbers."""
    return Plays(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _NAMES})


def plays_of_game(game_id: str, events: Iterable[Event], number: int) -> Plays:
    """Return the plays of one game; none where nobody won it."""
    game = Game(game_id, Unpriced())
    for event in events:
        game.apply(event)
    state = game.state
    rows: list[tuple[Any, ...]] = []
    if state.phase is Phase.FINAL and state.home_score != state.away_score:
        rows = list(_rows(game, number, home_won=state.home_score > state.away_score))
    columns = zip(*rows, strict=True) if rows else ((),) * len(_NAMES)
    return Plays(
        **{
            field.name: np.array(values, dtype=_TYPES[field.type])
            for field, values in zip(fields(Plays), columns, strict=True)
        }
    )


def _rows(game: Game, number: int, *, home_won: bool) -> Iterator[tuple[Any, ...]]:
    entries, pregame, result = game.entries, game.pregame, game.state
    last = entries[-1].step.state if entries else result
    settled = (last.home_score, last.away_score) == (result.home_score, result.away_score)
    spread = _NAN if pregame.home_spread is None else pregame.home_spread
    for entry, following, series in zip(entries, _next_points(entries), _series(entries), strict=True):
        state = entry.step.snapped
        if not is_snap(entry):
            continue
        play, after = entry.play, entry.step.state
        home_ball = state.possession is HOME
        sign = 1 if home_ball else -1
        points = sign * ((after.home_score - state.home_score) - (after.away_score - state.away_score))
        lost = (
            points == 0
            and after.phase is Phase.SCRIMMAGE
            and after.possession is not None
            and after.possession is not state.possession
        )
        told = try_after_touchdown(play.text) if abs(points) >= TOUCHDOWN else None
        length = kick_length_yd(play.text) if play.kind is PlayKind.FIELD_GOAL else None
        yield (
            number,
            pregame.season or 0,
            state.period,
            estimated_clock_s(state),
            state.home_score,
            state.away_score,
            home_ball,
            state.down,
            state.distance_yd,
            state.yards_to_goal,
            state.home_timeouts,
            state.away_timeouts,
            _sign_of(state.second_half_receiver),
            state.overtime_series,
            spread,
            pregame.neutral_site,
            home_won,
            following,
            kind_number(play.kind),
            _NAN if play.yards_gained is None else float(play.yards_gained),
            play.turnover,
            points,
            float(after.yards_to_goal) if lost and after.yards_to_goal is not None else _NAN,
            number * 1_000 + series,
            settled,
            _NAN if length is None else float(length),
            told is not None and told.two_points,
            told is not None and told.two_points and told.good,
            told is not None and not told.two_points,
            told is not None and not told.two_points and told.good,
        )


def is_snap(entry: Entry) -> bool:
    """Whether the play started from scrimmage with everything known that a model is asked about."""
    state = entry.step.snapped
    return (
        entry.play.kind in SCRIMMAGE
        and state.phase is Phase.SCRIMMAGE
        and state.possession is not None
        and state.down is not None
        and state.distance_yd is not None
        and state.yards_to_goal is not None
    )


def _sign_of(side: Side | None) -> int:
    return 1 if side is HOME else -1 if side is AWAY else 0


def _half(state: State) -> int:
    """Return 1 or 2 for the halves, and 2 more than the series for overtime."""
    if state.period > REGULATION_PERIODS:
        return 2 + max(state.overtime_series, 1)
    return 1 if state.period <= 2 else 2


def _next_points(entries: Sequence[Entry]) -> list[int]:
    """Return the points of the next score of the half at or after each play, home points above zero."""
    following: list[int] = []
    points, half = 0, 0
    for entry in reversed(entries):
        before, after = entry.step.snapped, entry.step.state
        if _half(before) != half:
            points, half = 0, _half(before)
        scored = (after.home_score - before.home_score) - (after.away_score - before.away_score)
        if scored and abs(scored) <= MOST_POINTS:
            points = scored
        following.append(points)
    return following[::-1]


def _series(entries: Sequence[Entry]) -> list[int]:
    """Return each play's series: one side's snaps with no score, kick-off or half-time between."""
    numbers: list[int] = []
    number = 0
    last: tuple[Side | None, int] | None = None
    for entry in entries:
        before, after = entry.step.snapped, entry.step.state
        if is_snap(entry):
            key = (before.possession, _half(before))
            number += key != last
            last = key
        elif entry.play.kind in (PlayKind.KICKOFF, PlayKind.TRY):
            last = None
        numbers.append(number)
        if (after.home_score, after.away_score) != (before.home_score, before.away_score):
            last = None
    return numbers


def digest_of(paths: Sequence[Path]) -> str:
    """Return a hash over the bytes of files, in order; their names and places do not matter."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
