"""A `wpsim serve` as a process of its own, for as long as a block runs."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.programs import wpsim_command

STOP_S: Final = 30.0
MOST_VIEWERS: Final = 15_000


@dataclass(frozen=True, slots=True)
class Served:
    """Where it is."""

    url: str
    port: int
    pid: int


@contextmanager
def served(day: Path, *options: str) -> Iterator[Served]:
    """Run `wpsim serve --day DAY OPTIONS` on a free port; it is told to stop after the block.

    Raises:
        RuntimeError: it did not start; what it said is on stderr.
    """
    command = wpsim_command("serve", "--json", "--port", "0", "--day", str(day), "--log-level", "warning")
    command += ["--max-per-address", str(MOST_VIEWERS)]  # they all come from one address
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE) as server:
        try:
            line = server.stdout.readline() if server.stdout is not None else b""
            if not line:
                raise RuntimeError("wpsim serve did not start; what it said stands above")
            told = json.loads(line)
            yield Served(told["url"], told["port"], server.pid)
        finally:
            server.terminate()
            try:
                server.wait(STOP_S)
            except subprocess.TimeoutExpired:
                server.kill()
