"""The validator names what breaks a season file, with the row, and passes what is sound."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.season.reader import open_season
from simulator.season.validate import Finding, validate
from tests.replay.small_season import ROWS_A_GROUP


def _spoil(season: Path, path: Path, column: str, changes: dict[int, object]) -> Path:
    table = pq.read_table(season)
    values = table.column(column).to_pylist()
    for row, value in changes.items():
        values[row] = value
    place = table.schema.get_field_index(column)
    field = table.schema.field(place)
    pq.write_table(
        table.set_column(place, field, pa.array(values, field.type)), path, row_group_size=ROWS_A_GROUP
    )
    return path


def _findings(path: Path) -> list[Finding]:
    return list(validate(open_season(path)))


def test_a_sound_season_has_no_findings(small_season: Path) -> None:
    """What the generator writes passes, and every row is told to the progress bar."""
    told: list[int] = []
    assert list(validate(open_season(small_season), told.append)) == []
    assert sum(told) == open_season(small_season).rows


@pytest.mark.parametrize(
    ("column", "row", "value", "rule"),
    [
        ("clock_s", 30, -4, "numbers are in their range"),
        ("period", 30, 70, "numbers are in their range"),
        ("yards_to_goal", 30, 130, "numbers are in their range"),
        ("home_spread", 0, -250.0, "numbers are in their range"),
        ("kind", 30, "quidditch", "a kind of play is a word of the format"),
        ("possession", 30, "nobody", "every row is an event"),
        ("event", 0, "odds", "every row is an event"),
        ("received_ns", 30, 5, "stamps never fall within a game"),
        ("reference_always_60", 30, 1.5, "a probability is in [0, 1]"),
        ("reference_always_60", 30, float("nan"), "a probability is in [0, 1]"),
    ],
)
def test_each_planted_fault_is_found(
    *, column: str, row: int, value: object, rule: str, small_season: Path, tmp_path: Path
) -> None:
    """One fault in one row is one finding of its rule, in its game."""
    path = _spoil(small_season, tmp_path / "spoilt.parquet", column, {row: value})
    (finding,) = _findings(path)
    assert finding.rule == rule
    assert finding.game_id == open_season(small_season).spans[0].game_id
    assert finding.row == row + 1 or (rule == "every row is an event" and f"row {row + 1}" in finding.what)
    assert not finding.harmless


def test_a_bad_game_does_not_hide_the_others(small_season: Path, tmp_path: Path) -> None:
    """After a row that is no event the next game is judged all the same."""
    second = open_season(small_season).spans[1]
    path = _spoil(small_season, tmp_path / "a.parquet", "possession", {30: "nobody"})
    path = _spoil(path, tmp_path / "b.parquet", "clock_s", {second.first_row + 9: 1_000})
    rules = [(finding.game_id, finding.rule) for finding in _findings(path)]
    first = open_season(small_season).spans[0].game_id
    assert rules == [(first, "every row is an event"), (second.game_id, "numbers are in their range")]


def test_a_play_stated_twice_needs_a_higher_revision(small_season: Path, tmp_path: Path) -> None:
    """The same id again is a finding, unless its revision rose."""
    ids = pq.read_table(small_season).column("play_id").to_pylist()
    path = _spoil(small_season, tmp_path / "again.parquet", "play_id", {31: ids[30]})
    (finding,) = _findings(path)
    assert finding.rule == "a thing is stated again only with a higher revision"
    assert finding.row == 32
    raised = _spoil(path, tmp_path / "raised.parquet", "revision", {31: 1})
    assert _findings(raised) == []


def test_a_game_without_start_or_plays_is_noted(small_season: Path, tmp_path: Path) -> None:
    """A start that is missing breaks the format; a game without plays is worth knowing and no fault."""
    table = pq.read_table(small_season)
    pq.write_table(table.slice(1, 60), tmp_path / "headless.parquet")
    assert [finding.rule for finding in _findings(tmp_path / "headless.parquet")] == [
        "a game begins with its start"
    ]
    pq.write_table(table.slice(0, 1), tmp_path / "bare.parquet")
    (finding,) = _findings(tmp_path / "bare.parquet")
    assert (finding.rule, finding.harmless) == ("a game has plays", True)


def test_a_start_that_comes_late_is_found(small_season: Path, tmp_path: Path) -> None:
    """The start must be the first row of its game."""
    table = pq.read_table(small_season)
    pq.write_table(
        pa.concat_tables([table.slice(1, 2), table.slice(0, 1), table.slice(3, 60)]),
        tmp_path / "late.parquet",
    )
    rules = [finding.rule for finding in _findings(tmp_path / "late.parquet")]
    assert "a game begins with its start" in rules
