"""One game's updates by offset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.gateway.channel import Channel
from engine.gateway.limits import Limits


def channel_of(sizes: list[int], limits: Limits) -> tuple[Channel, list[bytes]]:
    """A channel that was told frames of these sizes, and the frames."""
    frames = [bytes([place % 256]) * size for place, size in enumerate(sizes)]
    channel = Channel("g", "e", lambda: b"{}", limits)
    for frame in frames:
        channel.add(frame)
    return channel, frames


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 40), st.integers(50, 400))
def test_it_keeps_the_newest_within_both_bounds(sizes: list[int], updates: int, size: int) -> None:
    """It keeps as many of the newest as both bounds allow, and knows exactly these."""
    channel, frames = channel_of(sizes, Limits(kept_updates=updates, kept_bytes=size))
    kept = frames[channel.first_offset :]
    assert channel.next_offset == len(frames)
    assert channel.kept_bytes == sum(map(len, kept)) <= size
    assert len(kept) <= updates
    if channel.first_offset:
        more = frames[channel.first_offset - 1 :]
        assert len(more) > updates or sum(map(len, more)) > size
    for offset in range(-2, len(frames) + 1):
        assert channel.knows("e", offset) == (channel.first_offset - 1 <= offset < len(frames))
        assert not channel.knows("other", offset)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 200), st.data())
def test_chunks_are_whole_and_in_order(sizes: list[int], size: int, data: st.DataObject) -> None:
    """Chunk after chunk gives every frame from an offset on, once, each chunk within its bound."""
    channel, frames = channel_of(sizes, Limits(catch_up_bytes=size))
    start = offset = data.draw(st.integers(0, len(frames) - 1))
    joined = b""
    while offset < len(frames):
        chunk, after = channel.chunk(offset)
        assert after > offset
        assert len(chunk) - len(frames[after - 1]) < size
        joined += chunk
        offset = after
    assert joined == b"".join(frames[start:])


def test_few_are_joined_and_many_are_not() -> None:
    """A few missed updates come joined; too many, or too many bytes, or lost ones do not."""
    channel, frames = channel_of([10] * 10, Limits(catch_up_updates=4, catch_up_bytes=35, kept_updates=6))
    assert channel.few_since(7) == b"".join(frames[7:])
    assert channel.few_since(7) is channel.few_since(7)
    assert channel.few_since(6) is None
    assert channel.few_since(3) is None
    channel.add(b"new")
    assert channel.few_since(8) == frames[8] + frames[9] + b"new"


def test_a_snapshot_is_made_once_an_update() -> None:
    """However many ask for it, a snapshot is made once until something new is told."""
    made: list[None] = []

    def make() -> bytes:
        made.append(None)
        return b"%d" % len(made)

    channel = Channel("g", "e", make, Limits())
    assert [channel.snapshot(), channel.snapshot()] == [b"\x81\x011"] * 2
    channel.add(b"x")
    assert [channel.snapshot(), channel.snapshot()] == [b"\x81\x012"] * 2
    channel.restart("f", 1)
    assert channel.snapshot() == b"\x81\x013"


@pytest.mark.parametrize("name", ["most_connections", "tick_s", "kept_bytes"])
def test_a_limit_must_be_above_zero(name: str) -> None:
    """A limit of zero is refused by name."""
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})  # type: ignore[arg-type]


def test_a_ping_is_judged_before_the_next() -> None:
    """A ping's time-out longer than the interval is refused."""
    with pytest.raises(ValueError, match="ping_timeout_s"):
        Limits(ping_interval_s=1.0, ping_timeout_s=2.0)
