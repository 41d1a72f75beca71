"""Whatever bytes a feed sends, nothing raises, and what is handed on can be recorded, archived and folded."""

import asyncio
import gzip
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Event, FeedStatus, decode_event, encode_event
from engine.core.game import Game
from engine.core.models.catalogue import model
from engine.feeds.cfbd_live import CfbdLive
from engine.feeds.dialect import Dialect
from engine.feeds.espn_live import EspnLive
from engine.feeds.fetch import Answer, FetchError, Validators
from engine.feeds.poller import Poller
from engine.feeds.push import PushError, PushSource, read_push
from engine.feeds.wpsim_live import WpsimLive
from simulator.season.columns import schema
from simulator.season.rows import row_of
from tests.feeds.test_cfbd_live import GAME, live_game, row
from tests.feeds.wire import espn_play, espn_summary

SCHEMA = schema()
MODEL = model()


def can_be_taken(events: list[Event]) -> None:
    """The log, the season file and the engine take every one of these events."""
    games: dict[str, Game] = {}
    for event in events:
        assert decode_event(encode_event(event)) == event
        games.setdefault(event.game_id, Game(event.game_id, MODEL)).apply(event)
    if events:
        pa.Table.from_pylist([row_of(event) for event in events], schema=SCHEMA)


@contextmanager
def rubbish() -> Iterator[None]:
    """Let rubbish be refused, but a reader that raises fail."""
    try:
        yield
    except FetchError as error:
        if error.kind != "body":
            raise


class Fed:
    """A poller that is fed bodies by hand, as if they had come over the wire."""

    def __init__(self, dialect: Dialect) -> None:
        self.poller = Poller("fuzz", dialect, dice=random.Random(1))
        self.heard: list[Event] = []

    def feed(self, *bodies: bytes) -> None:
        """Feed bodies of game 401; one that cannot be read must say so in the one way that is caught."""

        async def hear() -> None:
            game = self.poller._game("401")
            for body in bodies:
                with rubbish():
                    self.poller._list(body)
                with rubbish():
                    self.poller._hear(game, Answer(body, Validators()), self.heard.append)
                    self.poller._hear(game, Answer(None, Validators()), self.heard.append)

        asyncio.run(hear())
        can_be_taken(self.heard)


ODD: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-3, 120)
    | st.sampled_from([2**53, 2**63, -(2**63) - 1, 10**30, 1e308, float("inf"), float("nan"), -0.0, 1.5])
    | st.sampled_from(["", "401", "\ud800", "x" * 3_000, "9999-12-31T23:59:59Z", "0001-01-01", "12:31", "-1"])
    | st.text(max_size=8)
    | st.sampled_from([[], {}, [[]], {"id": "401"}, [{"id": None}]])
)


def _mutated(value: Any, data: st.DataObject) -> Any:
    """A JSON value with a few of its parts lost, doubled or replaced."""
    value = json.loads(json.dumps(value))
    for _ in range(data.draw(st.integers(1, 6))):
        spots: list[tuple[Any, Any]] = []
        queue = [value]
        while queue:
            at = queue.pop()
            keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else []
            for key in keys:
                spots.append((at, key))
                queue.append(at[key])
        if not spots:
            return deepcopy(data.draw(ODD))
        holder, key = spots[data.draw(st.integers(0, len(spots) - 1))]
        how = data.draw(st.sampled_from(["odd", "lose", "double"]))
        if how == "odd":
            holder[key] = deepcopy(data.draw(ODD))
        elif how == "lose":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(holder[key])
    return value


def _encoded(value: Any, data: st.DataObject) -> bytes:
    body = json.dumps(value).encode()
    how = data.draw(st.sampled_from(["whole"] * 5 + ["cut", "flip", "twice"]))
    if how == "cut":
        return body[: data.draw(st.integers(0, len(body)))]
    if how == "flip" and body:
        place = data.draw(st.integers(0, len(body) - 1))
        return body[:place] + bytes([data.draw(st.integers(0, 255))]) + body[place + 1 :]
    if how == "twice":  # every key of the outermost object a second time: the last one wins
        return body[:-1] + b"," + body[1:] if body.startswith(b"{") and len(body) > 2 else body
    return body


BODIES: dict[str, list[Any]] = {
    "espn": [
        espn_summary("401", [espn_play("a"), espn_play("b"), espn_play("c")]),
        espn_summary("401", [espn_play("a"), espn_play("c"), espn_play("d")], over=True),
        {"events": [{"id": "401", "date": "2022-11-05T19:30Z"}]},
    ],
    "cfbd": [[row(1), row(2), row(3)], live_game(), live_game(status="Final"), [GAME]],
}
DIALECTS: dict[str, type[EspnLive] | type[CfbdLive]] = {"espn": EspnLive, "cfbd": CfbdLive}


@pytest.mark.parametrize("name", DIALECTS)
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_arbitrary_bytes_are_survived(name: str, bodies: list[bytes]) -> None:
    """No bytes at all raise anything but the one error that the poller counts."""
    Fed(DIALECTS[name]("http://x")).feed(*bodies)


