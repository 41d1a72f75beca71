"""`wpsim serve`: opens what a day needs in order, runs it until told to stop, and closes it in order."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec
import structlog
from aiohttp import web

from engine.core.events import GameStart, Play
from engine.core.football import PlayKind, Side
from engine.core.models.interface import Model
from engine.feeds.catalogue import open_source
from engine.feeds.push import PushSource
from engine.feeds.source import Source
from engine.gateway.garbage import settle
from engine.log.event_log import EventLog, Record, parse_fsync, read_log
from engine.log.quarantine import Quarantine
from engine.outputs.destination import parse_destination
from engine.outputs.graphics import Graphics
from engine.service.app import Parts, make_app
from engine.service.carriers import ToGraphics, ToHistory
from engine.service.day import Day
from engine.service.feed_watch import FeedWatch
from engine.service.front import Front, open_front
from engine.service.health import Health
from engine.service.ingest import Ingest
from engine.service.metrics import Metrics
from engine.service.processor import Processor
from engine.service.settings import Settings
from engine.service.stages import Stages
from engine.service.usage import Usage
from engine.store.history import MOST_QUEUED, History, SqliteHistory
from engine.store.models import open_model

RECONNECT_AFTER_MS: Final = 1_000
"""What viewers are told when the service stops: come back after about so long."""
_SOURCE_RESTART_S: Final = 5.0
_HISTORY_WAIT_S: Final = 10.0
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

logger = structlog.get_logger("wpsim.serve")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service listens, and what it found of an earlier run."""

    url: str
    port: int
    folder: Path
    games: int
    restored_events: int


async def serve(settings: Settings, ready: Callable[[Address], None]) -> None:
    """Serve a day until SIGTERM, SIGINT or SIGHUP, then drain; `ready` is called once viewers may come.

    Raises:
        ValueError: a setting cannot be; the message says which and what to do.
        OSError: the port or the folder cannot be had.
    """
    async with contextlib.AsyncExitStack() as stack:
        service = await _open(settings, stack)
        await service.run(ready)


class _Service:
    """The parts of a running service, and the order in which they start and stop."""

    def __init__(
        self, settings: Settings, day: Day, front: Front, graphics: Graphics, to_graphics: ToGraphics,
        sources: list[Source], health: Health, app: web.Application, stages: Stages, history: SqliteHistory,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._day = day
        self._front = front
        self._graphics = graphics
        self._to_graphics = to_graphics
        self._sources = sources
        self._health = health
        self._app = app
        self._stages = stages
        self._history = history

    async def run(self, ready: Callable[[Address], None]) -> None:
        """Read the log, open the door, listen to the feeds, and close again when told to."""
        settings = self._settings
        self._restore()
        runner = web.AppRunner(self._app, access_log=None, handle_signals=False)
        await runner.setup()
        if runner.server is None:
            raise RuntimeError("aiohttp has set up no server")
        port = await self._front.open(runner.server)
        settle()
        stop = asyncio.Event()
        _stop_on_signals(stop)
        tasks = [asyncio.create_task(self._day.run()), asyncio.create_task(self._graphics.run())]
        listening = [asyncio.create_task(self._listen(source)) for source in self._sources]
        listening.append(asyncio.create_task(FeedWatch(self._sources).run()))
        self._to_graphics.go_live(self._day.processors.values())
        self._health.restored = True
        scheme = "https" if settings.tls_certificate else "http"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = Address(
            f"{scheme}://{host}:{port}", port, settings.folder,
            len(self._day.processors), self._day.counts.restored_events,
        )  # fmt: skip
        logger.info("serving", url=address.url, folder=str(settings.folder), games=address.games)
        try:
            ready(address)
            stopped = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            for task in done - {stopped}:
                task.result()  # a part that must never end has: say why
        finally:
            logger.info("stopping")
            self._health.draining = True
            await _cancel(listening)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settings.drain_s):
                    await self._day.settled()
            await self._front.close(RECONNECT_AFTER_MS, settings.drain_s)
            await _cancel(tasks)
            await runner.cleanup()
            try:
                self._write_run()
            except OSError as error:  # a full disk: the day itself stands in the log
                logger.warning("the latencies of this run cannot be written", error=str(error))
            logger.info("stopped", digest=self._day.digest())
            for number in _STOP_SIGNALS:  # Python undoes handlers of its own before the process is gone
                signal.signal(number, signal.SIG_IGN)

    def _restore(self) -> None:
        self._day.restore(paced(read_log(self._settings.folder / "log"), self._history))
        for processor in self._day.processors.values():
            for event in processor.accepted:
                for source in self._sources:
                    source.remember(event)
        if self._day.counts.restored_events:
            logger.info("restored", events=self._day.counts.restored_events, games=len(self._day.processors))

    async def _listen(self, source: Source) -> None:
        """Run a source; one that breaks its word and raises is started again."""
        while True:
            try:
                await source.run(self._day.take, self._day.starts)
            except Exception:
                logger.exception("a feed broke off; it is started again", feed=source.name)
            await asyncio.sleep(_SOURCE_RESTART_S)

    def _write_run(self) -> None:
        """Write the latencies and what was counted; a recorded run takes them in."""
        folder = self._settings.folder / "latency"
        self._stages.write_hlog(folder)
        told = {
            "digest": self._day.digest(),
            "games": len(self._day.processors),
            "updates": self._day.counts.updates,
            "latency": self._stages.summary(),
            "delivery": self._front.counts,
        }
        path = self._settings.folder / "run.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2))


