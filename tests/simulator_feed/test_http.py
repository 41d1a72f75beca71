"""The feed over HTTP: validators, compression, the clock, and what is refused."""

from functools import lru_cache
from typing import Any

import pytest

from engine.core.events import Market as When
from engine.core.events import Odds, Play, Status
from engine.feeds import espn as espn_dialect
from engine.feeds.action_network import read_scoreboard
from simulator.feed.games import FeedGame
from simulator.feed.site import ENDPOINTS
from simulator.feed.sources import read_games
from tests.simulator_feed.feeds import NOON_NS, SAMPLE, Client, client_of, end, game, run, run_play, start

PATHS = (
    "/espn/scoreboard",
    "/espn/summary?event={0}",
    "/cfbd/live/scoreboard",
    "/cfbd/live/plays?gameId={0}",
    "/odds/scoreboard",
)


@lru_cache(maxsize=1)
def three() -> list[FeedGame]:
    """Return three games of the sample season."""
    return read_games([SAMPLE], limit=3)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_known_is_not_told_again(path: str) -> None:
    """With its own ETag, or its date, an answer is 304 and empty; when something has changed it is not."""

    async def test() -> None:
        async with client_of(three()) as client:
            client.at(0.3)
            asked = path.format(next(iter(client.running.day.games)))
            status, headers, body = await client.get(asked)
            assert (status, headers["cache-control"]) == (200, "no-store")
            assert body
            known = {"If-None-Match": f'"other", {headers["etag"]}'}
            dated = {"If-Modified-Since": headers["last-modified"]}
            for validators in (known, dated, {"If-None-Match": "*"}):
                status, again, nothing = await client.get(asked, **validators)
                assert (status, nothing, again["etag"]) == (304, b"", headers["etag"])
                assert again["cache-control"] == "no-store"
            assert client.running.feed.counts.unchanged == 3
            client.at(0.6)
            for validators in (known, dated):
                status, changed, _ = await client.get(asked, **validators)
                assert status == 200
                assert changed["etag"] != headers["etag"]

    run(test)


@pytest.mark.parametrize("path", PATHS)
def test_bodies_are_compressed_for_those_who_take_it(path: str) -> None:
    """Gzip is given where it is accepted and nowhere else, and unpacks to the same bytes."""

    async def test() -> None:
        async with client_of(three()) as client:
            client.at(0.5)
            asked = path.format(next(iter(client.running.day.games)))
            _, headers, packed = await client.get(asked, **{"Accept-Encoding": "br, gzip;q=0.5"})
            assert headers["content-encoding"] == "gzip"
            for refusing in ("identity", "gzip;q=0", "br"):
                _, plain_headers, plain = await client.get(asked, **{"Accept-Encoding": refusing})
                assert "content-encoding" not in plain_headers
                assert plain == packed  # aiohttp has unpacked it

    run(test)


def test_the_scoreboards_list_every_game() -> None:
    """All games are listed from the first moment on, with teams, kick-off and status."""

    async def test() -> None:
        async with client_of(three()) as client:
            for share, states in ((0.0, {"pre"}), (0.4, {"in"}), (1.0, {"post"})):
                client.at(share)
                listed = (await client.json("/espn/scoreboard"))["events"]
                assert [event["id"] for event in listed] == list(client.running.day.games)
                assert {event["status"]["type"]["state"] for event in listed} == states
                rows = await client.json("/cfbd/live/scoreboard")
                words = {"pre": "scheduled", "in": "in_progress", "post": "completed"}
                assert {row["status"] for row in rows} == {words[state] for state in states}
                assert all(row["homeTeam"]["name"] and row["startDate"] for row in rows)

    run(test)


def test_unknown_games_and_paths_are_404() -> None:
    """What is not there is refused with JSON that says what to ask for."""

    async def test() -> None:
        async with client_of([game(start(), run_play(1, 60), end(120))]) as client:
            for path in ("/espn/summary", "/espn/summary?event=2", "/cfbd/live/plays?gameId=", "/nothing"):
                status, headers, body = await client.get(path)
                assert (status, headers["content-type"]) == (404, "application/json")
                assert b"message" in body
            status, _, body = await client.get("/tracking")
            assert status == 404
            assert b"--tracking" in body
            index = await client.json("/")
            assert index["endpoints"] == ENDPOINTS
            assert [listed["id"] for listed in index["games"]] == ["1"]

    run(test)


