"""Whatever is wrong with the input: one clear line and exit code 2, or a counted repair."""

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.season.columns import schema
from tests.cli.test_commands import Said

Spoil = Callable[[Path, Path], None]


def _cut_short(season: Path, path: Path) -> None:
    path.write_bytes(season.read_bytes()[:-1_000])


def _garbled_inside(season: Path, path: Path) -> None:
    content = bytearray(season.read_bytes())
    middle = len(content) // 2
    content[middle - 20_000 : middle] = bytes(20_000)
    path.write_bytes(content)


def _no_parquet(_: Path, path: Path) -> None:
    path.write_text("game_id,play_id\n1,2\n", encoding="utf-8")


def _empty_file(_: Path, path: Path) -> None:
    path.touch()


def _a_folder(_: Path, path: Path) -> None:
    path.mkdir()


def _missing_column(season: Path, path: Path) -> None:
    pq.write_table(pq.read_table(season).drop_columns(["period"]), path)


def _without_rows(_: Path, path: Path) -> None:
    pq.write_table(schema().empty_table(), path)


def _a_run(season: Path) -> int:
    """The index of a row to spoil: a run well inside the first game."""
    kinds: list[str | None] = pq.read_table(season, columns=["kind"]).column("kind").to_pylist()
    return kinds.index("run", 20)


def _column(name: str, change: Callable[[list[object]], pa.Array]) -> Spoil:
    """Replace a whole column."""

    def spoil(season: Path, path: Path) -> None:
        table = pq.read_table(season)
        values = change(table.column(name).to_pylist())
        pq.write_table(table.set_column(table.schema.get_field_index(name), name, values), path)

    return spoil


def _one(name: str, value: object, kind: pa.DataType) -> Spoil:
    """Replace one value, in the row that `_a_run` names."""

    def spoil(season: Path, path: Path) -> None:
        row = _a_run(season)
        change = _column(name, lambda values: pa.array([*values[:row], value, *values[row + 1 :]], kind))
        change(season, path)

    return spoil


