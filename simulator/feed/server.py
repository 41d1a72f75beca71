"""The feed on the network: one aiohttp application over a recorded day."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from simulator.feed import espn
from simulator.feed.answers import Answer, Answers, problem
from simulator.feed.clock import SECOND_NS, VirtualClock
from simulator.feed.games import FeedDay, FeedGame, Standing, align
from simulator.feed.shown import as_told
from simulator.feed.sockets import MOST_CLIENTS, tell
from simulator.feed.sources import read_games
from simulator.feed.stream import Stream
from simulator.feed.tracking import TrackingFeed

_MOST_BODY_BYTES: Final = 4_096
_SHUTDOWN_S: Final = 1.0
ENDPOINTS: Final = {
    "/espn/scoreboard": "ESPN's scoreboard of all games",
    "/espn/summary?event=ID": "ESPN's summary of one game",
    "/stream?from=N": "WebSocket: every statement as it is due, numbered",
    "/tracking": "WebSocket: tracking frames, with --tracking",
    "/clock": "where in the day it is; POST sets it, from this machine alone",
}


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What is rehearsed, and how."""

    speed: float = 60.0
    """Recorded seconds a second; 0 stands still until the clock is set."""
    games: Sequence[str] = ()
    """Ids of the games to serve; all of them if it is empty."""
    games_limit: int | None = None
    """At most so many games, the first ones."""
    together: bool = False
    """Move the games in time so that all kick off at once."""
    start_s: float | None = None
    """Where in the day to begin, seconds after its first statement."""
    skip_to_kickoff: bool = False
    """Begin one real second before the first play of the day."""
    tracking: bool = False
    """Whether /tracking answers."""
    seed: int = 0
    """What is made up (tracking, live prices, faults) is the same for the same seed."""


@dataclass(slots=True)
class FeedCounts:
    """What was asked of the feed; only the feed itself writes it."""

    requests: int = 0
    unchanged: int = 0
    """Requests answered 304."""
    sockets: int = 0
    """WebSockets open now."""


