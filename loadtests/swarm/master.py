"""The master's side: adds up what workers report, ends the run, has its histories judged and written."""

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any, Final

import gevent  # type: ignore[import-untyped, unused-ignore]
import msgspec
from locust.env import Environment
from locust.runners import LocalRunner

from loadtests.swarm.checker import Group, fetch, fetch_games, fetch_log, judge_groups
from loadtests.swarm.record import write_run
from loadtests.swarm.scenario import Act, read_scenario
from loadtests.swarm.tally import GENERATOR_LAG, PLAY_TO_DISPLAY, Tally
from loadtests.swarm.worker import FINISH

FINAL_S: Final = 40.0
RSS_EVERY: Final = 2
_RSS: Final = b"process_resident_memory_bytes "


class Master:
    """One run, seen from the master."""

    def __init__(self, environment: Environment) -> None:
        self.total = Tally()
        self.peak = 0
        self._environment = environment
        self._open: dict[str, int] = {}
        self._finals: dict[str, dict[str, Any]] = {}
        self._rss_mb = 0.0
        self._began_s = time.monotonic()
        self._finished = False

    def take(self, client_id: str, report: dict[str, Any]) -> None:
        """Add a worker's report."""
        self.total.merge(Tally.unpack(report["tally"]))
        self._open[client_id] = report["open"]
        self.peak = max(self.peak, sum(self._open.values()))

    def take_final(self, client_id: str, said: dict[str, Any]) -> None:
        """Add a worker's last report, with what its viewers have proven."""
        self.take(client_id, said["report"])
        self._finals[client_id] = said

    def conduct(self) -> None:
        """Follow a run until its time is over, then finish it and end Locust (where it has no page)."""
        options: Any = self._environment.parsed_options
        scenario = read_scenario(options.scenario)
        seconds = options.swarm_seconds or scenario.seconds
        kills = sorted(moment.at * seconds for moment in scenario.moments if moment.act is Act.KILL_GATEWAY)
        self._began_s, deliveries, turn = time.monotonic(), 0, 0
        while (at := time.monotonic() - self._began_s) < seconds and not self._finished:
            if kills and at >= kills[0]:
                del kills[0]
                if options.kill_pid:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(options.kill_pid, signal.SIGKILL)
            if turn % RSS_EVERY == 0:
                self._watch_memory(options)
            turn += 1
            if options.swarm_progress:
                now = self.total.counts["deliveries"]
                self._tell(at, now - deliveries)
                deliveries = now
            gevent.sleep(1.0)
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
        self._watch_memory(options)
        runner.send_message(FINISH)
        with gevent.Timeout(FINAL_S, exception=False):
            while len(self._finals) < workers:
                gevent.sleep(0.1)
        if len(self._finals) < workers:
            self.total.errors["workers did not tell what their viewers have seen"] += workers - len(
                self._finals
            )
        broken, proofs = self._broken()
        if options.run_folder:
            run = {
                "scenario": options.scenario,
                "clients": options.clients or options.group_size * (options.num_users or 1),
                "workers": workers,
                "seconds": round(time.monotonic() - self._began_s, 1),
                "peak_clients": self.peak,
                "deliveries": self.total.counts["deliveries"],
                "broken_histories": broken,
                "errors": dict(self.total.errors),
                "counts": dict(sorted(self.total.counts.items())),
                "proofs": proofs,
                "server_rss_mb": self._rss_mb,
            }
            write_run(Path(options.run_folder), run, self.total)

    def _broken(self) -> tuple[dict[str, list[str]], dict[str, int]]:
        url = (self._environment.host or "").rstrip("/")
        groups = [
            msgspec.convert(group, Group, strict=False)
            for said in self._finals.values()
            for group in said["groups"]
        ]
        broken: dict[str, list[str]] = {}
        for said in self._finals.values():
            for number, faults in said["faults"]:
                broken[f"viewer-{number}"] = list(faults)
        try:
            told = fetch_log(url, fetch_games(url))
        except OSError as error:
            self.total.errors[f"the update log cannot be read: {error}"[:200]] += 1
            told = None
        for number, faults in (judge_groups(groups, told) if told is not None else {}).items():
            broken.setdefault(f"viewer-{number}", []).extend(faults)
        proofs = {
            "viewers": sum(said["proofs"] for said in self._finals.values()),
            "different": len(groups),
            "stretches": sum(group.viewers for group in groups),
            "updates_proven": sum(group.viewers * (group.at - group.first + 1) for group in groups),
            "broken": max(len(broken), sum(said["broken"] for said in self._finals.values())),
        }
        return broken, proofs

    def _tell(self, at_s: float, deliveries: int) -> None:
        stages = self.total.stages
        p99 = stages[PLAY_TO_DISPLAY].percentile_ms(99.0) if PLAY_TO_DISPLAY in stages else 0.0
        lag = stages[GENERATOR_LAG].percentile_ms(99.0) if GENERATOR_LAG in stages else 0.0
        line = {
            "at_s": round(at_s, 1), "clients": sum(self._open.values()), "deliveries_a_second": deliveries,
            "p99_ms": p99, "generator_lag_p99_ms": lag, "errors": sum(self.total.errors.values()),
            "server_rss_mb": self._rss_mb,
        }  # fmt: skip
        print(msgspec.json.encode(line).decode(), flush=True)

    def _watch_memory(self, options: Any) -> None:
        """Take note of the server's memory: of its processes, or as it tells itself."""
        kib = 0
        for pid in options.server_pid:
            with contextlib.suppress(OSError):
                kib += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * 4
        if not options.server_pid:
            with contextlib.suppress(OSError, ValueError):
                for line in fetch(f"{(self._environment.host or '').rstrip('/')}/metrics").splitlines():
                    if line.startswith(_RSS):
                        kib = round(float(line[len(_RSS) :]) / 1024)
        self._rss_mb = max(self._rss_mb, round(kib / 1024, 1))
