"""Pushed bodies: taken whole or refused whole, with the reason; and the source that compares them."""

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from engine.core.events import Event, FeedHealth, FeedStatus, GameStart, Odds, Play, Tracking, encode_event
from engine.core.events import Market as _Market
from engine.feeds.push import MOST_PUSH_BYTES, MOST_PUSH_EVENTS, PushError, PushSource, read_push
from engine.feeds.telling import Telling
from tests.feeds.wire import MOST_S, Ear, espn_play, espn_summary, listening

PLAY = {"event": "play", "game_id": "1", "play_id": "a", "order": 0}
EVENTS: list[Event] = [
    GameStart(game_id="1"),
    Play(game_id="1", play_id="a", order=0, text="a run"),
    Odds(game_id="1", book="b", market=_Market.LIVE, home_spread=-3.5),
    Tracking(game_id="1", play_id="a", top_speed_yd_s=9.5),
]


def refusal(body: bytes, dialect: str = "wpsim", game_id: str | None = "1") -> PushError:
    """Why a body is refused."""
    with pytest.raises(PushError) as refused:
        read_push(body, dialect, game_id, 7)
    return refused.value


def encoded(value: Any) -> bytes:
    """A value as JSON."""
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b",".join(map(encode_event, EVENTS)) + b"]",
        b"\n".join(map(encode_event, EVENTS)),
        b"\r\n\r\n".join(map(encode_event, EVENTS)) + b"\n",
    ],
)
def test_lists_and_lines_are_read_alike_and_stamped(body: bytes) -> None:
    """A list of events, an event a line, and blank lines between them say the same."""
    pushed = read_push(body, "wpsim", "1", 7)
    assert list(pushed.events) == [replace(event, received_ns=7) for event in EVENTS]


def test_one_event_may_be_written_over_several_lines() -> None:
    """A single event is read however it is laid out, and an empty list says nothing."""
    assert len(read_push(json.dumps(PLAY, indent=2).encode(), "wpsim", None, 7).events) == 1
    assert read_push(b" [] ", "wpsim", "1", 7).events == ()


def test_a_sender_does_not_choose_the_stamp() -> None:
    """When it was received is our word, whatever the body says."""
    (event,) = read_push(encoded({**PLAY, "received_ns": 5}), "wpsim", "1", 7).events
    assert event.received_ns == 7


@pytest.mark.parametrize(
    ("change", "field", "came", "expected"),
    [
        ({"down": "third"}, "down", "'third'", "int | null"),
        ({"down": 2.5}, "down", "2.5", "int | null"),
        ({"kind": "rugby"}, "kind", "'rugby'", "one of kickoff, run"),
        ({"status": "maybe"}, "status", "'maybe'", "provisional, official, cancelled"),
        ({"possession": 1}, "possession", "1", "str | null"),
        ({"event": "touchdown"}, "event", "'touchdown'", "one of game_start, play"),
        ({"game_id": "2"}, "game_id", "'2'", "'1', as in the address"),
        ({"game_id": None}, "game_id", "None", "str"),
        ({"order": None}, "order", "None", "int"),
        ({"order": 2**63}, "order", str(2**63), "64 bits"),
        ({"home_score": -(2**63) - 1}, "home_score", "-9223372036854775809", "64 bits"),
        ({"home_score": "HUGE"}, "home_score", "beyond all bounds", "64 bits"),
        ({"revision": -1}, "revision", "-1", "0 or more"),
        ({"play_id": ""}, "play_id", "''", "an id of 1-128"),
        ({"play_id": "x" * 129}, "play_id", "'xxx", "an id of 1-128"),
        ({"text": "x" * 2_001}, "text", "'xxx", "up to 2000"),
    ],
)
def test_a_refusal_names_item_field_what_came_and_what_was_expected(
    change: dict[str, Any], field: str, came: str, expected: str
) -> None:
    """One bad field of the second event refuses the batch, and its sender can read why."""
    body = encoded([PLAY, {**PLAY, **change}]).replace(b'"HUGE"', b"1" + b"0" * 5_000)
    error = refusal(body)
    assert error.item == 1
    assert error.field == field
    assert came in error.came
    assert expected in error.expected
    assert all(part in str(error) for part in ("item 1", error.field, error.came, error.expected))
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b" \n ", "body"),
        (b"[", "body"),
        (b"[" * 100_000, "body"),
        (b"not json", "$"),
        (b"\xff\xfe", "$"),
        (b'{"event":"play"', "$"),
        (encode_event(EVENTS[0]) + b"\n{", "$"),
        (b'{"event":"play","game_id":"1","play_id":"\\ud800","order":1}', "$"),
        (b'{"event":"odds","game_id":"1","book":"b","market":"live","total":NaN}', "$"),
        (b"[3]", "$"),
        (b"null", "$"),
        (b" " * (MOST_PUSH_BYTES + 1), "body"),
        (b"[" + b"1," * MOST_PUSH_EVENTS + b"1]", "body"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes, field: str) -> None:
    """Emptiness, half a JSON, depth, bad UTF-8, half characters, NaN and too much are refused alike."""
    assert refusal(body).field == field


def test_an_unknown_dialect_is_refused() -> None:
    """There are two dialects."""
    assert refusal(b"{}", "sportradar").field == "dialect"


