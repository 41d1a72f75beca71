"""The seasons that the laws are held to: the shipped one, a real Saturday, and six whole real seasons."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.importers.run import import_season
from simulator.season.reader import Season, open_season

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def sample_season() -> Season:
    """The generated season that ships."""
    return open_season(ROOT / "data" / "sample_season.parquet")


@pytest.fixture(scope="session")
def import_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, list[Path], Path | None], Season]:
    """Import real data, once for all of the test run's processes."""
    # With several workers each has a folder of its own inside the run's.
    shared = tmp_path_factory.getbasetemp().parent

    def import_real(name: str, sources: list[Path], games: Path | None) -> Season:
        path = shared / f"{name}.parquet"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                import_season("espn", sources, path, games=games)
        return open_season(path)

    return import_real


@pytest.fixture(scope="session")
def real_saturday(shared_data: Path, import_once: Callable[[str, list[Path], Path | None], Season]) -> Season:
    """Fourteen games of one real Saturday and the feed's edge cases, from raw ESPN summaries."""
    folder = shared_data / "feeds" / "espn_summary"
    return import_once("saturday", [folder / "saturday", folder], None)


@pytest.fixture(scope="session")
def real_season(
    shared_data: Path, import_once: Callable[[str, list[Path], Path | None], Season]
) -> Callable[[int], Season]:
    """Open a real season of ESPN's tables, by its year."""

    def season(year: int) -> Season:
        plays = shared_data / "espn" / f"plays_{year}.parquet"
        return import_once(f"season_{year}", [plays], shared_data / "espn" / "games_2018_2023.parquet")

    return season
