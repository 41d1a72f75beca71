"""`wpsim import`: a vendor's files in, one season file and a report out."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from engine.core.events import ORDER_STEP, Event, Odds
from simulator.importers import cfbd, espn
from simulator.importers.detect import is_parquet, layout_of_json
from simulator.importers.draft import DraftGame
from simulator.importers.games import GameFacts, is_games_table, read_games_table
from simulator.importers.lines import Lines
from simulator.importers.payloads import read_json
from simulator.importers.references import References
from simulator.importers.repairs.mend import mend
from simulator.importers.report import ImportReport, Tally
from simulator.season.errors import InputError
from simulator.season.writer import SeasonWriter

DIALECTS: Final = ("espn", "cfbd", "cfbfastr")
_TABLES: Final[Mapping[str, Callable[[Path, Mapping[str, GameFacts], Tally], Iterator[DraftGame]]]] = {
    "espn": espn.games_of_table,
    "cfbd": cfbd.games_of_cfbd,
    "cfbfastr": cfbd.games_of_cfbfastr,
}
_VENDOR_MODEL: Final = {"espn": espn.REFERENCE, "cfbfastr": cfbd.REFERENCE}
"""The model whose probabilities a vendor's own rows carry."""
_ENDINGS: Final = (".parquet", ".json", ".json.gz")


def import_season(
    dialect: str,
    sources: Sequence[Path],
    out: Path,
    *,
    games: Path | None = None,
    references: Sequence[Path] = (),
    lines: Sequence[Path] = (),
    as_told: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Import a vendor's files into one season file.

    Args:
        dialect: espn, cfbd or cfbfastr.
        sources: parquet or JSON files (gzipped or not), or folders of them.
        out: the season file to write.
        games: a games table: teams, lines, final scores. One in a folder of sources is found there.
        references: tables of other models' probabilities before each play.
        lines: tables of the books' lines before kick-off.
        as_told: leave out the repairs that need hindsight.
        progress: called with the number of source files done and of all.

    Raises:
        InputError: a source cannot be used; nothing is written then.
        ValueError: there is no such dialect.
    """
    if dialect not in DIALECTS:
        raise ValueError(f"unknown dialect {dialect!r}; the dialects are {', '.join(DIALECTS)}")
    began = time.perf_counter()
    files, found_games = _files(sources)
    games = games or found_games
    facts = read_games_table(games) if games is not None else {}
    opened, books = References(references), Lines(lines)
    own = _VENDOR_MODEL.get(dialect)
    names = opened.names if own is None or own in opened.names else (own, *opened.names)
    tally = Tally()
    seen: set[str] = set()
    weeks: set[tuple[int | None, int | None]] = set()
    plays = without_plays = without_result = 0
    with SeasonWriter(out, names) as writer:

        def write(game: DraftGame) -> None:
            nonlocal plays, without_plays, without_result
            if game.start.game_id in seen:
                raise InputError(
                    out, f"game {game.start.game_id}", "two of the sources hold it", "name each source once"
                )
            seen.add(game.start.game_id)
            mend(game, tally, next_stated=_states_next(game, dialect), as_told=as_told)
            without_plays += not game.drafts
            without_result += game.end is None
            plays += len(game.drafts)
            odds = books.of_game(game.start, tally)
            events, values = _events(game, odds, own, opened)
            writer.write_game(events, values)

        for done, path in enumerate(files):
            if progress is not None:
                progress(done, len(files))
            for game in _games_of(dialect, path, facts, tally):
                weeks.add((game.start.season, game.start.week))
                write(game)
        for game_id, known in facts.items():
            if game_id not in seen and (known.start.season, known.start.week) in weeks:
                write(DraftGame(known.start, [], known.end, final_known=True))
        if progress is not None:
            progress(len(files), len(files))
    return ImportReport(
        dialect=dialect,
        games=len(seen),
        games_without_plays=without_plays,
        games_without_result=without_result,
        plays=plays,
        seconds=time.perf_counter() - began,
        repairs=tally.counts(),
    )


def _states_next(game: DraftGame, dialect: str) -> bool:
    """Whether the rows themselves say what follows: ESPN's do, CFBD's and cfbfastR's do not."""
    return dialect == "espn" or any(draft.play.next_possession is not None for draft in game.drafts)


def _files(sources: Sequence[Path]) -> tuple[list[Path], Path | None]:
    """Return the files to read, folders unfolded, and the games table that a folder held among them."""
    files: list[Path] = []
    games: Path | None = None
    for source in sources:
        if not source.is_dir():
            files.append(source)
            continue
        try:
            inside = sorted(path for path in source.iterdir() if path.name.endswith(_ENDINGS))
        except OSError as error:
            raise InputError(
                source, "", f"the folder cannot be read ({error.strerror})", "give yourself read permission"
            ) from None
        tables = [path for path in inside if path.suffix == ".parquet" and is_games_table(path)]
        games = games or next(iter(tables), None)
        inside = [path for path in inside if path not in tables]
        if not inside:
            raise InputError(
                source, "", f"no {', '.join(_ENDINGS)} stands in the folder", "name the folder of the plays"
            )
        files += inside
    if not files:
        raise InputError("sources", "", "there are none", "name at least one file or folder")
    return files, games


def _games_of(dialect: str, path: Path, facts: Mapping[str, GameFacts], tally: Tally) -> Iterator[DraftGame]:
    if is_parquet(path):
        yield from _TABLES[dialect](path, facts, tally)
        return
    payload = read_json(path)
    layout = layout_of_json(payload)
    if layout == "espn":  # CFBD and cfbfastR hand on ESPN's own payloads, too
        game = espn.game_of_summary(payload, facts, tally)
        if game is not None:
            yield game
            return
    elif layout == "cfbd" and dialect == "cfbd":
        yield from cfbd.games_of_json([play for play in payload if isinstance(play, dict)], facts, tally)
        return
    expected = "a list of CFBD plays, or an ESPN summary" if dialect == "cfbd" else "an ESPN summary"
    raise InputError(
        path,
        "",
        f"it is JSON, but not {expected} that names its game",
        "fetch the game again, or name its format",
    )


def _events(
    game: DraftGame, odds: Sequence[Odds], own: str | None, references: References
) -> tuple[list[Event], dict[str, list[float | None]]]:
    """Return a game's events in order, and other models' probabilities before each."""
    events: list[Event] = [game.start, *odds]
    known = references.of_game(game.start.game_id)
    values: dict[str, list[float | None]] = {name: [None] * len(events) for name in references.names}
    vendor: list[float | None] = [None] * len(events)
    before: float | None = None
    for index, draft in enumerate(game.drafts):
        play = replace(draft.play, order=index * ORDER_STEP)
        events.append(play)
        vendor.append(draft.before.get(own, before) if own is not None else None)
        before = draft.home_wp_after
        for name, column in values.items():
            column.append(known.get(name, {}).get(play.play_id))
    if game.end is not None:
        events.append(game.end)
        vendor.append(None)
        for column in values.values():
            column.append(None)
    if own is not None:
        values.setdefault(own, vendor)
    return events, values
