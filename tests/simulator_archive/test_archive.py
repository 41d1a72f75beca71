"""`wpsim archive`: one hash, every field, games in order; and what it says where it cannot."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wpsim
from engine.core.events import Event, FeedHealth, FeedStatus, Market, Odds, Play, Tracking, encode_event
from engine.core.models.brownian import Brownian
from engine.log.event_log import EventLog, Fsync
from engine.log.frames import header, record
from engine.log.reading import segment_path, segments_of
from simulator.archive.run import archive_day
from simulator.replay.updates import model_of
from simulator.season.errors import InputError
from simulator.season.reader import open_season, read_games
from tests.log.statements import recordable_events
from tests.replay.small_season import sample_games
from tests.simulator_archive.served_day import serve_day

BROWNIAN = ("--model", "brownian")


def saturday() -> list[Event]:
    """Five sample games at once, with prices, tracking and a feed that falters between the plays."""
    heard: list[Event] = []
    for game in sample_games(5):
        for number, event in enumerate(game.events):
            stamp: dict[str, Any] = {"game_id": game.game_id, "received_ns": event.received_ns}
            heard.append(event)
            if not isinstance(event, Play):
                continue
            if number % 5 == 0:
                heard.append(
                    Odds(**stamp, book="b", market=Market.LIVE, vendor_ns=number, home_win_probability=0.625)
                )
            if number % 7 == 0:
                heard.append(Tracking(**stamp, play_id=event.play_id, distance_yd=31.25, top_speed_yd_s=9.5))
            if number % 31 == 0:
                health = FeedHealth.STALE if number % 2 else FeedHealth.LIVE
                heard.append(FeedStatus(**stamp, revision=number, feed="espn", health=health))
    return sorted(heard, key=lambda event: event.received_ns)


SATURDAY = saturday()


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of five games; its digest stands in a file beside it."""
    folder = tmp_path_factory.mktemp("served") / "day"
    folder.mkdir()
    (folder / "digest").write_text(serve_day(folder, SATURDAY, Brownian()))
    return folder


