"""Starts wpsim's own commands as processes, from a checkout and from an installed wheel alike."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

_PROGRAM: Final = "from wpsim import main; main()"


def wpsim_command(*arguments: str) -> list[str]:
    """Return the command line of `wpsim ARGUMENTS`, under this very Python."""
    return [sys.executable, "-c", _PROGRAM, *arguments]


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
