"""Files that cannot be used end in one clear line that names them."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.game import Game
from engine.core.models.catalogue import model
from simulator.importers import payloads
from simulator.importers.detect import detect
from simulator.importers.report import Tally
from simulator.importers.run import import_season
from simulator.season.errors import InputError
from simulator.season.reader import open_season, read_games
from tests.importers.vendor_files import espn_row, game_row, imported, write_table


def bad(folder: Path, name: str, content: bytes) -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content)
    return path


def table_with(**fields: Any) -> Callable[[Path], Path]:
    """A play table whose rows differ in these fields."""
    return lambda folder: write_table(folder / "plays.parquet", [espn_row(0, **fields)])


def without(column: str) -> Callable[[Path], Path]:
    """A play table that lacks a column."""

    def make(folder: Path) -> Path:
        row = espn_row(0)
        del row[column]
        return write_table(folder / "plays.parquet", [row])

    return make


def truncated(folder: Path) -> Path:
    """A play table of which the end is missing."""
    whole = write_table(folder / "plays.parquet", [espn_row(n) for n in range(50)])
    whole.write_bytes(whole.read_bytes()[:-200])
    return whole


def empty_folder(folder: Path) -> Path:
    """A folder in which nothing of use stands."""
    (folder / "in").mkdir()
    return folder / "in"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (without("start_team_id"), "no column start_team_id"),
        (table_with(period=["1"]), "column period: its type is list"),
        (table_with(period="first"), "row 1: field period is 'first'; expected a number"),
        (table_with(game_id=None), "row 1: field game_id is null"),
        (table_with(text="x" * 70_000), "row 1: field text has 70,000 characters"),
        (truncated, "cannot be read as parquet"),
        (empty_folder, "stands in the folder"),
        (lambda folder: folder / "absent.parquet", "there is no such file"),
        (lambda folder: bad(folder, "a.parquet", b"no parquet at all"), "cannot be read as parquet"),
        (lambda folder: bad(folder, "a.json", b"{"), "it is no JSON"),
        (lambda folder: bad(folder, "a.json", b"[1, 2]"), "not an ESPN summary"),
        (lambda folder: bad(folder, "a.json", b'{"header": {"competitions": [{}]}}'), "names its game"),
        (lambda folder: bad(folder, "a.json", b"[" * 100_000), "it is no JSON"),
        (lambda folder: bad(folder, "a.json.gz", gzip.compress(b"{}")[:-6]), "cannot be unpacked"),
        (lambda folder: bad(folder, "a.json.gz", b"\x1f\x8bnot gzip"), "cannot be unpacked"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    """The message is one line that names the file and what is wrong, and nothing is written."""
    source = make(tmp_path)
    with pytest.raises(InputError) as caught:
        import_season("espn", [source], tmp_path / "out.parquet")
    message = str(caught.value)
    assert message.startswith(str(source))
    assert says in message
    assert "\n" not in message
    assert not list(tmp_path.glob("out*"))


def test_a_text_of_200_megabytes_is_refused(tmp_path: Path) -> None:
    """A field of absurd length is an error, not a season file that nobody can open."""
    source = write_table(tmp_path / "plays.parquet", [espn_row(0, text="x" * 200_000_000)])
    with pytest.raises(InputError, match="field text has 200,000,000 characters"):
        import_season("espn", [source], tmp_path / "out.parquet")


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than the limit is refused; the limit is lowered here to spare the machine."""
    monkeypatch.setattr(payloads, "MOST_JSON_BYTES", 1 << 20)
    bomb = bad(tmp_path, "bomb.json.gz", gzip.compress(b" " * (8 << 20)))
    with pytest.raises(InputError, match="unpacks to more than 1 MiB"):
        import_season("espn", [bomb], tmp_path / "out.parquet")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    """Nobody is told that a file is broken when it is only closed to them."""
    source = write_table(tmp_path / "plays.parquet", [espn_row(0)])
    source.chmod(0)
    for attempt in (
        lambda: import_season("espn", [source], tmp_path / "out.parquet"),
        lambda: detect(source),
    ):
        with pytest.raises(InputError, match="not permitted"):
            attempt()


