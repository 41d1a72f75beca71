"""A feed on the loopback that does as a test says, and an ear for what a source hands on."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web

from engine.core.events import Event, FeedStatus, GameEnd, GameStart, Play
from engine.feeds.source import Source

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOST_S = 20.0
"""No test of a feed takes longer."""


@asynccontextmanager
async def served(routes: Mapping[str, Handler]) -> AsyncIterator[str]:
    """Serve GET routes on a free port; yield the URL."""
    app = web.Application()
    for path, handler in routes.items():
        app.router.add_get(path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Ear:
    """What a source has handed on."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def take(self, event: Event) -> None:
        """Hear one statement."""
        self.events.append(event)
        self._more.set()

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait until something holds; it is looked at after every statement, and now and then."""
        async with asyncio.timeout(MOST_S):
            while not enough():
                self._more.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._more.wait(), 0.01)

    def told(self) -> list[str]:
        """What was heard, in short: one word a statement."""
        return [_short(event) for event in self.events]


def _short(event: Event) -> str:
    if isinstance(event, Play):
        return f"{event.play_id}/{event.revision}/{event.status}"
    if isinstance(event, GameEnd):
        return f"end/{event.revision}/{event.status}"
    if isinstance(event, FeedStatus):
        return f"{event.game_id} {event.health}/{event.revision}"
    return f"start/{event.revision}" if isinstance(event, GameStart) else type(event).__name__


@asynccontextmanager
async def listening(source: Source) -> AsyncIterator[Ear]:
    """Run a source while the block runs; it must not end or raise by itself."""
    ear = Ear()
    task = asyncio.create_task(source.run(ear.take, dict))
    try:
        yield ear
        assert not task.done(), "a source never ends by itself"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def json_answer(value: Any, **headers: str) -> web.Response:
    """A JSON answer."""
    return web.Response(body=json.dumps(value).encode(), content_type="application/json", headers=headers)


# --- ESPN --------------------------------------------------------------------------------------------------


def espn_play(play_id: str, **fields: Any) -> dict[str, Any]:
    """A play object of a summary."""
    return {
        "id": play_id, "type": {"text": "Rush"}, "text": f"play {play_id}", "period": {"number": 1},
        "clock": {"displayValue": "12:31"}, "homeScore": 0, "awayScore": 0,
        "start": {"down": 1, "distance": 10, "yardsToEndzone": 75, "team": {"id": "10"}},
        "end": {"down": 2, "distance": 7, "yardsToEndzone": 72, "team": {"id": "10"}}, **fields,
    }  # fmt: skip


def espn_summary(game_id: str, plays: list[dict[str, Any]] | None, *, over: bool = False) -> dict[str, Any]:
    """A summary of one drive; None leaves the drives out."""
    sides = [
        {"homeAway": side, "id": team, "score": points, "team": {"location": name, "abbreviation": name[:4]}}
        for side, team, points, name in (("home", "10", "7", "Ohio"), ("away", "20", "3", "Texas"))
    ]
    status = {"type": {"completed": over, "state": "post" if over else "in", "name": "STATUS"}}
    competition = {"date": "2022-11-05T19:30Z", "competitors": sides, "status": status}
    summary: dict[str, Any] = {
        "header": {"id": game_id, "season": {"year": 2022}, "competitions": [competition]}
    }
    if plays is not None:
        summary["drives"] = {"previous": [{"id": "d", "plays": plays}]}
    return summary
