"""Several gateway processes at one address: conformant, replaced when they die, no history ever broken."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp

from engine.core.events import Play
from loadtests.crowd import Crowd
from loadtests.proof import judge
from loadtests.recording import update_log
from tests.gateway.conformance import Result, run_conformance
from tests.service.games import sample_games
from tests.service.test_serve import TEST_S, push, serving

VIEWERS = 60
KILLED = 2


def _gateways(pid: int) -> list[int]:
    """Return the process ids of a service's gateway processes, oldest first."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if _is_gateway(int(child))]


def _is_gateway(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_every_frame_case_passes_on_a_gateway_process(tmp_path: Path) -> None:
    """The table of WebSocket cases holds on a shard as it does on one process."""
    game = sample_games(1)[0]

    async def run(url: str) -> list[Result]:
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            await push(session, url, list(game.events[:5]))
            return await run_conformance("127.0.0.1", int(url.rsplit(":", 1)[1]), game.game_id)

    with serving(tmp_path / "day", "--gateways", "1") as (url, _):
        results = asyncio.run(run(url))
    # A handshake that drips is given five seconds here, so those cases are left to the gateway's own tests.
    failed = [str(result) for result in results if not result.passed]
    assert len(results) > 250
    assert failed == []


def test_page_api_and_push_work_through_a_gateway_process(tmp_path: Path) -> None:
    """Plain HTTP, with bodies, kept connections and a pushing WebSocket, reaches the service."""
    game = sample_games(1)[0]

    async def run(url: str) -> tuple[list[int], dict[str, Any]]:
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            await push(session, url, list(game.events[:50]))
            statuses = []
            for path in ("/", "/api/games", f"/api/games/{game.game_id}/plays", "/metrics", "/nothing"):
                async with session.get(url + path) as response:
                    await response.read()
                    statuses.append(response.status)
            async with session.get(f"{url}/api/games") as response:
                return statuses, await response.json()

    with serving(tmp_path / "day", "--gateways", "2") as (url, _):
        statuses, games = asyncio.run(run(url))
    assert statuses == [200, 200, 200, 200, 404]
    assert games["games"][0]["offset"] > 40


def test_viewers_of_a_killed_gateway_come_back_with_a_whole_history(tmp_path: Path) -> None:
    """SIGKILL of gateway processes while plays come: all viewers are back, and no history is broken."""
    game = sample_games(1)[0]
    plays = [event for event in game.events if isinstance(event, Play)]

    async def run(url: str, pid: int) -> tuple[Crowd, dict[str, list[str]], int]:
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            await push(session, url, list(game.events[:2]))
            crowd = Crowd("127.0.0.1", int(url.rsplit(":", 1)[1]))
            await crowd.join([game.game_id] * VIEWERS, rate=500.0)
            first = set(_gateways(pid))
            for number, play in enumerate(plays[:90]):
                await push(session, url, [play])
                if number in (20, 50):
                    os.kill(_gateways(pid)[0], signal.SIGKILL)
                await asyncio.sleep(0.02)
            while crowd.counts.open < VIEWERS or len(_gateways(pid)) < 3:
                await asyncio.sleep(0.05)
            await push(session, url, list(plays[90:95]))
            await asyncio.sleep(1.0)
            told = await update_log(url, [game.game_id])
            await crowd.leave()
            for viewer in crowd.viewers:
                assert viewer.proof.at == len(told[game.game_id]) - 1
            replaced = len(set(_gateways(pid)) - first)
            return crowd, judge([viewer.proof for viewer in crowd.viewers], told), replaced

    with serving(tmp_path / "day", "--gateways", "3") as (url, process):
        crowd, broken, replaced = asyncio.run(run(url, process.pid))
        process.terminate()
        assert process.wait(TEST_S) == 0
    assert broken == {}
    assert replaced == KILLED
    assert crowd.counts.reconnects > 0
    assert sum(viewer.proof.resumes for viewer in crowd.viewers) == crowd.counts.reconnects
    assert all(viewer.proof.snapshots == 1 for viewer in crowd.viewers)


def test_no_gateway_process_outlives_a_killed_engine(tmp_path: Path) -> None:
    """SIGKILL of the engine: its gateway processes end by themselves, so that viewers look elsewhere."""
    with serving(tmp_path / "day", "--gateways", "2") as (_, process):
        children = _gateways(process.pid)
        process.kill()
        process.wait(TEST_S)

        async def gone() -> None:
            async with asyncio.timeout(TEST_S):
                while any(_is_gateway(pid) for pid in children):
                    await asyncio.sleep(0.05)

        asyncio.run(gone())
    assert len(children) == 2
