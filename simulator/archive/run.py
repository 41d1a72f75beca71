"""`wpsim archive`: the day that was served becomes a season file, which replays to the same digest."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from engine.core.models.interface import Model
from engine.log.reading import segments_of
from simulator.archive.places import events_of_game, find_places
from simulator.archive.served import open_served
from simulator.replay.updates import UpdatesWriter, batch_of, row_of
from simulator.season.errors import InputError
from simulator.season.writer import SeasonWriter

LOG_FOLDER = "log"
HISTORY_FILE = "history.sqlite"


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What was archived, and what was not."""

    games: int
    events: int
    updates: int | None
    """As they were served; None where they were not asked for."""
    segments: int
    torn_bytes: int
    """Behind the last whole record; nobody was ever told of them."""
    skipped_records: int
    """Records that are lost in damage, where they can be counted."""
    skipped_bytes: int
    damage: tuple[str, ...]
    """Where the log was damaged, a line each."""


def archive_day(
    day: Path,
    output: Path,
    *,
    updates: Path | None = None,
    model: Model | None = None,
    salvage: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ArchiveReport:
    """Write a served day as a season file.

    Args:
        day: the day's folder, or the log's folder in it.
        output: the season file.
        updates: where to write the updates as they were served, for `wpsim diff`; None for nowhere.
        model: the model that is thought to have spoken; the file names it where the epochs agree.
        salvage: skip damage and say so, instead of refusing.
        progress: told of the records read.

    Raises:
        InputError: there is no log, it is empty or damaged, or the history does not know all of it.
    """
    log, history = _find(day)
    found = find_places(log, salvage=salvage, progress=progress)
    if not found.games:
        raise InputError(log, "", "the event log holds no statement", "archive a day that was served")
    told = 0
    with ExitStack() as stack:
        served = None if updates is None else stack.enter_context(open_served(history))
        if served is not None:
            served.must_match(found.games, more=salvage)
        season = stack.enter_context(SeasonWriter(output))
        for game in found.games:
            season.write_game(events_of_game(found, game))
        if served is not None and updates is not None:
            writer = stack.enter_context(UpdatesWriter(updates, served.model(model)))
            for game in found.games:
                rows = [row_of(update) for update in served.updates(game.game_id)]
                told += len(rows)
                if rows:
                    writer.write(batch_of(rows))
    return ArchiveReport(
        games=len(found.games),
        events=found.records,
        updates=None if served is None else told,
        segments=len(found.segments),
        torn_bytes=found.torn_bytes,
        skipped_records=found.skipped_records,
        skipped_bytes=found.skipped_bytes,
        damage=tuple(
            f"{each.path.name}, byte {each.byte}, record {each.sequence}: {each.reason}"
            for each in found.skipped
        ),
    )


def _find(day: Path) -> tuple[Path, Path]:
    """Return the folder of the log and the path of the history."""
    log = day / LOG_FOLDER
    if log.is_dir():
        return log, day / HISTORY_FILE
    if day.is_dir() and segments_of(day):
        return day, day.parent / HISTORY_FILE
    problem = "it has no event log in it" if day.is_dir() else "there is no such folder"
    raise InputError(day, "", problem, "name the folder in which `wpsim serve` recorded a day")