REFUSED: dict[str, tuple[Spoil, str]] = {
    "cut short": (_cut_short, "cannot be read as parquet"),
    "garbled inside": (_garbled_inside, "cannot be read"),
    "no parquet": (_no_parquet, ""),
    "empty file": (_empty_file, ""),
    "a folder": (_a_folder, "it is a folder"),
    "no such file": (lambda season, path: None, "there is no such file"),  # noqa: ARG005 - nothing to spoil
    "missing column": (_missing_column, "it has no column period"),
    "without rows": (_without_rows, "it holds no game"),
    "wrong type": (
        _column("clock_s", lambda values: pa.array([f"{value}" for value in values])),
        "column clock_s: its type is string; expected int64",
    ),
    "fractions of a down": (
        _column("down", lambda values: pa.array([1.5] * len(values))),
        "column down: a value is no int64",
    ),
    "a side that is none": (
        _one("possession", "nobody", pa.string()),
        "row {row}: field possession is 'nobody'; expected null or one of home, away",
    ),
    "a play without id": (_one("play_id", None, pa.string()), "row {row}: field play_id is None"),
    "an unknown event": (_one("event", "goal", pa.string()), "row {row}: field event is 'goal'"),
    "a row without game": (_one("game_id", None, pa.string()), "row {row}: field game_id is null"),
    "200 MB of text": (
        _one("text", "x" * 200_000_000, pa.string()),
        "row {row}: field text has 200,000,000 characters; at most 65,536 are taken",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_line(
    case: str, small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the file and what is wrong with it; stdout stays empty."""
    spoil, wanted = REFUSED[case]
    path = tmp_path / "spoilt.parquet"
    spoil(small_season, path)
    said = Said(capsys, "replay", path, "--json")
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("wpsim: ")
    assert said.err.count("\n") == 1
    assert "spoilt.parquet" in said.err
    assert wanted.format(row=_a_run(small_season) + 1) in said.err


REPAIRED: dict[str, tuple[Spoil, str]] = {
    "NaN scores": (_one("home_score", float("nan"), pa.float64()), "score_missing"),
    "unknown kind": (_one("kind", "quidditch", pa.string()), "kind_unknown"),
    "negative clock": (_one("clock_s", -30, pa.int64()), "clock_absurd"),
    "period 7": (_one("period", 7, pa.int64()), "period_absurd"),
    "down 9": (_one("down", 9, pa.int64()), "situation_absurd"),
}


@pytest.mark.parametrize("case", REPAIRED)
def test_what_the_engine_does_not_believe_is_counted(
    case: str, small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One absurd field is one more doubt of its name, and the season replays to its end."""
    spoil, doubt = REPAIRED[case]
    spoil(small_season, tmp_path / "spoilt.parquet")
    sound = Said(capsys, "replay", small_season, "--json").json()
    said = Said(capsys, "replay", tmp_path / "spoilt.parquet", "--json")
    answer = said.json()
    assert said.code == 0
    assert answer["doubts"].get(doubt, 0) == sound["doubts"].get(doubt, 0) + 1
    assert answer["updates"] == sound["updates"]


def test_a_game_without_plays_is_replayed(
    small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A start and nothing else is a game of one update, with nothing to score."""
    pq.write_table(pq.read_table(small_season).slice(0, 1), tmp_path / "bare.parquet")
    said = Said(capsys, "replay", tmp_path / "bare.parquet", "--json")
    answer = said.json()
    assert (said.code, answer["games"], answer["updates"], answer["brier"]) == (0, 1, 1, None)
    assert Said(capsys, "replay", tmp_path / "bare.parquet").code == 0
    assert Said(capsys, "replay", tmp_path / "bare.parquet", "--report", tmp_path / "report").code == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_named(
    small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line says that reading is not permitted."""
    path = tmp_path / "secret.parquet"
    path.write_bytes(small_season.read_bytes())
    path.chmod(0)
    said = Said(capsys, "replay", path)
    assert said.code == 2
    assert "not permitted" in said.err


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--games", "nobody"], "it has no game nobody"),
        (["--model", "oracle"], "unknown model 'oracle'; the models are"),
        (["--set", "sigma"], "'sigma' is no model parameter; write NAME=NUMBER"),
        (["--model", "brownian", "--set", "luck=1"], "model brownian has no parameter 'luck'"),
        (["--model", "brownian", "--set", "sigma=0"], "parameter sigma is 0.0; expected more than 0"),
        (["--set", "sigma=15"], "model fitted takes no parameters"),
        (["--model", "brownian", "--set", "sigma=nan"], "parameter sigma of model brownian is nan"),
        (["--speed", "0"], "expected a number above 0"),
        (["--speed", "inf"], "expected a number above 0"),
        (["--speed", "10", "--jobs", "2"], "--speed replays in one process"),
        (["--jobs", "0"], "--jobs"),
        (["--from", "saturday"], "--from: 'saturday' is no date"),
        (["--chart", "1"], "--report"),
        (["--report", "{dir}", "--chart", "nobody"], "it has no game nobody"),
        (["--nonsense"], "--nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_one_line(
    arguments: list[str], wanted: str, small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was wrong and what is expected, on stderr, with exit code 2."""
    filled = [argument.replace("{dir}", str(tmp_path / "report")) for argument in arguments]
    said = Said(capsys, "replay", small_season, *filled)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("wpsim: ")
    assert said.err.count("\n") == 1
    assert wanted in said.err


@pytest.mark.parametrize(
    "arguments", [[], ["bogus"], ["replay"], ["import", "telepathy", "x", "-o", "y"], ["diff", "a"]]
)
def test_a_wrong_command_line_says_where_help_is(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing or unknown word is misuse; nothing at all is a question, answered with the help."""
    said = Said(capsys, *arguments)
    assert said.code == (2 if arguments else 0)
    if arguments:
        assert said.err.startswith("wpsim: ")
        assert "--help" in said.err


def test_a_report_where_no_folder_can_be_is_refused(
    small_season: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that stands in the way is named."""
    (tmp_path / "file").touch()
    said = Said(capsys, "replay", small_season, "--report", tmp_path / "file")
    assert said.code == 2
    assert said.err.startswith(f"wpsim: {tmp_path / 'file'}: ")