def test_the_clock_can_be_read_and_set() -> None:
    """GET tells position, speed and end; POST jumps; nonsense is refused and moves nothing."""

    async def test() -> None:
        async with client_of([game(start(), run_play(1, 60), end(120))]) as client:
            before = await client.json("/clock")
            assert (before["position_s"], before["speed"], before["done"]) == (0.0, 0.0, False)
            assert (before["length_s"], before["kickoff_s"], before["events"]) == (120.0, 60.0, 3)
            url = client.running.url + "/clock"
            async with client.session.post(url, json={"position_s": 60.0}) as answer:
                moved = await answer.json()
            assert (moved["position_s"], moved["events_told"]) == (60.0, 2)
            refused: list[Any] = [
                {"speed": -1},
                {"speed": 1e9},
                {"position_s": 1e12},
                {"position": 3},
                [],
                "x",
            ]
            for wrong in refused:
                async with client.session.post(url, json=wrong) as answer:
                    assert answer.status == 400, wrong
                    assert (await answer.json())["message"]
            async with client.session.post(url, data=b"x" * 10_000) as answer:
                assert answer.status == 413
            assert (await client.json("/clock"))["position_s"] == 60.0
            async with client.session.post(url, json={"position_s": 500, "speed": 10}) as answer:
                assert (await answer.json())["done"] is True

    run(test)


def test_a_held_clock_begins_with_the_first_asker() -> None:
    """A held feed stands still for those who look at the clock and runs for those who ask for a game."""

    async def test() -> None:
        async with client_of([game(start(), run_play(1, 60), end(120))], hold=True) as client:
            assert client.running.clock.speed == 0.0
            await client.json("/clock")
            await client.json("/")
            assert client.running.feed._held_speed is not None
            await client.json("/espn/scoreboard")
            assert client.running.feed._held_speed is None

    run(test)


async def _plays(client: Client) -> list[Play]:
    payload = await client.json("/espn/summary?event=1")
    sides = espn_dialect.sides_of_summary(payload)
    rows = espn_dialect.rows_of_summary(payload)
    read = [espn_dialect.play_of(row, "1", sides, index) for index, row in enumerate(rows)]
    return [play for play in read if play is not None]


def test_what_was_revised_is_told_as_it_stood() -> None:
    """An edit shows from its moment on, a withdrawn play is gone, a late one stands where it belongs."""
    told = game(
        start(),
        run_play(1, 10),
        run_play(3, 20),
        run_play(3, 30, revision=1, yards_gained=9),
        run_play(2, 40),
        run_play(1, 50, revision=1, status=Status.CANCELLED),
        end(60),
        end(70, revision=1, status=Status.CANCELLED),
        end(80, revision=2),
    )

    async def test() -> None:
        async with client_of([told]) as client:
            seen = {}
            for at_s in (20, 30, 40, 50, 60, 70, 80):
                client.running.clock.set(NOON_NS + at_s * 1_000_000_000)
                plays = [(play.play_id, play.yards_gained) for play in await _plays(client)]
                payload = await client.json("/espn/summary?event=1")
                seen[at_s] = plays, espn_dialect.end_of_summary(payload, "1") is not None
            assert seen == {
                20: ([("1001", 3), ("1003", 3)], False),
                30: ([("1001", 3), ("1003", 9)], False),
                40: ([("1001", 3), ("1002", 3), ("1003", 9)], False),
                50: ([("1002", 3), ("1003", 9)], False),
                60: ([("1002", 3), ("1003", 9)], True),
                70: ([("1002", 3), ("1003", 9)], False),
                80: ([("1002", 3), ("1003", 9)], True),
            }
            client.running.clock.set(NOON_NS + 30 * 1_000_000_000)
            assert [play.yards_gained for play in await _plays(client)] == [3, 9]  # and back in time

    run(test)


def test_recorded_lines_are_told_and_no_others() -> None:
    """Where a season holds lines, the odds feed tells these, each from its moment on."""

    def line(at_s: int, when: When, chance: float | None, spread: float | None) -> Odds:
        return Odds(
            game_id="1", received_ns=NOON_NS + at_s * 1_000_000_000, book="DraftKings", market=when,
            home_win_probability=chance, home_spread=spread, total=None,
        )  # fmt: skip

    told = game(
        start(), line(5, When.PREGAME, None, -6.5), run_play(1, 10), line(20, When.LIVE, 0.9, None), end(30)
    )

    async def test() -> None:
        async with client_of([told]) as client:
            seen = []
            for at_s in (5, 10, 20):
                client.running.clock.set(NOON_NS + at_s * 1_000_000_000)
                (listed,) = read_scoreboard(await client.json("/odds/scoreboard"), {})
                seen.append([(priced.book, priced.live, priced.home_spread) for priced in listed.lines])
                chances = [priced.home_win_probability for priced in listed.lines]
            assert seen == [[("DraftKings", False, -6.5)], [], [("DraftKings", True, None)]]
            assert chances[0] == pytest.approx(0.9, abs=0.002)

    run(test)
