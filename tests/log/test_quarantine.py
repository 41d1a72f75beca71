"""The quarantine: every statement set aside is a line with its cause, within a bound, and nothing raises."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import encode_event
from engine.log.quarantine import MOST_EVENT_BYTES, Quarantine
from tests.log.statements import play


def lines(path: Path) -> list[dict[str, object]]:
    """What the file holds."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_statement_is_set_aside_with_its_cause(tmp_path: Path) -> None:
    """Time, game, cause and the statement itself, one object a line; a new quarantine goes on in the file."""
    path = tmp_path / "quarantine.ndjson"
    for number in range(2):
        quarantine = Quarantine(path, now_ns=lambda: 17)
        quarantine.add("g", "ZeroDivisionError: division by zero", encode_event(play(number)))
        assert (quarantine.added, quarantine.lost) == (1, 0)
    assert lines(path) == [
        {
            "time_ns": 17,
            "game_id": "g",
            "cause": "ZeroDivisionError: division by zero",
            "event": json.loads(encode_event(play(number))),
        }
        for number in range(2)
    ]


class Poison:
    """Cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("poison")


def test_what_cannot_be_shown_is_counted(tmp_path: Path) -> None:
    """A statement that raises when it is shown is lost, counted, and hurts nobody."""
    quarantine = Quarantine(tmp_path / "q")
    quarantine.add("g", "cause", Poison())
    quarantine.add("g", "cause", object())
    assert (quarantine.added, quarantine.lost) == (1, 1)
    assert str(lines(tmp_path / "q")[0]["repr"]).startswith("<object")


@given(st.text(), st.text(), st.one_of(st.binary(), st.text(), st.integers(), st.none()))
def test_whatever_is_set_aside_is_one_line_of_json(game_id: str, cause: str, event: object) -> None:
    """Any words and bytes, surrogates too, make exactly one line that can be read."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "q"
        quarantine = Quarantine(path)
        quarantine.add(game_id, cause, event)
        assert (quarantine.added, quarantine.lost) == (1, 0)
        assert len(path.read_bytes().splitlines()) == len(lines(path)) == 1


def test_the_file_is_bounded(tmp_path: Path) -> None:
    """Once it is full further statements are counted and not written; a long one is cut."""
    quarantine = Quarantine(tmp_path / "q", most_bytes=1_000)
    for number in range(50):
        quarantine.add("g", f"cause {number}", b"{}")
    assert quarantine.added + quarantine.lost == 50
    assert quarantine.lost > 0 < quarantine.added
    assert (tmp_path / "q").stat().st_size <= 1_000
    long = Quarantine(tmp_path / "long")
    long.add("g" * 10_000, "c" * 10_000, b"x" * 10_000_000)
    assert (tmp_path / "long").stat().st_size < MOST_EVENT_BYTES + 4_000


def test_a_place_that_cannot_be_written_is_survived(tmp_path: Path) -> None:
    """A folder that is not there, and a folder in the file's place: counted as lost."""
    for path in (tmp_path / "missing" / "q", tmp_path):
        quarantine = Quarantine(path)
        quarantine.add("g", "cause", b"{}")
        assert (quarantine.added, quarantine.lost) == (0, 1)