class Feed:
    """One rehearsal: a day, its clock, and what it looks like on the wire."""

    def __init__(self, day: FeedDay, clock: VirtualClock, options: FeedOptions) -> None:
        self.day: Final = day
        self.clock: Final = clock
        self.counts: Final = FeedCounts()
        self.stopping: Final = asyncio.Event()
        self._answers = Answers()
        self._espn = {game_id: espn.EspnGame(game) for game_id, game in day.games.items()}
        self._stream = Stream(day, clock)
        self._tracking = TrackingFeed(day, clock, options.seed) if options.tracking else None

    @property
    def done(self) -> bool:
        """Whether everything of the day is told."""
        return self.clock.position_ns >= self.day.end_ns

    def application(self) -> web.Application:
        """Return the application, with its routes."""
        app = web.Application(client_max_size=_MOST_BODY_BYTES, middlewares=[self._count])
        app.router.add_get("/", self._index)
        app.router.add_get("/clock", self._clock)
        app.router.add_post("/clock", self._set_clock)
        app.router.add_get("/espn/scoreboard", self._espn_scoreboard)
        app.router.add_get("/espn/summary", self._espn_summary)
        app.router.add_get("/stream", self._events)
        app.router.add_get("/tracking", self._frames)
        return app

    def clock_state(self) -> dict[str, Any]:
        """Return where in the day it is."""
        position, day = self.clock.position_ns, self.day
        return {
            "position_s": (position - day.start_ns) / SECOND_NS,
            "length_s": (day.end_ns - day.start_ns) / SECOND_NS,
            "speed": self.clock.speed,
            "done": self.done,
            "position_ns": position,
            "start_ns": day.start_ns,
            "end_ns": day.end_ns,
            "kickoff_s": (day.kickoff_ns - day.start_ns) / SECOND_NS,
            "events_told": day.told(position),
            "events": len(day.schedule),
        }

    @web.middleware
    async def _count(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.counts.requests += 1
        try:
            answer = await handler(request)
        except web.HTTPException as error:
            return problem(error.status, f"{request.method} {request.path}: {error.reason}")
        self.counts.unchanged += answer.status == 304
        return answer

    async def _index(self, _: web.Request) -> web.Response:
        games = [
            {"id": game.game_id, "kickoff_s": (game.kickoff_ns - self.day.start_ns) / SECOND_NS}
            for game in self.day.games.values()
        ]
        return _plain({"feed": "wpsim", "endpoints": ENDPOINTS, "games": games, **self.clock_state()})

    async def _clock(self, _: web.Request) -> web.Response:
        return _plain(self.clock_state())

    async def _set_clock(self, request: web.Request) -> web.Response:
        if not _from_here(request):
            return problem(403, "the clock is set from this machine alone")
        try:
            wanted = msgspec.json.decode(await request.read(), type=_ClockWanted)
            position_ns = None
            if wanted.position_s is not None:
                position_ns = self.day.start_ns + int(wanted.position_s * SECOND_NS)
            self.clock.set(position_ns, wanted.speed)
        except (msgspec.DecodeError, ValueError, OverflowError) as error:
            return problem(400, f'{error}; expected {{"position_s": seconds, "speed": number}}')
        return _plain(self.clock_state())

    async def _espn_scoreboard(self, request: web.Request) -> web.Response:
        position = self.clock.position_ns

        def make() -> tuple[Any, int]:
            told = [(game, game.standing(game.told(position))) for game in self.day.games.values()]
            return espn.scoreboard(told), self._changed_ns(position)

        return self._answers.get("espn", self.day.told(position), make).respond(request)

    async def _espn_summary(self, request: web.Request) -> web.Response:
        game = self._asked(request, "event")
        if game is None:
            return problem(404, f"no game {request.query.get('event')!r}; name one as ?event=ID")
        return self._summary(game, self.clock.position_ns).respond(request)

    def _summary(self, game: FeedGame, position_ns: int) -> Answer:
        told = game.told(position_ns)

        def make() -> tuple[Any, int]:
            standing: Standing = game.standing(told)
            shown = as_told(standing.plays)
            return self._espn[game.game_id].summary(standing, shown), standing.changed_ns

        return self._answers.get(("espn", game.game_id), told, make)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        written = request.query.get("from", "0")
        if not (written.isascii() and written.isdigit() and len(written) < 16):
            return problem(400, f"from={written!r}; expected the number of a statement, from 0 up")
        return await self._socket(request, lambda socket: self._stream.send(socket, int(written)))

    async def _frames(self, request: web.Request) -> web.StreamResponse:
        if self._tracking is None:
            return problem(404, "no tracking here; start `wpsim feed` with --tracking")
        return await self._socket(request, self._tracking.send)

    async def _socket(
        self, request: web.Request, send: Callable[[web.WebSocketResponse], Awaitable[None]]
    ) -> web.StreamResponse:
        if self.counts.sockets >= MOST_CLIENTS:
            return problem(503, f"{MOST_CLIENTS} WebSockets are open; close one")
        self.counts.sockets += 1
        try:
            return await tell(request, send, self.stopping)
        finally:
            self.counts.sockets -= 1

    def _asked(self, request: web.Request, name: str) -> FeedGame | None:
        return self.day.games.get(request.query.get(name, ""))

    def _changed_ns(self, position_ns: int) -> int:
        told = self.day.told(position_ns)
        return self.day.due_ns[told - 1] if told else self.day.start_ns


class _ClockWanted(msgspec.Struct, forbid_unknown_fields=True):
    position_s: float | None = None
    speed: float | None = None


def _plain(value: dict[str, Any]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _from_here(request: web.Request) -> bool:
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class RunningFeed:
    """A feed that answers at `url`."""

    feed: Feed
    url: str
    port: int

    @property
    def clock(self) -> VirtualClock:
        """The clock of the rehearsal."""
        return self.feed.clock

    @property
    def day(self) -> FeedDay:
        """The recorded day."""
        return self.feed.day

    @property
    def socket_url(self) -> str:
        """Where the WebSockets are."""
        return self.url.replace("http", "ws", 1)

    async def finished(self) -> None:
        """Wait until everything of the day is told."""
        await self.clock.reach(self.day.end_ns)


def open_feed(
    sources: Sequence[Path], options: FeedOptions, note: Callable[[str], None] = lambda _: None
) -> Feed:
    """Read what is to be rehearsed, and set the clock.

    Args:
        sources: season files, payloads, folders of payloads.
        options: what of it, and how.
        note: told in one line of what takes long.

    Raises:
        InputError: a source cannot be read or holds no such game.
    """
    read = read_games(sources, options.games, options.games_limit, note)
    day = FeedDay(align(read) if options.together else read)
    begin = day.start_ns
    if options.start_s is not None:
        begin += int(options.start_s * SECOND_NS)
    elif options.skip_to_kickoff:
        begin = day.kickoff_ns - int(max(options.speed, 1.0) * SECOND_NS)
    return Feed(day, VirtualClock(begin, options.speed), options)


@asynccontextmanager
async def running_feed(
    source: Path | str | Sequence[Path | str], *, host: str = "127.0.0.1", port: int = 0, **options: Any
) -> AsyncIterator[RunningFeed]:
    """Serve a recorded day on the running loop, for the length of the block.

    Args:
        source: a season file, a payload, a folder of payloads, or several of them.
        host: the address to listen on.
        port: the port; 0 takes a free one.
        options: see `FeedOptions`.

    Raises:
        InputError: the source cannot be read or holds no such game.
        OSError: the address is taken.
    """
    sources = [source] if isinstance(source, str | Path) else source
    feed = open_feed([Path(path) for path in sources], FeedOptions(**options))
    async with serving(feed, host, port) as running:
        yield running


@asynccontextmanager
async def serving(feed: Feed, host: str, port: int) -> AsyncIterator[RunningFeed]:
    """Listen for the length of the block."""
    runner = web.AppRunner(
        feed.application(), access_log=None, shutdown_timeout=_SHUTDOWN_S, handle_signals=False
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        taken: int = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        feed.clock.restart()
        yield RunningFeed(feed, f"http://{shown}:{taken}", taken)
    finally:
        feed.stopping.set()
        await runner.cleanup()


def announcement(running: RunningFeed) -> dict[str, Any]:
    """Return what a program needs to know of a feed that has begun to answer."""
    return {
        "url": running.url,
        "port": running.port,
        "games": list(running.day.games),
        "endpoints": ENDPOINTS,
        **running.feed.clock_state(),
    }