@pytest.mark.parametrize("name", DIALECTS)
@given(st.data())
def test_spoilt_payloads_are_survived(name: str, data: st.DataObject) -> None:
    """Payloads with parts lost, doubled or replaced, cut, flipped or with double keys, one after another."""
    fed = Fed(DIALECTS[name]("http://x"))
    bodies = [
        _encoded(_mutated(data.draw(st.sampled_from(BODIES[name])), data), data)
        for _ in range(data.draw(st.integers(1, 5)))
    ]
    fed.feed(json.dumps(BODIES[name][-1]).encode(), *bodies)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10**6,
        b'{"a":' * 10**6,
        b"1" * 10**6,
        b'"' + b"\\ud800" * 1_000 + b'"',
        b"{}" * 1_000,
        b"-",
        b"\0",
    ],
)
def test_towers_of_brackets_and_digits_are_survived(name: str, body: bytes) -> None:
    """Depth and length that overflow a parser are rubbish like any other."""
    fed = Fed(DIALECTS[name]("http://x"))
    fed.feed(body)
    assert fed.heard == []


@given(st.data())
def test_after_any_rubbish_a_whole_payload_is_told(data: st.DataObject) -> None:
    """Whatever came before, what a good feed then says over and over is what stands."""
    fed = Fed(EspnLive("http://x"))
    fed.feed(
        *(_encoded(_mutated(BODIES["espn"][0], data), data) for _ in range(data.draw(st.integers(0, 3))))
    )
    ids = ["n", "o", "p", "q", "r", "s", "t", "u"]
    good = [espn_play(play_id, homeScore=7) for play_id in ids]
    # Bytes that differ: a poller does not read the same body twice.
    fed.feed(*(json.dumps(espn_summary("401", good)).encode() + b" " * spaces for spaces in range(20)))
    telling = fed.poller._game("401").telling
    standing = [play for play in telling.plays.values() if play.status != "cancelled"]
    assert [play.play_id for play in sorted(standing, key=lambda play: play.order)] == ids
    assert all(play.home_score == 7 for play in standing)


PLAY = {"event": "play", "game_id": "401", "play_id": "a", "order": 0, "text": "a run", "down": 1}
START = {"event": "game_start", "game_id": "401", "home": {"team_id": "1", "name": "a", "abbreviation": "b"}}


@given(st.data())
def test_whatever_is_pushed_is_taken_or_refused(data: st.DataObject) -> None:
    """A push raises nothing but the refusal, its message is short, and what is taken can be recorded."""
    dialect = data.draw(st.sampled_from(["wpsim", "espn"]))
    value = [START, PLAY, PLAY] if dialect == "wpsim" else BODIES["espn"][0]
    body = _encoded(_mutated(value, data), data) if data.draw(st.booleans()) else data.draw(st.binary())
    refused = ""
    try:
        pushed = read_push(body, dialect, data.draw(st.sampled_from(["401", None])), 7)
    except PushError as error:
        refused = str(error)
    else:
        can_be_taken(PushSource("push").accept(pushed))
    assert len(refused) < 600
    assert refused.isprintable()


@given(st.data())
def test_whatever_is_streamed_is_survived(data: st.DataObject) -> None:
    """Spoilt frames of the native stream raise nothing, and what is handed on can be recorded."""
    source, heard = WpsimLive("wpsim", "ws://x"), list[Event]()

    async def hear() -> None:
        for sequence in range(data.draw(st.integers(1, 5))):
            frame = {"sequence": sequence, "event": data.draw(st.sampled_from([START, PLAY]))}
            body = _encoded(_mutated(frame, data), data)
            source._hear(body.decode("utf-8", "replace"), heard.append, leap=True)

    asyncio.run(hear())
    can_be_taken(heard)
    assert not any(isinstance(event, FeedStatus) for event in heard)


def test_spoilt_real_payloads_are_survived(shared_data: Path) -> None:
    """Raw summaries of every kind that is at hand, each cut, flipped and stripped a few times."""
    paths = sorted((shared_data / "feeds/espn_summary").glob("*.json.gz"))
    assert paths
    for seed, path in enumerate(paths):
        dice = random.Random(seed)
        value = json.loads(gzip.decompress(path.read_bytes()))
        game_id = value["header"]["id"]
        kept = {name: value[name] for name in ("header", "drives", "pickcenter") if name in value}
        kept["header"]["id"] = "401"
        body = msgspec.json.encode(kept)
        assert game_id not in ("", "401")
        bodies = [body]
        for _ in range(4):
            spoilt = bytearray(body)
            for _ in range(dice.randint(1, 40)):
                spoilt[dice.randrange(len(spoilt))] = dice.choice(b'0123456789,:"{}[]ntf-e')
            bodies.append(bytes(spoilt))
        bodies.append(body[: dice.randrange(len(body))])
        Fed(EspnLive("http://x")).feed(*bodies)
