"""A feed that lies in every way that feeds do: the page stays up, says how fresh it is, and ends right."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import aiohttp

from simulator.programs import wpsim_command
from simulator.rehearsal import rehearsal_feed
from tests.service.games import SAMPLE

GAMES = ("--games-limit", "3", "--align", "--skip-to-kickoff")
TEST_S = 150.0


Plays = dict[str, list[tuple[Any, ...]]]
"""What each game came to, play by play."""
MENDED_S = 40.0
"""What was edited late is mended by the last polls; a loaded machine polls late."""


async def _watch(url: str, feed_url: str, expected: Plays | None) -> tuple[Plays, int, dict[str, str]]:
    """Watch a day to its end; return each game's plays, how often it answered, and the feed's errors."""
    answered = 0
    async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:

        async def get(path: str) -> Any:
            async with session.get(path) as response:
                assert response.status in (200, 503), path
                return await response.json(content_type=None)

        while True:
            games = (await get(f"{url}/api/games"))["games"]
            assert (await get(f"{url}/readyz"))["feeds"]["espn"] in ("live", "stale", "lost")
            answered += 1
            done = (await get(f"{feed_url}/clock"))["done"]
            if done and len(games) == 3 and all(game["ended"] for game in games):
                break
            await asyncio.sleep(0.2)

        async def football() -> Plays:
            ids = [game["game_id"] for game in games]
            return {game_id: _football(await get(f"{url}/api/games/{game_id}/plays")) for game_id in ids}

        plays, last_s = await football(), asyncio.get_running_loop().time() + MENDED_S
        while expected is not None and plays != expected and asyncio.get_running_loop().time() < last_s:
            await asyncio.sleep(0.5)
            plays = await football()
        async with session.get(f"{url}/metrics") as response:
            lines = [line for line in (await response.text()).splitlines() if "feed_errors_total{" in line]
    return plays, answered, dict(line.rsplit(" ", 1) for line in lines)


def _day(folder: Path, *faults: str, expected: Plays | None = None) -> tuple[Plays, int, dict[str, str]]:
    with rehearsal_feed(SAMPLE, "--speed", "600", *GAMES, *faults) as feed_url:
        command = wpsim_command("serve", "--json", "--port", "0", "--day", str(folder), "--poll", "0.2")
        command += ["--model", "brownian", "--log-level", "error", "--feed", f"espn={feed_url}/espn"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            try:
                url = json.loads(process.stdout.readline())["url"]
                return asyncio.run(_watch(url, feed_url, expected))
            finally:
                process.terminate()
                process.wait(TEST_S)


def _football(plays: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what a game came to: each play that stands, its clock, score and probability."""
    names = ("play_id", "period", "clock_s", "home_score", "away_score", "text", "home_win_probability")
    return [tuple(play[name] for name in names) for play in plays["plays"]]


def test_a_feed_that_lies_in_every_way_ends_in_the_right_state(tmp_path: Path) -> None:
    """Under every fault the service answers throughout, and every play ends as an honest feed has it.

    The faults: 500s, hangs, half a JSON, empty bodies, vanished games, old payloads, plays edited an hour
    later, copies and phantoms of plays, clocks that run backwards.
    """
    honest, _, no_errors = _day(tmp_path / "honest")
    lied, answered, errors = _day(tmp_path / "lied", "--faults", "all:3", expected=honest)
    assert answered > 20
    assert not any(float(value) for value in no_errors.values())
    assert sum(float(value) for value in errors.values()) > 5
    assert lied == honest
