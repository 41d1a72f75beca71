"""Starts wpsim's own commands as processes, from a checkout and from an installed wheel alike."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any, Final

_PROGRAM: Final = "from wpsim import main; main()"
_TIED: Final = (
    "from wpsim import main; from simulator.programs import end_with_stdin; end_with_stdin(); main()"
)


def wpsim_command(*arguments: str, tied: bool = False) -> list[str]:
    """Return the command line of `wpsim ARGUMENTS`, under this very Python.

    Args:
        arguments: the command and its options.
        tied: it ends with its stdin; give it a pipe, and it does not outlive whoever started it.
    """
    return [sys.executable, "-c", _TIED if tied else _PROGRAM, *arguments]


def end_with_stdin() -> None:
    """Have this process be told to end when its stdin does: the other end is gone, even by `kill -9`."""

    def wait() -> None:
        while os.read(0, 1_024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end with stdin", daemon=True).start()


def wpsim_answer(*arguments: str, good: Sequence[int] = (0,)) -> dict[str, Any]:
    """Run `wpsim ARGUMENTS`, which end in `--json`, and return its answer.

    Raises:
        RuntimeError: its exit code is not among `good`; its own words are in the message.
    """
    run = subprocess.run(wpsim_command(*arguments), capture_output=True, check=False)
    if run.returncode not in good:
        said = run.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"wpsim {' '.join(arguments)} has ended with {run.returncode}: {said}")
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer
