"""The air delay: order, due times, and what never airs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.events import Status
from engine.outputs.air_delay import AirDelay
from tests.outputs.builders import (
    GAME_ID,
    NOON_NS,
    OPENING_KICK,
    TEAMS,
    TOUCHDOWN,
    S,
    Telling,
    again,
    run,
    withdrawn,
)


def offsets(line: AirDelay, now_ns: int) -> list[int]:
    """What is due by now, by offset."""
    aired = []
    while (waiting := line.due(now_ns)) is not None:
        aired.append(waiting.told.offset)
    return aired


def test_everything_airs_its_delay_after_it_was_received() -> None:
    """Nothing is due a nanosecond early, and everything in the order in which it came."""
    telling, line = Telling(GAME_ID, OPENING_KICK), AirDelay(7.0)
    for told in telling.told:
        line.put(told, TEAMS, telling.now_ns)
    assert line.next_ns == NOON_NS + 7 * S
    assert offsets(line, NOON_NS + 7 * S - 1) == []
    assert offsets(line, NOON_NS + 7 * S) == [0, 1]
    assert line.next_ns is None


def test_a_play_withdrawn_within_the_delay_never_airs() -> None:
    """What was told of a play before it was withdrawn is struck; the rest airs, the withdrawal included."""
    telling, line = Telling(GAME_ID, OPENING_KICK, run(2000)), AirDelay(7.0)
    telling.tell(TOUCHDOWN)
    telling.now_ns += 3 * S
    telling.tell(withdrawn(TOUCHDOWN))
    for told in telling.told:
        line.put(told, TEAMS, told.received_ns)
    assert line.struck == 1
    assert offsets(line, NOON_NS + 60 * S) == [0, 1, 2, 4]


def test_a_play_told_otherwise_within_the_delay_airs_in_its_last_form() -> None:
    """The first form of a corrected play is struck where it moved the probability otherwise."""
    telling, line = Telling(GAME_ID, OPENING_KICK, run(2000)), AirDelay(7.0)
    telling.tell(TOUCHDOWN)
    telling.tell(again(TOUCHDOWN, home_score=0, scoring=False, yards_gained=3))
    for told in telling.told:
        line.put(told, TEAMS, told.received_ns)
    assert offsets(line, NOON_NS + 60 * S) == [0, 1, 2, 4]


def test_a_play_that_is_confirmed_within_the_delay_airs_at_its_time() -> None:
    """Other words and a firmer status strike nothing; another game's play of the same name neither."""
    telling, line = Telling(GAME_ID, OPENING_KICK, run(2000)), AirDelay(7.0)
    telling.tell(replace(TOUCHDOWN, status=Status.PROVISIONAL))
    telling.tell(again(TOUCHDOWN))
    other = Telling("other", OPENING_KICK, run(2000), TOUCHDOWN, withdrawn(TOUCHDOWN))
    for told in [*telling.told, other.told[-1]]:
        line.put(told, TEAMS, told.received_ns)
    assert line.struck == 0
    assert offsets(line, NOON_NS + 60 * S) == [0, 1, 2, 3, 4, 4]


def test_withdrawal_strikes_a_confirmation_too() -> None:
    """A confirmation of a play that was withdrawn after it does not air either."""
    telling, line = Telling(GAME_ID, OPENING_KICK), AirDelay(7.0)
    telling.tell(replace(TOUCHDOWN, status=Status.PROVISIONAL))
    telling.tell(again(TOUCHDOWN))
    telling.tell(withdrawn(TOUCHDOWN, revision=2))
    for told in telling.told:
        line.put(told, TEAMS, told.received_ns)
    assert offsets(line, NOON_NS + 60 * S) == [0, 1, 4]


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=30), st.floats(0, 60))
def test_a_clock_that_runs_backwards_changes_no_order(stamps_s: list[int], delay_s: float) -> None:
    """Whatever the stamps say, order is kept and nothing waits longer than its delay from when it was put."""
    telling, line, now_ns = Telling(GAME_ID), AirDelay(delay_s), NOON_NS
    for number, stamp_s in enumerate(stamps_s):
        told = telling.told[0]
        told = type(told)(replace(told.update, offset=number), b"", "", NOON_NS + stamp_s * S, 0)
        line.put(told, TEAMS, now_ns)
        now_ns += S
    latest_ns = now_ns - S + line.delay_ns
    assert offsets(line, latest_ns) == list(range(len(stamps_s)))


def test_a_full_line_lets_the_oldest_go() -> None:
    """The line is bounded, and says how much it let go."""
    telling, line = Telling(GAME_ID, OPENING_KICK, run(2000), run(3000)), AirDelay(7.0, most=2)
    for told in telling.told:
        line.put(told, TEAMS, told.received_ns)
    assert (len(line), line.dropped) == (2, 2)
    assert offsets(line, NOON_NS + 60 * S) == [2, 3]


@pytest.mark.parametrize("delay_s", [-1.0, 601.0, float("nan"), float("inf")])
def test_an_absurd_delay_is_refused(delay_s: float) -> None:
    """A negative, endless or missing delay is named."""
    with pytest.raises(ValueError, match="expected 0 to 600 s"):
        AirDelay(delay_s)
