"""What the tests of the feed share: a client, a clock that is set, and small games made by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from engine.core.events import ORDER_STEP, Event, GameEnd, GameStart, Play, Team
from engine.core.football import PlayKind, Side
from simulator.feed.clock import SECOND_NS, VirtualClock
from simulator.feed.games import FeedDay, FeedGame, make_game
from simulator.feed.options import FeedOptions
from simulator.feed.server import RunningFeed, serving
from simulator.feed.site import Feed

SAMPLE: Final = Path(__file__).parents[2] / "data" / "sample_season.parquet"
NOON_NS: Final = 1_700_000_000 * SECOND_NS
PATIENCE_S: Final = 30.0


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test's coroutine, and not for ever."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await test()

    asyncio.run(bounded())


class Client:
    """A client of a running feed."""

    def __init__(self, running: RunningFeed, session: aiohttp.ClientSession) -> None:
        self.running = running
        self.session = session

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of an answer."""
        url = self.running.url + path
        async with self.session.get(url, headers=headers) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read()

    async def json(self, path: str) -> Any:
        """Return the JSON value of an answer that must be 200."""
        status, _, body = await self.get(path)
        assert status == 200, (path, status, body[:200])
        return msgspec.json.decode(body)

    def at(self, share: float) -> None:
        """Set the clock to a share of the day."""
        day = self.running.day
        self.running.clock.set(day.reached_ns(share), 0.0)


@asynccontextmanager
async def client_of(games: list[FeedGame], **options: Any) -> AsyncIterator[Client]:
    """Serve games with a clock that stands at their start."""
    chosen = FeedOptions(speed=0.0, **options)
    day = FeedDay(games)
    feed = Feed(day, VirtualClock(day.start_ns, 0.0), chosen)
    async with serving(feed, "127.0.0.1", 0) as running, aiohttp.ClientSession() as session:
        yield Client(running, session)


def start(game_id: str = "1", at_s: float = 0.0) -> GameStart:
    """Return the start of a game between two made-up teams."""
    return GameStart(
        game_id=game_id,
        received_ns=NOON_NS + int(at_s * SECOND_NS),
        season=2024,
        home=Team("10", "Harbor State", "HRB"),
        away=Team("20", "Sunder Creek", "SCS"),
        home_spread=-3.0,
        total=50.5,
        scheduled_ns=NOON_NS,
        week=3,
    )


def run_play(number: int, at_s: float, *, game_id: str = "1", **fields: Any) -> Play:
    """Return a run of the home side."""
    stated: dict[str, Any] = {
        "kind": PlayKind.RUN, "period": 1, "clock_s": 900 - 10 * number, "home_score": 0, "away_score": 0,
        "possession": Side.HOME, "down": 1, "distance_yd": 10, "yards_to_goal": 70, "yards_gained": 3,
        "text": "Run for 3 yards",
    }  # fmt: skip
    return Play(
        game_id=game_id,
        received_ns=NOON_NS + int(at_s * SECOND_NS),
        play_id=f"{game_id}{number:03}",
        order=number * ORDER_STEP,
        **(stated | fields),
    )


def end(at_s: float, *, game_id: str = "1", **fields: Any) -> GameEnd:
    """Return the end of a game."""
    stated: dict[str, Any] = {"home_score": 7, "away_score": 3}
    return GameEnd(game_id=game_id, received_ns=NOON_NS + int(at_s * SECOND_NS), **(stated | fields))


def game(*events: Event) -> FeedGame:
    """Return a game of events."""
    return make_game(events[0].game_id, events)
