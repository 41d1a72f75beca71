"""`wpsim load`: a swarm against a server that is there, or against one that is started and fed here."""

import json
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

import numpy as np

from engine.service.histograms import histogram_of_values, write_log
from loadtests.gateways import gateways_for, most_connections, raise_file_limit, workers_for
from loadtests.locust_run import Say, run_locust
from loadtests.memory import system_used_mb
from loadtests.pusher import PushReport
from loadtests.recording import PUSH_LAG
from loadtests.season_push import SeasonPush, check_lasts, longest_games
from loadtests.served import Served, served
from loadtests.swarm.checker import fetch_games
from loadtests.swarm.options import GROUP_SIZE
from loadtests.swarm.scenario import Act, Scenario, read_scenario
from loadtests.verdict import RUN_FILE
from simulator.season.reader import RecordedGame

PING_INTERVAL_S: Final = 20.0
PINGS_A_SECOND: Final = 2_500
"""Of all viewers together at most, where nobody says how often they are pinged."""
_ENDS: Final = (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What a run does.

    Raises:
        ValueError: it cannot be done so; the message says what to change.
    """

    clients: int
    folder: Path
    at: str | None = None
    """The server; without one `wpsim serve` is started, and a season pushed at it."""
    gateways: int | None = None
    """Gateway processes of the server that is started; 0: the engine's own; None: as many as are needed."""
    workers: int = 0
    """Locust's; 0: as many as are needed."""
    scenario: str = "steady_saturday"
    seconds: float = 0.0
    """The whole run, from the first handshake on; 0: as the scenario says."""
    join_a_second: float = 500.0
    events_a_second: float = 0.0
    """Pushed at the server that is started; 0: as the scenario says."""
    ping_interval_s: float = 0.0
    """How often that server pings a viewer; 0: 20 s, or less often where many viewers are."""
    server_pids: tuple[int, ...] = ()
    """Whose memory is watched, with all that descend from them."""
    kill_pid: int = 0
    """What the scenario's kill_gateway kills; 0: a gateway of the server that is started."""
    planted_lag_s: float = 0.0
    serve_options: tuple[str, ...] = ()
    """More options of `wpsim serve`."""
    locust_options: tuple[str, ...] = field(default=())
    """More options of Locust's master."""

    def __post_init__(self) -> None:
        workers_for(self.clients, self.workers)
        own = {
            "--gateways": self.gateways is not None,
            "--events": self.events_a_second > 0,
            "--ping-interval": self.ping_interval_s > 0,
        }
        named = [option for option, given in own.items() if given] + list(self.serve_options[:1])
        if self.at is not None and named:
            raise ValueError(f"{named[0]} is for a server that is started here; leave it or --at out")


def run_load(plan: LoadPlan, season: Path, say: Say = lambda _: None) -> dict[str, Any]:
    """Run a load and return what its `run.json` holds.

    Args:
        plan: what is run.
        season: what is pushed at a server that is started here.
        say: is told once a second how it goes.

    Raises:
        ValueError: the clients, the gateways and the season do not go together.
        RuntimeError: the server or Locust did not start, or wrote no run.
        InputError: there is no such scenario or season, or it is none.
    """
    scenario = read_scenario(plan.scenario)
    seconds = plan.seconds or scenario.seconds
    options = ["--used-mb", f"{system_used_mb():.1f}"]
    own = None if plan.at is not None else _own(plan, scenario, season, seconds)
    if plan.at is not None:
        _check_there(plan.at)
    plan.folder.mkdir(parents=True, exist_ok=True)
    run_file = plan.folder / RUN_FILE
    run_file.unlink(missing_ok=True)
    shutil.rmtree(plan.folder / "server", ignore_errors=True)
    reports: list[PushReport] = []
    with _ended_by_signals(), ExitStack() as stack:
        if own is None:
            _locust(plan, plan.at or "", plan.server_pids, seconds, options, say)
        else:
            server, push = stack.enter_context(_serving(plan, own))
            reports = push.reports

            def heard(line: dict[str, Any]) -> None:
                push.begin()  # the swarm's clock runs
                say(line)

            if not plan.kill_pid:
                options.append("--kill-own")
            _locust(plan, server.url, (server.pid,), seconds, options, heard)
    if not run_file.is_file():
        raise RuntimeError(f"locust wrote no run; what it said is in {plan.folder / 'locust.log'}")
    run: dict[str, Any] = json.loads(run_file.read_text(encoding="utf-8"))
    if own is not None:
        run |= {"gateways": own.gateways, "ping_interval_s": own.ping_interval_s, "events_a_second": own.rate}
        _add_server(plan.folder, run, reports)
        run_file.write_text(json.dumps(run, indent=2), encoding="utf-8")
    return run


@dataclass(frozen=True, slots=True)
class _Own:
    """A server of the run's own, and what is pushed at it."""

    gateways: int
    most_connections: int
    ping_interval_s: float
    rate: float
    seconds: float
    games: Sequence[RecordedGame]


def _own(plan: LoadPlan, scenario: Scenario, season: Path, seconds: float) -> _Own:
    """Return what is to be started; all that cannot be is refused here, before anything is."""
    files = raise_file_limit()
    killed = not plan.kill_pid and any(one.act is Act.KILL_GATEWAY for one in scenario.moments)
    gateways = gateways_for(plan.clients, plan.gateways, files, one_is_killed=killed)
    games = longest_games(season)
    rate = plan.events_a_second or scenario.events_a_second
    check_lasts(games, season, rate, seconds)
    return _Own(
        gateways,
        most_connections(plan.clients, gateways, files, one_is_killed=killed),
        plan.ping_interval_s or max(PING_INTERVAL_S, float(-(-plan.clients // PINGS_A_SECOND))),
        rate,
        seconds,
        games,
    )


def _check_there(url: str) -> None:
    """Refuse a server that is not there, or has nothing to watch.

    Raises:
        RuntimeError: so it is.
    """
    try:
        games = fetch_games(url.rstrip("/"))
    except (OSError, ValueError) as error:
        raise RuntimeError(
            f"--at {url}: no wpsim server answers ({error}); start one with `wpsim serve`, or leave --at out"
        ) from None
    if not games:
        raise RuntimeError(f"--at {url}: it has no game to watch; give it a feed, or push one first")


@contextmanager
def _serving(plan: LoadPlan, own: _Own) -> Iterator[tuple[Served, SeasonPush]]:
    """Start the server, tell it the games, and be ready to push."""
    day, token_file, token = plan.folder / "day", plan.folder / "token", secrets.token_hex(16)
    shutil.rmtree(day, ignore_errors=True)
    token_file.write_text(token, encoding="utf-8")
    token_file.chmod(0o600)
    options = ["--ingest-token-file", str(token_file), "--max-connections", str(own.most_connections)]
    options += ["--ping-interval", f"{own.ping_interval_s:g}", *plan.serve_options]
    try:
        with (
            served(day, *options, gateways=own.gateways) as server,
            SeasonPush(server.url, token, own.games, rate=own.rate, seconds=own.seconds) as push,
        ):
            yield server, push
    finally:
        token_file.unlink(missing_ok=True)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Have SIGTERM and SIGHUP end the block as Ctrl-C does, so that all that was started ends too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def told(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # `nohup` wants no end with the terminal.
    ends = [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, told) for number in ends}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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


def _locust(
    plan: LoadPlan, url: str, pids: Sequence[int], seconds: float,
    options: Sequence[str], say: Say,
) -> None:  # fmt: skip
    """Run the swarm."""
    workers = workers_for(plan.clients, plan.workers)
    groups = workers * -(-plan.clients // (workers * GROUP_SIZE))
    common = ["--host", url, "--scenario", plan.scenario, "--swarm-seconds", str(seconds)]
    common += ["--clients", str(plan.clients), "--groups", str(groups), "--swarm-workers", str(workers)]
    common += ["--join-rate", str(plan.join_a_second), "--plant-worker-lag", str(plan.planted_lag_s)]
    master = ["-u", str(groups), "-r", str(groups), "--run-folder", str(plan.folder), *options]
    master += ["--kill-pid", str(plan.kill_pid), *plan.locust_options]
    for pid in pids:
        master += ["--server-pid", str(pid)]
    run_locust(common, master, workers, plan.folder / "locust.log", say)
