"""What can be rehearsed: season files, ESPN `summary` payloads, and whatever `wpsim import` can read."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from engine.core.events import Event, Outcome
from engine.feeds import espn
from simulator.feed.clock import SECOND_NS
from simulator.feed.games import FeedGame, make_game
from simulator.feed.raw_summary import RawSummary
from simulator.importers.draft import Draft, DraftGame
from simulator.importers.payloads import read_json
from simulator.importers.repairs.stamps import set_received
from simulator.importers.report import Tally
from simulator.season.errors import InputError

MOST_FILES: Final = 500
"""Payloads of one rehearsal; a Saturday has about 60."""
_ENDINGS: Final = (".json", ".json.gz")
_FINAL_AFTER_NS: Final = 30 * SECOND_NS
"""A payload does not say when its game became final: so long after the last play."""
_UNTOLD_GAME_NS: Final = int(3.5 * 3_600) * SECOND_NS
"""How long a game lasts of which the payload holds no play."""


def read_games(
    sources: Sequence[Path],
    games: Sequence[str] = (),
    limit: int | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> list[FeedGame]:
    """Return the games of season files and payloads, in the order of the sources.

    Args:
        sources: season files, `summary` payloads, folders of payloads, or a vendor's tables.
        games: ids of the games to read; all of them if it is empty.
        limit: at most so many, the first ones.
        note: told in one line of what takes long.

    Raises:
        InputError: a source cannot be read, a game is missing or comes twice, or none is left.
    """
    wanted = frozenset(games)
    found: dict[str, FeedGame] = {}
    for source in sources:
        room = None if limit is None else limit - len(found)
        if room == 0:
            break
        for game in _games_of(source, wanted, room, note):
            if game.game_id in found:
                raise InputError(
                    source, f"game {game.game_id}", "another source holds it", "name each game once"
                )
            found[game.game_id] = game
            if limit is not None and len(found) >= limit:
                break
    unknown = sorted(wanted - found.keys())
    if unknown and (limit is None or len(found) < limit):
        raise InputError(
            sources[0], "", f"it has no game {', '.join(unknown[:5])}", "name games that are in it"
        )
    if not found:
        raise InputError(sources[0] if sources else ".", "", "it holds no game", "name a season with games")
    return list(found.values())


def _games_of(
    source: Path, wanted: frozenset[str], room: int | None, note: Callable[[str], None]
) -> Iterator[FeedGame]:
    if source.is_dir():
        yield from _games_of_folder(source, wanted)
    elif source.name.endswith(_ENDINGS) and espn.is_summary(payload := read_json(source)):
        yield from _chosen(_game_of_payload(source, payload), wanted)
    else:
        yield from _games_of_season(source, wanted, room, note)


def _games_of_folder(folder: Path, wanted: frozenset[str]) -> Iterator[FeedGame]:
    try:
        files = sorted(path for path in folder.iterdir() if path.name.endswith(_ENDINGS))
    except OSError as error:
        raise InputError(
            folder, "", f"the folder cannot be read ({error.strerror})", "give yourself read permission"
        ) from None
    if not files:
        raise InputError(folder, "", "no .json or .json.gz file is in it", "name a folder of ESPN summaries")
    if len(files) > MOST_FILES:
        raise InputError(
            folder, "", f"{len(files)} files are in it; at most {MOST_FILES} are taken", "name fewer"
        )
    for path in files:
        payload = read_json(path)
        if not espn.is_summary(payload):
            raise InputError(
                path, "", "it is JSON, but no ESPN summary", "a folder must hold nothing but summaries"
            )
        yield from _chosen(_game_of_payload(path, payload), wanted)


def _chosen(game: FeedGame, wanted: frozenset[str]) -> Iterator[FeedGame]:
    if not wanted or game.game_id in wanted:
        yield game


def _games_of_season(
    source: Path, wanted: frozenset[str], room: int | None, note: Callable[[str], None]
) -> Iterator[FeedGame]:
    # Imported here: a folder of payloads needs none of it, and arrow takes a third of a second.
    from simulator.replay.source import season_at  # noqa: PLC0415
    from simulator.season.reader import read_games as read_recorded  # noqa: PLC0415

    with season_at(source, note) as season:
        spans = [span for span in season.spans if not wanted or span.game_id in wanted]
        for game in read_recorded(season, spans[:room]):
            yield make_game(game.game_id, game.events)


def _game_of_payload(path: Path, payload: dict[str, Any]) -> FeedGame:
    """Return the game of a payload: its plays in the payload's order, each when its stamp says.

    Stamps are read as the importer reads them: the longest run that never falls is believed, whole days are
    put right, midnights are no stamps; every other play is due with the one before it.
    """
    start, sides = espn.start_of_summary(payload), espn.sides_of_summary(payload)
    if start is None:
        raise InputError(path, "", "the payload does not name its game", "fetch the file again")
    rows = enumerate(espn.rows_of_summary(payload))
    read = (espn.play_of(row, start.game_id, sides, index) for index, row in rows)
    game = DraftGame(start, [Draft(play) for play in read if play is not None])
    if start.scheduled_ns is None and not any(draft.play.vendor_ns for draft in game.drafts):
        game.start = replace(start, scheduled_ns=SECOND_NS)  # a stamp of 0 would read as none
    set_received(game, Tally())
    events: list[Event] = [game.start, *(draft.play for draft in game.drafts)]
    end = espn.end_of_summary(payload, start.game_id)
    if end is not None:
        wait_ns = _FINAL_AFTER_NS
        if not game.drafts:
            wait_ns = 0 if end.outcome is Outcome.NO_CONTEST else _UNTOLD_GAME_NS
        events.append(replace(end, received_ns=events[-1].received_ns + wait_ns))
    return make_game(start.game_id, events, RawSummary(payload))
