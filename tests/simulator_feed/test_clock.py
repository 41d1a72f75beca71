"""The clock of a rehearsal: recorded time at any speed."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.feed.clock import SECOND_NS, VirtualClock
from tests.simulator_feed.feeds import run


@given(st.integers(0, 10**15), st.floats(0.0, 1_000.0), st.integers(0, 10**12), st.integers(0, 10**12))
def test_the_position_is_start_plus_time_times_speed(start: int, speed: float, one: int, more: int) -> None:
    """Recorded time runs from the start at the speed, and never backwards."""
    real = [0]
    clock = VirtualClock(start, speed, real_ns=lambda: real[0])
    assert clock.position_ns == start
    real[0] = one
    first = clock.position_ns
    assert first == start + int(one * speed)
    real[0] = one + more
    assert clock.position_ns >= first


def test_a_change_of_speed_moves_nothing() -> None:
    """Changing the speed keeps the position; setting the position keeps the speed."""
    real = [0]
    clock = VirtualClock(0, 60.0, real_ns=lambda: real[0])
    real[0] = SECOND_NS
    clock.set(speed=0.0)
    assert clock.position_ns == 60 * SECOND_NS
    real[0] = 10 * SECOND_NS
    assert clock.position_ns == 60 * SECOND_NS
    clock.set(position_ns=5)
    clock.set(speed=2.0)
    real[0] += 10
    assert clock.position_ns == 25


@pytest.mark.parametrize("speed", [-1.0, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    """A negative or boundless speed is an error, and changes nothing."""
    clock = VirtualClock(7, 0.0)
    with pytest.raises(ValueError, match="expected a number from 0 up"):
        clock.set(speed=speed)
    assert clock.position_ns == 7


def test_who_waits_is_woken_by_a_jump() -> None:
    """A sleeper on a standing clock wakes when the clock is set to where it waits for, not before."""

    async def test() -> None:
        clock = VirtualClock(0, 0.0)
        waiting = asyncio.create_task(clock.reach(100))
        await asyncio.sleep(0)
        clock.set(position_ns=99)
        await asyncio.sleep(0.01)
        assert not waiting.done()
        clock.set(position_ns=100)
        await waiting

    run(test)
