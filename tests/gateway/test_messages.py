"""The messages of docs/live.md, as bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from engine.core.events import GameStart
from engine.core.game import Game
from engine.core.models.catalogue import model
from engine.gateway.frames import close_frame, pong_frame, text_frame
from engine.gateway.messages import (
    MOST_ERROR_CHARS,
    MessageError,
    Ping,
    RequestSnapshot,
    Resume,
    parse_message,
    parse_resume,
    snapshot_message,
    update_message,
)
from tests.gateway.stage import told_of


@given(st.text())
def test_an_update_carries_the_canonical_bytes(text: str) -> None:
    """The message of an update is JSON, and the engine's bytes stand in it to the letter."""
    told = told_of("401", "e", 7, text)
    message = update_message(told)
    assert message.endswith(b',"data":' + told.encoded + b"}")
    assert json.loads(message) == {
        "type": "update",
        "received_ns": told.received_ns,
        "updated_ns": told.updated_ns,
        "text": text,
        "data": json.loads(told.encoded),
    }


def test_a_snapshot_before_the_first_update_has_none() -> None:
    """Before anything is told, stamps and update are null; after that they are the newest update's."""
    game = Game("401", model())
    empty = json.loads(snapshot_message(game.snapshot(), None))
    assert (empty["type"], empty["update"], empty["received_ns"]) == ("snapshot", None, None)
    assert empty["data"]["offset"] == -1
    game.apply(GameStart(game_id="401"))
    told = told_of("401", game.epoch, 0, "kick-off")
    full = json.loads(snapshot_message(game.snapshot(), told))
    assert full["update"] == json.loads(told.encoded)
    assert (full["updated_ns"], full["text"]) == (told.updated_ns, "kick-off")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type":"ping"}', Ping()),
        (' { "type" : "request_snapshot" } ', RequestSnapshot()),
        ('{"offset":3,"epoch":"e","type":"resume"}', Resume("e", 3)),
        ('{"type":"resume","epoch":"e","offset":-1}', Resume("e", -1)),
    ],
)
def test_what_a_client_may_say(text: str, message: object) -> None:
    """The three messages are understood, in any order of fields."""
    assert parse_message(text.encode()) == message


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "3", "[]", "{}", '"ping"', '{"type":"ping"', '{"type":"ping"}{}', '{"type":null}',
        '{"type":"pong"}', '{"type":"ping","more":1}', '{"type":"resume"}', '{"type":"resume","epoch":"e"}',
        '{"type":"resume","epoch":"e","offset":-2}', '{"type":"resume","epoch":"e","offset":1.5}',
        '{"type":"resume","epoch":"e","offset":"1"}', '{"type":"resume","epoch":"e","offset":1e400}',
        '{"type":"resume","epoch":7,"offset":1}', '{"type":"resume","epoch":"' + "e" * 65 + '","offset":1}',
        '{"type":"resume","epoch":"e","offset":' + "9" * 3_000 + "}", "[" * 4_000, '{"a":' * 600,
        '{"type":"' + "x" * 3_000 + '"}', '{"type":"\\ud800"}',
    ],
)  # fmt: skip
def test_what_a_client_may_not_say(text: str) -> None:
    """Anything else is a message error with a bounded text."""
    with pytest.raises(MessageError) as raised:
        parse_message(text.encode())
    assert 0 < len(str(raised.value)) <= MOST_ERROR_CHARS


@pytest.mark.parametrize("offset", ["", "x", "-2", "1.5", "9" * 5_000, "1e3"])
def test_a_bad_offset_in_the_query(offset: str) -> None:
    """An offset that is none is a message error."""
    with pytest.raises(MessageError):
        parse_resume("e", offset)


@given(st.one_of(st.integers(0, 400), st.integers(65_530, 65_540)))
def test_text_frames_are_those_of_websockets(size: int) -> None:
    """A text frame made here is byte for byte that of `websockets`, at every size of head."""
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def test_control_frames() -> None:
    """Pong and close are as the standard draws them."""
    assert pong_frame(b"ab") == b"\x8a\x02ab"
    assert close_frame(1012, "x") == b"\x88\x03\x03\xf4x"
    assert close_frame(None) == b"\x88\x00"
