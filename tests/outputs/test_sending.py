"""Destinations over real sockets: what arrives, in which order, and that nobody waits for anybody."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web

from engine.core.events import FeedHealth
from engine.outputs import outlet as outlet_module
from engine.outputs.destination import HttpDestination, parse_destination
from engine.outputs.graphics import Graphics
from engine.outputs.http_post import HttpSink
from engine.outputs.outlet import Outlet
from tests.outputs.builders import (
    CARD,
    GAME_ID,
    NOON_NS,
    ODDS,
    OPENING_KICK,
    TOUCHDOWN,
    WHERE,
    S,
    Telling,
    run,
    withdrawn,
)

Answer = Callable[["Renderer", dict[str, Any]], Awaitable[web.Response]]


class Clock:
    """Nanoseconds since 1970 as the test sets them."""

    def __init__(self) -> None:
        self.now_ns = NOON_NS

    def __call__(self) -> int:
        """Tell the time."""
        return self.now_ns


class Renderer:
    """A graphics host that takes commands by HTTP, and answers as it is told to."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.news = asyncio.Event()
        self.answer = answer
        self.url = ""

    @property
    def names(self) -> list[str]:
        """What arrived, by name and, of a clearing, its reason."""
        return [_name(body) for body in self.bodies]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something about it to be true."""
        while not true():
            self.news.clear()
            await self.news.wait()

    async def take(self, request: web.Request) -> web.Response:
        """Take one command."""
        body = json.loads(await request.read())
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.news.set()
        return web.Response(status=204) if self.answer is None else await self.answer(self, body)


def _name(body: dict[str, Any]) -> str:
    if body["command"] == "CLEAR":
        return f"CLEAR {body['target']} {body['reason']}"
    return f"{body['command']}{' stale' if body.get('stale') else ''}"


@asynccontextmanager
async def listening(*renderers: Renderer) -> AsyncIterator[None]:
    """Run renderers on free ports."""
    runners = []
    for renderer in renderers:
        app = web.Application()
        app.router.add_post("/gfx", renderer.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        renderer.url = f"http://127.0.0.1:{runner.addresses[0][1]}/gfx"
        runners.append(runner)
    try:
        yield
    finally:
        for runner in runners:
            await runner.cleanup()


@asynccontextmanager
async def running(graphics: Graphics) -> AsyncIterator[Graphics]:
    """Run graphics until the block ends."""
    task = asyncio.create_task(graphics.run())
    try:
        yield graphics
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def inside(claim: Callable[[], Any]) -> None:
    """Run an asynchronous claim, for twenty seconds at most."""

    async def bounded() -> None:
        async with asyncio.timeout(20):
            await claim()

    asyncio.run(bounded())


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are tried again soon: what is tested is the order, not the patience."""
    monkeypatch.setattr(outlet_module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(outlet_module, "LONGEST_PAUSE_S", 0.05)


async def never(_: Renderer, __: dict[str, Any]) -> web.Response:
    """Answer nothing for an hour."""
    await asyncio.sleep(3_600)
    return web.Response()


def take_all(graphics: Graphics, telling: Telling) -> None:
    """Hand on everything that was told."""
    for told in telling.told:
        graphics.take(told, telling.start)
    telling.told.clear()


def test_commands_arrive_in_order_and_a_farewell_clears_the_air() -> None:
    """A renderer gets states, then the card, as JSON with their names; when the service ends, a clearing."""

    async def claim() -> None:
        renderer, clock = Renderer(), Clock()
        async with listening(renderer):
            graphics = Graphics([parse_destination(renderer.url)], clock_ns=clock)
            async with running(graphics):
                telling = Telling(GAME_ID, OPENING_KICK, run(2000))
                take_all(graphics, telling)
                await renderer.until(lambda: len(renderer.bodies) == 2)
                telling.tell(TOUCHDOWN)
                take_all(graphics, telling)
                await confirmed(graphics, 5)
            assert renderer.names == [ODDS, WHERE, ODDS, WHERE, CARD, "CLEAR all closing"]
            assert renderer.headers[0]["Content-Type"] == "application/json"
            assert renderer.headers[0]["X-Wpsim-Command"] == ODDS
            (counts,) = graphics.by_destination().values()
            assert (counts.sent, counts.failed, counts.healthy, counts.queue_depth) == (5, {}, True, 0)
            assert counts.conflated == 4, "of three updates at once only the newest states were sent"
            assert counts.last_ok_ns == NOON_NS

    inside(claim)


def test_a_hanging_host_delays_no_other() -> None:
    """While one host has not answered its first command, the other gets every later one."""

    async def claim() -> None:
        slow, quick = Renderer(never), Renderer()
        async with listening(slow, quick):
            graphics = Graphics([HttpDestination(slow.url), HttpDestination(quick.url)], clock_ns=Clock())
            telling = Telling(GAME_ID, OPENING_KICK)
            async with running(graphics):
                for number in range(5):
                    take_all(graphics, telling)
                    await quick.until(lambda: len(quick.bodies) >= 2 * number + 2)  # noqa: B023 -- awaited here
                    telling.tell(run(2000 + 1000 * number, gained=number + 1))
                assert len(slow.bodies) == 1, "its first command was never answered"
                counts = graphics.by_destination()[slow.url]
                assert (counts.sent, counts.queue_depth) == (0, 2), (
                    "it owes the newest of each state and no more"
                )
                assert graphics.counts.commands == 1 + counts.queue_depth + counts.conflated

    inside(claim)


def test_a_dead_host_costs_nothing_and_gets_the_newest_when_it_comes() -> None:
    """A host that refuses connections is tried again; once it listens it gets the newest states alone."""

    async def claim() -> None:
        renderer, quick = Renderer(), Renderer()
        async with listening(renderer):
            dead_url = renderer.url
        async with listening(quick):
            graphics = Graphics([HttpDestination(dead_url), HttpDestination(quick.url)], clock_ns=Clock())
            telling = Telling(GAME_ID, OPENING_KICK)
            async with running(graphics):
                for number in range(3):
                    take_all(graphics, telling)
                    await quick.until(lambda: len(quick.bodies) >= 2 * number + 2)  # noqa: B023 -- awaited here
                    telling.tell(run(2000 + 1000 * number, gained=number + 1))
                counts = graphics.by_destination()[dead_url]
                while not counts.failed:
                    await asyncio.sleep(0.01)
                assert not counts.healthy
                assert set(counts.failed) == {"connection"}
                await _listen_at(dead_url, renderer, lambda: len(renderer.bodies) == 2)
                assert renderer.names == [ODDS, WHERE]
                assert [body["offset"] for body in renderer.bodies] == [3, 3]

    inside(claim)


async def confirmed(graphics: Graphics, commands: int) -> None:
    """Wait until the first destination has confirmed so many commands."""
    while graphics.outlets[0].counts.sent < commands:
        await asyncio.sleep(0.005)


async def _listen_at(url: str, renderer: Renderer, until: Callable[[], bool]) -> None:
    app = web.Application()
    app.router.add_post("/gfx", renderer.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    port = int(url.split(":")[2].split("/", maxsplit=1)[0])
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    try:
        await renderer.until(until)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "tries"), [(500, 2), (503, 2), (429, 2), (408, 2), (400, 1), (404, 1), (302, 1)]
)
def test_what_may_pass_is_tried_again(status: int, tries: int) -> None:
    """A server's failure is tried again while the command is the newest; a refusal is counted and dropped."""

    async def claim() -> None:
        failed: list[str] = []

        async def once(_: Renderer, body: dict[str, Any]) -> web.Response:
            if body["command"] == ODDS and not failed:
                failed.append(ODDS)
                return web.Response(status=status, headers={"Location": "/elsewhere"})
            return web.Response()

        renderer = Renderer(once)
        async with listening(renderer):
            graphics = Graphics([HttpDestination(renderer.url)], clock_ns=Clock())
            async with running(graphics):
                take_all(graphics, Telling(GAME_ID))
                await confirmed(graphics, tries)
            counts = graphics.by_destination()[renderer.url]
            assert renderer.names == [ODDS] * tries + [WHERE, "CLEAR all closing"]
            assert counts.failed == {f"status_{status}": 1}
            assert counts.dropped == 2 - tries

    inside(claim)


