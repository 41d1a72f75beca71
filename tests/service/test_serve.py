"""`wpsim serve` as a process: what it serves, what a push is answered, how it stops and what it refuses."""

import asyncio
import io
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from engine.core.events import Event, encode_event
from simulator.programs import wpsim_answer, wpsim_command
from tests.service.games import sample_games

TOKEN = "0123456789abcdef-a-token-of-the-tests"
TEST_S = 60.0


@contextmanager
def serving(day: Path, *options: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run a server with push turned on; yield its URL and the process."""
    token_file = day.with_suffix(".token")
    token_file.write_text(TOKEN)
    command = wpsim_command("serve", "--json", "--port", "0", "--day", str(day), "--log-level", "warning")
    command += ["--model", "brownian", "--ingest-token-file", str(token_file), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"], process
        finally:
            process.kill()


async def push(session: aiohttp.ClientSession, url: str, events: list[Event]) -> dict[str, Any]:
    """Push events of one game; return what the server answers."""
    body = b"[%s]" % b",".join(encode_event(event) for event in events)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with session.post(f"{url}/ingest/{events[0].game_id}", data=body, headers=headers) as response:
        assert response.status == 200, await response.text()
        answer: dict[str, Any] = await response.json()
        return answer


def test_a_pushed_game_reaches_viewers_api_history_and_archive(tmp_path: Path) -> None:
    """One game pushed: the same bytes on the socket and in the history, and one digest live and replayed."""
    game = sample_games(1)[0]
    events = list(game.events)

    async def watch(url: str) -> tuple[list[Any], dict[str, Any]]:
        seen = []
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            assert (await push(session, url, events[:1]))["accepted"] == 1
            async with connect(f"{url.replace('http', 'ws')}/{game.game_id}") as socket:
                seen.append(json.loads(await socket.recv()))
                assert (await push(session, url, events[1:]))["accepted"] == len(events) - 1
                async with session.get(f"{url}/api/digest") as response:
                    digest = await response.json()
                while seen[-1]["data"]["offset"] < digest["games"][game.game_id]["offset"]:
                    seen.append(json.loads(await socket.recv()))
            pages: dict[str, Any] = {"digest": digest}
            for path in ("", "/plays", "/updates?limit=1000", "/events?limit=1000"):
                async with session.get(f"{url}/api/games/{game.game_id}{path}") as response:
                    assert response.status == 200
                    pages[path.partition("?")[0]] = await response.json()
            return seen, pages

    with serving(tmp_path / "day") as (url, process):
        seen, pages = asyncio.run(watch(url))
        process.terminate()
        assert process.wait(TEST_S) == 0
    assert seen[0]["type"] == "snapshot"
    updates = [message["data"] for message in seen[1:]]
    assert [update["offset"] for update in updates] == list(range(1, len(updates) + 1))
    assert [row["data"] for row in pages["/updates"]["updates"]][1:] == updates
    assert len(pages["/events"]["events"]) == len(events)
    assert len(pages["/plays"]["plays"]) > 100
    assert pages["/plays"]["offset"] == updates[-1]["offset"]
    assert pages[""]["update"] == updates[-1]
    run = json.loads((tmp_path / "day" / "run.json").read_bytes())
    assert run["digest"] == pages["digest"]["digest"]
    assert {path.stem for path in (tmp_path / "day" / "latency").iterdir()} >= {"wp_calculation", "publish"}
    archive, live = str(tmp_path / "day.parquet"), str(tmp_path / "live.parquet")
    wpsim_answer("archive", str(tmp_path / "day"), "-o", archive, "--updates", live, "--json")
    replayed = wpsim_answer("replay", archive, "--model", "brownian", "--json")
    assert replayed["digest"] == run["digest"]
    assert wpsim_answer("diff", live, archive, "--model", "brownian", "--json")["equal"]


def test_a_stopping_server_tells_viewers_when_to_come_back(tmp_path: Path) -> None:
    """SIGTERM: viewers hear `draining` with a hint, then a proper close; the process ends with 0."""
    game = sample_games(1)[0]

    async def watch(url: str, process: "subprocess.Popen[bytes]") -> tuple[dict[str, Any], int | None]:
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            await push(session, url, list(game.events[:5]))
            async with connect(f"{url.replace('http', 'ws')}/{game.game_id}") as socket:
                await socket.recv()
                process.send_signal(signal.SIGTERM)
                message = json.loads(await socket.recv())
                with pytest.raises(ConnectionClosed):
                    await socket.recv()
                return message, socket.close_code

    with serving(tmp_path / "day") as (url, process):
        last, code = asyncio.run(watch(url, process))
        assert process.wait(TEST_S) == 0
    assert last["type"] == "status"
    assert last["data"]["status"] == "draining"
    assert last["data"]["reconnect_after_ms"] > 0
    assert code in (1001, 1012)


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "words"),
    [
        ("POST", "/ingest/g", {}, b"[]", 401, "Authorization"),
        ("POST", "/ingest/g", {"Authorization": "Bearer wrong"}, b"[]", 401, "token"),
        ("POST", "/ingest/g", {"Authorization": f"Bearer {TOKEN}"}, b"{", 400, "JSON"),
        ("POST", "/ingest/g?dialect=klingon", {"Authorization": f"Bearer {TOKEN}"}, b"[]", 400, "dialect"),
        ("POST", "/ingest/g", {"Authorization": f"Bearer {TOKEN}"}, b" " * 2_000_000, 413, ""),
        ("GET", "/api/games/none", {}, b"", 404, "no such game"),
        ("GET", "/nothing/here", {}, b"", 404, ""),
        ("DELETE", "/api/games", {}, b"", 405, ""),
        ("POST", "/api/usage", {}, b"x" * 5_000, 413, ""),
        ("POST", "/api/usage", {}, b'{"section":"chart"}', 400, "expected"),
    ],
)
def test_what_cannot_be_is_answered_as_json(
    server: str, method: str, path: str, headers: dict[str, str], body: bytes, status: int, words: str
) -> None:
    """Every refusal has its status and a JSON body that says what was wrong."""

    async def ask() -> tuple[int, Any]:
        async with (
            asyncio.timeout(TEST_S),
            aiohttp.ClientSession() as session,
            session.request(method, server + path, headers=headers, data=io.BytesIO(body)) as response,
        ):
            return response.status, await response.json()

    came, answer = asyncio.run(ask())
    assert came == status, answer
    assert words in answer["error"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that all refusals share."""
    with serving(tmp_path_factory.mktemp("served") / "day") as (url, _):
        yield url


def test_the_pages_and_operations_answer(server: str) -> None:
    """Page, overlay, OpenAPI, health and metrics are there, each with its type and the safety headers."""
    expected = {
        "/": "text/html",
        "/overlay": "text/html",
        "/openapi.json": "application/json",
        "/healthz": "application/json",
        "/readyz": "application/json",
        "/metrics": "text/plain",
        "/api/games": "application/json",
        "/api/digest": "application/json",
    }

    async def ask() -> dict[str, tuple[int, str, str]]:
        found = {}
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            for path in expected:
                async with session.get(server + path) as response:
                    headers = response.headers
                    found[path] = response.status, response.content_type, headers["Content-Security-Policy"]
        return found

    found = asyncio.run(ask())
    assert {path: kind for path, (_, kind, _) in found.items()} == expected
    assert {status for status, _, _ in found.values()} == {200}
    assert all("default-src 'self'" in policy for _, _, policy in found.values())


def test_an_unchanged_list_of_games_is_not_sent_again(server: str) -> None:
    """`/api/games` has an ETag; who names it is answered 304."""

    async def ask() -> tuple[int, int]:
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            async with session.get(f"{server}/api/games") as first:
                tag = first.headers["ETag"]
            async with session.get(f"{server}/api/games", headers={"If-None-Match": tag}) as second:
                return first.status, second.status

    assert asyncio.run(ask()) == (200, 304)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--feed", "espn"], "KIND=URL"),
        (["--feed", "gopher=http://127.0.0.1:1"], "espn, cfbd"),
        (["--graphics", "smoke://signals"], "smoke"),
        (["--fsync", "sometimes"], "always"),
        (["--tls-certificate", "nowhere.pem"], "nowhere.pem"),
        (["--ingest-token-file", "nowhere.token"], "nowhere.token"),
        (["--model", "crystal-ball", "--feed", "espn=http://127.0.0.1:1"], "crystal-ball"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_one_line(
    tmp_path: Path, options: list[str], words: str
) -> None:
    """Misuse ends with 2 and one line that says what came and what was expected; no traceback."""
    feed = [] if "--feed" in options else ["--feed", "espn=http://127.0.0.1:1"]
    command = wpsim_command("serve", "--port", "0", "--day", str(tmp_path / "day"), *feed, *options)
    done = subprocess.run(command, capture_output=True, timeout=TEST_S, check=False)
    said = [line for line in done.stderr.decode().splitlines() if line.startswith("wpsim:")]
    assert done.returncode == 2
    assert len(said) == 1
    assert words in said[0]
    assert b"Traceback" not in done.stderr


def test_a_history_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    """While the file is away both lists are answered 503 with the reason; an empty one would be a lie."""
    game = sample_games(1)[0]

    async def ask(url: str) -> list[tuple[int, Any]]:
        answers = []
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            await push(session, url, list(game.events))
            for away in (False, True):
                if away:
                    (tmp_path / "day" / "history.sqlite").rename(tmp_path / "away.sqlite")
                for what in ("updates", "events"):
                    async with session.get(f"{url}/api/games/{game.game_id}/{what}") as response:
                        answers.append((response.status, await response.json()))
        return answers

    with serving(tmp_path / "day") as (url, _):
        *held, first, second = asyncio.run(ask(url))
    assert [status for status, _ in held] == [200, 200]
    assert first == second == (503, {"error": "the history cannot be read now; ask again later"})


def test_two_servers_cannot_record_the_same_day(tmp_path: Path) -> None:
    """The second is told that the log is being written by another process."""
    with serving(tmp_path / "day") as (_, process):
        assert process.poll() is None
        command = wpsim_command(
            "serve", "--port", "0", "--day", str(tmp_path / "day"), "--feed", "espn=http://127.0.0.1:1"
        )
        done = subprocess.run(command, capture_output=True, timeout=TEST_S, check=False)
    assert done.returncode == 2
    assert b"writes to this event log" in done.stderr


def test_with_no_argument_the_sample_season_moves_within_ten_seconds(tmp_path: Path) -> None:
    """`wpsim serve` alone: fifteen games, an address, and probabilities that move."""
    command = wpsim_command("serve", "--json", "--port", "0", "--day", str(tmp_path / "day"))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            url = json.loads(process.stdout.readline())["url"]

            async def moves() -> None:
                async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
                    seen: dict[str, set[float]] = {}
                    while len(seen) < 15 or max(map(len, seen.values())) < 3:
                        async with session.get(f"{url}/api/games") as response:
                            for game in (await response.json())["games"]:
                                known = seen.setdefault(game["game_id"], set())
                                known.add(game["home_win_probability"])
                        await asyncio.sleep(0.1)

            began = time.monotonic()
            asyncio.run(moves())
            assert time.monotonic() - began < TEST_S
        finally:
            process.terminate()
            process.wait(TEST_S)
