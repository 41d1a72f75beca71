"""Locust's way in: `locust -f loadtests/locustfile.py --host http://127.0.0.1:8000`.

A Locust user is a group of up to 2,000 viewers; all groups of a worker share one native event loop. Locust's
own master, workers, page and CSVs are used as they are; see docs/load.md.
"""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # locust puts only this file's folder there

import gevent  # type: ignore[import-untyped, unused-ignore]
from locust import User, events, runners, task
from locust.env import Environment

from loadtests.swarm.master import Master
from loadtests.swarm.options import add_options
from loadtests.swarm.worker import FINAL, FINISH, REPORT, Worker

runners.WORKER_REPORT_INTERVAL = 1.0  # live progress; a report is a few kilobytes whatever the load
runners.HEARTBEAT_LIVENESS = 60  # on a machine whose cores are all busy a silent worker is late, not gone
_worker: list[Worker] = []
_master: list[Master] = []


class ViewerGroup(User):
    """Up to some thousand viewers."""

    def on_start(self) -> None:
        """Join the swarm of this process."""
        if not _worker:
            _worker.append(Worker(self.environment))
        _worker[0].join()

    @task
    def watch(self) -> None:
        """Leave the work to the swarm's own thread."""
        gevent.sleep(1.0)


def _options(parser: ArgumentParser, **_: Any) -> None:
    add_options(parser)


def _init(environment: Environment, runner: Any, **_: Any) -> None:
    if not isinstance(runner, runners.MasterRunner):
        runner.register_message(FINISH, _finish_worker, concurrent=True)
    if not isinstance(runner, runners.WorkerRunner):
        runner.register_message(FINAL, _take_final)
        hooks: Any = environment.events
        hooks.worker_report.add_listener(_take)
        hooks.test_stopping.add_listener(_stopping)
    options: Any = environment.parsed_options
    if isinstance(runner, runners.MasterRunner) and options.swarm_progress:
        # Whoever starts the workers needs the port, which was any free one.
        print(json.dumps({"master_port": runner.server.port}), flush=True)


def _start(environment: Environment, **_: Any) -> None:
    _worker.clear()
    if not isinstance(environment.runner, runners.WorkerRunner):
        _master[:] = [Master(environment)]
        gevent.spawn(_master[0].conduct)


def _report(client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG001 - Locust's face
    if _worker:
        data[REPORT] = _worker[0].report() | {"pid": os.getpid()}


def _take(client_id: str, data: dict[str, Any], **_: Any) -> None:
    if REPORT in data and _master:
        _master[0].take(client_id, data[REPORT])


def _finish_worker(**_: Any) -> None:
    if _worker:
        _worker[0].finish()


def _take_final(msg: Any, **_: Any) -> None:
    if _master:
        _master[0].take_final(msg.node_id, msg.data)


def _stopping(**_: Any) -> None:
    if _master:
        _master[0].finish()


_hooks: Any = events
_hooks.init_command_line_parser.add_listener(_options)
_hooks.init.add_listener(_init)
_hooks.test_start.add_listener(_start)
_hooks.report_to_master.add_listener(_report)
