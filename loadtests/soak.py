"""Does the service leak? A day at speed, viewers who come and go all along, and its memory by the clock.

What a day has told is kept on purpose (its plays, its updates), so memory grows while plays come. The run
tells that growth apart from a leak: once the day is over nothing more is told, viewers still come and go,
and the feeds are still asked; whatever grows then is a leak.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np

from loadtests.crowd import Crowd
from loadtests.served import served
from simulator.rehearsal import rehearsal_feed

SAMPLE_EVERY_S: Final = 2.0
WARM_UP_S: Final = 30.0
VISIT_S: Final = (0.5, 4.5)
"""How long a viewer stays, from and to: short, since what a leak would cost is paid by the visit."""
_KIB_A_PAGE: Final = 4


@dataclass(frozen=True, slots=True)
class Soak:
    """What is rehearsed."""

    source: Path
    folder: Path
    """Where the day is recorded."""
    seconds: float = 900.0
    speed: float = 120.0
    viewers: int = 200
    """Viewers at once, on average; the same number comes again every few seconds."""
    seed: int = 1
    feed_options: tuple[str, ...] = ()


@dataclass(slots=True)
class SoakReport:
    """What came of it."""

    visits: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    deliveries: int = 0
    plays: int = 0
    samples: list[tuple[float, int, int]] = field(default_factory=list)
    """Seconds since the start, resident KiB, and updates told so far."""
    visits_by_sample: list[int] = field(default_factory=list)
    """Visits that were over at each of these samples."""
    told_for_s: float = 0.0
    """When the last update was told, seconds since the start."""

    def slope_kib_a_minute(self, since_s: float) -> float | None:
        """Return the slope of the memory after a moment; None where fewer than ten samples are left."""
        rows = [(at, kib) for at, kib, _ in self.samples if at >= since_s]
        if len(rows) < 10:
            return None
        at, kib = np.array(rows, dtype=np.float64).T
        return float(np.polyfit(at / 60.0, kib, 1)[0])

    def visits_until(self, at_s: float) -> int:
        """Return how many visits were over at a moment."""
        pairs = zip(self.samples, self.visits_by_sample, strict=True)
        return max((visits for (at, _, _), visits in pairs if at <= at_s), default=0)

    def bytes_a_visit(self, since_visits: int) -> float | None:
        """Return what a visit has cost after so many of them; None where fewer than ten samples are left."""
        pairs = zip(self.samples, self.visits_by_sample, strict=True)
        rows = [(visits, kib) for (_, kib, _), visits in pairs if visits >= since_visits]
        if len({visits for visits, _ in rows}) < 10:
            return None
        visits, kib = np.array(rows, dtype=np.float64).T
        return float(np.polyfit(visits, kib * 1_024, 1)[0])

    def kib_an_update(self) -> float | None:
        """Return how much memory an update has cost while they were told, after the warm-up."""
        rows = [(told, kib) for at, kib, told in self.samples if WARM_UP_S <= at <= self.told_for_s]
        if len({told for told, _ in rows}) < 10:
            return None
        told, kib = np.array(rows, dtype=np.float64).T
        return float(np.polyfit(told, kib, 1)[0])


def soak(plan: Soak, say: Callable[[str], None] = print) -> SoakReport:
    """Run a soak; it takes `plan.seconds`."""
    with (
        rehearsal_feed(plan.source, "--speed", str(plan.speed), *plan.feed_options) as url,
        served(plan.folder, "--feed", f"espn={url}/espn", "--feed", f"odds={url}/odds") as server,
    ):
        return asyncio.run(_drive(plan, server.url, server.port, server.pid, say))


async def _drive(plan: Soak, url: str, port: int, pid: int, say: Callable[[str], None]) -> SoakReport:
    report, dice = SoakReport(), random.Random(plan.seed)
    began = time.monotonic()
    async with aiohttp.ClientSession() as session:
        games: list[str] = []
        while not games:
            games = list(await _offsets(session, url))
            await asyncio.sleep(0.2)
        visits: set[asyncio.Task[None]] = set()
        sampled, most_told = -SAMPLE_EVERY_S, 0
        while (now := time.monotonic() - began) < plan.seconds:
            if now - sampled >= SAMPLE_EVERY_S:
                sampled = now
                told = sum((await _offsets(session, url)).values())
                report.samples.append((round(now, 1), resident_kib(pid), told))
                report.visits_by_sample.append(report.visits)
                if told > most_told:
                    most_told, report.told_for_s = told, now
                if len(report.samples) % 30 == 0:
                    mib = report.samples[-1][1] / 1024
                    say(f"{now:4.0f} s  {mib:.1f} MiB  {told:,} updates  {report.visits:,} visits")
            if len(visits) < plan.viewers:
                stay_s = dice.uniform(*VISIT_S)
                visit = asyncio.create_task(
                    _visit(port, dice.choice(games), stay_s, dice.random() < 0.3, report)
                )
                visits.add(visit)
                visit.add_done_callback(visits.discard)
            await asyncio.sleep(0.01)
        await asyncio.gather(*visits, return_exceptions=True)
        report.plays = most_told
    return report


async def _visit(port: int, game_id: str, stay_s: float, rude: bool, report: SoakReport) -> None:
    """Watch a game for a while, and leave: politely, or as a phone in a tunnel does."""
    crowd = Crowd("127.0.0.1", port, reconnect=False)
    try:
        await crowd.join([game_id], rate=1_000.0)
        await asyncio.sleep(stay_s)
        if rude:
            crowd.viewers[0].drop()
        await crowd.leave(linger_s=0.1)
    except OSError as error:
        crowd.error(type(error).__name__)
    report.visits += 1
    report.deliveries += crowd.counts.deliveries
    for reason, count in crowd.counts.errors.items():
        report.errors[reason] = report.errors.get(reason, 0) + count


async def _offsets(session: aiohttp.ClientSession, url: str) -> dict[str, int]:
    async with session.get(f"{url}/api/games") as response:
        return {game["game_id"]: game["offset"] + 1 for game in (await response.json())["games"]}


def resident_kib(pid: int) -> int:
    """Return the resident memory of a process, KiB."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _KIB_A_PAGE