def test_a_command_that_is_not_the_newest_is_not_tried_again() -> None:
    """When news comes while an attempt hangs until its time-out, only the news is sent."""

    async def claim() -> None:
        async def first_hangs(renderer: Renderer, _: dict[str, Any]) -> web.Response:
            if len(renderer.bodies) == 1:
                await asyncio.sleep(3_600)
            return web.Response()

        renderer, telling = Renderer(first_hangs), Telling(GAME_ID)
        async with listening(renderer):
            graphics = Graphics(clock_ns=Clock())
            outlet = Outlet("x", HttpSink(renderer.url, timeout_s=0.3), clock_ns=Clock())
            graphics.outlets = (outlet,)  # type: ignore[misc] # a time-out that a test can wait for
            async with running(graphics):
                take_all(graphics, telling)
                await renderer.until(lambda: len(renderer.bodies) == 1)
                telling.tell(OPENING_KICK)
                take_all(graphics, telling)
                await renderer.until(lambda: len(renderer.bodies) == 3)
            assert [body["offset"] for body in renderer.bodies[:3]] == [0, 1, 1]
            assert outlet.counts.failed == {"timeout": 1}

    inside(claim)


def test_a_token_is_sent_and_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The bearer token of the environment arrives in its header, and stands in no log line and no name."""

    async def claim() -> None:
        renderer = Renderer()
        async with listening(renderer):
            monkeypatch.setenv("GFX_TOKEN", "hunter2")
            graphics = Graphics(
                [parse_destination(f"{renderer.url}?a=b#token_env=GFX_TOKEN")], clock_ns=Clock()
            )
            async with running(graphics):
                take_all(graphics, Telling(GAME_ID))
                await renderer.until(lambda: len(renderer.bodies) == 2)
            assert renderer.headers[0]["Authorization"] == "Bearer hunter2"
            assert "hunter2" not in caplog.text + repr(graphics.by_destination())

    caplog.set_level(logging.DEBUG)
    inside(claim)


def test_the_picture_s_delay_holds_for_everything() -> None:
    """With an air delay of 7 s nothing arrives before, and everything at its time, the card included."""

    async def claim() -> None:
        renderer, clock = Renderer(), Clock()
        async with listening(renderer):
            graphics = Graphics([HttpDestination(renderer.url)], air_delay_s=7.0, clock_ns=clock)
            telling = Telling(GAME_ID, OPENING_KICK, run(2000))
            async with running(graphics):
                take_all(graphics, telling)
                telling.now_ns = clock.now_ns = NOON_NS + 5 * S
                telling.tell(TOUCHDOWN)
                take_all(graphics, telling)
                clock.now_ns = NOON_NS + 7 * S - 1
                graphics.advance(clock())
                assert graphics.counts.commands == 0
                assert json.loads(graphics.json(GAME_ID) or b"")["on_air"] == "false", "nor may it be polled"
                assert graphics.next_ns == NOON_NS + 7 * S
                clock.now_ns += 1
                graphics.advance(clock())
                await renderer.until(lambda: len(renderer.bodies) == 2)
                assert CARD not in renderer.names
                clock.now_ns = NOON_NS + 12 * S
                graphics.advance(clock())
                await renderer.until(lambda: CARD in renderer.names)
            for body in renderer.bodies[:-1]:
                assert body["issued_ns"] - body["received_ns"] >= 7 * S

    inside(claim)


def test_a_key_play_withdrawn_within_the_delay_never_arrives() -> None:
    """Neither the card nor the probability of a touchdown that is withdrawn in time goes to a renderer."""

    async def claim() -> None:
        renderer, clock = Renderer(), Clock()
        async with listening(renderer):
            graphics = Graphics([HttpDestination(renderer.url)], air_delay_s=7.0, clock_ns=clock)
            telling = Telling(GAME_ID, OPENING_KICK, run(2000))
            async with running(graphics):
                take_all(graphics, telling)
                touchdown = telling.tell(TOUCHDOWN)
                take_all(graphics, telling)
                telling.now_ns = clock.now_ns = NOON_NS + 6 * S
                telling.tell(withdrawn(TOUCHDOWN))
                take_all(graphics, telling)
                for second in range(7, 30):
                    clock.now_ns = NOON_NS + second * S
                    graphics.advance(clock())
                await renderer.until(lambda: len(renderer.bodies) == 2)
            assert CARD not in renderer.names
            wrong = touchdown.update.home_win_probability
            assert all(body.get("home_win_probability") != wrong for body in renderer.bodies)
            assert graphics.counts.struck == 1

    inside(claim)


def test_a_key_play_withdrawn_on_the_air_is_cleared_at_once() -> None:
    """The clearing of a withdrawn card is the first thing that is sent after the withdrawal."""

    async def claim() -> None:
        renderer = Renderer()
        async with listening(renderer):
            graphics = Graphics([HttpDestination(renderer.url)], clock_ns=Clock())
            telling = Telling(GAME_ID, OPENING_KICK, run(2000), TOUCHDOWN)
            async with running(graphics):
                take_all(graphics, telling)
                await renderer.until(lambda: CARD in renderer.names)
                telling.tell(withdrawn(TOUCHDOWN))
                take_all(graphics, telling)
                await renderer.until(lambda: len(renderer.bodies) == 6)
            assert renderer.names[2:] == [CARD, "CLEAR key_play withdrawn", ODDS, WHERE, "CLEAR all closing"]

    inside(claim)


def test_stale_data_are_held_and_cleared_by_the_clock_alone() -> None:
    """After a feed is lost, nothing but time brings the clearing, by the service's own timer."""

    async def claim() -> None:
        renderer, telling = Renderer(), Telling(GAME_ID, OPENING_KICK)
        async with listening(renderer):
            graphics = Graphics([HttpDestination(renderer.url)], hold_s=0.2)
            async with running(graphics):
                telling.health(FeedHealth.LIVE, 1)
                take_all(graphics, telling)
                telling.health(FeedHealth.LOST, 2)
                take_all(graphics, telling)
                await renderer.until(lambda: "CLEAR all stale" in renderer.names)
            assert renderer.names[-3:] == [f"{ODDS} stale", f"{WHERE} stale", "CLEAR all stale"]

    inside(claim)