def test_a_game_in_two_sources_is_refused(tmp_path: Path) -> None:
    """A season file cannot hold a game twice."""
    one = write_table(tmp_path / "one.parquet", [espn_row(0)])
    two = write_table(tmp_path / "two.parquet", [espn_row(0)])
    with pytest.raises(InputError, match="two of the sources hold it"):
        import_season("espn", [one, two], tmp_path / "out.parquet")


def test_older_scrimmage_tables_are_told_apart(tmp_path: Path) -> None:
    """Tables of scrimmage plays with the half's clock are not replayed as if they were whole games."""
    source = write_table(
        tmp_path / "old.parquet", [{"adj_yd_line": 80.0, "TimeSecsRem": 1800.0, "game_id": 1}]
    )
    with pytest.raises(InputError, match="scrimmage plays alone"):
        import_season("cfbd", [source], tmp_path / "out.parquet")


def test_a_reference_table_names_its_models_or_is_refused(tmp_path: Path) -> None:
    """A table without a probability column, and one model in two tables, are errors."""
    plain = write_table(tmp_path / "plain.parquet", [{"game_id": 1, "play_id": "1", "x": 0.5}])
    with pytest.raises(InputError, match="_home_wp_before"):
        imported(tmp_path, [espn_row(0)], references=[plain])
    named = write_table(tmp_path / "a.parquet", [{"game_id": 1, "play_id": "1", "m_home_wp_before": 0.5}])
    with pytest.raises(InputError, match="another table"):
        imported(tmp_path, [espn_row(0)], references=[named, named])


def test_a_repair_without_a_name_cannot_be_counted() -> None:
    """A count that the report would not show is a fault of the program."""
    with pytest.raises(KeyError):
        Tally()["no such repair"]


JUNK_NUMBERS = st.none() | st.floats() | st.integers(-(2**40), 2**40).map(float)
JUNK_WORDS = st.none() | st.text(max_size=12) | st.sampled_from(
    ["Rush", "Timeout", "Kickoff", "End of Game", "0:00", "99:99", "10", "20", "2022-09-03T99:00:00Z"]
)  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            name: JUNK_NUMBERS if isinstance(value, float) else JUNK_WORDS
            for name, value in espn_row(0).items()
            if name not in ("game_id", "season", "play_index", "scoring_play")
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_junk_in_the_rows_is_imported_and_replayed_or_refused(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    """Whatever stands in the fields, the import ends in a season file that replays, or in an InputError."""
    table = [espn_row(number) | row for number, row in enumerate(rows)]
    columns = {name: [row[name] for row in table] for name in table[0]}
    types = {
        name: pa.float64() if isinstance(value, float) else pa.string()
        for name, value in espn_row(0).items()
        if name not in ("game_id", "season", "play_index", "scoring_play")
    }
    arrays = {name: pa.array(values, types.get(name)) for name, values in columns.items()}
    pq.write_table(pa.table(arrays), tmp_path / "junk.parquet")
    games = write_table(tmp_path / "games.parquet", [game_row()])
    try:
        import_season("espn", [tmp_path / "junk.parquet"], tmp_path / "out.parquet", games=games)
    except InputError:
        return
    for recorded in read_games(open_season(tmp_path / "out.parquet")):
        game = Game(recorded.game_id, model())
        for event in recorded.events:
            game.apply(event)
        received = [event.received_ns for event in recorded.events]
        assert received == sorted(received)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["header", "competitions", "id", "drives", "previous", "plays", "competitors", "offense"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_junk_json_is_imported_or_refused(tmp_path: Path, value: Any) -> None:
    """Whatever a JSON file holds, it is a game, or an InputError says that it is none."""
    source = bad(tmp_path, "junk.json", json.dumps(value).encode())
    for dialect in ("espn", "cfbd"):
        try:
            import_season(dialect, [source], tmp_path / "out.parquet")
        except InputError as error:
            assert str(error).startswith(str(tmp_path))  # noqa: PT017 - either outcome is right
