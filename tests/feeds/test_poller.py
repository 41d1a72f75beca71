"""The poller against servers that misbehave: every fault is counted, and the state ends right."""

import asyncio
import gzip
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from aiohttp import web

from engine.core.events import FeedHealth, FeedStatus, GameStart, Play, content
from engine.feeds.espn_live import EspnLive
from engine.feeds.poller import Poller, Polling
from engine.feeds.telling import Payload
from tests.feeds.wire import (
    Ear,
    Handler,
    espn_play,
    espn_summary,
    json_answer,
    listening,
    served,
)

QUICK = Polling(
    poll_s=0.01, before_s=0.02, after_s=0.02, discover_s=0.05, total_timeout_s=1.0, connect_timeout_s=5.0,
    back_off_first_s=0.01, back_off_most_s=0.05, retry_after_most_s=0.2, stale_after_s=9.0, lost_after_s=18.0,
)  # fmt: skip
"""Asks quickly, and is patient: however busy the machine is, no feed of it becomes stale."""
SHORT = replace(QUICK, stale_after_s=0.4, lost_after_s=0.8)
"""The same, soon stale and lost."""
Say = Callable[[web.Request, int], Awaitable[web.StreamResponse]]


class Espn:
    """An ESPN whose scoreboard lists games, and whose summaries are what the test says."""

    def __init__(self, *game_ids: str) -> None:
        self.summaries: dict[str, Any] = {}
        """By game: a JSON value, or what answers the n-th request (from 0)."""
        self.asked: dict[str, int] = {}
        self.requests: list[web.Request] = []
        self.scoreboard: Any = {
            "events": [{"id": game_id, "date": "2022-11-05T19:30Z"} for game_id in game_ids]
        }

    def routes(self) -> dict[str, Handler]:
        """Its two paths."""
        return {"/espn/scoreboard": self._scoreboard, "/espn/summary": self._summary}

    async def _scoreboard(self, _request: web.Request) -> web.StreamResponse:
        return json_answer(self.scoreboard)

    async def _summary(self, request: web.Request) -> web.StreamResponse:
        game_id = request.query["event"]
        number = self.asked.get(game_id, 0)
        self.asked[game_id] = number + 1
        self.requests.append(request)
        said = self.summaries.get(game_id)
        if said is None:
            return web.Response(status=404)
        if callable(said):
            answer: web.StreamResponse = await said(request, number)
            return answer
        return json_answer(said)


def play(espn: Espn, test: Callable[[Poller, Ear], Awaitable[None]], polling: Polling = QUICK) -> None:
    """Run a test against a server, with a poller that listens to it."""
    asyncio.run(_play(espn, test, polling))


async def _play(espn: Espn, test: Callable[[Poller, Ear], Awaitable[None]], polling: Polling) -> None:
    async with served(espn.routes()) as url:
        poller = Poller("espn", EspnLive(f"{url}/espn"), polling, dice=random.Random(1))
        async with asyncio.timeout(60), listening(poller) as ear:
            await test(poller, ear)


def test_a_healthy_game_is_told_once_and_nothing_is_said_of_the_feed() -> None:
    """Start, plays and end are told in order as they come; a feed that never falters is not mentioned."""
    espn = Espn("1")
    espn.summaries["1"] = espn_summary("1", [espn_play("a")])

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 2)
        espn.summaries["1"] = espn_summary("1", [espn_play("a"), espn_play("b")])
        await ear.until(lambda: len(ear.events) == 3)
        espn.summaries["1"] = espn_summary("1", [espn_play("a"), espn_play("b")], over=True)
        await ear.until(lambda: len(ear.events) == 4)
        asked = espn.asked["1"]
        await ear.until(lambda: espn.asked["1"] > asked + 30)
        assert ear.told() == ["start/0", "a/0/official", "b/0/official", "end/0/official"]
        assert poller.counts.health is FeedHealth.LIVE
        assert poller.counts.events == 4
        assert poller.counts.unchanged > 20
        assert not poller.counts.errors

    play(espn, test)


def test_unchanged_games_are_asked_for_conditionally() -> None:
    """The server's own validators are sent back, and 304 is a good answer."""
    espn = Espn("1")

    async def say(request: web.Request, _number: int) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"x"':
            assert request.headers["If-Modified-Since"] == "Sat, 05 Nov 2022 19:30:00 GMT"
            return web.Response(status=304)
        return json_answer(
            espn_summary("1", [espn_play("a")]),
            ETag='"x"',
            **{"Last-Modified": "Sat, 05 Nov 2022 19:30:00 GMT"},
        )

    espn.summaries["1"] = say

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: espn.asked.get("1", 0) > 60)
        assert ear.told() == ["start/0", "a/0/official"]
        assert poller.counts.payloads == 1
        assert poller.counts.unchanged > 50

    play(espn, test)