def test_a_destination_shows_the_game_it_names() -> None:
    """Of two games at once a destination gets the one that is named, and its snapshot both."""

    async def claim() -> None:
        renderer = Renderer()
        async with listening(renderer):
            graphics = Graphics([parse_destination(f"{renderer.url}#game=b")], clock_ns=Clock())
            async with running(graphics):
                for game_id in ("a", "b", "c"):
                    take_all(graphics, Telling(game_id, OPENING_KICK))
                await renderer.until(lambda: len(renderer.bodies) == 2)
            assert {body["game_id"] for body in renderer.bodies} == {"b"}
            assert json.loads(graphics.json("a") or b"")["game_id"] == "a"
            assert b"<game_id>c</game_id>" in (graphics.xml("c") or b"")
            assert graphics.json("d") is None

    inside(claim)


def test_a_fault_in_one_game_s_direction_stops_no_other() -> None:
    """A planted fault in one director is counted, and the other game's graphics go on."""

    async def claim() -> None:
        renderer = Renderer()
        async with listening(renderer):
            graphics = Graphics([HttpDestination(renderer.url)], clock_ns=Clock())
            broken, whole = Telling("broken"), Telling("whole")
            async with running(graphics):
                graphics.take(broken.told[0], None)  # type: ignore[arg-type] # the planted fault
                take_all(graphics, whole)
                await renderer.until(lambda: len(renderer.bodies) == 2)
                assert {body["game_id"] for body in renderer.bodies} == {"whole"}
                assert graphics.counts.failed == 1
                take_all(graphics, broken)
                await renderer.until(lambda: len(renderer.bodies) == 4)

    inside(claim)


