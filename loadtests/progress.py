"""One line on a terminal that tells how a load is going; nothing where nobody looks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress_line() -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield what is to be called with each line of progress."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return

    def say(line: dict[str, Any]) -> None:
        sys.stderr.write(
            f"\r{line['at_s']:5.0f} s  {line['clients']:,} clients  "
            f"{line['deliveries_a_second']:,} deliveries/s  "
            f"p99 {line['p99_ms']:.1f} ms  own lag p99 {line['generator_lag_p99_ms']:.1f} ms  "
            f"{line['errors']:,} errors  server {line['server_rss_mb']:.0f} MB\x1b[K"
        )
        sys.stderr.flush()

    try:
        yield say
    finally:
        sys.stderr.write("\n")
