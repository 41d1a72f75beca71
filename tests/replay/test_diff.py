"""`diff` names the first update that differs, whichever way the two sides are stored."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.core.models.catalogue import model
from engine.core.models.interface import Model
from simulator.diff import Comparison, UpdateSource, compare
from simulator.replay.run import replay
from simulator.replay.updates import UpdatesWriter
from simulator.season.errors import InputError
from simulator.season.reader import open_season

BROWNIAN = model("brownian")


def _write(season: Path, path: Path, by: Model = BROWNIAN) -> Path:
    with UpdatesWriter(path, by) as writer:
        replay(open_season(season), model=by, sink=writer.write)
    return path


@pytest.fixture(scope="module")
def updates(small_season: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The updates file of the small season."""
    return _write(small_season, tmp_path_factory.mktemp("diff") / "updates.parquet")


def _compare(left: Path, right: Path, by: Model = BROWNIAN) -> Comparison:
    return compare(UpdateSource(left, BROWNIAN), UpdateSource(right, by))


def test_a_season_equals_its_own_updates(small_season: Path, updates: Path) -> None:
    """Replaying the season gives what its report holds, and each side equals itself."""
    for left, right in ((small_season, updates), (updates, updates), (small_season, small_season)):
        found = _compare(left, right)
        assert found.equal
        assert (found.games, found.games_that_differ, found.first) == (8, 0, None)


def test_another_parameter_is_told_once_and_then_the_first_difference(small_season: Path) -> None:
    """The epoch differs in every update: it is said, not compared, and both models are named."""
    found = _compare(small_season, small_season, model("brownian", sigma=15.0))
    assert found.epochs_differ
    assert "sigma=16.5" in found.models[0]
    assert "sigma=15" in found.models[1]
    assert found.first is not None
    assert found.first.game_id == min(span.game_id for span in open_season(small_season).spans)
    assert found.first.offset == 0
    names = [field.name for field in found.first.fields]
    assert "home_win_probability" in names
    assert "epoch" not in names


def _plant(updates: Path, path: Path, column: str, changes: dict[tuple[str, int], object]) -> Path:
    """Change one column at (game, offset)."""
    table = pq.read_table(updates)
    keys = list(zip(table.column("game_id").to_pylist(), table.column("offset").to_pylist(), strict=True))
    values = table.column(column).to_pylist()
    for key, value in changes.items():
        values[keys.index(key)] = value
    place = table.schema.get_field_index(column)
    pq.write_table(table.set_column(place, table.schema.field(place), pa.array(values)), path)
    return path


@pytest.mark.parametrize(
    ("column", "value"), [("clock_s", 899), ("home_win_probability", 0.123456), ("down", None)]
)
def test_a_planted_difference_is_named(column: str, value: object, updates: Path, tmp_path: Path) -> None:
    """Of several planted differences the first by game id and offset is found, with both values."""
    ids = sorted(set(pq.read_table(updates).column("game_id").to_pylist()))
    planted = _plant(
        updates,
        tmp_path / "b.parquet",
        column,
        {(ids[5], 3): value, (ids[2], 90): value, (ids[2], 40): value},
    )
    was = pq.read_table(updates, filters=[("game_id", "=", ids[2]), ("offset", "=", 40)]).to_pylist()[0]
    found = _compare(updates, planted)
    assert found.first is not None
    assert (found.first.game_id, found.first.offset) == (ids[2], 40)
    assert found.first.play_id == was["play_id"]
    (field,) = found.first.fields
    assert (field.name, field.left, field.right) == (column, was[column], value)
    assert (found.epochs_differ, found.games_that_differ, found.equal) == (False, 2, False)


def test_a_missing_game_and_missing_updates_are_named(updates: Path, tmp_path: Path) -> None:
    """A side that stops early, or lacks a game, is told as such."""
    table = pq.read_table(updates)
    ids = sorted(set(table.column("game_id").to_pylist()))
    without_game = table.filter(pa.compute.not_equal(table.column("game_id"), ids[0]))
    pq.write_table(without_game, tmp_path / "game.parquet")
    found = _compare(updates, tmp_path / "game.parquet").first
    assert found is not None
    assert (found.game_id, found.offset, found.note) == (ids[0], None, "only the left has the game")

    last = max(row for row, game_id in enumerate(table.column("game_id").to_pylist()) if game_id == ids[0])
    cut = [row != last for row in range(table.num_rows)]
    pq.write_table(table.filter(pa.array(cut)), tmp_path / "cut.parquet")
    found = _compare(tmp_path / "cut.parquet", updates).first
    assert found is not None
    assert found.note == "only the right has this update"
    assert found.offset == table.column("offset")[last].as_py()


def test_what_is_neither_season_nor_updates_is_refused(tmp_path: Path) -> None:
    """Another parquet file says which columns it lacks."""
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(InputError, match="it has no column"):
        UpdateSource(tmp_path / "other.parquet", BROWNIAN)
