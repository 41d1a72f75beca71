"""A feed that is asked, over and over: which games there are, and what is new in each.

The poller knows HTTP and time and no vendor; a dialect tells it where to ask and what an answer says. Each
game is asked on its own: one that vanishes, hangs or talks rubbish delays no other.
"""

import asyncio
import hashlib
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import aiohttp

from engine.core.events import Event, FeedHealth, FeedStatus
from engine.feeds.back_off import back_off_s
from engine.feeds.bounds import bounded, is_good_id
from engine.feeds.dialect import Dialect
from engine.feeds.fetch import MOST_BODY_BYTES, Answer, FetchError, Validators, fetch, open_session
from engine.feeds.json_body import BodyError, read_json
from engine.feeds.pulse import Pulse
from engine.feeds.source import Games, SourceCounts, Take
from engine.feeds.telling import Payload, Telling, Verdict

Read = TypeVar("Read")

_NS: Final = 1_000_000_000
_SOON_S: Final = 600.0
"""So long before its kick-off a game is asked for as if it were under way."""


@dataclass(frozen=True, slots=True)
class Polling:
    """How often a feed is asked, and how long it is waited for, in seconds."""

    poll_s: float = 1.0
    before_s: float = 15.0
    """Between two looks at a game that kicks off later than in ten minutes."""
    after_s: float = 30.0
    """Between two looks at a game that is over: corrections still come."""
    discover_s: float = 30.0
    connect_timeout_s: float = 3.0
    total_timeout_s: float = 8.0
    back_off_first_s: float = 0.5
    back_off_most_s: float = 15.0
    retry_after_most_s: float = 60.0
    """A server may ask to be left alone for at most so long."""
    stale_after_s: float = 15.0
    lost_after_s: float = 60.0
    most_body_bytes: int = MOST_BODY_BYTES
    most_games: int = 256

    def pause_s(self, failures: int, retry_after_s: float | None, dice: random.Random) -> float:
        """Return how long to leave a server alone after so many failures; it may have said so itself."""
        wait_s = back_off_s(self.back_off_first_s, self.back_off_most_s, failures - 1, dice)
        return max(wait_s, min(retry_after_s or 0.0, self.retry_after_most_s))


@dataclass(slots=True)
class _Followed:
    """One game that is asked for."""

    telling: Telling
    scheduled_ns: int | None = None
    followed: bool = False
    """Whether a task asks for it."""
    listed: bool = False
    said: object = None
    """What the list said of it besides."""
    answered: bool = False
    """Whether this feed has said something good of it in this run."""
    failures: int = 0
    """In a row."""
    validators: Validators = field(default_factory=Validators)
    body_digest: bytes = b""
    """Of the last payload that could be read."""


