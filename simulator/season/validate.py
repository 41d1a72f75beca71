"""Judges a whole season file: what breaks its format, game by game, with the row.

A file that cannot be opened is an InputError, as for every reader. What is found here still replays
wherever a row is an event at all: the engine holds or derives what it does not believe, and counts that.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from engine.core.events import Event, GameEnd, GameStart, Odds, Play, Tracking
from engine.core.football import PlayKind
from engine.core.market import MOST_SPREAD_POINTS, MOST_TOTAL_POINTS
from simulator.season.columns import PLAY_RANGES
from simulator.season.errors import InputError
from simulator.season.reader import RecordedGame, Season, open_parquet, read_games

_LINE_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "home_spread": (-MOST_SPREAD_POINTS, MOST_SPREAD_POINTS),
    "total": (0.0, MOST_TOTAL_POINTS),
    "home_win_probability": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks the format."""

    rule: str
    """What should hold, in a few words; findings of one rule are counted together."""
    game_id: str
    row: int | None
    """Row of the file, from 1; None where it is about the whole game."""
    what: str
    harmless: bool = False
    """Worth knowing, but no fault of the file."""


def validate(season: Season, progress: Callable[[int], None] | None = None) -> Iterator[Finding]:
    """Yield what breaks the format, in the order of the file; `progress` is told of the rows read."""
    yield from _unknown_kinds(season)
    todo = season.spans
    while todo:
        read = 0
        try:
            for span, game in zip(todo, read_games(season, todo), strict=False):
                read += 1
                yield from _of_game(game, span.first_row + 1)
                if progress is not None:
                    progress(span.rows)
        except InputError as error:
            yield Finding("every row is an event", todo[read].game_id, None, str(error))
            read += 1
        todo = todo[read:]


def _unknown_kinds(season: Season) -> Iterator[Finding]:
    """Yield the words for kinds of play that the format does not know; the reader takes them as unknown."""
    known = {kind.value for kind in PlayKind} | {None}
    with open_parquet(season.path) as file:
        if "kind" not in file.schema_arrow.names:
            return
        for group in range(file.metadata.num_row_groups):
            table = file.read_row_group(group, columns=["game_id", "kind"])
            kinds = table.column("kind")
            for word in pc.unique(kinds).to_pylist():
                if word not in known:
                    place = pc.index(kinds, word).as_py()
                    yield Finding(
                        "a kind of play is a word of the format",
                        table.column("game_id")[place].as_py(),
                        season.row_group_starts[group] + place + 1,
                        f"kind is {word!r}; the engine takes it as unknown",
                    )


def _of_game(game: RecordedGame, first_row: int) -> Iterator[Finding]:
    events = game.events
    starts = [place for place, event in enumerate(events) if isinstance(event, GameStart)]
    if not starts:
        yield Finding("a game begins with its start", game.game_id, None, "it has no game_start")
    elif starts[0] > 0:
        yield Finding(
            "a game begins with its start", game.game_id, first_row + starts[0],
            f"game_start comes after {starts[0]} other events",
        )  # fmt: skip
    if not any(isinstance(event, Play) for event in events):
        yield Finding("a game has plays", game.game_id, None, "it has none", harmless=True)
    latest = 0
    seen: dict[tuple[str, str], Event] = {}
    for place, event in enumerate(events):
        row = first_row + place
        if event.received_ns < latest:
            yield Finding(
                "stamps never fall within a game", game.game_id, row,
                f"received_ns is {event.received_ns}, after {latest}",
            )  # fmt: skip
        latest = max(latest, event.received_ns)
        yield from _of_statement(event, game.game_id, row, seen)
        yield from _of_ranges(event, game.game_id, row)
    for name, values in game.references.items():
        for place, value in enumerate(values):
            if value is not None and not 0.0 <= value <= 1.0:
                yield Finding(
                    "a probability is in [0, 1]", game.game_id, first_row + place,
                    f"reference_{name} is {value}",
                )  # fmt: skip


def _of_statement(
    event: Event, game_id: str, row: int, seen: dict[tuple[str, str], Event]
) -> Iterator[Finding]:
    """Yield a finding where a statement is made again without a higher revision or a firmer status."""
    if isinstance(event, Play | Tracking):
        key = (type(event).__name__, event.play_id)
    elif isinstance(event, GameStart | GameEnd):
        key = (type(event).__name__, "")
    else:
        return
    known = seen.get(key)
    seen[key] = event
    if known is None or event.revision > known.revision:
        return
    if (
        isinstance(event, Play | GameEnd)
        and isinstance(known, Play | GameEnd)
        and event.status != known.status
    ):
        return
    named = f"play {key[1]}" if key[1] else key[0]
    yield Finding(
        "a thing is stated again only with a higher revision", game_id, row,
        f"{named} is stated again with revision {event.revision}, after {known.revision}",
    )  # fmt: skip


def _of_ranges(event: Event, game_id: str, row: int) -> Iterator[Finding]:
    ranges: Mapping[str, tuple[float, float]] = {}
    if isinstance(event, Play):
        ranges = PLAY_RANGES
    elif isinstance(event, GameStart | Odds):
        ranges = _LINE_RANGES
    elif isinstance(event, GameEnd):
        ranges = {name: PLAY_RANGES[name] for name in ("home_score", "away_score")}
    for name, (low, high) in ranges.items():
        value = getattr(event, name, None)
        if value is not None and not low <= value <= high:
            yield Finding(
                "numbers are in their range", game_id, row, f"{name} is {value}; expected {low:g} to {high:g}"
            )
