"""ESPN's scoreboard and summaries as the poller sees them."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from engine.core.events import Event, GameEnd, GameStart, Play, content
from engine.feeds.espn_live import EspnLive, payload_of_summary
from engine.feeds.telling import Telling, Verdict
from tests.feeds.wire import espn_play, espn_summary


def test_a_scoreboard_lists_games_and_their_kick_offs() -> None:
    """Ids as text and dates as stamps; an event without an id is left out."""
    listed = EspnLive("http://x/espn/").listed(
        {"events": [{"id": 401, "date": "2022-11-05T19:30Z"}, {"date": "x"}, "rubbish", {"id": "7"}]}
    )
    assert listed == [("401", 1_667_676_600_000_000_000, None), ("7", None, None)]


@pytest.mark.parametrize("value", [None, [], {}, {"events": {}}, "x"])
def test_what_is_no_scoreboard_is_none(value: Any) -> None:
    """A list that is none must not look like a day without games."""
    assert EspnLive("http://x").listed(value) is None


def test_a_game_id_cannot_leave_its_place_in_the_address() -> None:
    """Whatever a scoreboard calls a game, the address asks for that and nothing else."""
    assert EspnLive("http://x/").game_url("1&a=/../b") == "http://x/summary?event=1%26a%3D%2F..%2Fb"


def test_a_summary_is_a_payload() -> None:
    """Start, plays in order, and an end only once the vendor says so."""
    dialect = EspnLive("http://x")
    payload = dialect.payload(espn_summary("1", [espn_play("a"), espn_play("b")]), "1")
    assert payload is not None
    assert payload.start is not None
    assert payload.start.home.name == "Ohio"
    assert [play.play_id for play in payload.plays or ()] == ["a", "b"]
    assert payload.end is None
    assert payload.under_way
    over = dialect.payload(espn_summary("1", [espn_play("a")], over=True), "1")
    assert over is not None
    assert over.end == GameEnd(game_id="1", home_score=7, away_score=3)
    assert not over.under_way


def test_missing_drives_are_silence_and_empty_ones_are_not() -> None:
    """A summary without drives does not speak of plays; one with empty drives says that there are none."""
    dialect = EspnLive("http://x")
    silent = dialect.payload(espn_summary("1", None), "1")
    empty = dialect.payload(espn_summary("1", []), "1")
    assert silent is not None
    assert empty is not None
    assert silent.plays is None
    assert empty.plays == []


@pytest.mark.parametrize("lost", ["id", "homeAway"])
def test_a_summary_that_does_not_name_its_sides_is_none(lost: str) -> None:
    """Without the sides every play would lose its possession, so such a header is not believed."""
    summary = espn_summary("1", [espn_play("a")])
    del summary["header"]["competitions"][0]["competitors"][1][lost]
    assert EspnLive("http://x").payload(summary, "1") is None


def test_another_games_summary_is_none() -> None:
    """A cache that has mixed up its games is not believed."""
    assert EspnLive("http://x").payload(espn_summary("2", []), "1") is None


def test_rows_read_before_are_read_again_only_where_they_changed() -> None:
    """An equal row gives the very same play; a changed one, or changed sides, a new one."""
    first = payload_of_summary(espn_summary("1", [espn_play("a"), espn_play("b")]), "1")
    assert first is not None
    again = payload_of_summary(
        espn_summary("1", [espn_play("a"), espn_play("b", homeScore=3)]), "1", first[1]
    )
    assert again is not None
    was, now = first[0].plays or (), again[0].plays or ()
    assert now[0] is was[0]
    assert (was[1].home_score, now[1].home_score) == (0, 3)
    turned = espn_summary("1", [espn_play("a")])
    for side in turned["header"]["competitions"][0]["competitors"]:
        side["id"] = "20" if side["id"] == "10" else "10"
    other = payload_of_summary(turned, "1", first[1])
    assert other is not None
    assert (other[0].plays or ())[0].possession != was[0].possession


# --- the real Saturday -------------------------------------------------------------------------------------


def _cut(summary: dict[str, Any], shown: int) -> dict[str, Any]:
    """The summary as it may have been when only its first plays had been played."""
    drives, left = [], shown
    for drive in summary["drives"]["previous"]:
        if left > 0:
            drives.append({**drive, "plays": drive["plays"][:left]})
            left -= len(drive["plays"])
    header = json.loads(json.dumps(summary["header"]))
    header["competitions"][0]["status"]["type"] = {"completed": False, "state": "in"}
    live: dict[str, Any] = {"previous": drives}
    if drives:
        live["current"] = drives[-1]
    return {**summary, "header": header, "drives": live}


@pytest.mark.parametrize("number", range(14))
def test_a_real_game_is_told_the_same_however_it_is_polled_and_killed(shared_data: Path, number: int) -> None:
    """A raw Saturday game revealed play by play, polled at random, killed at random: the same statements."""
    path = sorted((shared_data / "feeds/espn_summary/saturday").glob("*.json.gz"))[number]
    summary = json.loads(gzip.decompress(path.read_bytes()))
    game_id = summary["header"]["id"]
    whole = payload_of_summary(summary, game_id)
    assert whole is not None
    count = len(whole[0].plays or ())
    expected = Telling(game_id).tell(whole[0], 1)[1]
    assert len(expected) == count + 2
    dice = random.Random(number)
    told: list[Event] = []
    dialect, telling, shown = EspnLive("http://x"), Telling(game_id), 0
    while shown < count:
        shown = min(count, shown + dice.randint(0, 12))
        payload = dialect.payload(_cut(summary, shown), game_id)
        assert payload is not None
        verdict, news = telling.tell(payload, 1)
        assert verdict is Verdict.GOOD
        told += news
        if dice.random() < 0.3:
            told = told[: len(told) - dice.randint(0, 3)]
            dialect, telling = EspnLive("http://x"), Telling(game_id)
            for event in told:
                telling.remember(event)
    for _ in range(2):
        payload = dialect.payload(summary, game_id)
        assert payload is not None
        told += telling.tell(payload, 1)[1]
    assert [content(event) for event in told] == [content(event) for event in expected]
    assert isinstance(told[0], GameStart)
    assert {event.revision for event in told} == {0}
    assert [event.order for event in told if isinstance(event, Play)] == [1_000 * n for n in range(count)]
