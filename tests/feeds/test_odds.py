"""Lines as statements: what is news, what is late, and what the engine makes of it."""

from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Event, Market, Odds
from engine.core.game import Game
from engine.core.models.catalogue import model
from engine.feeds.odds import (
    LIVE_EVERY_NS,
    MOST_BOOKS,
    Line,
    LinesSaid,
    statement,
    swapped,
)
from engine.service.processor import Processor
from tests.core.football_builders import GAME_ID, kickoff, run, start

S_NS = 1_000_000_000
LINE = Line("DraftKings", False, -7.5, 51.5, 0.72)
LIVE = Line("DraftKings", True, None, None, 0.6)


def new_game(**said: float) -> Game:
    """A game that has been announced."""
    game = Game(GAME_ID, model())
    game.apply(start(**said))
    return game


def test_a_repeated_line_is_no_news() -> None:
    """The same line again, even under a newer stamp, is not said again; a moved one is, a revision later."""
    said = LinesSaid()
    first = said.news(GAME_ID, LINE, 1)
    assert first == statement(LINE, GAME_ID, 1, 0)
    assert said.news(GAME_ID, LINE, 2) is None
    assert said.news(GAME_ID, replace(LINE, vendor_ns=5), 3) is None
    moved = said.news(GAME_ID, replace(LINE, home_spread=-8.0), 4)
    assert moved is not None
    assert (moved.revision, moved.home_spread) == (1, -8.0)


def test_revisions_rise_apart_for_every_book_and_market() -> None:
    """Each book's pre-game line and live price are counted on their own."""
    said = LinesSaid()
    revisions = {}
    for spread in (-7.0, -7.5, -8.0):
        for book in ("DraftKings", "FanDuel"):
            odds = said.news(GAME_ID, Line(book, False, spread), 1)
            assert odds is not None
            revisions[book] = odds.revision
    assert revisions == {"DraftKings": 2, "FanDuel": 2}
    live = said.news(GAME_ID, LIVE, LIVE_EVERY_NS)
    assert live is not None
    assert live.revision == 0


def test_after_a_restart_nothing_is_said_twice() -> None:
    """Reminded of what was recorded, the new process goes on with the next revision."""
    before = LinesSaid()
    recorded = [before.news(GAME_ID, replace(LINE, home_spread=spread), 1) for spread in (-7.0, -7.5)]
    after = LinesSaid()
    for event in recorded:
        assert event is not None
        after.remember(event)
    assert after.news(GAME_ID, LINE, 2) is None
    moved = after.news(GAME_ID, replace(LINE, home_spread=-9.0), 3)
    assert moved is not None
    assert moved.revision == 2


def test_an_old_copy_is_no_news() -> None:
    """A line stamped before the one already said is an old payload served again."""
    said = LinesSaid()
    assert said.news(GAME_ID, replace(LINE, vendor_ns=20), 1) is not None
    assert said.news(GAME_ID, replace(LINE, home_spread=-3.0, vendor_ns=10), 2) is None


def test_a_line_that_lost_its_stamp_still_reaches_the_engine() -> None:
    """A line without a stamp after one with is the newest word, for the engine as well."""
    said = LinesSaid()
    game = new_game()
    first = said.news(GAME_ID, replace(LINE, vendor_ns=20), 1)
    second = said.news(GAME_ID, replace(LINE, home_spread=14.0), 2)
    assert first is not None
    assert second is not None
    game.apply(first)
    before = game.home_win_probability
    assert game.apply(second) is not None
    assert game.home_win_probability < before


def test_live_prices_are_thinned() -> None:
    """A live price is stated when it has moved, and not more often than viewers can read it."""
    said = LinesSaid()
    now = 100 * S_NS
    assert said.news(GAME_ID, LIVE, now) is not None
    moved = replace(LIVE, home_win_probability=0.65)
    assert said.news(GAME_ID, moved, now + LIVE_EVERY_NS - 1) is None
    assert said.news(GAME_ID, moved, now + LIVE_EVERY_NS) is not None
    barely = replace(LIVE, home_win_probability=0.651, home_spread=-3.0)
    assert said.news(GAME_ID, barely, now + 9 * LIVE_EVERY_NS) is None