class Poller:
    """A polled feed: a `Source`."""

    def __init__(
        self,
        name: str,
        dialect: Dialect,
        polling: Polling | None = None,
        *,
        dice: random.Random | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Args: dice: for the jitter of back-offs. now_ns: the clock of `received_ns`."""
        self._name = name
        self._dialect = dialect
        self._polling = polling or Polling()
        self._dice = dice or random.Random()
        self._now_ns = now_ns
        self._counts = SourceCounts()
        self._pulse = Pulse(name, self._polling.stale_after_s, self._polling.lost_after_s)
        # Every game ever remembered or listed, by id.
        self._games: dict[str, _Followed] = {}
        # When the list was last read, seconds of the loop's clock; None before the first time in this run.
        self._listed_s: float | None = None
        self._began_s = 0.0

    @property
    def name(self) -> str:
        """What metrics, logs and `FeedStatus` call it."""
        return self._name

    @property
    def counts(self) -> SourceCounts:
        """What it has lived through so far."""
        return self._counts

    def remember(self, event: Event) -> None:
        """Be reminded of a recorded statement; games are asked for from the start, even if unlisted."""
        if isinstance(event, FeedStatus):
            self._pulse.remember(event)
        if event.game_id in self._games or len(self._games) < self._polling.most_games:
            self._game(event.game_id).telling.remember(event)

    async def run(self, take: Take, games: Games) -> None:  # noqa: ARG002 - polled feeds name games themselves
        """Ask until cancelled."""
        polling = self._polling
        self._began_s, self._listed_s = asyncio.get_running_loop().time(), None
        async with (
            open_session(polling.connect_timeout_s, polling.total_timeout_s) as session,
            asyncio.TaskGroup() as tasks,
        ):

            def follow(game_ids: Iterable[str]) -> None:
                for number, game_id in enumerate(game_ids):
                    self._games[game_id].followed = True
                    # The golden section spreads any number of games evenly over a period.
                    first_s = polling.poll_s * (number * 0.618_034 % 1.0)
                    tasks.create_task(self._follow(session, take, game_id, first_s))

            follow(list(self._games))
            tasks.create_task(self._discover(session, follow))
            tasks.create_task(self._watch(take))

    # --- the three loops ---

    async def _discover(
        self, session: aiohttp.ClientSession, follow: Callable[[Iterable[str]], None]
    ) -> None:
        """Read the list of games over and over; have new games followed."""
        failures, validators = 0, Validators()
        while True:
            try:
                answer = await self._fetch(session, self._dialect.list_url(), validators)
                if answer.body is not None:
                    follow(self._list(answer.body))
                validators, failures = answer.validators, 0
                self._listed_s = asyncio.get_running_loop().time()
                wait_s = self._polling.discover_s
            except FetchError as error:
                failures += 1
                validators = Validators()
                wait_s = self._failed(error, failures)
            await asyncio.sleep(wait_s)

    async def _follow(self, session: aiohttp.ClientSession, take: Take, game_id: str, first_s: float) -> None:
        """Ask for one game over and over."""
        game, loop = self._games[game_id], asyncio.get_running_loop()
        self._pulse.watch(game_id, loop.time())
        await asyncio.sleep(first_s)
        while not self._is_foreign(game):
            asked_s = loop.time()
            try:
                answer = await self._fetch(session, self._dialect.game_url(game_id), game.validators)
                self._hear(game, answer, take)
                wait_s = max(0.0, self._interval_s(game) - (loop.time() - asked_s))
                game.failures = 0
            except FetchError as error:
                game.failures += 1
                game.validators = Validators()
                wait_s = max(self._interval_s(game), self._failed(error, game.failures))
            await asyncio.sleep(wait_s)
        game.followed = False

    async def _watch(self, take: Take) -> None:
        """Say of each game when its feed becomes stale or lost."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, self._polling.stale_after_s / 5))
            for game_id, game in self._games.items():
                if game.telling.start is None or game.telling.over or self._is_foreign(game):
                    continue
                status = self._pulse.check(game_id, loop.time(), game.telling.stamp(self._now_ns()))
                if status is not None:
                    self._say(status, take)
            self._counts.health = self._health(loop.time())

    # --- what they do ---

    def _game(self, game_id: str) -> _Followed:
        game = self._games.get(game_id)
        if game is None:
            game = self._games[game_id] = _Followed(Telling(game_id))
        return game

    def _is_foreign(self, game: _Followed) -> bool:
        """Whether a game that was recorded turns out to be another feed's."""
        return self._listed_s is not None and not game.listed and not game.answered

    async def _fetch(self, session: aiohttp.ClientSession, url: str, validators: Validators) -> Answer:
        self._counts.requests += 1
        return await fetch(
            session, url, validators,
            headers=self._dialect.headers(), most_body_bytes=self._polling.most_body_bytes,
        )  # fmt: skip

    def _list(self, body: bytes) -> list[str]:
        """Take in a list of games; return the ids of those that nobody follows yet."""
        games = _read(self._dialect.listed, _value(body))
        new: dict[str, None] = {}
        for listed in games:
            known = listed.game_id in self._games
            if not is_good_id(listed.game_id):
                self._count("game_id")
                continue
            if not known and len(self._games) >= self._polling.most_games:
                self._count("too_many_games")
                continue
            game = self._game(listed.game_id)
            if not game.followed:
                new[listed.game_id] = None
            game.listed, game.scheduled_ns = True, listed.scheduled_ns
            if game.said != listed.said:
                game.said, game.validators, game.body_digest = listed.said, Validators(), b""
        return list(new)

    def _hear(self, game: _Followed, answer: Answer, take: Take) -> None:
        """Take in a good answer about a game, and say what is new in it.

        Raises:
            FetchError: it cannot be read after all.
        """
        received_ns, telling, counts = self._now_ns(), game.telling, self._counts
        digest = game.body_digest
        if answer.body is not None:
            digest = hashlib.blake2b(answer.body, digest_size=16).digest()
        if answer.body is None or digest == game.body_digest:
            verdict, news = telling.again(received_ns)
        else:
            payload = _read(self._dialect.payload, _value(answer.body), telling.game_id)
            crowded, refused = telling.crowded, telling.refused
            verdict, news = telling.tell(self._bounded(payload), received_ns)
            counts.payloads += 1
            self._count("crowded", telling.crowded - crowded)
            self._count("too_many_plays", telling.refused - refused)
        # What has not changed but is to be read anew is asked for whole.
        game.validators, game.body_digest = answer.validators if digest else Validators(), digest
        if not news:
            counts.unchanged += 1
        if verdict is Verdict.GOOD:
            game.answered = True
            counts.last_heard_ns = received_ns
            now_s = asyncio.get_running_loop().time()
            status = self._pulse.heard(
                telling.game_id, now_s, telling.stamp(received_ns), self._interval_s(game)
            )
            if status is not None:
                self._say(status, take)
        else:
            self._count(verdict)
        for event in news:
            self._say(event, take)

    def _bounded(self, payload: Payload) -> Payload:
        """Return a payload of which everything can be stored; what could not be is counted."""
        start, end = self._within(payload.start), self._within(payload.end)
        plays = payload.plays
        if plays is not None:
            plays = [play for each in plays if (play := self._within(each)) is not None]
        return Payload(start, plays, end, payload.under_way)

    def _within(self, event: Any) -> Any:
        if event is None:
            return None
        kept, degraded = bounded(event)
        for name in degraded:
            self._counts.degraded[name] = self._counts.degraded.get(name, 0) + 1
        return kept

    def _say(self, event: Event, take: Take) -> None:
        self._counts.events += 1
        take(event)

    def _interval_s(self, game: _Followed) -> float:
        """Return how long to wait between two looks at a game."""
        polling = self._polling
        if game.telling.over:
            return max(polling.poll_s, polling.after_s)
        ahead_ns = (game.scheduled_ns or 0) - self._now_ns()
        if not game.telling.plays and ahead_ns > _SOON_S * _NS:
            return max(polling.poll_s, polling.before_s)
        return polling.poll_s

    def _failed(self, error: FetchError, failures: int) -> float:
        """Count a failure; return how long to leave the server alone: longer each time, never in step."""
        self._count(error.kind)
        return self._polling.pause_s(failures, error.retry_after_s, self._dice)

    def _count(self, kind: str, times: int = 1) -> None:
        if times:
            self._counts.errors[str(kind)] = self._counts.errors.get(kind, 0) + times

    def _health(self, now_s: float) -> FeedHealth:
        """Return the health of the feed as a whole: its best game's, or its list's while no game is on."""
        on = (
            game_id
            for game_id, game in self._games.items()
            if game.telling.start is not None and not game.telling.over and not self._is_foreign(game)
        )
        best = self._pulse.best(on)
        if best is not None:
            return best
        silent_s = now_s - max(self._began_s, self._listed_s or 0.0)
        return self._pulse.health_after(silent_s, self._polling.discover_s)


def _read(reader: Callable[..., Read | None], *values: Any) -> Read:
    """Have a dialect read a value; one that breaks its word and raises spoils this answer only."""
    try:
        read = reader(*values)
    except Exception as error:
        raise FetchError("unexpected") from error
    if read is None:
        raise FetchError("body")
    return read


def _value(body: bytes) -> Any:
    try:
        return read_json(body)
    except BodyError:
        raise FetchError("body") from None
