"""The feed that lies: every fault of the table really strikes, strikes again the same, and ends."""

import asyncio
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import aiohttp
import msgspec
import pytest

from engine.core.events import Play
from engine.feeds import espn as espn_dialect
from simulator.feed.faults import (
    EDITED_AFTER_NS,
    FAULTS,
    OF_REQUESTS,
    FaultPlan,
    Strikes,
    UnknownFaultError,
    read_faults,
)
from simulator.feed.games import FeedDay, FeedGame
from simulator.feed.shown import Shown
from simulator.feed.sources import read_games
from tests.simulator_feed.feeds import SAMPLE, Client, client_of, run

GAMES = 3


@lru_cache(maxsize=1)
def sample() -> list[FeedGame]:
    """Return games of the sample season."""
    return read_games([SAMPLE], limit=GAMES)


def plan(*names: str, until: float = 0.9, seed: int = 0) -> tuple[FaultPlan, FeedDay]:
    """Return a plan over the sample's games."""
    day = FeedDay(sample())
    return FaultPlan(read_faults(names, seed), day, until), day


def told_by(struck: FaultPlan, day: FeedDay) -> Iterator[tuple[FeedGame, int, tuple[Shown, ...]]]:
    """Yield what each game's plays look like right after each of its statements."""
    for game in day.games.values():
        for told in range(1, len(game.events) + 1):
            due_ns = game.due_ns[told - 1]
            yield game, due_ns, struck.shown(game.standing(told), due_ns)


def test_the_table_is_whole() -> None:
    """Every fault has a name of its own, a share between 0 and 1, and words that say what it is."""
    assert len(FAULTS) == 12
    for name, fault in FAULTS.items():
        assert name == fault.name
        assert 0 < fault.share <= 0.1
        assert fault.what


def test_names_and_seeds_are_read() -> None:
    """Names may stand together or apart, each with a seed; all means the whole table."""
    assert read_faults(["hang:7, empty", "slow"], seed=3) == {"hang": 7, "empty": 3, "slow": 3}
    assert read_faults(["all:5"]) == dict.fromkeys(FAULTS, 5)
    assert read_faults([]) == {}
    for wrong in ("hangs", "hang:x", "hang:-1", ":3"):
        with pytest.raises(UnknownFaultError):
            read_faults([wrong])


@pytest.mark.parametrize("name", [name for name, f in FAULTS.items() if f.strikes is Strikes.REQUESTS])
def test_faults_of_requests_strike_their_share_and_end(name: str) -> None:
    """Of many requests about the stated share is struck, the same ones each time; after the end none."""
    struck, day = plan(name)
    early, late = day.reached_ns(0.5), day.reached_ns(0.9)
    hits = [struck.of_request("/x", None, early) == name for _ in range(3_000)]
    again, _ = plan(name)
    assert hits == [again.of_request("/x", None, early) == name for _ in range(3_000)]
    other, _ = plan(name, seed=1)
    assert hits != [other.of_request("/x", None, early) == name for _ in range(3_000)]
    assert sum(hits) == struck.counts[name]
    assert sum(hits) == pytest.approx(3_000 * FAULTS[name].share, rel=0.4)
    assert not any(struck.of_request("/x", None, late) for _ in range(3_000))


def test_a_vanished_game_comes_back() -> None:
    """A game is gone for whole spells and there in others, and after the end it is there."""
    struck, day = plan("vanish")
    game_id = next(iter(day.games))
    gone = [struck.of_request("/x", game_id, day.start_ns + minute * 60 * 10**9) for minute in range(2_000)]
    assert {"vanish", None} == set(gone)
    plain, _ = plan()
    assert {plain.of_request("/x", game_id, day.reached_ns(s / 500)) for s in range(500)} == {None}
    assert {struck.of_request("/x", game_id, day.reached_ns(0.9 + s / 500)) for s in range(50)} == {None}


