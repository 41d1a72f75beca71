"""When statements are due: stamps that fall, stamps that are missing, and the order of the day."""

from msgspec.structs import replace

from engine.core.events import Event, GameStart, Play
from simulator.feed.clock import SECOND_NS
from simulator.feed.games import FeedDay, align, make_game
from tests.simulator_feed.feeds import NOON_NS, end, game, run_play, start


def after_noon_s(due_ns: tuple[int, ...]) -> list[float]:
    """Return moments as seconds after the made-up kick-off."""
    return [(due - NOON_NS) / SECOND_NS for due in due_ns]


def test_a_stamp_that_falls_counts_as_the_latest() -> None:
    """No statement overtakes one that was said before it."""
    told = game(start(), run_play(1, 60), run_play(2, 30), run_play(3, 90), end(80))
    assert after_noon_s(told.due_ns) == [0, 60, 60, 90, 90]


def test_statements_without_a_stamp_come_with_a_neighbour() -> None:
    """What has no stamp is due with the one before it; at the front, with the first that has one."""
    opening = replace(start(), received_ns=0)
    unstamped = replace(run_play(2, 0), received_ns=0)
    told = make_game("1", [opening, run_play(1, 60), unstamped, end(90)])
    assert after_noon_s(told.due_ns) == [60, 60, 60, 90]


def test_a_game_without_stamps_is_timed_by_its_clock() -> None:
    """A game that nobody stamped takes the real time that its game clock stands for, from kick-off on."""
    plays = [run_play(number, 0, clock_s=900 - 60 * number) for number in range(10)]
    said: tuple[Event, ...] = (start(), *plays, end(0))
    events: list[Event] = [replace(event, received_ns=0) for event in said]
    told = make_game("1", events)
    steps = [later - earlier for earlier, later in zip(told.due_ns[1:], told.due_ns[2:], strict=False)]
    assert told.due_ns[0] == NOON_NS
    assert all(100 * SECOND_NS < step < 300 * SECOND_NS for step in steps[:-1])
    unscheduled = [replace(e, scheduled_ns=None) if isinstance(e, GameStart) else e for e in events]
    assert make_game("1", unscheduled).due_ns[-1] > make_game("1", unscheduled).due_ns[0]


def test_statements_of_one_moment_come_by_game_and_row() -> None:
    """Of statements with one stamp the lower game id comes first, and in a game the earlier row."""
    games = [
        game(start(name), run_play(1, 60, game_id=name), run_play(2, 60, game_id=name), end(60, game_id=name))
        for name in ("30", "10", "20")
    ]
    order = [(entry.game_id, entry.row) for entry in FeedDay(games).schedule]
    assert order == [(name, 0) for name in ("10", "20", "30")] + [
        (name, row) for name in ("10", "20", "30") for row in (1, 2, 3)
    ]


def test_aligned_games_keep_their_own_pace() -> None:
    """Aligning moves every stamp of a game by the same amount, so that first plays coincide."""
    early = game(start("1"), run_play(1, 60, vendor_ns=NOON_NS), end(90))
    late = game(
        start("2", 3_600), run_play(1, 3_700, game_id="2", vendor_ns=NOON_NS), end(3_800, game_id="2")
    )
    one, other = align([early, late])
    assert one is early
    assert after_noon_s(other.due_ns) == [-40, 60, 160]
    begun, play, over = other.events
    assert isinstance(begun, GameStart)
    assert isinstance(play, Play)
    assert begun.scheduled_ns == NOON_NS - 3_640 * SECOND_NS
    assert play.vendor_ns == NOON_NS - 3_640 * SECOND_NS
    assert [event.received_ns for event in (begun, play, over)] == list(other.due_ns)
    assert FeedDay([one, other]).kickoff_ns == one.kickoff_ns == other.kickoff_ns
