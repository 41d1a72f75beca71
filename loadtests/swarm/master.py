"""The master's side: adds up what workers report, ends the run, has its histories judged and written."""

import socket
import time
from pathlib import Path
from typing import Any, Final

import gevent  # type: ignore[import-untyped, unused-ignore]
import msgspec
from locust.env import Environment
from locust.runners import LocalRunner

from loadtests.memory import rss_mb
from loadtests.swarm.checker import fetch_games, fetch_log
from loadtests.swarm.held import Memory
from loadtests.swarm.kills import Kill, choose_gateway, kill
from loadtests.swarm.proofs import Judged, judge_proofs
from loadtests.swarm.record import write_run
from loadtests.swarm.scenario import Act, read_scenario
from loadtests.swarm.tally import GENERATOR_LAG, PLAY_TO_DISPLAY, Tally
from loadtests.swarm.timeline import Timeline
from loadtests.swarm.worker import FINISH

FINAL_S: Final = 40.0
_A_WORKER_S: Final = 3.0
"""Each worker makes the end longer by so much at most, on a machine of few cores."""
MEMORY_EVERY: Final = 2


class Master:
    """One run, seen from the master."""

    def __init__(self, environment: Environment) -> None:
        options: Any = environment.parsed_options
        self.total = Tally()
        self.peak = 0
        self._environment = environment
        self._url = (environment.host or "").rstrip("/")
        self._scenario = read_scenario(options.scenario)
        self._seconds = options.swarm_seconds or self._scenario.seconds
        self._wanted = options.clients or options.group_size * (options.num_users or 1)
        self._timeline = Timeline(self._wanted, self._seconds)
        self._kills: list[Kill] = []
        self._open: dict[str, int] = {}
        self._pids: dict[str, int] = {}
        self._finals: dict[str, dict[str, Any]] = {}
        self._memory = Memory(self._url, options.server_pid, options.used_mb)
        self._began_s = time.monotonic()
        self._finished = False

    @property
    def _at_s(self) -> float:
        return time.monotonic() - self._began_s

    def take(self, client_id: str, report: dict[str, Any]) -> None:
        """Add a worker's report."""
        tally = Tally.unpack(report["tally"])
        self.total.merge(tally)
        self._open[client_id] = report["open"]
        if "pid" in report:
            self._pids[client_id] = report["pid"]
        clients = sum(self._open.values())
        self.peak = max(self.peak, clients)
        self._timeline.opened(self._at_s, clients)
        self._timeline.heard(tally)
        for one in self._kills:
            one.follow(self._at_s, tally, self.total)

    def take_final(self, client_id: str, said: dict[str, Any]) -> None:
        """Add a worker's last report, with what its viewers have proven."""
        self.take(client_id, said["report"])
        self._finals[client_id] = said

    def conduct(self) -> None:
        """Follow a run until its time is over, then finish it and end Locust (where it has no page)."""
        options: Any = self._environment.parsed_options
        moments = self._scenario.moments
        kills = sorted(one.at * self._seconds for one in moments if one.act is Act.KILL_GATEWAY)
        self._began_s, deliveries, turn = time.monotonic(), 0, 0
        while self._at_s < self._seconds and not self._finished:
            if kills and self._at_s >= kills[0]:
                del kills[0]
                self._kill(options)
            if turn % MEMORY_EVERY == 0:
                self._memory.look(self._pids.values())
            if self._timeline.ramp_s is not None:
                self._memory.look_closely(self._pids.values(), once=True)
            turn += 1
            self._timeline.look(self._at_s, sum(self._open.values()), self.total)
            if options.swarm_progress:
                now = self.total.counts["deliveries"]
                try:
                    self._tell(self._at_s, now - deliveries)
                except OSError:  # whoever started it is gone: it ends, and its workers with it
                    break
                deliveries = now
            gevent.sleep(min(1.0, max(0.05, (kills[0] if kills else self._seconds) - self._at_s)))
        self.finish()
        runner: Any = self._environment.runner
        if options.headless:
            runner.quit()

    def finish(self) -> None:
        """Have all workers say goodbye, judge the histories, write the run."""
        if self._finished:
            return
        self._finished = True
        runner: Any = self._environment.runner
        options: Any = self._environment.parsed_options
        workers = 1 if isinstance(runner, LocalRunner) else len(runner.clients.running)
        workers = max(workers, len(self._open))
        seconds, clients = self._at_s, sum(self._open.values())
        self._timeline.look(seconds, clients, self.total)
        self._memory.look(self._pids.values())
        self._memory.look_closely(self._pids.values())
        runner.send_message(FINISH)
        died: list[str] = []
        with gevent.Timeout(FINAL_S + _A_WORKER_S * workers, exception=False):
            while len(self._finals) + len(died := self._died()) < workers:
                gevent.sleep(0.1)
        self._memory.look(self._pids.values())
        if died:
            self.total.errors["worker processes died before the end"] += len(died)
        silent = workers - len(self._finals) - len(died)
        if silent > 0:
            self.total.errors["workers did not tell what their viewers have seen"] += silent
        if not self._scenario.behaviours and self._scenario.share_at(1.0) == 1.0:
            missing = max((one.missing(clients) for one in self._kills), default=0)
            if missing:
                self.total.errors["viewers did not come back after the kill"] += missing
        broken, proofs = self._broken()
        kills = [one.told() for one in self._kills]
        lasted = [one["to_last_recovered_s"] for one in kills]
        if options.run_folder:
            run = {
                "scenario": options.scenario,
                "clients": self._wanted,
                "workers": workers,
                "seconds": round(seconds, 1),
                "ramp_s": self._timeline.ramp_s,
                "held_s": round(self._timeline.held_s, 1),
                "peak_clients": self.peak,
                "deliveries": self.total.counts["deliveries"],
                "broken_histories": broken,
                "errors": dict(self.total.errors),
                "counts": dict(sorted(self.total.counts.items())),
                "proofs": proofs,
                "kills": kills,
                "kill_to_last_recovered_s": None if not lasted or None in lasted else max(lasted),
                **self._memory.told(),
                "timeline": self._timeline.rows,
            }
            write_run(Path(options.run_folder), run, self.total)

    def _died(self) -> list[str]:
        """Return the workers of this machine whose process is gone and that have told no proofs."""
        here = f"{socket.gethostname()}_"  # what Locust begins a worker's name with
        missing = [name for name in self._pids if name.startswith(here) and name not in self._finals]
        return [name for name in missing if not rss_mb([self._pids[name]])]

    def _kill(self, options: Any) -> None:
        """Kill the gateway that the run names, or one of its own server; with neither the operator does."""
        number, pid = None, options.kill_pid
        if not pid and options.kill_own:
            try:
                number, pid = choose_gateway(
                    self._url, options.server_pid, f"{self._scenario.seed}/kill/{len(self._kills)}"
                )
            except (OSError, ValueError) as error:
                self.total.errors[f"no gateway could be killed: {error}"[:200]] += 1
        if pid:
            self._kills.append(Kill(pid, number, self._at_s, self.total, sum(self._open.values())))
            kill(pid)

    def _broken(self) -> tuple[dict[str, list[str]], dict[str, int]]:
        blocks = [
            (str(game_id), str(epoch), bytes(rows))
            for said in self._finals.values()
            for game_id, epoch, rows in said["blocks"]
        ]
        broken: dict[str, list[str]] = {}
        for said in self._finals.values():
            for number, faults in said["faults"]:
                broken[f"viewer-{number}"] = list(faults)
        try:
            told = fetch_log(self._url, fetch_games(self._url))
        except OSError as error:
            self.total.errors[f"the update log cannot be read: {error}"[:200]] += 1
            judged = Judged()
        else:
            judged = judge_proofs(blocks, told)
        for number, faults in judged.faults.items():
            broken.setdefault(f"viewer-{number}", []).extend(faults)
        counted = sum(said["broken"] for said in self._finals.values())
        proofs = {
            "viewers": sum(said["proofs"] for said in self._finals.values()),
            "different": judged.different,
            "stretches": judged.stretches,
            "updates_proven": judged.updates,
            "broken": max(len(broken), len(judged.broken), counted),
        }
        return broken, proofs

    def _tell(self, at_s: float, deliveries: int) -> None:
        stages = self.total.stages
        p99 = stages[PLAY_TO_DISPLAY].percentile_ms(99.0) if PLAY_TO_DISPLAY in stages else 0.0
        lag = stages[GENERATOR_LAG].percentile_ms(99.0) if GENERATOR_LAG in stages else 0.0
        line = {
            "at_s": round(at_s, 1), "clients": sum(self._open.values()), "deliveries_a_second": deliveries,
            "p99_ms": p99, "generator_lag_p99_ms": lag, "errors": sum(self.total.errors.values()),
            "server_rss_mb": round(self._memory.server_rss_mb, 1),
        }  # fmt: skip
        print(msgspec.json.encode(line).decode(), flush=True)