@pytest.mark.parametrize("name", ["late-edit", "clock-back", "duplicate", "phantom"])
def test_lies_are_told_and_taken_back(name: str) -> None:
    """Each lie about plays is told at some moments and not at others, and never after the end."""
    struck, day = plan(name)
    lied = {True: 0, False: 0}
    for _, due_ns, shown in told_by(struck, day):
        lies = [entry.lie for entry in shown if entry.lie is not None]
        lied[bool(lies)] += 1
        assert not lies or due_ns < struck.until_ns
    assert min(lied.values()) > 10
    assert struck.counts[name] > 5
    fair, _ = plan()
    for game in day.games.values():
        whole = game.standing(len(game.events))
        assert struck.shown(whole, struck.until_ns) == fair.shown(whole, struck.until_ns)


def test_a_late_edit_is_an_hour_late() -> None:
    """A play stands with another text and gain for an hour of the day, then with its own for good."""
    struck, day = plan("late-edit", until=1.0)
    seen = 0
    for game in day.games.values():
        whole = game.standing(len(game.events))
        for event, due_ns in zip(game.events, game.due_ns, strict=True):
            if not isinstance(event, Play) or due_ns + EDITED_AFTER_NS >= struck.until_ns:
                continue

            def at(moment: int, event: Play = event, whole: Any = whole) -> Play:
                shown = struck.shown(whole, moment)
                return next(entry.told() for entry in shown if entry.play.play_id == event.play_id)

            wrong = at(due_ns + EDITED_AFTER_NS - 1)
            if wrong != event:
                seen += 1
                assert wrong.text != event.text
                assert wrong.yards_gained != event.yards_gained or event.yards_gained is None
                assert at(due_ns) == wrong
                assert at(due_ns + EDITED_AFTER_NS) == event
    assert seen > 5


def test_a_wound_back_clock_runs_backwards() -> None:
    """When clocks are wound back, of the newest plays some show more time left than plays before them."""
    struck, day = plan("clock-back")
    backwards = 0
    for _, _, shown in told_by(struck, day):
        if any(entry.lie for entry in shown):
            clocks = [(play.period or 0, -(play.clock_s or 0)) for play in (entry.told() for entry in shown)]
            backwards += clocks != sorted(clocks)
    assert backwards > 10


async def outcome(client: Client, path: str, patience_s: float = 0.25) -> str:
    """Return how one request ends for a client that reads JSON."""
    timeout = aiohttp.ClientTimeout(total=patience_s)
    try:
        async with client.session.get(client.running.url + path, timeout=timeout) as answer:
            body = b""
            try:
                async for chunk in answer.content.iter_any():
                    body += chunk
            except TimeoutError:
                return "slow"
            if answer.status != 200:
                return str(answer.status)
            if not body:
                return "empty"
            msgspec.json.decode(body)
            return "good"
    except TimeoutError:
        return "hang"
    except msgspec.DecodeError:
        return "half-json"


ON_THE_WIRE = {
    "500": {"500", "502", "503"},
    "hang": {"hang"},
    "half-json": {"half-json"},
    "empty": {"empty"},
    "slow": {"slow"},
    "vanish": {"404"},
}


@pytest.mark.parametrize("name", list(ON_THE_WIRE))
def test_a_client_sees_the_fault_and_then_no_more(name: str) -> None:
    """Over the wire each fault of answers looks as the table says, beside good answers, and it ends."""

    async def test() -> None:
        async with client_of(sample(), faults=[name]) as client:
            game_id = next(iter(client.running.day.games))
            path = f"/espn/summary?event={game_id}"
            seen: set[str] = set()
            for number in range(600):
                client.at(0.01 + 0.85 * (number % 97) / 97)
                seen.add(await outcome(client, path))
                if seen >= ON_THE_WIRE[name] | {"good"}:
                    break
            assert seen == ON_THE_WIRE[name] | {"good"}
            told = await client.json("/faults")
            assert told["struck"][name] >= 1
            client.at(0.9)
            assert {await outcome(client, path, 5.0) for _ in range(60)} == {"good"}

    run(test)