def test_a_live_price_can_be_withdrawn_at_once() -> None:
    """A live price that no longer stands is taken back without waiting, and the board shows none."""
    said = LinesSaid()
    game = new_game()
    stated = said.news(GAME_ID, LIVE, 100 * S_NS)
    assert said.stated_live(GAME_ID) == ["DraftKings"]
    gone = said.news(GAME_ID, Line("DraftKings", True), 100 * S_NS + 1)
    assert said.stated_live(GAME_ID) == []
    assert stated is not None
    assert gone is not None
    shown = [game.apply(stated), game.apply(gone)]
    assert [update and update.market_home_win_probability for update in shown] == [0.6, None]


def test_a_game_hears_a_bounded_number_of_books() -> None:
    """A feed that invents books without end is not listened to without end."""
    said = LinesSaid()
    heard = [said.news(GAME_ID, Line(f"book {number}", False, -3.0), 1) for number in range(2 * MOST_BOOKS)]
    assert sum(odds is not None for odds in heard) == MOST_BOOKS


def test_a_pregame_line_is_late_once_the_game_has_begun() -> None:
    """Late by a recorded play, or by its own stamp after the schedule; a live price never is."""
    said = LinesSaid()
    assert not said.late(GAME_ID, LINE, 10)
    assert said.late(GAME_ID, replace(LINE, vendor_ns=11), 10)
    assert not said.late(GAME_ID, replace(LINE, vendor_ns=10), 10)
    assert not said.late(GAME_ID, replace(LINE, vendor_ns=11), None)
    said.remember(kickoff(1))
    assert said.late(GAME_ID, LINE, None)
    assert not said.late(GAME_ID, LIVE, None)


def _chart(events: list[Event]) -> list[float]:
    """Every probability of a live game that heard some events."""
    game = Processor(GAME_ID, model())
    for event in (start(home_spread=-3.0, total=50.0), *events):
        admitted = game.admit(event)
        if admitted is not None:
            game.take(admitted)
    return [point.home_win_probability for point in game.game.chart()]


PLAYS: list[Event] = [kickoff(1), run(2), run(3)]
FAR_LINE = statement(replace(LINE, home_spread=-28.0), GAME_ID, 0, 0)


def test_a_late_pregame_line_changes_nothing() -> None:
    """A closing line that comes after the first play leaves every probability of the game as it was."""
    assert _chart([*PLAYS, FAR_LINE]) == _chart(PLAYS)
    assert _chart([PLAYS[0], FAR_LINE, *PLAYS[1:]]) == _chart(PLAYS)


def test_a_line_before_kickoff_informs_the_model() -> None:
    """The same line before the first play makes the favourite likelier at every play."""
    told = zip(_chart([FAR_LINE, *PLAYS]), _chart(PLAYS), strict=True)
    assert all(informed > uninformed for informed, uninformed in told)


NUMBERS = st.none() | st.floats(-100, 100)
LINES = st.builds(
    Line, st.sampled_from("ABC"), st.booleans(), NUMBERS, NUMBERS, st.none() | st.floats(0.001, 0.999)
)


@given(LINES)
def test_swapping_the_sides_twice_is_the_line_again(line: Line) -> None:
    """The other way round and back, a line is what it was."""
    twice = swapped(swapped(replace(line, home_win_probability=None)))
    assert twice == replace(line, home_win_probability=None)
    once = swapped(line).home_win_probability
    assert (once is None) == (line.home_win_probability is None)
    assert (
        once is None or line.home_win_probability is None or abs(once + line.home_win_probability - 1) < 1e-5
    )


@given(st.lists(st.tuples(LINES, st.none() | st.integers(0, 9), st.integers(0, 60)), max_size=30))
def test_whatever_lines_come_revisions_rise_by_one(said_lines: list[tuple[Line, int | None, int]]) -> None:
    """In any stream, each book's statements in a market are numbered without a gap, newest stamp last."""
    said, now, revisions = LinesSaid(), 0, dict[tuple[str, Market], int]()
    taken: dict[tuple[str, Market], Odds] = {}
    for line, vendor_ns, later_s in said_lines:
        now += later_s * S_NS
        odds = said.news(GAME_ID, replace(line, vendor_ns=vendor_ns), now)
        if odds is None:
            continue
        key = odds.book, odds.market
        assert odds.revision == revisions.get(key, -1) + 1
        known = taken.get(key)
        assert known is None or (odds.vendor_ns or 0) >= (known.vendor_ns or 0)
        revisions[key], taken[key] = odds.revision, odds
        assert msgspec.json.decode(msgspec.json.encode(odds), type=Odds) == odds