def test_a_fault_in_one_sink_stops_no_other() -> None:
    """A sink that raises what it must not is counted as our own fault, and the others go on."""

    class Broken:
        async def send(self, _: Any) -> None:
            raise KeyError("planted")

        async def keep(self) -> bool:
            return False

        async def close(self) -> None:
            return

    async def claim() -> None:
        renderer = Renderer()
        async with listening(renderer):
            graphics = Graphics([HttpDestination(renderer.url)], clock_ns=Clock())
            broken = Outlet("broken", Broken(), clock_ns=Clock())
            graphics.outlets = (broken, *graphics.outlets)  # type: ignore[misc] # the planted fault
            async with running(graphics):
                take_all(graphics, Telling(GAME_ID))
                await renderer.until(lambda: len(renderer.bodies) == 2)
                while sum(broken.counts.failed.values()) < 2:
                    await asyncio.sleep(0.01)
            assert set(broken.counts.failed) == {"internal_KeyError"}

    inside(claim)


def test_the_fallback_is_written_though_no_host_listens(tmp_path: Any) -> None:
    """The files follow the air while every destination is dead, and a folder that fails is tried again."""

    async def claim() -> None:
        blocked = tmp_path / "out"
        blocked.write_text("a file where the folder should be")
        graphics = Graphics([HttpDestination("http://127.0.0.1:1/")], fallback=blocked, clock_ns=Clock())
        async with running(graphics):
            take_all(graphics, Telling(GAME_ID, OPENING_KICK, run(2000)))
            counts = graphics.fallback_counts
            assert counts is not None
            while not counts.failed:
                await asyncio.sleep(0.01)
            assert not counts.healthy
            blocked.unlink()
            while not counts.written:
                await asyncio.sleep(0.01)
        keys = json.loads((blocked / f"{GAME_ID}.json").read_bytes())
        assert keys["situation_text"] == "2nd & 6 at HRB 29"
        assert counts.healthy

    inside(claim)
