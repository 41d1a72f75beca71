"""Play classes are judged by the vendor's types, and are right on a season they were not read from."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from calibration.play_classes import LENIENT, RIGHT, TYPES, main, rows_of, tally
from engine.core.play_class import PlayClass
from engine.feeds.play_words import KINDS

ROWS = [
    ("Rush", "Jo Runner run for 4 yds"),
    ("Rush", "Al Passer scrambles for 4 yds"),
    ("Rush", "Al Passer sacked for a loss of 4 yards"),
    ("Fumble Recovery (Own)", "Jo Runner run for 4 yds, fumbled, recovered by Home"),
    ("Safety", "Team Safety"),
    ("Punt", ""),
    ("Punt", None),
    (None, "Jo Runner run for 4 yds"),
    ("Never Heard Of", "Jo Runner run for 4 yds"),
]


def table(path: Path, rows: list[tuple[str | None, str | None]]) -> Path:
    """A play table of nothing but types and texts."""
    types, texts = zip(*rows, strict=True)
    columns = {"type_text": pa.array(types, pa.string()), "text": pa.array(texts, pa.string())}
    pq.write_table(pa.table(columns), path)
    return path


def test_every_type_has_a_meaning_that_some_class_fits() -> None:
    """What a type says is a row of the confusion table, and the dialect knows all but the results."""
    assert set(TYPES.values()) == set(RIGHT)
    assert all(RIGHT.values())
    assert set(LENIENT) <= set(RIGHT)
    by_result = {"Safety", "Fumble Recovery (Own)", "Fumble Recovery (Opponent)", "Fumble Return Touchdown"}
    assert {name for name in TYPES if name.lower() not in KINDS} == by_result


def test_rows_are_counted_by_type_and_class() -> None:
    """Rows without a text or a known type are no witnesses; a wrong type counts against the text."""
    counted = tally(ROWS, "2022")
    assert (counted.rows, counted.judged, counted.right) == (9, 5, 4)
    assert (counted.without_text, counted.without_truth) == (2, 2)
    assert counted.accuracy == 0.8
    assert counted.accuracy_at_worst == 0.4
    assert counted.mistakes == {("Rush", PlayClass.SACK): 1}
    told = counted.to_dict()
    assert told["confusion"]["run"] == {"run": 1, "sack": 1, "scramble": 1}
    assert told["mistakes"] == [{"type": "Rush", "class": "sack", "rows": 1}]
    assert json.loads(json.dumps(told)) == told


def test_nothing_judged_is_not_right() -> None:
    """Without a row to judge the accuracy is 0, so that no empty table passes a bar."""
    assert tally([]).accuracy == tally([]).accuracy_at_worst == 0.0


def test_swapped_classes_are_caught() -> None:
    """The planted fault: where every tenth text is another row's, the accuracy falls below the bar."""
    good = [("Rush", "Jo Runner run for 4 yds")] * 9 + [("Rush", "Al Passer pass incomplete")]
    assert tally(good[:9]).accuracy == 1.0
    assert tally(good * 10).accuracy == pytest.approx(0.9)


def test_the_command_tells_people_and_machines_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accuracy, confusion table and mistakes are printed, or given as JSON, a season a file."""
    path = table(tmp_path / "plays_2022.parquet", ROWS)
    assert main([str(path)]) == 0
    shown = capsys.readouterr().out
    assert "2022: 80.00 % of 5 rows right" in shown
    assert "Rush told as sack" in shown
    assert main([str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [tally(ROWS, "2022").to_dict()]


@pytest.mark.parametrize("kind", ["missing", "no table", "other columns"])
def test_a_file_that_is_no_play_table_is_misuse(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says which file and what was expected; the exit code is 2."""
    path = tmp_path / "plays.parquet"
    if kind == "no table":
        path.write_text("no table")
    elif kind == "other columns":
        pq.write_table(pa.table({"text": ["Timeout"]}), path)
    assert main([str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("play_classes: plays.parquet: ")
    assert "name ESPN play tables" in said


@pytest.mark.full_season
@pytest.mark.parametrize("season", [2022, 2023])
def test_a_real_season_is_told_from_its_texts(season: int, shared_data: Path) -> None:
    """At least 99 % of the rows are right: of a season that the rules were read from, and of one not."""
    counted = tally(rows_of(shared_data / "espn" / f"plays_{season}.parquet"))
    assert counted.judged > 100_000
    assert counted.accuracy >= 0.99
    assert counted.accuracy_at_worst >= 0.99
    untyped = counted.without_text + counted.without_truth
    assert untyped < 0.002 * counted.rows
