"""A `wpsim serve` as a process of its own, for as long as a block runs."""

import json
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.programs import wpsim_command

START_S: Final = 120.0
STOP_S: Final = 30.0
_A_GATEWAY_S: Final = 5.0
"""Each gateway process makes starting and stopping longer by so much at most, on a machine of few cores."""
MOST_VIEWERS: Final = 15_000


@dataclass(frozen=True, slots=True)
class Served:
    """Where it is."""

    url: str
    port: int
    pid: int


@contextmanager
def served(day: Path, *options: str, gateways: int = 0) -> Iterator[Served]:
    """Run `wpsim serve --day DAY OPTIONS` on a free port; it is told to stop after the block.

    It also stops when this process is gone, however that ended.

    Raises:
        RuntimeError: it did not start; what it said is on stderr.
    """
    command = wpsim_command("serve", "--json", "--port", "0", "--day", str(day), tied=True)
    command += ["--log-level", "warning", "--gateways", str(gateways)]
    more_s = gateways * _A_GATEWAY_S
    command += ["--max-per-address", str(MOST_VIEWERS)]  # they all come from one address
    tied = subprocess.PIPE  # it ends when nobody holds the other end of its stdin any more
    with subprocess.Popen([*command, *options], stdin=tied, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            ready, _, _ = select.select([server.stdout], [], [], START_S + more_s)
            if not ready:
                raise RuntimeError(f"wpsim serve did not start in {START_S + more_s:g} s; use fewer gateways")
            line = server.stdout.readline()
            if not line:
                raise RuntimeError("wpsim serve did not start; what it said stands above")
            told = json.loads(line)
            yield Served(told["url"], told["port"], server.pid)
        finally:
            server.terminate()
            try:
                server.wait(STOP_S + more_s)
            except subprocess.TimeoutExpired:
                server.kill()
