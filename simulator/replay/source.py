"""What `wpsim replay` is given: a season file, or a vendor's data that is imported on the fly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from simulator.importers.detect import detect
from simulator.importers.run import import_season
from simulator.season.reader import Season, open_season


@contextmanager
def season_at(path: Path, note: Callable[[str], None]) -> Iterator[Season]:
    """Open a season; what is a vendor's data becomes a season file that is gone after the block.

    Raises:
        InputError: it is neither, or it cannot be read.
    """
    dialect = detect(path)
    if dialect == "season":
        yield open_season(path)
        return
    note(f"{path} is {dialect} data, no season file: importing it first (`wpsim import` keeps the result)")
    with TemporaryDirectory(prefix="wpsim-") as folder:
        season = Path(folder) / "season.parquet"
        import_season(dialect, [path], season)
        yield open_season(season)
