"""Locust's master and its workers as processes, from the first to the last; none of them is left behind."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

LOCUSTFILE: Final = Path(__file__).resolve().parent / "locustfile.py"
START_S: Final = 60.0
STOP_S: Final = 60.0
A_WORKER_S: Final = 5.0
"""Each worker makes starting and stopping longer by so much at most, on a machine of few cores."""
_END_S: Final = 5.0
Say = Callable[[dict[str, Any]], None]


def run_locust(
    common: Sequence[str], of_master: Sequence[str], workers: int, log_file: Path, say: Say
) -> None:
    """Run a master and its workers to the end of the run.

    Args:
        common: options of all of them.
        of_master: options of the master only.
        workers: how many.
        log_file: takes what Locust says.
        say: is told each line of progress.

    Raises:
        RuntimeError: the master or a worker did not start; the message ends with what was said last.
    """
    base = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING", *common]
    wait_s = START_S + A_WORKER_S * workers
    master = [*base, "--master", "--headless", "--only-summary", "--swarm-progress"]
    master += ["--master-bind-host", "127.0.0.1", "--master-bind-port", "0"]  # any free one: it tells which
    master += ["--expect-workers", str(workers), "--expect-workers-max-wait", str(round(wait_s)), *of_master]
    with log_file.open("wb") as log, _ended() as processes:
        running = subprocess.Popen(master, stdout=subprocess.PIPE, stderr=log, text=True)
        processes.append(running)
        begun = False
        for line in running.stdout or ():
            if not line.startswith("{"):
                continue
            told = json.loads(line)
            if "master_port" not in told:
                begun = True
                say(told)
                continue
            worker = [*base, "--worker", "--master-host", "127.0.0.1", "--master-port"]
            for _ in range(workers):
                processes.append(_worker([*worker, str(told["master_port"])], log))
        for process in processes:
            with contextlib.suppress(
                subprocess.TimeoutExpired
            ):  # one that hangs is ended; the run tells of it
                process.wait(STOP_S + A_WORKER_S * workers)
        if not begun:
            lines = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            last = lines[-1] if lines else "locust said nothing"
            raise RuntimeError(f"the swarm did not start: {last} (all of it: {log_file})")


def _worker(command: list[str], log: IO[bytes]) -> subprocess.Popen[Any]:
    return subprocess.Popen(command, stdout=log, stderr=log)


@contextmanager
def _ended() -> Iterator[list[subprocess.Popen[Any]]]:
    """Yield a list; whatever process is in it has ended afterwards, however the block ended."""
    processes: list[subprocess.Popen[Any]] = []
    try:
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
