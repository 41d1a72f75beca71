"""Records one run: a served day, a push of recorded games at a rate, a crowd of viewers; all on the loopback.

The server, the crowd and the pusher are processes of their own; the crowd's run here. What comes out is the
folder that `wpsim gate latency` judges.
"""

import asyncio
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import numpy as np

from loadtests.crowd import Crowd
from loadtests.proof import judge
from loadtests.pusher import PushReport, interleaved, openings, push
from loadtests.served import Served, served
from loadtests.verdict import RUN_FILE
from simulator.season.reader import RecordedGame

SETTLE_S: Final = 2.0
"""After the last statement viewers are given so long to hear of it."""
PUSH_LAG: Final = "push_lag"


@dataclass(frozen=True, slots=True)
class Load:
    """What a run does."""

    clients: int
    events_a_second: float
    seconds: float
    join_a_second: float = 200.0
    seed: int = 0


def record_run(
    games: Sequence[RecordedGame], load: Load, folder: Path, *, serve_options: Sequence[str] = ()
) -> dict[str, Any]:
    """Record a run into a folder, and return what its `run.json` holds."""
    folder.mkdir(parents=True, exist_ok=True)
    day, token_file = folder / "day", folder / "token"
    shutil.rmtree(day, ignore_errors=True)
    token = secrets.token_hex(16)
    token_file.write_text(token, encoding="utf-8")
    token_file.chmod(0o600)
    pushed = ("--ingest-token-file", str(token_file))
    with served(day, *pushed, *serve_options) as server:
        crowd, report, told = asyncio.run(_drive(server, token, games, load))
    token_file.unlink()
    crowd.latencies.record(PUSH_LAG, np.array(report.late_ns, dtype=np.int64))
    (folder / "client").mkdir(exist_ok=True)
    crowd.latencies.write_logs(folder / "client")
    shutil.rmtree(folder / "server", ignore_errors=True)
    shutil.copytree(day / "latency", folder / "server")
    counts = crowd.counts
    run = {
        "peak_clients": counts.peak,
        "deliveries": counts.deliveries,
        "broken_histories": judge([viewer.proof for viewer in crowd.viewers], told),
        "errors": dict(counts.errors) | ({"push": len(report.errors)} if report.errors else {}),
        "pushed": report.sent,
        "accepted": report.accepted,
        "push_errors": report.errors[:10],
        "conflated": sum(viewer.proof.conflated for viewer in crowd.viewers),
        "reconnects": counts.reconnects,
        "closes": {str(code): count for code, count in counts.closes.items()},
        "load": asdict(load),
        "client_latency_ms": crowd.latencies.percentiles_ms(),
    }
    (folder / RUN_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2))
    return run


async def _drive(
    server: Served, token: str, games: Sequence[RecordedGame], load: Load
) -> tuple[Crowd, PushReport, dict[str, list[bytes]]]:
    # Everything before the kick-offs is pushed first: viewers can only join games that are known.
    first = openings(games)
    await push(server.url, token, first, rate=500.0)
    crowd = Crowd("127.0.0.1", server.port, measure_due=True, seed=load.seed)
    crowd.watch_own_lag()
    chosen = [games[number % len(games)].game_id for number in range(load.clients)]
    await crowd.join(chosen, load.join_a_second)
    most = round(load.events_a_second * load.seconds)
    report = await push(server.url, token, interleaved(games), rate=load.events_a_second, most=most)
    await asyncio.sleep(SETTLE_S)
    told = await update_log(server.url, [game.game_id for game in games])
    await crowd.leave()
    return crowd, report, told


async def update_log(url: str, games: Sequence[str]) -> dict[str, list[bytes]]:
    """Return every update's canonical bytes by game, as the service's history has them."""
    told: dict[str, list[bytes]] = {}
    async with aiohttp.ClientSession() as session:
        for game_id in games:
            updates: list[bytes] = []
            while True:
                asked = f"{url}/api/games/{game_id}/updates?from={len(updates)}&limit=1000"
                async with session.get(asked) as response:
                    page = msgspec.json.decode(await response.read(), type=_Page).updates
                updates += [bytes(row.data) for row in page]
                if not page:
                    break
            told[game_id] = updates
    return told


class _Row(msgspec.Struct):
    data: msgspec.Raw


class _Page(msgspec.Struct):
    updates: list[_Row]
