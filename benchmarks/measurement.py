"""A stored measurement: what was measured, on which machine, from which inputs, by which command.

Results live in `benchmarks/results/NAME.json`. Figures in the docs are written from them (`figures.py`).
"""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).parent / "results"


def store(name: str, command: str, inputs: Mapping[str, Any], figures: Mapping[str, Any]) -> Path:
    """Write one measurement, with the machine it was made on and the commit it measured."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    measurement = {
        "command": command,
        "commit": _commit(),
        "machine": machine(),
        "inputs": dict(inputs),
        "figures": dict(figures),
    }
    path.write_text(json.dumps(measurement, indent=1) + "\n")
    return path


def machine() -> dict[str, Any]:
    """Return what a reader must know of the machine to judge a figure."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return answer.stdout.strip()