def test_an_old_payload_is_told_again() -> None:
    """Between two askings at one moment a game can lose its newest plays, and has them again after."""

    async def test() -> None:
        async with client_of(sample(), faults=["replay-old"]) as client:
            game_id = next(iter(client.running.day.games))
            client.at(0.6)
            counts = []
            for _ in range(120):
                payload = await client.json(f"/espn/summary?event={game_id}")
                counts.append(len(espn_dialect.rows_of_summary(payload)))
            assert min(counts) < max(counts) == max(set(counts), key=counts.count)
            client.at(1.0)
            ends = {len(await client.json(f"/espn/summary?event={game_id}")) for _ in range(60)}
            assert len(ends) == 1

    run(test)


def test_a_cut_stream_is_resumed_to_the_end() -> None:
    """A stream that is cut again and again still tells every statement once to a client that resumes."""

    async def test() -> None:
        async with client_of(sample(), faults=["cut"], faults_until=1.0) as client:
            client.running.clock.set(client.running.day.end_ns - 1)
            due = client.running.day.told(client.running.clock.position_ns)
            heard: list[int] = []
            while len(heard) < due:
                url = f"{client.running.socket_url}/stream?from={len(heard)}"
                async with client.session.ws_connect(url) as socket:
                    while len(heard) < due:
                        message = await socket.receive()
                        if message.type is not aiohttp.WSMsgType.TEXT:
                            break
                        heard.append(msgspec.json.decode(message.data)["sequence"])
            assert heard == list(range(due))
            assert client.running.feed.faults.counts["cut"] >= 1
            struck = client.running.feed.faults
            assert not any(struck.cuts(1, number, struck.until_ns) for number in range(5_000))

    run(test)


def test_the_end_is_the_same_with_all_faults() -> None:
    """After the faults have ended every game's summary and rows are byte for byte those of an honest feed."""

    async def ends(*faults: str) -> list[bytes]:
        async with client_of(sample(), faults=faults) as client:
            for share in (0.2, 0.5, 0.8):
                client.at(share)
                for game_id in client.running.day.games:
                    await outcome(client, f"/espn/summary?event={game_id}", 0.1)
                    await outcome(client, f"/cfbd/live/plays?gameId={game_id}", 0.1)
            client.at(1.0)
            paths = [
                path + game_id
                for game_id in client.running.day.games
                for path in ("/espn/summary?event=", "/cfbd/live/plays?gameId=")
            ]
            return [(await client.get(path))[2] for path in paths]

    async def test() -> None:
        assert await ends("all:3") == await ends()

    run(test)


def test_a_feed_that_stops_lets_go_of_those_it_hangs() -> None:
    """A feed with hanging and dripping answers stops within seconds."""

    async def test() -> None:
        async with aiohttp.ClientSession() as session:
            async with client_of(sample(), faults=["hang:1", "slow:1"]) as client:
                client.at(0.5)
                url = f"{client.running.url}/odds/scoreboard"
                waiting = [asyncio.create_task(_ask(session, url)) for _ in range(300)]
                struck = client.running.feed.faults.counts
                while sum(struck.values()) == 0 or client.running.feed.counts.requests < 300:
                    await asyncio.sleep(0.01)
                stopping = asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() - stopping < 5.0
            await asyncio.gather(*waiting)

    run(test)


async def _ask(session: aiohttp.ClientSession, url: str) -> None:
    try:
        async with session.get(url) as answer:
            await answer.read()
    except aiohttp.ClientError:
        pass


def test_with_all_faults_each_strikes() -> None:
    """With the whole table in force every fault of requests still has its turn."""
    struck, day = plan("all")
    for _ in range(5_000):
        struck.of_request("/x", None, day.reached_ns(0.1))
    assert all(struck.counts[name] > 0 for name in OF_REQUESTS)