def test_a_last_play_that_goes_is_withdrawn_though_the_server_says_not_modified() -> None:
    """A 304 after the payload without it says once more that it is gone."""
    espn = Espn("1")

    async def say(request: web.Request, _number: int) -> web.StreamResponse:
        tag = request.headers.get("If-None-Match")
        if tag is None:
            return json_answer(espn_summary("1", [espn_play("a"), espn_play("b")]), ETag='"1"')
        if tag == '"1"':
            return json_answer(espn_summary("1", [espn_play("a")]), ETag='"2"')
        return web.Response(status=304)

    espn.summaries["1"] = say

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 4)
        assert ear.told() == ["start/0", "a/0/official", "b/0/official", "b/1/cancelled"]
        assert poller.counts.errors["stale_payload"] == 3

    play(espn, test)


async def _hang(_request: web.Request, _number: int) -> web.StreamResponse:
    await asyncio.sleep(30)
    raise AssertionError


async def _drip(request: web.Request, _number: int) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(300):
        await response.write(b" ")
        await asyncio.sleep(0.1)
    return response


def _always(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Say:
    async def say(_request: web.Request, _number: int) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return say


async def _cut(request: web.Request, _number: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"header":')
    assert request.transport is not None
    request.transport.close()
    return response


WHOLE = json.dumps(espn_summary("1", [espn_play("a")])).encode()
BOMB = gzip.compress(b" " * 40_000_000)
FAULTS: dict[str, tuple[Say, str]] = {
    "a server error": (_always(500), "status_5xx"),
    "a game that has vanished": (_always(404), "status_4xx"),
    "a redirect": (_always(302, b"", {"Location": "/elsewhere"}), "status_3xx"),
    "no content": (_always(204), "status_2xx"),
    "an empty body": (_always(), "body"),
    "half a JSON": (_always(body=WHOLE[: len(WHOLE) // 2]), "body"),
    "JSON that is no summary": (_always(body=b"[1, 2]"), "body"),
    "another game's summary": (_always(body=WHOLE.replace(b'"id": "1"', b'"id": "2"')), "body"),
    "a page of HTML": (_always(body=b"<html>maintenance</html>"), "body"),
    "deep nesting": (_always(body=b"[" * 40_000), "body"),
    "a hang": (_hang, "timeout"),
    "a slow drip": (_drip, "timeout"),
    "a cut connection": (_cut, "body"),
    "a body without end": (_always(body=b" " * 100_000), "too_large"),
    "a gzip bomb": (
        _always(200, BOMB, {"Content-Encoding": "gzip"}), "too_large",
    ),
    "half a gzip": (
        _always(200, gzip.compress(WHOLE)[:-12], {"Content-Encoding": "gzip"}), "body",
    ),
    "gzip that is none": (_always(200, WHOLE, {"Content-Encoding": "gzip"}), "body"),
    "an unknown encoding": (_always(200, WHOLE, {"Content-Encoding": "br"}), "encoding"),
}  # fmt: skip


def test_a_fault_of_one_game_is_counted_and_harms_no_other() -> None:
    """Whatever goes wrong with a game, it is stale, lost, and right again after; the other never noticed."""

    async def run() -> None:
        async with asyncio.TaskGroup() as tests:
            for fault in FAULTS:
                tests.create_task(_survives(fault), name=fault)

    asyncio.run(run())


async def _survives(fault: str) -> None:
    say, counted = FAULTS[fault]
    espn = Espn("1", "2")
    espn.summaries = {game: espn_summary(game, [espn_play("a")]) for game in ("1", "2")}
    polling = replace(SHORT, poll_s=0.05, stale_after_s=1.0, lost_after_s=2.0, most_body_bytes=50_000)

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 4)
        espn.summaries["1"] = say
        espn.summaries["2"] = espn_summary("2", [espn_play("a"), espn_play("b")])
        await ear.until(lambda: "1 lost/1" in ear.told())
        assert poller.counts.errors.get(counted, 0) > 0, (fault, poller.counts.errors)
        assert poller.counts.health is FeedHealth.LIVE  # of its best game
        espn.summaries["1"] = espn_summary("1", [espn_play("a"), espn_play("b")])
        await ear.until(lambda: len(ear.events) == 9)
        told = zip(ear.told(), ear.events, strict=True)
        of = {"1": list[str](), "2": list[str]()}
        for text, event in told:
            of[event.game_id].append(text)
        assert of["2"] == ["start/0", "a/0/official", "b/0/official"], fault
        assert of["1"] == [*of["2"][:2], "1 stale/0", "1 lost/1", "1 live/2", "b/0/official"], fault

    await _play(espn, test, polling)


def test_an_edit_long_after_the_end_is_told() -> None:
    """A game that is over is still looked at; a play corrected then is told as a higher revision."""
    espn = Espn("1")
    espn.summaries["1"] = espn_summary("1", [espn_play("a"), espn_play("b")], over=True)

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 4)
        asked = espn.asked["1"]
        await ear.until(lambda: espn.asked["1"] > asked + 10)
        espn.summaries["1"] = espn_summary("1", [espn_play("a", homeScore=7), espn_play("b")], over=True)
        await ear.until(lambda: len(ear.events) == 5)
        assert ear.told()[-1] == "a/1/official"
        assert poller.counts.events == 5

    play(espn, test)


def test_a_replayed_old_payload_is_not_told_and_makes_the_feed_stale() -> None:
    """A cache that falls back by two plays and an edit changes nothing but the feed's health."""
    old = espn_summary("1", [espn_play("a")])
    new = espn_summary("1", [espn_play("a", homeScore=7), *map(espn_play, "bcdefghijklmnopqrstuvwxyz")])
    espn = Espn("1")
    espn.summaries["1"] = old

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 2)
        espn.summaries["1"] = new
        await ear.until(lambda: len(ear.events) == 28)
        espn.summaries["1"] = old
        await ear.until(lambda: "1 lost/1" in ear.told())
        assert len(ear.events) == 30
        espn.summaries["1"] = new
        await ear.until(lambda: "1 live/2" in ear.told())
        assert len(ear.events) == 31
        assert poller.counts.errors["half_payload"] > 0

    play(espn, test, SHORT)


def test_a_summary_that_has_lost_its_drives_withdraws_nothing() -> None:
    """Valid JSON without its drives takes no play back, however long it is served."""
    espn = Espn("1")
    espn.summaries["1"] = espn_summary("1", [espn_play("a"), espn_play("b")])

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 3)
        espn.summaries["1"] = espn_summary("1", None)
        await ear.until(lambda: poller.counts.errors.get("half_payload", 0) > 0 and len(ear.events) == 4)
        assert ear.told()[3] == "1 stale/0"

    play(espn, test, SHORT)


def test_a_list_that_fails_at_first_is_read_again() -> None:
    """Rubbish, then no list, then games: the games are found; one with an impossible id is left out."""
    espn = Espn()
    espn.summaries["1"] = espn_summary("1", [espn_play("a")])
    espn.scoreboard = "rubbish"

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: poller.counts.errors.get("body", 0) > 2)
        espn.scoreboard = {"events": [{"id": "x" * 1000}, {"id": None}, {"id": 1}, {"id": "1"}]}
        await ear.until(lambda: len(ear.events) == 2)
        assert poller.counts.errors["game_id"] > 0

    play(espn, test)