async def _open(settings: Settings, stack: contextlib.AsyncExitStack) -> _Service:
    """Open everything that a day needs; what is opened is closed in reverse order, whatever happens."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    model = open_model(settings.model)
    _warm(model)
    log = EventLog.open(settings.folder / "log", fsync=parse_fsync(settings.fsync))
    stack.callback(log.close)
    quarantine = Quarantine(settings.folder / "quarantine.ndjson")
    history = SqliteHistory(settings.folder / "history.sqlite")
    stack.callback(history.close)
    stages = Stages()
    front = open_front(settings)
    graphics = Graphics(
        [parse_destination(written) for written in settings.graphics],
        air_delay_s=settings.air_delay_s,
        fallback=settings.graphics_fallback,
    )
    to_graphics = ToGraphics(graphics)
    day = Day(
        model, log, quarantine, stages, (front.carrier, ToHistory(history), to_graphics),
        planted_delay_s=settings.planted_delay_ms / 1e3,
    )  # fmt: skip
    push = PushSource("push")
    sources: list[Source] = [
        open_source(feed.kind, feed.name, feed.url, poll_s=settings.poll_s, token=settings.cfbd_token)
        for feed in settings.feeds
    ]
    sources.append(push)
    health = Health(day, lambda: {source.name: source.counts for source in sources}, lambda: front.gateways)
    usage = Usage()
    metrics = Metrics(day=day, hub=front, history=history, log=log, graphics=graphics, stages=stages,
                      usage=usage, sources=sources)  # fmt: skip
    app = make_app(
        Parts(day, history, graphics, health, metrics, usage, Ingest(day, push, settings.ingest_token))
    )
    return _Service(settings, day, front, graphics, to_graphics, sources, health, app, stages, history)


def paced(
    records: Iterable[Record], history: History, most_waiting: int = MOST_QUEUED // 2
) -> Iterator[Record]:
    """Yield recorded statements no faster than the history stores them, unless its disk does not move at all.

    The first start after a history was lost tells it more than its queue holds.
    """
    keeps_up = True
    for record in records:
        if keeps_up and history.counts.queued >= most_waiting:
            keeps_up = history.flush(_HISTORY_WAIT_S)
        yield record


def _warm(model: Model) -> None:
    """Fold a made-up game, so that the first real play meets code and tables that are loaded."""
    processor = Processor("warm-up", model)
    processor.take(GameStart(game_id="warm-up", home_spread=-3.0, total=50.0))
    for number in range(3):
        play = Play(
            game_id="warm-up", play_id=str(number), order=number * 1_000, kind=PlayKind.RUN, period=1,
            clock_s=880 - 30 * number, home_score=0, away_score=0, possession=Side.HOME, down=number + 1,
            distance_yd=10, yards_to_goal=60, yards_gained=0,
        )  # fmt: skip
        processor.take(play)
    processor.game.snapshot()


def _stop_on_signals(stop: asyncio.Event) -> None:
    """Set an event at the signals that end a service.

    The handlers stay when the loop is gone, as those of the loop would not: a second signal must not cut off
    what is still to be closed.
    """
    loop = asyncio.get_running_loop()

    def told(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(stop.set)

    for number in _STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` wants no end with the terminal
            signal.signal(number, told)


async def _cancel(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
