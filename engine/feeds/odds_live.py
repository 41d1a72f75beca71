"""A live odds feed: one scoreboard that is asked over and over, and what is new in it.

Of a game that has not begun, every book's line is told. Of one under way, one book's price at a time, as it
is only shown beside ours: the *voice*, the best-known book that has a price, for as long as it has one. A
price that no longer stands is withdrawn, so that an old one never poses as the market's word.

The feed's health is counted, and not told to the games: the engine takes the worst of a game's feeds for the
game's, and a lost odds feed makes no play-by-play stale. Viewers see instead that there is no market line.
"""

import asyncio
import hashlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import aiohttp

from engine.core.events import Event, FeedHealth, GameEnd, GameStart, Status
from engine.feeds.action_network import MOST_GAMES, PricedGame, read_scoreboard
from engine.feeds.bounds import bounded
from engine.feeds.fetch import FetchError, Validators, fetch, open_session
from engine.feeds.json_body import BodyError, read_json
from engine.feeds.matching import Listing, Match, Unmatched, match_game
from engine.feeds.odds import Line, LinesSaid, swapped
from engine.feeds.poller import Polling
from engine.feeds.source import Games, SourceCounts, Take

EVERY_TWO_SECONDS: Final = Polling(poll_s=2.0)
VOICES: Final = ("Consensus", "DraftKings", "FanDuel", "BetMGM", "Caesars", "bet365", "BetRivers")
"""Books in the order in which they are asked for a live price; others follow by name."""
GONE_AFTER_NS: Final = 30_000_000_000
"""Books suspend their prices while a play is under way: so long may one be missing before it is withdrawn."""


@dataclass(slots=True)
class _Voice:
    """Whose live price of a game is told."""

    book: str
    heard_ns: int
    """When it last had a price."""


