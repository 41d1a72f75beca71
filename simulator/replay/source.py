"""What `wpsim replay` is given: a season file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.season.reader import Season, open_season


@contextmanager
def season_at(path: Path, note: Callable[[str], None]) -> Iterator[Season]:  # noqa: ARG001 - importing will note
    """Open a season.

    Raises:
        InputError: it cannot be read.
    """
    yield open_season(path)