def test_a_dialect_that_raises_spoils_its_own_game_only() -> None:
    """A reader that breaks its word is counted like rubbish, and the other game goes on."""

    class Raises(EspnLive):
        def payload(self, value: Any, game_id: str) -> Payload | None:
            if game_id == "1":
                raise KeyError(game_id)
            return super().payload(value, game_id)

    espn = Espn("1", "2")
    espn.summaries = {game: espn_summary(game, [espn_play("a")]) for game in ("1", "2")}

    async def run() -> None:
        async with served(espn.routes()) as url:
            poller = Poller("espn", Raises(f"{url}/espn"), QUICK)
            async with asyncio.timeout(20), listening(poller) as ear:
                await ear.until(lambda: poller.counts.errors.get("unexpected", 0) > 2)
                await ear.until(lambda: {event.game_id for event in ear.events} == {"2"})

    asyncio.run(run())


def test_a_server_that_asks_for_rest_gets_it_within_a_bound() -> None:
    """Retry-After is honoured as seconds and as a date, but no longer than the bound."""
    espn = Espn("1")
    times: list[float] = []

    async def say(_request: web.Request, number: int) -> web.StreamResponse:
        times.append(asyncio.get_running_loop().time())
        after = "86400" if number % 2 else "Sat, 05 Nov 2322 19:30:00 GMT"
        return web.Response(status=429, headers={"Retry-After": after})

    espn.summaries["1"] = say

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: len(times) == 4)
        assert all(later - earlier >= 0.2 for earlier, later in pairwise(times))
        assert poller.counts.errors["status_4xx"] >= 3

    play(espn, test)


