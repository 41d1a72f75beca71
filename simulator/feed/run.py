"""`wpsim feed` as a process: serves until it is stopped, or until the day is told where that is asked."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from simulator.feed.clock import SECOND_NS
from simulator.feed.server import RunningFeed, serving
from simulator.feed.site import Feed

PROGRESS_S: Final = 3.0

Say = Callable[[str], None]


async def serve(
    feed: Feed,
    host: str,
    port: int,
    *,
    announce: Callable[[RunningFeed], None],
    progress: Say | None = None,
    linger_s: float | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        feed: what is served.
        host: the address to listen on.
        port: the port; 0 takes a free one.
        announce: told where it answers, once it does.
        progress: told every few seconds how far it is; None where nobody watches.
        linger_s: stop so many seconds after the last statement; None serves the finals until stopped.

    Raises:
        OSError: the address is taken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signalled in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError):  # Windows, or not on the main thread
            loop.add_signal_handler(signalled, stop.set)
    async with serving(feed, host, port) as running:
        announce(running)
        tasks: list[asyncio.Future[object]] = [asyncio.ensure_future(stop.wait())]
        if linger_s is not None:
            tasks.append(asyncio.ensure_future(_told(running, linger_s)))
        if progress is not None:
            tasks.append(asyncio.ensure_future(_report(feed, progress)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _told(running: RunningFeed, linger_s: float) -> bool:
    await running.finished()
    await asyncio.sleep(linger_s)
    return True


async def _report(feed: Feed, progress: Say) -> bool:
    while True:
        progress(progress_line(feed))
        await asyncio.sleep(PROGRESS_S)


def progress_line(feed: Feed) -> str:
    """Return how far a feed is: position, statements told, and who asks."""
    day, position = feed.day, feed.clock.position_ns
    at, length = position - day.start_ns, day.end_ns - day.start_ns
    return (
        f"{_hours(min(at, length))} of {_hours(length)}, "
        f"{day.told(position):,} of {len(day.schedule):,} events, "
        f"{feed.counts.requests:,} requests, {feed.counts.sockets} sockets"
    )


def _hours(span_ns: int) -> str:
    return str(timedelta(seconds=max(0, span_ns) // SECOND_NS))
