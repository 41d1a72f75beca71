"""A day to rehearse with: `wpsim feed` as a process of its own, for as long as a block runs."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from simulator.programs import wpsim_command
from simulator.season.errors import InputError

STOP_S: Final = 5.0


@contextmanager
def rehearsal_feed(source: Path, *options: str) -> Iterator[str]:
    """Start `wpsim feed SOURCE --json OPTIONS` on a free port of the loopback; yield its URL.

    It has a session of its own, so that Ctrl-C stops the server before its feed; and it ends when this
    process does, however that ends.

    Raises:
        InputError: the feed did not start; its own words are in the message.
    """
    command = wpsim_command("feed", str(source), "--json", "--port", "0", *options, tied=True)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as feed:
        try:
            line = feed.stdout.readline() if feed.stdout is not None else b""
            if not line:
                raise InputError(source, "", "the rehearsal feed did not start", "see what it said above")
            yield json.loads(line)["url"]
        finally:
            feed.terminate()
            try:
                feed.wait(STOP_S)
            except subprocess.TimeoutExpired:
                feed.kill()
