"""A worker's side: Locust users add groups of viewers to the process's swarm, which reports to the master."""

import random
from typing import Any, Final
from urllib.parse import urlsplit

import gevent  # type: ignore[import-untyped, unused-ignore]
from gevent.lock import BoundedSemaphore  # type: ignore[import-untyped, unused-ignore]
from locust.env import Environment
from locust.runners import LocalRunner

from loadtests.swarm.checker import fetch_games
from loadtests.swarm.locust_stats import log_tally
from loadtests.swarm.loop import Swarm, start_native
from loadtests.swarm.options import share_of
from loadtests.swarm.proofs import Block
from loadtests.swarm.scenario import read_scenario
from loadtests.swarm.tally import Tally

FINISH: Final = "swarm_finish"
FINAL: Final = "swarm_final"
REPORT: Final = "swarm"
MOST_BROKEN: Final = 1_000
"""Broken viewers that a worker names."""
PUMP_S: Final = 1.0
END_S: Final = 20.0
VIEWERS_A_SECOND: Final = 1_000
"""How many viewers a worker can let go where 28 of them and the server share two cores."""


class Worker:
    """The swarm of this process, seen from Locust."""

    def __init__(self, environment: Environment) -> None:
        self.swarm: Swarm | None = None
        self._environment = environment
        self._pending = Tally()
        self._groups = 0
        self._ending = False
        # Users start at once, and asking for the games lets the next one run: still one swarm a process.
        self._starting = BoundedSemaphore()

    def join(self) -> None:
        """Add the next group of this worker to the swarm.

        Raises:
            OSError: the server does not tell its games.
        """
        options: Any = self._environment.parsed_options
        runner: Any = self._environment.runner
        number = max(0, runner.worker_index) + self._groups * max(1, options.swarm_workers)
        self._groups += 1
        with self._starting:
            swarm = self.swarm or self._start(options)
        share = share_of(options, number)
        rate = options.join_rate / max(1, options.groups)
        swarm.ask(lambda: swarm.add_group(share.numbers, share.source, rate))

    def report(self) -> dict[str, Any]:
        """Return what was seen since the last report."""
        self._drain()
        packed = self._pending.pack()
        self._pending = Tally()
        swarm = self.swarm
        return {"tally": packed, "open": swarm.open if swarm else 0, "known": swarm.known if swarm else 0}

    def finish(self) -> None:
        """Say goodbye for all viewers, and tell the master what they have proven."""
        if self._ending:
            return
        self._ending = True
        swarm = self.swarm
        blocks: list[Block] = []
        faults: dict[int, list[str]] = {}
        held, broken = 0, 0
        if swarm is not None:
            swarm.ask(swarm.leave)
            with gevent.Timeout(END_S + swarm.known / VIEWERS_A_SECOND, exception=False):
                while not swarm.done:
                    gevent.sleep(0.05)
            held, broken = sum(client.place is not None for client in swarm.clients), len(swarm.faults)
            faults = dict(list(swarm.faults.items())[:MOST_BROKEN])
            if bool(swarm.done):
                blocks = swarm.proven()
            else:
                self._pending.errors["the swarm did not end in time"] += 1
            if swarm.failure:
                self._pending.errors[swarm.failure.strip().splitlines()[-1][:200]] += 1
        said = {
            "report": self.report(),
            "blocks": blocks,
            "faults": list(faults.items()),
            "broken": broken,
            "proofs": held,
        }
        runner: Any = self._environment.runner
        runner.send_message(FINAL, said)

    def _start(self, options: Any) -> Swarm:
        scenario = read_scenario(options.scenario)
        url = (self._environment.host or "").rstrip("/")
        address = urlsplit(url)
        games = fetch_games(url)
        # The same in every worker: which game has the crowd is a matter of the seed.
        random.Random(scenario.seed).shuffle(games)
        if not games or address.hostname is None:
            raise OSError(f"{url}: no game to watch; start the server with a feed or push one first")
        runner: Any = self._environment.runner
        swarm = self.swarm = Swarm(
            address.hostname,
            address.port or 80,
            games,
            scenario,
            seconds=options.swarm_seconds or scenario.seconds,
            name=f"worker-{runner.worker_index}",
        )
        swarm.planted_lag_s = options.plant_worker_lag
        start_native(swarm.run)
        swarm.ask(swarm.begin)
        gevent.spawn(self._pump)
        return swarm

    def _pump(self) -> None:
        while not self._ending:
            gevent.sleep(PUMP_S)
            self._drain()
            if isinstance(self._environment.runner, LocalRunner):
                local: Any = self._environment.events.worker_report
                local.fire(client_id="local", data={REPORT: self.report()})

    def _drain(self) -> None:
        """Take over what the swarm has seen, into Locust's statistics and the next report."""
        seen, swarm = Tally(), self.swarm
        while swarm is not None and swarm.outbox:
            seen.merge(swarm.outbox.popleft())
        log_tally(self._environment.stats, seen)
        self._pending.merge(seen)