class OddsLive:
    """An odds feed in Action Network's dialect: a `Source`."""

    def __init__(
        self,
        name: str,
        base_url: str,
        polling: Polling = EVERY_TWO_SECONDS,
        *,
        dice: random.Random | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Args: base_url: `/scoreboard` is put behind it, unless it names one; may have a query then."""
        self._name = name
        self._url = base_url if "scoreboard" in base_url else f"{base_url.rstrip('/')}/scoreboard"
        self._polling = polling
        self._dice = dice or random.Random()
        self._now_ns = now_ns
        self._counts = SourceCounts()
        self._said = LinesSaid()
        self._voices: dict[str, _Voice] = {}
        # Games that are over, says the record or the feed: their last price stays as it is.
        self._over: set[str] = set()
        # Which game of ours each listing is, and the games that this was found with.
        self._matches: dict[Listing, Match | Unmatched] = {}
        self._matched_with: list[GameStart] = []
        self._body_digest = b""

    @property
    def name(self) -> str:
        """What metrics and logs call it."""
        return self._name

    @property
    def counts(self) -> SourceCounts:
        """What it has lived through so far."""
        return self._counts

    def remember(self, event: Event) -> None:
        """Be reminded of a recorded statement: lines, and plays, after which pre-game lines are late."""
        self._said.remember(event)
        if isinstance(event, GameEnd):
            self._note_over(event.game_id, event.status is not Status.CANCELLED)

    async def run(self, take: Take, games: Games) -> None:
        """Ask until cancelled."""
        polling, loop = self._polling, asyncio.get_running_loop()
        validators, failures, heard_s = Validators(), 0, loop.time()
        self._body_digest = b""
        async with open_session(polling.connect_timeout_s, polling.total_timeout_s) as session:
            while True:
                asked_s = loop.time()
                try:
                    validators = await self._ask(session, validators, take, games)
                    failures, heard_s = 0, loop.time()
                    wait_s = max(0.0, polling.poll_s - (heard_s - asked_s))
                except FetchError as error:
                    failures += 1
                    validators = Validators()
                    wait_s = max(polling.poll_s, self._failed(error, failures))
                self._judge(loop.time() - heard_s, take, games)
                await asyncio.sleep(wait_s)

    async def _ask(
        self, session: aiohttp.ClientSession, validators: Validators, take: Take, games: Games
    ) -> Validators:
        counts = self._counts
        counts.requests += 1
        answer = await fetch(session, self._url, validators, most_body_bytes=self._polling.most_body_bytes)
        received_ns, events = self._now_ns(), counts.events
        if answer.body is not None:
            digest = hashlib.blake2b(answer.body, digest_size=16).digest()
            # The same body once more is news only to games that were not known when it came first.
            if digest != self._body_digest or list(games().values()) != self._matched_with:
                try:
                    value = read_json(answer.body)
                except BodyError:
                    raise FetchError("body") from None
                counts.payloads += 1
                await self._hear(value, received_ns, take, games())
                self._body_digest = digest
        counts.last_heard_ns = received_ns
        if counts.events == events:
            counts.unchanged += 1
        return answer.validators

    async def _hear(self, value: Any, received_ns: int, take: Take, games: Mapping[str, GameStart]) -> None:
        """Tell what is new in a scoreboard, giving way to others after each game."""
        told: set[str] = set()
        for priced in read_scoreboard(value, self._counts.degraded):
            match = self._match(priced.listing, games)
            if isinstance(match, Match) and match.game_id not in told:
                told.add(match.game_id)
                lines = tuple(map(swapped, priced.lines)) if match.swapped else priced.lines
                self._tell(match.game_id, replace(priced, lines=lines), received_ns, take)
            await asyncio.sleep(0)

    def _match(self, listing: Listing, games: Mapping[str, GameStart]) -> Match | Unmatched:
        starts = list(games.values())
        if starts != self._matched_with or len(self._matches) > 4 * MOST_GAMES:
            self._matches, self._matched_with = {}, starts
        match = self._matches.get(listing)
        if match is None:
            match = self._matches[listing] = match_game(listing, games)
            if isinstance(match, Unmatched):
                self._count(self._counts.degraded, match.value)
        return match

    def _tell(self, game_id: str, priced: PricedGame, received_ns: int, take: Take) -> None:
        self._note_over(game_id, priced.over)
        if priced.before_kickoff:
            for line in priced.lines:
                if not line.live and not self._said.late(game_id, line, priced.listing.scheduled_ns):
                    self._say(game_id, line, received_ns, take)
        if priced.over:
            return
        live = {
            line.book: line for line in priced.lines if line.live and line.home_win_probability is not None
        }
        voice = self._voice(game_id, live, received_ns)
        if voice is None:
            return
        gone = received_ns - voice.heard_ns > GONE_AFTER_NS
        for book in self._said.stated_live(game_id):
            if gone or book != voice.book:
                self._say(game_id, Line(book, live=True), received_ns, take)
        if voice.book in live:
            self._say(game_id, live[voice.book], received_ns, take)

    def _note_over(self, game_id: str, over: bool) -> None:
        (self._over.add if over else self._over.discard)(game_id)

    def _voice(self, game_id: str, live: Mapping[str, Line], received_ns: int) -> _Voice | None:
        """Return whose live price is told; None where nobody has had one yet."""
        voice = self._voices.get(game_id)
        if voice is None:
            stated = self._said.stated_live(game_id)
            if stated:  # before a restart
                voice = self._voices[game_id] = _Voice(stated[-1], received_ns)
        if voice is not None and voice.book in live:
            voice.heard_ns = received_ns
        elif live and (voice is None or received_ns - voice.heard_ns > GONE_AFTER_NS):
            ranked = sorted(
                live, key=lambda book: (VOICES.index(book) if book in VOICES else len(VOICES), book)
            )
            voice = self._voices[game_id] = _Voice(ranked[0], received_ns)
        return voice

    def _say(self, game_id: str, line: Line, received_ns: int, take: Take) -> None:
        odds = self._said.news(game_id, line, received_ns)
        if odds is None:
            return
        kept, degraded = bounded(odds)
        for field in degraded:
            self._count(self._counts.degraded, field)
        if kept is not None:
            self._counts.events += 1
            take(kept)

    def _judge(self, silent_s: float, take: Take, games: Games) -> None:
        """Judge the feed's health; withdraw the live prices of a lost one."""
        polling, counts = self._polling, self._counts
        was, counts.health = counts.health, FeedHealth.LIVE
        if silent_s > polling.lost_after_s:
            counts.health = FeedHealth.LOST
        elif silent_s > polling.stale_after_s:
            counts.health = FeedHealth.STALE
        if counts.health is FeedHealth.LOST and was is not FeedHealth.LOST:
            for game_id in games().keys() - self._over:
                for book in self._said.stated_live(game_id):
                    self._say(game_id, Line(book, live=True), self._now_ns(), take)
            self._body_digest = b""  # what it says when it is back counts, even if it is what it said last

    def _failed(self, error: FetchError, failures: int) -> float:
        """Count a failure; return how long to leave the server alone: longer each time, never in step."""
        self._count(self._counts.errors, error.kind)
        return self._polling.pause_s(failures, error.retry_after_s, self._dice)

    @staticmethod
    def _count(counts: dict[str, int], kind: str) -> None:
        counts[kind] = counts.get(kind, 0) + 1


def _rank(book: str) -> tuple[int, str]:
    return (VOICES.index(book) if book in VOICES else len(VOICES)), book
