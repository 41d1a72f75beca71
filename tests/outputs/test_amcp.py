"""AMCP: commands that the server's grammar reads back, and replies cut from any stream."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.outputs import amcp
from engine.outputs.amcp import Place, ProtocolError, Replies, Reply
from tests.outputs.amcp_server import tokens_of

TEXTS = st.text(
    st.one_of(
        st.sampled_from('"\\ \nn{}<>'), st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")
    )
)
PLACE = Place(1, 20, 3)


@given(TEXTS)
def test_any_text_survives_the_server_s_tokenizer(text: str) -> None:
    """A quoted text is read back as one parameter, whatever quotes, backslashes and line breaks are in it."""
    assert tokens_of(f"CG 1-20 UPDATE 3 {amcp.quoted(text)}") == ["CG", "1-20", "UPDATE", "3", text]


@given(TEXTS, TEXTS)
def test_each_command_is_one_line_of_the_grammar(template: str, data: str) -> None:
    """Every command ends in its only CR LF, and its tokens are where the server looks for them."""
    for line, tokens in (
        (amcp.add(PLACE, template, data), ["CG", "1-20", "ADD", "3", template, "1", data]),
        (amcp.update(PLACE, data), ["CG", "1-20", "UPDATE", "3", data]),
        (amcp.stop(PLACE), ["CG", "1-20", "STOP", "3"]),
        (amcp.version(), ["VERSION"]),
    ):
        assert line.endswith(b"\r\n")
        assert b"\r" not in line[:-2]
        assert b"\n" not in line[:-2]
        assert tokens_of(line[:-2].decode()) == tokens


def test_a_carriage_return_cannot_end_a_command() -> None:
    """CR has no escape: alone it becomes a blank, before LF it is part of the line break."""
    assert amcp.escaped('a\rb\r\nc"\\') == 'a b\\nc\\"\\\\'


def test_the_tokenizer_of_the_test_sees_what_is_not_escaped() -> None:
    """A planted bare quote splits the parameter: the round trip above can fail."""
    assert tokens_of('UPDATE "a"b"') != ["UPDATE", 'a"b']


STREAM = (
    b"201 VERSION OK\r\n2.3.3\r\n"
    b"202 CG OK\r\n"
    b"400 ERROR\r\nCG 1-20 NONSENSE\r\n"
    b"404 CG ERROR\r\n"
    b"200 CLS OK\r\none\r\n202 not a status\r\n\r\n"
    b"101 DISCONNECT\r\nsomething\r\n"
    b"501 CG FAILED\r\n"
    b"RES 7 202 CG OK\r\n"
    b"garbage\r\n"
    b"202\r\n"
)
REPLIES = [
    Reply(201, "VERSION OK", ("2.3.3",)),
    Reply(202, "CG OK"),
    Reply(400, "ERROR"),
    Reply(404, "CG ERROR"),
    Reply(200, "CLS OK", ("one", "202 not a status")),
    Reply(501, "CG FAILED"),
    Reply(202, "CG OK"),
    Reply(202, ""),
]


@given(st.randoms(use_true_random=False))
def test_replies_are_cut_from_any_pieces(dice: random.Random) -> None:
    """One-line, two-line and many-line replies come out whole, however the stream is cut."""
    replies, got, place = Replies(), [], 0
    while place < len(STREAM):
        size = dice.randint(1, 40)
        got += replies.feed(STREAM[place : place + size])
        place += size
    assert got == REPLIES


def test_success_is_two_hundred_and_something() -> None:
    """200, 201 and 202 are good; client and server errors are not."""
    assert [reply.ok for reply in REPLIES] == [True, True, False, False, True, False, True, True]


@pytest.mark.parametrize(
    "flood",
    [b"x" * 70_000, b"x" * 70_000 + b"\r\n", b"y\r\n" * 1_001, b"200 CLS OK\r\n" + b"line\r\n" * 1_001],
)
def test_a_flood_is_refused(flood: bytes) -> None:
    """A line, a reply or rubbish without end is an error and not a growing memory."""
    replies = Replies()
    pieces = [flood[place : place + 1_000] for place in range(0, len(flood), 1_000)]
    with pytest.raises(ProtocolError):
        list(map(replies.feed, pieces))


def test_some_rubbish_between_replies_is_passed_over() -> None:
    """Lines without a status count from the last reply: a server that chats is not refused in the end."""
    replies = Replies()
    for _ in range(3):
        assert replies.feed(b"chat\r\n" * 999 + b"202 CG OK\r\n") == [Reply(202, "CG OK")]


@given(st.binary(max_size=500))
def test_any_bytes_give_replies_or_nothing(data: bytes) -> None:
    """Rubbish never raises anything but what is documented."""
    for reply in Replies().feed(data):
        assert 200 <= reply.code < 600
