"""A rehearsed day whose server is killed again and again, and the proof that nobody could tell.

`wpsim feed` tells a day at speed; `wpsim serve` listens, is killed by SIGKILL at seeded moments and started
again on the same folder and port; viewers watch all along and resume. At the end the archive is replayed: its
digest must be the live one, `wpsim diff` must find no difference, and every viewer's history must be whole.
"""

import asyncio
import json
import random
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from loadtests.crowd import Crowd
from loadtests.proof import judge
from loadtests.recording import SETTLE_S, update_log
from simulator.programs import wpsim_answer, wpsim_command
from simulator.rehearsal import rehearsal_feed

START_S: Final = 60.0
LOOK_EVERY_S: Final = 0.5
QUIET_KILL_S: Final = 2.0
"""A server is let live at least so long before it is killed again."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CrashDay:
    """What is rehearsed."""

    source: Path
    """A season file, or a folder of raw payloads."""
    folder: Path
    """Where the day is recorded; it must not exist."""
    speed: float
    kills: int
    viewers: int = 56
    seed: int = 1
    feeds: tuple[str, ...] = ("espn",)
    feed_options: tuple[str, ...] = ()
    longest_s: float = 3_600.0


@dataclass(slots=True)
class CrashReport:
    """What came of it."""

    digest_live: str = ""
    digest_replayed: str = ""
    diff_equal: bool = False
    games: int = 0
    updates: int = 0
    kills: int = 0
    seconds: float = 0.0
    viewers: int = 0
    resumes: int = 0
    reconnects: int = 0
    snapshots_after_the_first: int = 0
    updates_seen: int = 0
    """Updates that all viewers saw together."""
    offsets_missed: int = 0
    """Offsets from a viewer's first on that it has not seen as an update."""
    broken_histories: dict[str, list[str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether nobody could tell."""
        one = bool(self.digest_live) and self.digest_live == self.digest_replayed and self.diff_equal
        return one and not self.broken_histories and not self.offsets_missed


class _Server:
    """A `wpsim serve` that can be killed and started again at the same place."""

    def __init__(self, day: Path, feeds: Sequence[str]) -> None:
        self._command = wpsim_command("serve", "--json", "--day", str(day))
        self._command += ["--log-level", "error"]
        for feed in feeds:
            self._command += ["--feed", feed]
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.url = ""

    async def start(self) -> None:
        command = [*self._command, "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        stdout = self._process.stdout
        line = b"" if stdout is None else await asyncio.wait_for(asyncio.to_thread(stdout.readline), START_S)
        if not line:
            raise RuntimeError("wpsim serve did not start; what it said stands above")
        told = json.loads(line)
        self.port, self.url = told["port"], told["url"]

    async def kill(self) -> None:
        await self._end(subprocess.Popen.kill)

    async def stop(self) -> None:
        await self._end(subprocess.Popen.terminate)

    async def _end(self, how: Callable[["subprocess.Popen[bytes]"], None]) -> None:
        process, self._process = self._process, None
        if process is not None:
            how(process)
            await asyncio.to_thread(process.wait)
            if process.stdout is not None:
                process.stdout.close()


def rehearse(day: CrashDay, say: Say = print) -> CrashReport:
    """Rehearse a day with kills.

    Raises:
        RuntimeError: the day did not end in time, or a program did not start.
    """
    began = time.monotonic()
    report = CrashReport()
    with rehearsal_feed(day.source, "--speed", str(day.speed), *day.feed_options) as url:
        asyncio.run(_drive(day, url, report, say))
    archive, live = day.folder.with_suffix(".parquet"), day.folder.with_suffix(".live.parquet")
    wpsim_answer("archive", str(day.folder), "-o", str(archive), "--updates", str(live), "--json")
    report.digest_replayed = wpsim_answer("replay", str(archive), "--json")["digest"]
    report.diff_equal = wpsim_answer("diff", str(live), str(archive), "--json", good=(0, 1))["equal"]
    report.seconds = round(time.monotonic() - began, 1)
    return report


async def _drive(day: CrashDay, feed_url: str, report: CrashReport, say: Say) -> None:
    dice = random.Random(day.seed)
    server = _Server(day.folder, [f"{kind}={feed_url}/{kind}" for kind in day.feeds])
    await server.start()
    try:
        async with asyncio.timeout(day.longest_s), aiohttp.ClientSession() as session:
            games = await _games_known(session, server, feed_url)
            crowd = Crowd("127.0.0.1", server.port, seed=day.seed)
            crowd.watch_own_lag()
            await crowd.join([games[number % len(games)] for number in range(day.viewers)], rate=200.0)
            moments = sorted(dice.uniform(0.02, 0.97) for _ in range(day.kills))
            while True:
                share, done = await _position(session, feed_url)
                if moments and share >= moments[0]:
                    del moments[0]
                    await server.kill()
                    await server.start()
                    report.kills += 1
                    say(f"killed at {share:.0%} of the day and started again ({report.kills} of {day.kills})")
                    await asyncio.sleep(QUIET_KILL_S)
                elif done and not moments and await _all_ended(session, server):
                    break
                await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.sleep(SETTLE_S)
            async with session.get(f"{server.url}/api/digest") as response:
                told = await response.json()
            report.digest_live, report.games = told["digest"], len(told["games"])
            report.updates = sum(game["offset"] + 1 for game in told["games"].values())
            await crowd.leave()
            _count(crowd, told["games"], await update_log(server.url, games), report)
    finally:
        await server.stop()


def _count(crowd: Crowd, games: dict[str, Any], told: dict[str, list[bytes]], report: CrashReport) -> None:
    """Add up what the viewers saw."""
    proofs = [viewer.proof for viewer in crowd.viewers]
    report.viewers = len(proofs)
    report.reconnects = crowd.counts.reconnects
    report.broken_histories = judge(proofs, told)
    for proof in proofs:
        report.resumes += proof.resumes
        report.snapshots_after_the_first += max(0, proof.snapshots - 1)
        report.updates_seen += sum(stretch.count for stretch in proof.stretches)
        first = proof.stretches[0].first if proof.stretches else 0
        seen = sum(stretch.count for stretch in proof.stretches)
        report.offsets_missed += games[proof.game_id]["offset"] + 1 - first - seen


async def _games_known(session: aiohttp.ClientSession, server: _Server, feed_url: str) -> list[str]:
    """Return the ids of the day's games, once the server knows as many as the feed has."""
    async with session.get(f"{feed_url}/espn/scoreboard") as response:
        wanted = {event["id"] for event in (await response.json())["events"]}
    while True:
        async with session.get(f"{server.url}/api/games") as response:
            known = {game["game_id"] for game in (await response.json())["games"]}
        if wanted <= known:
            return sorted(known)
        await asyncio.sleep(LOOK_EVERY_S)


async def _position(session: aiohttp.ClientSession, feed_url: str) -> tuple[float, bool]:
    """Return how much of the day has been told, 0-1, and whether all of it has."""
    async with session.get(f"{feed_url}/clock") as response:
        clock = await response.json()
    return min(1.0, clock["position_s"] / max(1e-9, clock["length_s"])), clock["done"]


async def _all_ended(session: aiohttp.ClientSession, server: _Server) -> bool:
    async with session.get(f"{server.url}/api/games") as response:
        return all(game["ended"] for game in (await response.json())["games"])
