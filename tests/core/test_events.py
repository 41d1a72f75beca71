"""Statements: their bytes, and which of two wins."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.events import Event, GameStart, Status, content, decode_event, encode_event, supersedes
from tests.core.football_builders import again, end, run, withdrawn
from tests.core.strategies import (
    ends,
    events,
    feed_statuses,
    football_plays,
    junk_plays,
    odds,
    starts,
    trackings,
)

rivals = st.sampled_from(
    [junk_plays(), football_plays(), starts(), ends(), odds(), trackings(), feed_statuses()]
).flatmap(lambda kind: st.tuples(kind, kind, kind))
"""Three statements of one kind, as if about one thing."""


def rank(event: Event) -> tuple[int, bytes, bytes]:
    """All that decides between two statements, as bytes that can be compared for equality."""
    status = getattr(event, "status", "")
    return event.revision, status.encode(), content(event)


@given(events())
def test_an_event_is_read_back_as_it_was_written(event: Event) -> None:
    """Any event, read back, is of the same kind and gives the same bytes."""
    decoded = decode_event(encode_event(event))
    assert type(decoded) is type(event)
    assert encode_event(decoded) == encode_event(event)


@given(junk_plays())
def test_a_play_is_read_back_equal(play: Event) -> None:
    """A play, which holds no fractions, is read back as an equal value."""
    assert decode_event(encode_event(play)) == play


@given(rivals)
def test_of_two_statements_that_differ_exactly_one_wins(three: tuple[Event, Event, Event]) -> None:
    """The order is irreflexive, antisymmetric and total on distinct statements."""
    one, other, _ = three
    assert not supersedes(one, one)
    assert supersedes(one, other) + supersedes(other, one) == (rank(one) != rank(other))


@given(rivals)
def test_the_winner_of_winners_wins(three: tuple[Event, Event, Event]) -> None:
    """The order is transitive, so a set of statements has one winner."""
    for one, middle, other in (three, three[::-1], (three[1], three[0], three[2])):
        if supersedes(one, middle) and supersedes(middle, other):
            assert supersedes(one, other)


@given(events(), st.integers(0, 10**18))
def test_when_it_came_does_not_matter(event: Event, received_ns: int) -> None:
    """Two copies of a statement that came at different times are the same statement."""
    copy = replace(event, received_ns=received_ns)
    assert not supersedes(copy, event)
    assert not supersedes(event, copy)


def test_the_higher_revision_wins_over_the_firmer_status() -> None:
    """A provisional statement at a higher revision beats a cancelled one."""
    first = run(1)
    assert supersedes(again(first, 2, status=Status.PROVISIONAL), withdrawn(first, 1))


def test_the_firmer_status_wins_at_one_revision() -> None:
    """At the same revision cancelled beats official, and official provisional, whatever they say."""
    for one in (run(1, gained=9), end(1, 0)):
        provisional, official, cancelled = (
            replace(one, status=status) for status in (Status.PROVISIONAL, Status.OFFICIAL, Status.CANCELLED)
        )
        assert supersedes(cancelled, official)
        assert supersedes(official, provisional)
        assert supersedes(cancelled, provisional)
        assert not supersedes(provisional, official)


@given(starts(), starts())
def test_the_greater_content_decides_at_last(one: GameStart, other: GameStart) -> None:
    """With all else alike the greater bytes win, so that arrival never does."""
    other = replace(other, revision=one.revision)
    assert supersedes(one, other) == (content(one) > content(other))
