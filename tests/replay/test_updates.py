"""The updates file holds every field of every update, and stands only when it is whole."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from engine.core.events import Tracking
from engine.core.game import Game
from engine.core.models.catalogue import model
from engine.core.state import State
from engine.core.update import Update
from simulator.replay.updates import COLUMNS, MODEL_KEY, UpdatesWriter, batch_of, model_of, row_of
from simulator.season.errors import InputError
from tests.replay.small_season import sample_games

BROWNIAN = model("brownian")


def _updates() -> list[Update]:
    recorded = sample_games(1)[0]
    game = Game(recorded.game_id, BROWNIAN)
    said = [game.apply(event) for event in recorded.events]
    said.append(game.apply(Tracking(game_id=recorded.game_id, play_id="x", top_speed_yd_s=9.5)))
    return [update for update in said if update is not None]


def test_every_field_of_an_update_has_a_column() -> None:
    """Nothing that an update says is left out, so two files that are equal say the same."""
    nested = {"state"}
    fields = (set(Update.__struct_fields__) - nested) | set(State.__struct_fields__)
    assert fields == set(COLUMNS)


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Values are exact after the file, floats to the last bit, and each stands in its own column."""
    updates = _updates()
    with UpdatesWriter(tmp_path / "updates.parquet", BROWNIAN) as writer:
        writer.write(batch_of([row_of(update) for update in updates[:50]]))
        writer.write(batch_of([row_of(update) for update in updates[50:]]))
    rows = pq.read_table(tmp_path / "updates.parquet").to_pylist()
    assert [row["offset"] for row in rows] == list(range(len(updates)))
    for row, update in zip(rows, updates, strict=True):
        for name in set(Update.__struct_fields__) - {"state", "doubts", "tracking", "decision"}:
            assert row[name] == getattr(update, name), name
        for name in State.__struct_fields__:
            assert row[name] == getattr(update.state, name), name
        assert row["doubts"] == ",".join(update.doubts)
    assert rows[-1]["tracking"] is not None
    assert '"top_speed_yd_s":9.5' in rows[-1]["tracking"]


def test_the_file_names_its_model(tmp_path: Path) -> None:
    """The model, its version and parameters are in the file's metadata, for `wpsim diff` to say."""
    with UpdatesWriter(tmp_path / "updates.parquet", model("brownian", sigma=15.0)) as writer:
        writer.write(batch_of([row_of(update) for update in _updates()]))
    told = model_of(pq.read_schema(tmp_path / "updates.parquet").metadata)
    assert told is not None
    assert told.startswith("brownian 1 (")
    assert "sigma=15" in told


@pytest.mark.parametrize(
    "metadata", [None, {}, {MODEL_KEY: b"{"}, {MODEL_KEY: b"[]"}, {MODEL_KEY: b'{"name": 1}'}]
)
def test_a_file_that_names_no_model_is_said_to(metadata: dict[bytes, bytes] | None) -> None:
    """Missing or garbled metadata is no model, and no crash."""
    assert model_of(metadata) is None


def test_a_broken_off_report_leaves_no_file(tmp_path: Path) -> None:
    """What was written before an error does not look like a whole report."""
    path = tmp_path / "updates.parquet"
    batch = batch_of([row_of(update) for update in _updates()])

    def break_off() -> None:
        with UpdatesWriter(path, BROWNIAN) as writer:
            writer.write(batch)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error says which file could not be written."""
    with pytest.raises(InputError, match=r"absent/updates\.parquet: it cannot be written"):
        UpdatesWriter(tmp_path / "absent" / "updates.parquet", BROWNIAN)
