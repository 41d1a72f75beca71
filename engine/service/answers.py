"""What the JSON API answers: games, plays, updates and digests as JSON bytes."""

import hashlib
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from engine.core.events import FeedHealth
from engine.service.day import Day
from engine.service.plays import PlayTable
from engine.service.processor import Processor

to_json: Final = msgspec.json.Encoder().encode


class Answers:
    """The answers about a day's games; an answer is made once an offset."""

    def __init__(self, day: Day) -> None:
        self._day = day
        # By game: the offset shown and its JSON.
        self._games: dict[str, tuple[int, bytes]] = {}
        self._tables: dict[str, PlayTable] = {}

    def games_tag(self) -> str:
        """Return the ETag of `games`: it changes with every update of any game, and with every epoch."""
        shown = hashlib.blake2b(digest_size=12)
        for game_id, each in self._day.processors.items():
            shown.update(f"{game_id}\0{each.game.epoch}\0{each.game.digest}\n".encode())
        return f'"{shown.hexdigest()}"'

    def games(self) -> bytes:
        """Return all games of the day in the order of their kick-off."""
        processors = sorted(self._day.processors.values(), key=_kick_off)
        rows = b",".join(self._game(each) for each in processors)
        return b'{"server_ns":%d,"games":[%s]}' % (time.time_ns(), rows)

    def plays(self, game_id: str) -> bytes:
        """Return the plays of a known game."""
        table = self._tables.setdefault(game_id, PlayTable(self._day.processors[game_id]))
        return to_json(table.answer())

    def digest(self) -> bytes:
        """Return the day's digest and that of each game."""
        games = {
            game_id: {
                "digest": each.game.digest,
                "epoch": each.game.epoch,
                "offset": each.game.offset,
                "events": len(each.accepted),
            }
            for game_id, each in sorted(self._day.processors.items())
        }
        return to_json({"digest": self._day.digest(), "games": games})

    def _game(self, processor: Processor) -> bytes:
        offset = processor.game.offset
        known = self._games.get(processor.game_id)
        if known is None or known[0] != offset:
            known = self._games[processor.game_id] = (offset, to_json(_summary(processor)))
        return known[1]


def _summary(processor: Processor) -> Mapping[str, Any]:
    game, start, last = processor.game, processor.start, processor.last
    home = game.home_win_probability
    return {
        "game_id": game.game_id,
        "epoch": game.epoch,
        "offset": game.offset,
        "season": start.season,
        "week": start.week,
        "scheduled_ns": start.scheduled_ns,
        "home": start.home,
        "away": start.away,
        "neutral_site": start.neutral_site,
        "state": game.state,
        "home_win_probability": home if last is None else last.update.home_win_probability,
        "away_win_probability": 1.0 - home if last is None else last.update.away_win_probability,
        "feed": FeedHealth.LIVE if last is None else last.update.feed,
        "ended": game.ended,
        "received_ns": None if last is None else last.received_ns,
        "updated_ns": None if last is None else last.updated_ns,
    }


def _kick_off(processor: Processor) -> tuple[int, str]:
    return processor.start.scheduled_ns or 0, processor.game_id