def test_a_missing_field_is_named() -> None:
    """What is required and missing is named with its path."""
    body = encoded({"event": "game_start", "game_id": "1", "home": {"name": "a", "abbreviation": "b"}})
    assert refusal(body).field == "home.team_id"
    assert refusal(encoded({"event": "play", "game_id": "1", "play_id": "a"})).field == "order"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"), (b"{", "body"), (b"[]", "header"), (b"{}", "header"),
        (encoded(espn_summary("2", [])), "header.id"),
        (encoded(espn_summary("1" * 200, [])), "header.game_id"),
    ],
)  # fmt: skip
def test_a_summary_that_cannot_be_taken_is_refused(body: bytes, field: str) -> None:
    """No JSON, no summary, another game's, or one of an impossible game."""
    assert refusal(body, "espn", "1" if field != "header.game_id" else None).field == field


# --- the source --------------------------------------------------------------------------------------------


def test_a_pushed_summary_is_compared_like_a_polled_one() -> None:
    """The first is news, the same again is none, an edit is a higher revision; absurd fields are counted."""
    source = PushSource("push")
    summary = espn_summary("1", [espn_play("a"), espn_play("b", homeScore=10**25, wallclock="9999-01-01")])

    def push(value: Any) -> list[Event]:
        return source.accept(read_push(encoded(value), "espn", "1", 7))

    assert len(push(summary)) == 3
    assert push(summary) == []
    assert source.counts.degraded == {"vendor_ns": 2}
    (edit,) = push(
        espn_summary("1", [espn_play("a", homeScore=7), *summary["drives"]["previous"][0]["plays"][1:]])
    )
    assert (edit.revision, edit.received_ns) == (1, 7)
    assert push(espn_summary("1", None)) == []
    assert source.counts.errors == {"half_payload": 1}


def test_a_restarted_source_says_nothing_twice() -> None:
    """Reminded of what was recorded, the same summary is no news; what nobody took is."""
    summary = read_push(encoded(espn_summary("1", [espn_play("a"), espn_play("b")])), "espn", "1", 7)
    recorded = PushSource("push").accept(summary)
    source = PushSource("push")
    for event in recorded[:2]:
        source.remember(event)
    assert source.accept(summary) == recorded[2:]
    assert source.accept(summary) == []
    source.forget(recorded[2:])
    source.forget(source.accept(summary))


def test_what_was_accepted_and_not_taken_is_said_again() -> None:
    """A push answered "try again later" is news when it is tried again."""
    source = PushSource("push")
    summary = read_push(encoded(espn_summary("1", [espn_play("a")])), "espn", "1", 7)
    events = source.accept(summary)
    source.forget(events)
    assert source.accept(summary) == events


def test_native_statements_are_taken_at_their_word() -> None:
    """Orders and revisions are the sender's; a later summary is compared with them."""
    source = PushSource("push")
    play = Play(game_id="1", play_id="a", order=77, revision=4)
    assert source.accept(read_push(encode_event(play), "wpsim", "1", 7)) == [replace(play, received_ns=7)]
    told = source.accept(read_push(encoded(espn_summary("1", [espn_play("a")])), "espn", "1", 7))
    assert [(event.order, event.revision) for event in told if isinstance(event, Play)] == [(77, 5)]


def test_pushes_of_games_without_end_are_bounded() -> None:
    """A summary of one game too many is refused; native statements are the day's to refuse."""
    source = PushSource("push")
    for number in range(256):
        source.accept(read_push(encoded(espn_summary(str(number), [])), "espn", None, 7))
    with pytest.raises(PushError, match="at most 256 games"):
        source.accept(read_push(encoded(espn_summary("one more", [])), "espn", None, 7))
    assert len(source.accept(read_push(encode_event(GameStart(game_id="two")), "wpsim", None, 7))) == 1


def test_a_sender_who_falls_silent_is_noticed() -> None:
    """With an expected interval a game goes stale and lost, and lives again with the next push."""
    start = read_push(encode_event(GameStart(game_id="1")), "wpsim", "1", 7)

    async def run() -> None:
        source = PushSource("push", expected_every_s=0.05)
        async with asyncio.timeout(MOST_S):
            assert len(source.accept(start)) == 1
            ear = Ear()
            task = asyncio.create_task(source.run(ear.take, lambda: {"1": GameStart(game_id="1")}))
            await ear.until(lambda: ear.told() == ["1 stale/0", "1 lost/1"])
            assert source.counts.health is FeedHealth.LOST
            again = source.accept(start)
            assert isinstance(again[0], FeedStatus)
            assert (again[0].health, again[0].revision) == (FeedHealth.LIVE, 2)
            task.cancel()

    asyncio.run(run())


def test_a_sender_of_whom_nothing_is_expected_is_always_live() -> None:
    """Without an expected interval nothing is ever said of the feed."""

    async def run() -> None:
        source = PushSource("push")
        source.accept(read_push(encode_event(GameStart(game_id="1")), "wpsim", "1", 7))
        async with asyncio.timeout(MOST_S), listening(source) as ear:
            await asyncio.sleep(0.1)
            assert ear.events == []
            assert source.counts.health is FeedHealth.LIVE

    asyncio.run(run())


def test_a_push_may_count_on_from_the_highest_revision() -> None:
    """However high a pushed revision is, the next one is still within bounds."""
    telling = Telling("1")
    highest = Play(game_id="1", play_id="a", order=2**53, revision=2**53)
    (event,) = read_push(encode_event(highest), "wpsim", "1", 7).events
    telling.remember(event)
    assert refusal(encode_event(replace(highest, revision=2**53 + 1))).field == "revision"
