"""The bytes of an update."""

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Event
from engine.core.football import Side
from engine.core.play_class import PlayClass
from engine.core.update import canonical_bytes, decode_update
from tests.core.football_builders import game, kickoff, run, speak, start, tell
from tests.core.strategies import events


@given(st.lists(events(), max_size=5))
def test_an_update_is_read_back_as_it_was_spoken(said: list[Event]) -> None:
    """Decoding the canonical bytes and encoding again gives the same bytes."""
    for update in tell(game(), said):
        assert canonical_bytes(decode_update(canonical_bytes(update))) == canonical_bytes(update)


@given(st.lists(events(), max_size=5))
def test_an_update_is_json_without_numbers_that_are_none(said: list[Event]) -> None:
    """Every update is strict JSON: no NaN and no infinity, whatever was said."""
    for update in tell(game(), said):

        def refuse(constant: str) -> None:
            raise AssertionError(constant)

        read = json.loads(canonical_bytes(update), parse_constant=refuse)
        assert read["home_win_probability"] + read["away_win_probability"] == 1.0


def test_when_a_statement_came_is_not_in_the_update() -> None:
    """The same statements received at other times give the same bytes, and so the same chain."""
    early, late = game(), game()
    for received_ns, told in ((1, early), (2, late)):
        speak(told, kickoff(1, by=Side.HOME, received_ns=received_ns))
        speak(told, run(2, received_ns=received_ns))
    assert early.encoded == late.encoded
    assert early.digest == late.digest


def test_defaults_are_left_out_of_the_bytes() -> None:
    """A field that holds its default is not sent."""
    read = json.loads(canonical_bytes(speak(game(), run(1))))
    assert "tracking" not in read
    assert "key_play" not in read
    assert list(read)[:4] == ["game_id", "epoch", "offset", "cause"]


def test_an_update_names_the_class_of_its_play() -> None:
    """The class is the text's, or else the kind's; an update that no play caused has none."""
    told = game()
    assert speak(told, run(1, text="Al Passer pass intercepted")).play_class is PlayClass.INTERCEPTION
    assert speak(told, run(2)).play_class is PlayClass.RUN
    assert speak(told, start()).play_class is None
    fumble = "Jo Runner run for 2 yds, Jo Runner fumbled, recovered by Home Al Guard"
    assert speak(told, run(3, text=fumble)).play_class is PlayClass.FUMBLE_LOST
    assert speak(told, run(4, text=fumble, next_possession=Side.HOME)).play_class is PlayClass.RUN
