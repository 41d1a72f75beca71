"""A generated season, its plays, and the artefact of a fit on it: made once."""

from pathlib import Path

import pytest

from calibration.fit.artefact import Settings, make
from calibration.fit.older import none
from calibration.fit.plays import Plays, read_plays
from engine.core.models.fitted.artefact import Artefact
from simulator.season.reader import open_season
from simulator.synth.season import generate_season

GAMES = 60


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A season file of sixty generated games."""
    path = tmp_path_factory.mktemp("fit") / "generated.parquet"
    generate_season(path, seed=31, games=GAMES, season=2022)
    return path


@pytest.fixture(scope="session")
def plays(generated: Path) -> Plays:
    """The plays of the generated season."""
    return read_plays([open_season(generated)])


@pytest.fixture(scope="session")
def artefact(plays: Plays) -> Artefact:
    """A small fit."""
    return make(plays, none(), Settings(members=3), command="test", data_sha256="0")
