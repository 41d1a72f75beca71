"""A small season in many row groups: games of the generated sample, with a reference column."""

from pathlib import Path

import pytest

from simulator.season import writer
from simulator.season.reader import RecordedGame, open_season, read_games
from tests.conftest import ROOT

SAMPLE = ROOT / "data" / "sample_season.parquet"
GAMES = 8
ROWS_A_GROUP = 300
REFERENCE = "always_60"


def sample_games(count: int = GAMES) -> list[RecordedGame]:
    """The first games of the sample season."""
    season = open_season(SAMPLE)
    return list(read_games(season, season.spans[:count]))


def write_small_season(path: Path) -> Path:
    """Write the small season; its reference says 0.6 before every second event and is silent otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "ROWS_A_GROUP", ROWS_A_GROUP)
        with writer.SeasonWriter(path, (REFERENCE,)) as season:
            for game in sample_games():
                values = [0.6 if row % 2 else None for row in range(len(game.events))]
                season.write_game(game.events, {REFERENCE: values})
    return path


@pytest.fixture(scope="session")
def small_season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A season file of eight games in several row groups."""
    return write_small_season(tmp_path_factory.mktemp("season") / "small.parquet")
