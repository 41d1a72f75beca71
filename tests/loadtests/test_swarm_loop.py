"""The swarm's loop against servers that are killed, silent or slow, and its ends; all on the loopback."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.service.histograms import value_at
from loadtests.load import LoadPlan, run_load
from loadtests.memory import tree_of
from loadtests.swarm import connections
from loadtests.swarm.checker import fetch_games, fetch_log
from loadtests.swarm.kills import choose_gateway
from loadtests.swarm.loop import TICK_NS, Swarm, start_native
from loadtests.swarm.options import GROUP_SIZE, WORKER_CLIENTS, share_of
from loadtests.swarm.proofs import judge_proofs
from loadtests.swarm.scenario import Scenario
from loadtests.swarm.tally import GENERATOR_LAG, RECOVERY, Tally
from loadtests.swarm.timers import Timers
from tests.loadtests.swarmed import pushed_server

LIMIT_S = 90.0
BARE = Scenario("bare", "", losses_expected=True)


def _until(holds: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < end_s, f"not within {LIMIT_S:g} s: {what}"
        time.sleep(0.02)


def _total(swarm: Swarm) -> Tally:
    total = Tally()
    for tally in tuple(swarm.outbox):
        total.merge(tally)
    return total


@contextlib.contextmanager
def _running(port: int, games: list[str] | None = None) -> Iterator[Swarm]:
    swarm = Swarm("127.0.0.1", port, games or ["g"], BARE, seconds=60.0)
    start_native(swarm.run)
    swarm.ask(swarm.begin)
    try:
        yield swarm
    finally:
        swarm.ask(swarm.leave)
        _until(lambda: swarm.done, "the swarm ends")
        assert not swarm.failure


def test_all_who_lose_a_killed_gateway_are_back_with_whole_histories(tmp_path: Path) -> None:
    """One of two gateways is killed under 200 viewers: each who lost it resumes, and none is broken."""
    with pushed_server(tmp_path, "--gateways", "2", seconds=LIMIT_S) as server:
        with _running(server.port, fetch_games(server.url)) as swarm:
            swarm.ask(lambda: swarm.add_group(range(200), "127.0.1.2", 1_000.0))
            _until(lambda: _total(swarm).counts["snapshots"] >= 200, "all have come")
            _, pid = choose_gateway(server.url, (server.pid,), "seed")
            os.kill(pid, signal.SIGKILL)
            _until(lambda: _total(swarm).counts["losses"] > 0, "the loss is noticed")
            _until(lambda: swarm.open == 200, "all are back")
            _until(
                lambda: _total(swarm).stages[RECOVERY].total == _total(swarm).counts["losses"], "recovered"
            )
        total = _total(swarm)
        judged = judge_proofs(swarm.proven(), fetch_log(server.url, fetch_games(server.url)))
    assert not swarm.faults
    assert not judged.broken
    assert not total.errors
    assert total.counts["resumes"] >= total.counts["losses"] > 20


def test_who_has_lost_a_server_waits_no_longer_than_the_server_was_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However often a lost viewer is refused, its next try is at most a second and a half away."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]  # nobody is there in a moment
    tried: list[float] = []
    later = Timers.later

    def noted(timers: Timers, delay_s: float, what: Callable[..., None], *arguments: object) -> None:
        tried.append(delay_s)
        later(timers, 0.0, what, *arguments)

    def add(swarm: Swarm) -> None:
        swarm.add_group(range(1), "127.0.0.1", 1.0)
        swarm.clients[0].lost_ns = 1

    with _running(port) as swarm:
        _until(lambda: swarm._asked == deque(), "the clock runs")
        monkeypatch.setattr(Timers, "later", noted)
        swarm.ask(lambda: add(swarm))
        _until(lambda: len(tried) > 20, "it has tried twenty times")
    assert 0.5 < max(tried) <= 1.5 * connections.LATEST_RETURN_S


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handshake without an answer ends after its time, is an error, and is tried again."""
    monkeypatch.setattr(connections, "OPENING_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, _running(silent.getsockname()[1]) as swarm:
        swarm.ask(lambda: swarm.add_group(range(3), "127.0.0.1", 1_000.0))
        _until(lambda: _total(swarm).errors["handshake: no answer in time"] >= 6, "all are given up twice")
        assert swarm.open == 0


def test_a_loop_that_stands_still_counts_each_tick_it_missed() -> None:
    """A stall of 0.3 s while nothing happens is some thirty late ticks, not one."""
    with _running(1) as swarm:
        time.sleep(0.1)
        before = len(swarm.outbox)
        swarm.ask(lambda: time.sleep(0.3))
        _until(lambda: len(swarm.outbox) >= before + 2, "it is told")
    counts = _total(swarm).stages[GENERATOR_LAG].counts
    late = sum(int(counts[at]) for at in np.flatnonzero(counts) if value_at(int(at)) > 5 * TICK_NS)
    assert late >= 20


def test_the_end_does_not_wait_for_a_server_that_does_not_say_goodbye(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that shakes hands and is silent then cannot hold the end up: all descriptors are closed."""
    monkeypatch.setattr(connections, "LEAVE_S", 0.3)
    code = "import sys; sys.argv = ['', '--serve', '--clients', '50', '--updates', '0']\n"
    code += "from benchmarks.swarm_cost import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        with _running(int(server.stdout.readline())) as swarm:
            swarm.ask(lambda: swarm.add_group(range(50), "127.0.0.1", 1_000.0))
            _until(lambda: swarm.open == 50, "all are there")
        server.kill()
    assert swarm.open == 0
    assert {client.fd for client in swarm.clients} == {-1}


def test_each_group_has_an_address_of_its_own() -> None:
    """Half a million clients of 28 workers come from addresses of 2,000 at most, none the server's own."""
    workers = -(-500_000 // WORKER_CLIENTS)
    groups = workers * -(-500_000 // (workers * GROUP_SIZE))
    options = Namespace(clients=500_000, groups=groups, group_size=GROUP_SIZE)
    seats, numbers = Counter[str](), set[int]()
    for group in range(groups):
        share = share_of(options, group)
        seats[share.source] += len(share.numbers)
        numbers.update(share.numbers)
        assert share.source.startswith("127.")
        assert all(0 <= int(part) <= 255 for part in share.source.split("."))
    assert len(seats) == groups
    assert max(seats.values()) <= GROUP_SIZE
    assert "127.0.0.1" not in seats
    assert numbers == set(range(500_000))


def test_a_server_sees_the_addresses_of_the_groups() -> None:
    """Two groups of 20 reach the server from two addresses, 20 connections from each."""
    seen = Counter[str]()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        server.settimeout(LIMIT_S)

        def accept() -> None:
            for _ in range(40):
                made, address = server.accept()
                seen[address[0]] += 1
                held.append(made)

        held: list[socket.socket] = []
        accepting = threading.Thread(target=accept)
        accepting.start()
        with _running(server.getsockname()[1]) as swarm:
            swarm.ask(lambda: swarm.add_group(range(20), "127.1.0.2", 1_000.0))
            swarm.ask(lambda: swarm.add_group(range(20, 40), "127.1.0.3", 1_000.0))
            accepting.join(LIMIT_S)
        for made in held:
            made.close()
    assert seen == {"127.1.0.2": 20, "127.1.0.3": 20}


def test_a_worker_that_is_killed_fails_the_run(tmp_path: Path) -> None:
    """One of two workers is killed in the middle: the run ends in its time, and says so."""
    killed: list[int] = []

    def watch(told: dict[str, object]) -> None:
        if told.get("clients") == 20 and not killed:
            for pid in tree_of([os.getpid()]):
                with contextlib.suppress(OSError):
                    if b"--worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                        killed.append(pid)
                        os.kill(pid, signal.SIGKILL)
                        return

    with pushed_server(tmp_path, seconds=LIMIT_S) as server:
        plan = LoadPlan(clients=20, folder=tmp_path / "run", at=server.url, workers=2, seconds=6.0)
        run = run_load(plan, tmp_path, watch)
    assert killed
    assert run["errors"]["worker processes died before the end"] == 1
    assert run["proofs"]["viewers"] == 10
