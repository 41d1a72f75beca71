"""Where the statements of each game stand in an event log, so that one game is held at a time.

A log has the statements of a day in the order in which they were heard, all games mixed; a season file has
one game after the other. A first pass notes game and place of each record, eight bytes a record; games are
then read one by one.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.core.events import Event, decode_event
from engine.log.errors import LogCorruptError, LogError
from engine.log.frames import Damage, payload_at
from engine.log.reading import LogReading, event_of
from simulator.season.errors import InputError

_SEGMENT_BITS: Final = 20
"""A place is a byte shifted by so much, plus the number of the segment."""
_MOST_SEGMENTS: Final = 1 << _SEGMENT_BITS


@dataclass(slots=True)
class GamePlaces:
    """One game of a log."""

    game_id: str
    first_ns: int
    """When its first statement was received."""
    places: "array[int]" = field(default_factory=lambda: array("Q"))


@dataclass(slots=True)
class LogPlaces:
    """What is in a log, and where."""

    folder: Path
    games: list[GamePlaces] = field(default_factory=list)
    """By their first stamp, then by id."""
    segments: list[Path] = field(default_factory=list)
    records: int = 0
    torn_bytes: int = 0
    """Behind the last whole record: a write that was cut short. Nothing that anybody was told."""
    skipped: list[Damage] = field(default_factory=list)
    """What was salvaged around, the first of many."""
    skipped_bytes: int = 0
    skipped_records: int = 0


def find_places(
    folder: Path, *, salvage: bool = False, progress: Callable[[int], None] | None = None
) -> LogPlaces:
    """Read a log through, whether or not somebody writes to it; `progress` is told of the records read.

    Raises:
        InputError: it is damaged elsewhere than at its torn end, and salvage is off; the damage is named.
    """
    found = LogPlaces(folder)
    games: dict[str, GamePlaces] = {}
    reading = LogReading(folder, salvage=salvage)
    try:
        for frame in reading.frames():
            if progress is not None:
                progress(1)
            if not found.segments or found.segments[-1] != frame.path:
                found.segments.append(frame.path)
                if len(found.segments) > _MOST_SEGMENTS:
                    raise InputError(
                        folder, "", f"it has more than {_MOST_SEGMENTS:,} segments",
                        "join days of that kind by other means",
                    )  # fmt: skip
            try:
                event = event_of(frame)
            except LogCorruptError as error:
                if not salvage:
                    raise
                length = len(frame.payload)
                damage = Damage(
                    frame.path, frame.byte, length, frame.sequence, frame.sequence + 1, error.reason
                )
                found.skipped.append(damage)
                found.skipped_bytes += length
                found.skipped_records += 1
                continue
            game = games.get(event.game_id)
            if game is None:
                game = games[event.game_id] = GamePlaces(event.game_id, event.received_ns)
            game.places.append(frame.byte << _SEGMENT_BITS | len(found.segments) - 1)
            found.records += 1
    except LogCorruptError as error:
        raise InputError(
            error.path, f"byte {error.byte}", f"record {error.sequence} cannot be read ({error.reason})",
            "restore the file from a copy, or use --salvage to archive what is around the damage",
        ) from None  # fmt: skip
    found.games = sorted(games.values(), key=lambda game: (game.first_ns, game.game_id))
    found.torn_bytes = 0 if reading.torn is None else reading.torn.bytes
    found.skipped = sorted([*found.skipped, *reading.skipped], key=lambda damage: damage.sequence)
    found.skipped_bytes += reading.skipped_bytes
    found.skipped_records += reading.skipped_records
    return found


def events_of_game(found: LogPlaces, game: GamePlaces) -> list[Event]:
    """Return a game's statements in the order in which they were recorded."""
    return list(_events(found, game))


def _events(found: LogPlaces, game: GamePlaces) -> Iterator[Event]:
    at = 0
    while at < len(game.places):
        segment = game.places[at] & _MOST_SEGMENTS - 1
        path = found.segments[segment]
        with path.open("rb") as file:
            while at < len(game.places) and game.places[at] & _MOST_SEGMENTS - 1 == segment:
                try:
                    yield decode_event(payload_at(file, game.places[at] >> _SEGMENT_BITS))
                except (LogError, ValueError) as error:
                    raise InputError(
                        path, "", f"the log changed while it was read: {error}", "archive it again"
                    ) from None
                at += 1