@pytest.fixture
def copy(day: Path, tmp_path: Path) -> Path:
    """The same day, to be damaged."""
    folder = tmp_path / "day"
    (folder / "log").mkdir(parents=True)
    (folder / "history.sqlite").write_bytes((day / "history.sqlite").read_bytes())
    for path in (day / "log").iterdir():
        (folder / "log" / path.name).write_bytes(path.read_bytes())
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    code = wpsim.run([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_an_archive_replays_to_the_digest_that_was_served(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One hash: what was served, and what a replay of its archive says; the archive is a sound file."""
    season = tmp_path / "day.parquet"
    code, out, err = run(capsys, "archive", day, "-o", season, "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer == {
        "output": str(season),
        "games": 5,
        "events": len(SATURDAY),
        "updates": None,
        "segments": len(segments_of(day / "log")),
        "torn_bytes": 0,
        "skipped_records": 0,
        "skipped_bytes": 0,
        "damage": [],
    }
    assert answer["segments"] > 3
    code, out, _ = run(capsys, "replay", season, *BROWNIAN, "--json")
    assert (code, json.loads(out)["digest"]) == (0, (day / "digest").read_text())
    assert run(capsys, "validate", season)[0] == 0


def test_what_was_served_is_what_a_replay_says(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`wpsim diff` of the updates as served against the archive is empty, and both sides name the model."""
    season, live = tmp_path / "day.parquet", tmp_path / "live.parquet"
    code, out, _ = run(capsys, "archive", day, "-o", season, "--updates", live, *BROWNIAN, "--json")
    assert (code, json.loads(out)["updates"]) == (0, pq.read_metadata(live).num_rows)
    code, out, _ = run(capsys, "diff", live, season, *BROWNIAN, "--json")
    assert (code, json.loads(out)["games"]) == (0, 5)
    assert (model_of(pq.read_schema(live).metadata) or "").startswith("brownian ")


def test_an_update_that_was_served_otherwise_is_found(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One number of one update, changed in the history: diff names it."""
    with closing(sqlite3.connect(copy / "history.sqlite")) as connection:
        connection.execute(
            """UPDATE updates SET body = json_set(body, '$.leverage_index', 17.5) WHERE "offset" = 40"""
            " AND game_id = (SELECT min(game_id) FROM games)"
        )
        connection.commit()
    season, live = tmp_path / "day.parquet", tmp_path / "live.parquet"
    assert run(capsys, "archive", copy, "-o", season, "--updates", live, *BROWNIAN)[0] == 0
    code, out, _ = run(capsys, "diff", live, season, *BROWNIAN, "--json")
    assert code == 1
    assert json.loads(out)["first"]["offset"] == 40


def test_a_model_that_did_not_speak_is_not_named(day: Path, tmp_path: Path) -> None:
    """Where the epochs are another model's, the file of updates names none."""
    for model in (Brownian(sigma=11.0), None):
        live = tmp_path / "live.parquet"
        archive_day(day, tmp_path / "day.parquet", updates=live, model=model)
        assert (model_of(pq.read_schema(live).metadata) or "").startswith("unknown of another model")


def test_games_stand_in_the_order_in_which_they_were_first_heard(day: Path, tmp_path: Path) -> None:
    """Each game's statements are together, in the order of the log; games by their first stamp."""
    archive_day(day / "log", tmp_path / "day.parquet")  # the log's own folder will do too
    read = list(read_games(open_season(tmp_path / "day.parquet")))
    for game in read:
        assert list(game.events) == [event for event in SATURDAY if event.game_id == game.game_id]
    assert [game.game_id for game in read] == list(dict.fromkeys(event.game_id for event in SATURDAY))


@settings(max_examples=60)
@given(st.lists(recordable_events(st.sampled_from(["a", "b", "ü c"])), min_size=1, max_size=20))
def test_every_field_of_every_statement_survives(said: list[Event]) -> None:
    """Whatever the log takes comes back from the season file as it was, to the byte, in its order."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with EventLog.open(folder / "log", fsync=Fsync.never(), segment_bytes=1_024) as log:
            for event in said:
                log.append(event)
        report = archive_day(folder, folder / "day.parquet")
        read = {game.game_id: game.events for game in read_games(open_season(folder / "day.parquet"))}
    assert (report.events, report.games) == (len(said), len(read))
    for game_id, events in read.items():
        expected = [event for event in said if event.game_id == game_id]
        assert [encode_event(event) for event in events] == [encode_event(event) for event in expected]


def test_a_torn_end_is_left_out_and_counted(copy: Path, tmp_path: Path) -> None:
    """A day that was killed is archived without its last half record, and the log is left as it is."""
    last = segments_of(copy / "log")[-1].path
    last.write_bytes(last.read_bytes()[:-10])
    size = last.stat().st_size
    report = archive_day(copy, tmp_path / "day.parquet")
    assert (report.events, report.damage) == (len(SATURDAY) - 1, ())
    assert report.torn_bytes > 0
    assert last.stat().st_size == size


def test_damage_is_refused_and_salvaged_on_request(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --salvage the place is named and no file is left; with it the rest is archived, and told."""
    broken = segments_of(copy / "log")[1].path
    data = bytearray(broken.read_bytes())
    data[1_000] ^= 4
    broken.write_bytes(bytes(data))
    season = tmp_path / "day.parquet"
    code, _, err = run(capsys, "archive", copy, "-o", season)
    assert code == 2
    assert f"{broken}, byte " in err
    assert "checksum does not fit" in err
    assert "--salvage" in err
    assert not list(tmp_path.glob("*.parquet*"))
    live = tmp_path / "live.parquet"
    code, out, err = run(capsys, "archive", copy, "-o", season, "--salvage", "--updates", live, "--json")
    answer = json.loads(out)
    assert (code, answer["events"], answer["skipped_records"]) == (0, len(SATURDAY) - 1, 1)
    assert len(answer["damage"]) == 1
    assert f"skipped: {broken.name}, byte " in err
    assert open_season(season).rows == len(SATURDAY) - 1


def test_a_record_of_another_version_is_salvaged_around(tmp_path: Path) -> None:
    """A whole record that is no event known here is refused, and skipped on request."""
    (tmp_path / "log").mkdir()
    payloads = [encode_event(SATURDAY[0]), b'{"event":"moon_phase","game_id":"g"}', encode_event(SATURDAY[0])]
    told = b"".join(record(number, payload) for number, payload in enumerate(payloads))
    segment_path(tmp_path / "log", 0).write_bytes(header(0) + told)
    with pytest.raises(InputError, match="no event of this version"):
        archive_day(tmp_path, tmp_path / "day.parquet")
    report = archive_day(tmp_path, tmp_path / "day.parquet", salvage=True)
    assert (report.events, report.skipped_records) == (2, 1)
    assert report.skipped_bytes == len(payloads[1])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("DELETE FROM events WHERE sequence = 77", "statements are in it"),
        ("INSERT INTO events VALUES (999999, 'g', 'play', 0, '{}')", "1 statements are in it, 0 in the log"),
        ('DELETE FROM updates WHERE "offset" = 3', "offset 3: it is missing"),
        ("""UPDATE updates SET body = '{}' WHERE "offset" = 3""", "offset 3: it is no update"),
        ("PRAGMA user_version = 2", "schema is version 2"),
        (None, "cannot be read as a history"),
    ],
)
def test_a_history_that_is_not_the_logs_is_no_proof(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str | None, problem: str
) -> None:
    """Where the history lacks or adds something, no file of updates is written, and no season file either."""
    if change is None:
        (copy / "history.sqlite").unlink()
    else:
        with closing(sqlite3.connect(copy / "history.sqlite")) as connection:
            connection.execute(change)
            connection.commit()
    season, live = tmp_path / "day.parquet", tmp_path / "live.parquet"
    code, out, err = run(capsys, "archive", copy, "-o", season, "--updates", live, *BROWNIAN)
    assert (code, out) == (2, "")
    assert problem in err
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.glob("*.parquet*"))
    assert run(capsys, "archive", copy, "-o", season)[0] == 0, (
        "without the updates the history does not matter"
    )


def test_what_is_no_day_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing folder, one without a log, a file, and an empty log: one line each, and what to do."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "nothing").mkdir()
    EventLog.open(tmp_path / "empty" / "log").close()
    for name, problem in [
        ("missing", "there is no such folder"),
        ("nothing", "it has no event log in it; name the folder"),
        ("file", "there is no such folder"),
        ("empty", "the event log holds no statement"),
    ]:
        code, _, err = run(capsys, "archive", tmp_path / name, "-o", tmp_path / "day.parquet")
        assert (code, len(err.splitlines())) == (2, 1)
        assert problem in err
    assert not (tmp_path / "day.parquet").exists()


def test_a_day_can_be_archived_while_it_is_served(tmp_path: Path) -> None:
    """The lock of the writer turns no reader away: what is recorded so far is archived."""
    with EventLog.open(tmp_path / "log") as log:
        for event in SATURDAY[:40]:
            log.append(event)
        assert archive_day(tmp_path, tmp_path / "day.parquet").events == 40
