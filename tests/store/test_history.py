"""The history: everything is stored once and as it was, whoever else reads, and however often it is told."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.events import decode_event, encode_event
from engine.store.history import SqliteHistory, StoredEvent, StoredGame, StoredUpdate
from engine.store.history_queries import MOST_ROWS
from engine.store.history_writer import Recorded
from engine.told import Told
from tests.conftest import ROOT
from tests.store.day import small_day

DAY = small_day()
GAME = DAY[0].event.game_id


def tell(history: SqliteHistory, day: tuple[Recorded, ...] = DAY) -> None:
    """Record a day and wait until it is stored."""
    for one in day:
        history.record(*one)
    assert history.flush()


def test_what_was_recorded_can_be_asked_for(tmp_path: Path) -> None:
    """Statements by their place in the log, updates by offset, as they were, to the byte."""
    with closing(SqliteHistory(tmp_path / "h.sqlite")) as history:
        tell(history)
        told = [one.told for one in DAY if one.told is not None and one.told.game_id == GAME]
        heard = [one for one in DAY if one.event.game_id == GAME]
        assert history.updates(GAME, 0, 10_000) == [
            StoredUpdate(each.received_ns, each.updated_ns, each.text, each.encoded) for each in told
        ]
        assert history.events(GAME, 0, 10_000) == [
            StoredEvent(one.sequence, encode_event(one.event)) for one in heard
        ]
        assert [update.encoded for update in history.updates(GAME, 7, 2)] == [
            each.encoded for each in told[7:9]
        ]
        assert [event.sequence for event in history.events(GAME, heard[5].sequence, 1)] == [heard[5].sequence]
        assert history.games()[0] == StoredGame(GAME, told[0].update.epoch, len(heard), len(told))
        assert not history.updates("no such game", 0, 10) + history.updates("\ud800", 0, 10)
        counts = history.counts
        assert (counts.written, counts.queued, counts.behind, counts.divergences) == (len(DAY), 0, False, 0)
        assert history.stored_through == DAY[-1].sequence


def test_a_query_is_bounded(tmp_path: Path) -> None:
    """However much is asked for, a bounded number of rows comes; less than none is none."""
    assert MOST_ROWS <= 10_000
    with closing(SqliteHistory(tmp_path / "h.sqlite")) as history:
        tell(history)
        assert history.updates(GAME, 0, -1) == history.updates(GAME, 0, 0) == []
        assert history.updates(GAME, 0, 2**80) == history.updates(GAME, 0, MOST_ROWS)


def test_telling_again_changes_nothing(tmp_path: Path) -> None:
    """After a start the log is told again, with other stamps of the engine: the first telling stands."""
    path = tmp_path / "h.sqlite"
    with closing(SqliteHistory(path)) as history:
        tell(history, DAY[:100])
        before = history.updates(GAME, 0, 1_000)
    again = tuple(
        one._replace(told=_stamped(one.told, one.event.received_ns)) if one.told else one for one in DAY
    )
    with closing(SqliteHistory(path)) as history:
        assert history.stored_through == 99
        tell(history, again)
        assert history.updates(GAME, 0, len(before)) == before
        assert (history.counts.divergences, history.counts.behind) == (0, False)
        assert sum(game.events for game in history.games()) == len(DAY)


def _stamped(told: Told, updated_ns: int) -> Told:
    return Told(told.update, told.encoded, told.text, told.received_ns, updated_ns)


def test_a_divergence_is_counted_and_the_first_word_stands(tmp_path: Path) -> None:
    """An update or a statement that is told again with other bytes is the fault that must never happen."""
    with closing(SqliteHistory(tmp_path / "h.sqlite")) as history:
        tell(history)
        place = next(one for one in DAY[5:] if one.told is not None)
        assert place.told is not None
        other = Told(place.told.update, place.told.encoded + b" ", "other", 1, 2)
        tell(history, (place._replace(told=other),))
        assert history.counts.divergences == 1
        assert f"update {other.offset} of game {other.game_id}" in history.counts.last_divergence
        tell(history, (place._replace(event=replace(place.event, revision=7)),))
        assert history.counts.divergences == 2
        assert history.counts.last_divergence == f"event {place.sequence}"
        stored = history.updates(other.game_id, other.offset, 1)
        assert [each.encoded for each in stored] == [place.told.encoded]


def test_a_game_speaks_in_the_epoch_in_which_it_was_last_told(tmp_path: Path) -> None:
    """A start with another model tells another epoch; going back to the first brings back its words."""
    path = tmp_path / "h.sqlite"
    other_day = small_day(sigma=10.0)
    for day in (DAY, other_day, DAY):
        with closing(SqliteHistory(path)) as history:
            tell(history, day)
            told = [one.told for one in day if one.told is not None and one.told.game_id == GAME]
            assert [each.encoded for each in history.updates(GAME, 0, 10_000)] == [
                each.encoded for each in told
            ]
            assert history.games()[0].epoch == told[0].update.epoch
            assert history.counts.divergences == 0


@settings(max_examples=30)
@given(st.lists(st.integers(0, 40), max_size=60), st.integers(0, 60))
def test_whatever_the_order_everything_is_stored_once(places: list[int], opened_again: int) -> None:
    """Statements in any order, twice, with gaps and across a start: stored once, the first gap is known."""
    with TemporaryDirectory() as folder:
        for part in (places[:opened_again], places[opened_again:]):
            with closing(SqliteHistory(Path(folder) / "h.sqlite")) as history:
                tell(history, tuple(DAY[place] for place in part))
        with closing(SqliteHistory(Path(folder) / "h.sqlite")) as history:
            stored = [
                event.sequence for game in history.games() for event in history.events(game.game_id, 0, 99)
            ]
            assert sorted(stored) == sorted(set(places))
            gap = next(number for number in range(99) if number not in places)
            assert history.stored_through == gap - 1


def test_a_gap_that_closes_is_noticed(tmp_path: Path) -> None:
    """What stood behind the gap counts at once when it has closed."""
    with closing(SqliteHistory(tmp_path / "h.sqlite")) as history:
        tell(history, DAY[:10] + DAY[12:50])
        assert history.stored_through == 9
        tell(history, DAY[10:11])
        assert history.stored_through == 10
        tell(history, DAY[11:12])
        assert history.stored_through == 49


def test_many_threads_ask_while_it_is_written(tmp_path: Path) -> None:
    """Readers see a beginning of the day without a hole, whenever they look."""

    def look(history: SqliteHistory) -> int:
        stored = history.updates(GAME, 0, 10_000)
        told = [one.told for one in DAY if one.told is not None and one.told.game_id == GAME]
        assert [each.encoded for each in stored] == [each.encoded for each in told[: len(stored)]]
        return len(stored)

    with closing(SqliteHistory(tmp_path / "h.sqlite")) as history, ThreadPoolExecutor(4) as readers:
        looks = []
        for one in DAY:
            history.record(*one)
            if one.sequence % 20 == 0:
                looks.append(readers.submit(look, history))
        seen = [each.result(30) for each in looks]
        assert history.flush()
        assert look(history) >= max(seen)
        assert history.counts.query_errors == 0


def test_the_examples_in_the_document_are_answered(tmp_path: Path) -> None:
    """Every query that docs/history.md shows runs, and says something."""
    path = tmp_path / "h.sqlite"
    with closing(SqliteHistory(path)) as history:
        tell(history)
        changed = next(one for one in DAY if one.event.__struct_config__.tag == "play")
        tell(history, (Recorded(len(DAY), replace(changed.event, revision=1), None),))
    examples = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "history.md").read_text(), re.DOTALL)
    assert len(examples) == 5
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        for example in examples:
            play_id = getattr(changed.event, "play_id", "")
            query = example.replace("'2024010000'", f"'{changed.event.game_id}'").replace(
                "'2024010000001'", f"'{play_id}'"
            )
            assert connection.execute(query).fetchall(), example


def test_the_body_of_a_statement_is_that_of_the_log(tmp_path: Path) -> None:
    """What is stored decodes to what was heard, for every kind that the day has."""
    with closing(SqliteHistory(tmp_path / "h.sqlite")) as history:
        tell(history)
        stored = {
            event.sequence: decode_event(event.body)
            for game in history.games()
            for event in history.events(game.game_id, 0, 10_000)
        }
    assert stored == {one.sequence: one.event for one in DAY}


def test_what_comes_after_the_end_is_not_kept(tmp_path: Path) -> None:
    """Closing stores what waits; afterwards nothing is taken, and closing again is harmless."""
    history = SqliteHistory(tmp_path / "h.sqlite")
    for one in DAY[:50]:
        history.record(*one)
    history.close()
    history.record(*DAY[50])
    history.close()
    assert sum(game.events for game in history.games()) == 50


@pytest.mark.parametrize("name", ["a b.sqlite", "50%.sqlite", "what?.sqlite", "x#y.sqlite"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    """The file's name goes into a URI, and comes out again as it was."""
    with closing(SqliteHistory(tmp_path / name)) as history:
        tell(history, DAY[:3])
        assert len(history.games()) >= 1
        assert (tmp_path / name).exists()
