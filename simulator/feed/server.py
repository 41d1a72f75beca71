"""The feed on the network: opened, listening, and closed again."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from simulator.feed.clock import SECOND_NS, VirtualClock
from simulator.feed.games import FeedDay, align
from simulator.feed.options import FeedOptions
from simulator.feed.site import ENDPOINTS, Feed
from simulator.feed.sources import read_games

_SHUTDOWN_S: Final = 1.0


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
        UnknownFaultError: the options name a fault that does not exist.
    """
    read = read_games(sources, options.games, options.games_limit, note)
    day = FeedDay(align(read) if options.align else read)
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
        UnknownFaultError: the options name a fault that does not exist.
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