def test_backing_off_is_seeded_and_bounded() -> None:
    """The same dice give the same waits; they grow, differ, and never pass the bound."""

    def waits(seed: int) -> list[float]:
        from engine.feeds.fetch import FetchError

        poller = Poller("espn", EspnLive("http://x"), QUICK, dice=random.Random(seed))
        return [poller._failed(FetchError("timeout"), failures) for failures in range(1, 100)]

    assert waits(1) == waits(1) != waits(2)
    assert max(waits(1)) <= QUICK.back_off_most_s
    assert min(waits(1)[5:]) >= QUICK.back_off_most_s / 2


def test_restarts_tell_every_statement_once() -> None:
    """A poller that is killed at any moment and reminded of the log goes on without a gap or a repetition."""
    ids = [f"p{number:02}" for number in range(30)]
    espn = Espn("1")

    async def say(_request: web.Request, number: int) -> web.StreamResponse:
        shown = ids[: number + 1]
        return json_answer(espn_summary("1", [espn_play(play_id) for play_id in shown], over=number >= 30))

    espn.summaries["1"] = say

    async def run() -> list[bytes]:
        log: list[Any] = []
        async with served(espn.routes()) as url:
            for seed in range(100):
                poller = Poller("espn", EspnLive(f"{url}/espn"), QUICK, dice=random.Random(seed))
                for event in log:
                    poller.remember(event)
                enough = len(log) + random.Random(seed).randint(1, 9)
                async with asyncio.timeout(20), listening(poller) as ear:
                    await ear.until(lambda: len(ear.events) + len(log) >= min(enough, 32))  # noqa: B023
                log += ear.events[: enough - len(log)]  # what came after the kill is lost
                if len(log) == 32:
                    break
        return [content(event) for event in log]

    async def unbroken() -> list[bytes]:
        async with served(espn.routes()) as url:
            poller = Poller("espn", EspnLive(f"{url}/espn"), QUICK)
            async with asyncio.timeout(20), listening(poller) as ear:
                await ear.until(lambda: len(ear.events) == 32)
                return [content(event) for event in ear.events]

    broken = asyncio.run(run())
    espn.asked.clear()
    assert broken == asyncio.run(unbroken())


def test_a_dead_feed_at_a_restart_is_stale_for_the_games_that_were_on() -> None:
    """A recorded game is watched at once; one that is over is not, nor one that turns out another feed's."""
    espn = Espn()
    espn.scoreboard = None
    espn.summaries["done"] = espn_summary("done", [], over=True)

    async def run() -> list[str]:
        async with served(espn.routes()) as url:
            poller = Poller("espn", EspnLive(f"{url}/espn"), SHORT)
            poller.remember(GameStart(game_id="on"))
            poller.remember(FeedStatus(game_id="on", feed="espn", health=FeedHealth.STALE, revision=3))
            poller.remember(FeedStatus(game_id="on", feed="other", health=FeedHealth.LOST, revision=9))
            async with asyncio.timeout(20), listening(poller) as ear:
                await ear.until(lambda: len(ear.events) == 1)
                assert ear.told() == ["on lost/4"]
                assert poller.counts.health is FeedHealth.LOST
                espn.scoreboard = {"events": []}
                await ear.until(lambda: poller.counts.health is FeedHealth.LIVE)
                asked = espn.asked["on"]
                await asyncio.sleep(0.1)
                assert espn.asked["on"] <= asked + 1
                return ear.told()

    assert asyncio.run(run()) == ["on lost/4"]


def test_games_that_are_too_many_are_counted_and_left_out() -> None:
    """A list without end is cut at the bound."""
    espn = Espn(*(str(number) for number in range(20)))

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: poller.counts.errors.get("too_many_games", 0) >= 15)
        await ear.until(lambda: len(espn.asked) == 5)

    play(espn, test, Polling(poll_s=0.01, most_games=5))


def test_what_cannot_be_stored_is_left_out_and_counted() -> None:
    """A score beyond 64 bits, half a character and a text without end spoil their own field only."""
    espn = Espn("1")
    plays: Sequence[dict[str, Any]] = [
        espn_play("a", text="half \ud800" + "x" * 5_000, wallclock="9999-01-01T00:00:00Z"),
        espn_play("x" * 200),
        espn_play("b", homeScore=10**30),
    ]
    espn.summaries["1"] = espn_summary("1", list(plays))

    async def test(poller: Poller, ear: Ear) -> None:
        await ear.until(lambda: len(ear.events) == 3)
        first, second = (event for event in ear.events if isinstance(event, Play))
        assert first.text.startswith("half \ufffdx")
        assert len(first.text) == 2_000
        assert first.vendor_ns is None
        assert second.home_score is None
        assert poller.counts.degraded == {"text": 1, "vendor_ns": 1, "play_id": 1}

    play(espn, test)
