"""The feed's routes: what is asked, when in the day it is, and which fault strikes the answer."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from simulator.feed.answers import JSON, Answer, problem
from simulator.feed.clock import SECOND_NS, VirtualClock
from simulator.feed.faults import FaultPlan, read_faults
from simulator.feed.games import FeedDay
from simulator.feed.misbehave import misbehave
from simulator.feed.options import FeedOptions
from simulator.feed.sockets import MOST_CLIENTS, tell
from simulator.feed.stream import Stream
from simulator.feed.tracking import TrackingFeed
from simulator.feed.vendors import Vendors

_MOST_BODY_BYTES: Final = 4_096
_MOST_IN_FLIGHT: Final = 2_048
_MOST_JUMP_S: Final = 1e8
_MOST_SPEED: Final = 1e6
_OLD_NS: Final = (300 * SECOND_NS, 1_800 * SECOND_NS)
"""Between these is how old a payload is that a fault tells again."""
ENDPOINTS: Final = {
    "/espn/scoreboard": "ESPN's scoreboard of all games",
    "/espn/summary?event=ID": "ESPN's summary of one game",
    "/cfbd/live/scoreboard": "CFBD's scoreboard of all games",
    "/cfbd/live/plays?gameId=ID": "CFBD's plays of one game",
    "/odds/scoreboard": "Action Network's scoreboard: the books' prices",
    "/stream?from=N": "WebSocket: every statement as it is due, numbered",
    "/tracking": "WebSocket: tracking frames, with --tracking",
    "/clock": "where in the day it is; POST sets it, from this machine alone",
    "/faults": "which faults are in force, and how often each has struck",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class FeedCounts:
    """What was asked of the feed; only the feed itself writes it."""

    requests: int = 0
    unchanged: int = 0
    """Requests answered 304."""
    sockets: int = 0
    """WebSockets open now."""


class _ClockWanted(msgspec.Struct, forbid_unknown_fields=True):
    position_s: float | None = None
    speed: float | None = None


class Feed:
    """One rehearsal: a day, its clock, and what it looks like on the wire."""

    def __init__(self, day: FeedDay, clock: VirtualClock, options: FeedOptions) -> None:
        """Prepare to answer.

        Raises:
            UnknownFaultError: the options name a fault that does not exist.
        """
        self.day: Final = day
        self.clock: Final = clock
        self.counts: Final = FeedCounts()
        self.faults: Final = FaultPlan(read_faults(options.faults, options.seed), day, options.faults_until)
        self.stopping: Final = asyncio.Event()
        # The speed that the clock gets when the first asker comes; None once it runs.
        self._held_speed = clock.speed if options.hold else None
        if options.hold:
            clock.set(speed=0.0)
        # Requests and WebSockets that are being answered.
        self._in_flight = 0
        self._vendors = Vendors(day, self.faults, options.seed)
        self._stream = Stream(day, clock, self.faults)
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
        app.router.add_get("/faults", self._faults)
        for path, answer_at in (
            ("/espn/scoreboard", self._vendors.espn_scoreboard),
            ("/cfbd/live/scoreboard", self._vendors.cfbd_scoreboard),
            ("/odds/scoreboard", self._vendors.odds_scoreboard),
        ):
            app.router.add_get(path, self._day_handler(answer_at))
        for path, name, answer_about in (
            ("/espn/summary", "event", self._vendors.espn_summary),
            ("/cfbd/live/plays", "gameId", self._vendors.cfbd_plays),
        ):
            app.router.add_get(path, self._game_handler(name, answer_about))
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
    async def _count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.counts.requests += 1
        if self._in_flight >= _MOST_IN_FLIGHT:
            return problem(503, f"{_MOST_IN_FLIGHT} requests are being answered; ask again later")
        self._in_flight += 1
        try:
            answer = await handler(request)
        except web.HTTPException as error:
            return problem(error.status, f"{request.method} {request.path}: {error.reason}")
        finally:
            self._in_flight -= 1
        self.counts.unchanged += answer.status == 304
        return answer

    # --- the vendors ---

    def _day_handler(self, answer_at: Callable[[int], Answer]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._tell(request, None, answer_at)

        return handle

    def _game_handler(self, name: str, answer_about: Callable[..., Answer]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            asked = request.query.get(name, "")
            game = self.day.games.get(asked)
            if game is None:
                return problem(404, f"no game {asked!r}; name one as ?{name}=ID")
            return await self._tell(request, asked, lambda position: answer_about(game, position))

        return handle

    async def _tell(
        self, request: web.Request, game_id: str | None, answer_at: Callable[[int], Answer]
    ) -> web.StreamResponse:
        self._someone_came()
        position = self.clock.position_ns
        asked = f"{request.path}/{game_id or ''}"
        fault = self.faults.of_request(asked, game_id, position)
        if fault is None:
            return answer_at(position).respond(request)
        luck = self.faults.draw(fault, "luck", asked, self.counts.requests)
        if fault == "replay-old":
            least, most = _OLD_NS
            return answer_at(position - least - int(luck * (most - least))).respond(request)
        return await misbehave(fault, request, answer_at(position), luck, self.stopping)

    # --- the sockets ---

    async def _events(self, request: web.Request) -> web.StreamResponse:
        written = request.query.get("from", "0")
        if not (written.isascii() and written.isdigit() and len(written) < 16):
            return problem(400, f"from={written!r}; expected the number of a statement, from 0 up")
        return await self._socket(request, lambda socket: self._stream.send(socket, request, int(written)))

    async def _frames(self, request: web.Request) -> web.StreamResponse:
        if self._tracking is None:
            return problem(404, "no tracking here; start `wpsim feed` with --tracking")
        return await self._socket(request, self._tracking.send)

    async def _socket(
        self, request: web.Request, send: Callable[[web.WebSocketResponse], Awaitable[None]]
    ) -> web.StreamResponse:
        if self.counts.sockets >= MOST_CLIENTS:
            return problem(503, f"{MOST_CLIENTS} WebSockets are open; close one")
        self._someone_came()
        self.counts.sockets += 1
        try:
            return await tell(request, send, self.stopping)
        finally:
            self.counts.sockets -= 1

    # --- the rehearsal itself ---

    async def _index(self, _: web.Request) -> web.Response:
        games = [
            {"id": game.game_id, "kickoff_s": (game.kickoff_ns - self.day.start_ns) / SECOND_NS}
            for game in self.day.games.values()
        ]
        return _plain({"feed": "wpsim", "endpoints": ENDPOINTS, "games": games, **self.clock_state()})

    async def _clock(self, _: web.Request) -> web.Response:
        return _plain(self.clock_state())

    async def _faults(self, _: web.Request) -> web.Response:
        until_s = (self.faults.until_ns - self.day.start_ns) / SECOND_NS
        return _plain({"struck": self.faults.counts, "until_s": until_s})

    async def _set_clock(self, request: web.Request) -> web.Response:
        if not _from_here(request):
            return problem(403, "the clock is set from this machine alone")
        try:
            wanted = msgspec.json.decode(await request.read(), type=_ClockWanted)
        except msgspec.DecodeError as error:
            return problem(400, f'{error}; expected {{"position_s": seconds, "speed": number}}')
        position_s, speed = wanted.position_s, wanted.speed
        if speed is not None and not 0.0 <= speed <= _MOST_SPEED:
            return problem(400, f"speed is {speed}; expected 0 to {_MOST_SPEED:g} recorded seconds a second")
        if position_s is not None and not -_MOST_JUMP_S <= position_s <= _MOST_JUMP_S:
            return problem(400, f"position_s is {position_s}; expected seconds after the day's start")
        self._held_speed = None
        start_ns = self.day.start_ns
        self.clock.set(None if position_s is None else start_ns + int(position_s * SECOND_NS), speed)
        return _plain(self.clock_state())

    def _someone_came(self) -> None:
        if self._held_speed is not None:
            self.clock.set(speed=self._held_speed)
            self._held_speed = None


def _plain(value: dict[str, Any]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), content_type=JSON, headers={"Cache-Control": "no-store"}
    )


def _from_here(request: web.Request) -> bool:
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
