"""`wpsim load`: Locust's master and workers as processes, against a server that is there or started here."""

import asyncio
import json
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.service.histograms import histogram_of_values, write_log
from loadtests.pusher import PushReport, interleaved, openings, push
from loadtests.recording import PUSH_LAG
from loadtests.served import Served, served
from loadtests.swarm.options import GROUP_SIZE, WORKER_CLIENTS
from loadtests.swarm.scenario import read_scenario
from loadtests.verdict import RUN_FILE
from simulator.season.reader import RecordedGame, open_season, read_games

LOCUSTFILE: Final = Path(__file__).resolve().parent / "locustfile.py"
EVENTS_A_SECOND: Final = 50.0
SETTLE_S: Final = 3.0
"""The push ends so long before the run, so that all can hear all of it."""
STOP_S: Final = 60.0
SPARE_CONNECTIONS: Final = 500
MOST_GAMES: Final = 15
Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What a run does."""

    clients: int
    folder: Path
    at: str | None = None
    """The server; without one `wpsim serve` is started, and the sample season pushed at it."""
    workers: int = 1
    scenario: str = "steady_saturday"
    seconds: float = 0.0
    """0: as the scenario says."""
    join_a_second: float = 500.0
    events_a_second: float = EVENTS_A_SECOND
    server_pids: tuple[int, ...] = ()
    kill_pid: int = 0
    planted_lag_s: float = 0.0
    serve_options: tuple[str, ...] = ()
    locust_options: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.clients > self.workers * WORKER_CLIENTS:
            needed = -(-self.clients // WORKER_CLIENTS)
            raise ValueError(
                f"{self.clients:,} clients and {self.workers} workers, which hold {WORKER_CLIENTS:,} each; "
                f"use --workers {needed}"
            )
        if self.clients < self.workers:
            raise ValueError(f"{self.clients} clients for {self.workers} workers; use fewer workers")


def run_load(plan: LoadPlan, season: Path, say: Say = lambda _: None) -> dict[str, Any]:
    """Run a load and return what its `run.json` holds.

    Args:
        plan: what is run.
        season: what is pushed at a server that is started here.
        say: is told once a second how it goes.

    Raises:
        RuntimeError: the server or Locust did not start, or wrote no run.
        InputError: there is no such scenario, or it is none.
    """
    seconds = plan.seconds or read_scenario(plan.scenario).seconds
    plan.folder.mkdir(parents=True, exist_ok=True)
    run_file = plan.folder / RUN_FILE
    run_file.unlink(missing_ok=True)
    shutil.rmtree(plan.folder / "server", ignore_errors=True)
    begun = threading.Event()

    def heard(line: dict[str, Any]) -> None:
        begun.set()  # the swarm's clock runs: the push may begin
        say(line)

    with ExitStack() as stack:
        url, pids, reports = plan.at or "", plan.server_pids, list[PushReport]()
        if plan.at is None:
            server = stack.enter_context(_own_server(plan, season, seconds, begun, reports))
            url, pids = server.url, (server.pid,)
        _locust(plan, url, pids, seconds, heard)
    if not run_file.is_file():
        raise RuntimeError("locust wrote no run; what it said stands above")
    run: dict[str, Any] = json.loads(run_file.read_text(encoding="utf-8"))
    if plan.at is None:
        _add_server(plan.folder, run, reports)
        run_file.write_text(json.dumps(run, indent=2), encoding="utf-8")
    return run


@contextmanager
def _own_server(
    plan: LoadPlan, season: Path, seconds: float, begun: threading.Event, reports: list[PushReport]
) -> Iterator[Served]:
    """Start a server, and push at it in a thread once the swarm has begun."""
    opened = open_season(season)
    games = list(read_games(opened, opened.spans[:MOST_GAMES]))
    day, token_file, token = plan.folder / "day", plan.folder / "token", secrets.token_hex(16)
    shutil.rmtree(day, ignore_errors=True)
    token_file.write_text(token, encoding="utf-8")
    token_file.chmod(0o600)
    options = ["--ingest-token-file", str(token_file)]
    options += ["--max-connections", str(plan.clients + SPARE_CONNECTIONS), *plan.serve_options]
    with served(day, *options) as server:
        asyncio.run(push(server.url, token, openings(games), rate=500.0))
        pusher = threading.Thread(
            target=_push, args=(server.url, token, games, plan.events_a_second, seconds, begun, reports)
        )
        pusher.start()
        try:
            yield server
        finally:
            pusher.join(seconds + STOP_S)
            token_file.unlink()


def _push(
    url: str,
    token: str,
    games: Sequence[RecordedGame],
    rate: float,
    seconds: float,
    begun: threading.Event,
    reports: list[PushReport],
) -> None:
    if not begun.wait(STOP_S):
        return
    most = round(rate * max(1.0, seconds - SETTLE_S))
    try:
        reports.append(asyncio.run(push(url, token, interleaved(games), rate=rate, most=most)))
    except OSError as error:  # a server that is gone; the viewers' part of the run tells the rest
        reports.append(PushReport(errors=[f"the push has ended: {error}"]))


def _add_server(folder: Path, run: dict[str, Any], reports: Sequence[PushReport]) -> None:
    """Add what the started server measured, and how the push went."""
    latency = folder / "day" / "latency"
    if latency.is_dir():
        shutil.copytree(latency, folder / "server")
    for report in reports:
        run |= {"pushed": report.sent, "accepted": report.accepted, "push_errors": report.errors[:10]}
        if report.errors:
            run["errors"]["push"] = len(report.errors)
        lags = np.maximum(np.array(report.late_ns, dtype=np.int64), 1)
        ended_s = time.time()
        write_log(
            folder / "client" / f"{PUSH_LAG}.hlog",
            PUSH_LAG,
            [(ended_s - run["seconds"], ended_s, histogram_of_values(lags))],
        )


def _locust(plan: LoadPlan, url: str, pids: Sequence[int], seconds: float, say: Say) -> None:
    """Run a master and its workers to the end of the run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    groups = plan.workers * -(-plan.clients // (plan.workers * GROUP_SIZE))
    base = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING"]
    base += ["--host", url, "--scenario", plan.scenario, "--swarm-seconds", str(seconds)]
    base += ["--clients", str(plan.clients), "--groups", str(groups), "--swarm-workers", str(plan.workers)]
    base += ["--join-rate", str(plan.join_a_second), "--plant-worker-lag", str(plan.planted_lag_s)]
    master = [*base, "--master", "--headless", "--only-summary", "-u", str(groups), "-r", str(groups)]
    master += ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--swarm-progress"]
    master += ["--expect-workers", str(plan.workers), "--expect-workers-max-wait", "60"]
    master += ["--run-folder", str(plan.folder), "--kill-pid", str(plan.kill_pid), *plan.locust_options]
    for pid in pids:
        master += ["--server-pid", str(pid)]
    worker = [*base, "--worker", "--master-host", "127.0.0.1", "--master-port", port]
    processes: list[subprocess.Popen[Any]] = []
    with (plan.folder / "locust.log").open("wb") as log:
        try:
            processes = [subprocess.Popen(worker, stdout=log, stderr=log) for _ in range(plan.workers)]
            with subprocess.Popen(master, stdout=subprocess.PIPE, stderr=log, text=True) as running:
                processes.append(running)
                for line in running.stdout or ():
                    if line.startswith("{"):
                        say(json.loads(line))
            for process in processes:
                process.wait(STOP_S)
        finally:
            for process in processes:
                if process.poll() is None:
                    process.kill()
                    process.wait()
