"""Action Network's dialect: real payloads, half payloads, and rubbish."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feeds.action_network import (
    MOST_BOOKS,
    MOST_GAMES,
    Degraded,
    read_history,
    read_markets,
    read_scoreboard,
)
from engine.feeds.odds import Line

STAMP = "2025-12-06T00:59:00.000Z"
STAMP_NS = 1_764_982_740_000_000_000


def outcome(side: str, odds: Any, value: Any = 0, **more: Any) -> dict[str, Any]:
    """One side of one market."""
    return {"side": side, "odds": odds, "value": value, "is_live": False, "line_status": "normal", **more}


def book(**kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """A book's markets of the whole game."""
    return {"event": kinds}


MONEYLINE = [outcome("away", 425), outcome("home", -520)]
SPREAD = [outcome("away", -105, 12.5), outcome("home", -115, -12.5)]
TOTAL = [outcome("under", -109, 50.5), outcome("over", -112, 50.5)]


def read(markets: Any) -> tuple[list[Line], Degraded]:
    """The lines of some markets, and what was missing."""
    degraded: Degraded = {}
    return read_markets(markets, degraded), degraded


def game(**said: Any) -> dict[str, Any]:
    """A game of a scoreboard."""
    return {
        "id": 282941,
        "status": "scheduled",
        "start_time": "2025-12-07T01:00:00.000Z",
        "home_team_id": 295,
        "away_team_id": 294,
        "teams": [
            {"id": 294, "abbr": "IU", "full_name": "Indiana Hoosiers", "location": "Indiana"},
            {"id": 295, "abbr": "OSU", "full_name": "Ohio State Buckeyes", "location": "Ohio State"},
        ],
        "markets": {"68": book(moneyline=MONEYLINE, spread=SPREAD, total=TOTAL)},
        **said,
    }


def test_a_book_gives_one_line() -> None:
    """Spread and total are the home side's, and the margin is out of the money line."""
    lines, degraded = read({"68": book(moneyline=MONEYLINE, spread=SPREAD, total=TOTAL)})
    assert lines == [Line("DraftKings", False, -12.5, 50.5, 0.824117)]
    assert degraded == {}


def test_live_prices_are_told_from_those_before_kickoff() -> None:
    """`is_live` alone decides the market; one book may have both at once."""
    live = [outcome("home", -300, is_live=True), outcome("away", 240, is_live=True)]
    lines, _ = read({"69": book(moneyline=MONEYLINE + live)})
    assert [(line.live, line.home_win_probability) for line in lines] == [
        (False, 0.824117),
        (True, 0.727941),
    ]


def test_a_lines_own_stamp_is_kept() -> None:
    """A price's own stamp, or its history's last, becomes the line's."""
    stamped = [outcome("home", -110, -3, updated_at=STAMP), outcome("away", -110, 3)]
    assert read({"68": book(spread=stamped)})[0][0].vendor_ns == STAMP_NS
    past = [outcome("home", -110, -3, history=[{"updated_at": STAMP}]), outcome("away", -110, 3)]
    assert read({"68": book(spread=past)})[0][0].vendor_ns == STAMP_NS


def test_the_opening_line_and_other_periods_are_not_read() -> None:
    """The line that the market opened with is no book's, and a half's line is not the game's."""
    assert read({"30": book(spread=SPREAD), "68": {"firsthalf": {"spread": SPREAD}}}) == ([], {})


def test_a_missing_side_is_made_up_only_where_the_other_implies_it() -> None:
    """A lone spread or total stands, and is counted; a lone money line has a margin nobody knows."""
    lines, degraded = read(
        {"68": book(moneyline=MONEYLINE[:1], spread=SPREAD[:1], total=TOTAL[:1])},
    )
    assert lines == [Line("DraftKings", False, -12.5, 50.5, None)]
    assert degraded == {"moneyline": 1, "spread_side": 1, "total_side": 1}


def test_sides_that_contradict_each_other_are_not_taken() -> None:
    """A book caught between two lines (home +2.5, away -1.5) has none."""
    assert read({"68": book(spread=[outcome("home", -105, 2.5), outcome("away", -110, -1.5)])}) == (
        [],
        {"spread": 1},
    )


def test_of_several_spreads_the_even_one_is_the_line() -> None:
    """Alternate lines are recognised by their prices, which lie far apart."""
    alternates = [
        outcome("home", -240, -6.5),
        outcome("away", 190, 6.5),
        outcome("home", -112, -12.5),
        outcome("away", -108, 12.5),
    ]
    assert read({"68": book(spread=alternates)})[0] == [Line("DraftKings", False, -12.5)]


def test_a_suspended_price_is_none() -> None:
    """What cannot be bet on now is no price, and nothing is amiss with the feed."""
    suspended = [outcome("home", -520, line_status="suspended"), outcome("away", 425)]
    assert read({"68": book(moneyline=suspended)}) == ([], {"moneyline": 1})


@pytest.mark.parametrize("price", [0, 50, -99, 1e12, None, "", "EVEN", [], {}, True])
def test_an_absurd_price_is_counted(price: Any) -> None:
    """A price that cannot be one leaves no probability and is counted."""
    lines, degraded = read({"68": book(moneyline=[outcome("home", price), outcome("away", 425)])})
    assert lines == []
    assert degraded["price"] == 1


@pytest.mark.parametrize("points", [101, -1e9, None, "x", [1]])
def test_an_absurd_spread_is_counted(points: Any) -> None:
    """A spread beyond any football score is none."""
    lines, degraded = read({"68": book(spread=[outcome("home", -110, points)])})
    assert lines == []
    assert degraded == {"spread": 1}


@pytest.mark.parametrize("body", [{}, None, [], "", 7, {"games": None}, {"games": {}}, {"games": [None, 3]}])
def test_an_empty_body_lists_no_games(body: Any) -> None:
    """Bodies without games, as they are really served, are read as no games."""
    assert list(read_scoreboard(body, {})) == []
    assert read_history(body, {}) == []


def test_a_game_names_its_teams_and_whether_it_has_begun() -> None:
    """The listing holds the names to match by; the status tells whether a line may still inform the model."""
    (read_one,) = read_scoreboard({"games": [game()]}, {})
    assert read_one.listing.home_names == ("Ohio State", "Ohio State Buckeyes")
    assert read_one.listing.away_abbreviation == "IU"
    assert read_one.listing.scheduled_ns == 1_765_069_200_000_000_000
    assert (read_one.before_kickoff, read_one.over) == (True, False)
    for status, before, over in (
        ("inprogress", False, False),
        ("complete", False, True),
        ("odd", False, False),
    ):
        (read_one,) = read_scoreboard({"games": [game(status=status)]}, {})
        assert (read_one.before_kickoff, read_one.over) == (before, over)


def test_a_game_without_teams_is_counted() -> None:
    """A game that names no two teams is nobody's."""
    degraded: Degraded = {}
    games = [game(teams=[]), game(id=None), game(home_team_id=1)]
    assert list(read_scoreboard({"games": games}, degraded)) == []
    assert degraded == {"game": 3}


def test_a_scoreboard_is_bounded() -> None:
    """More games or books than any Saturday has are not read."""
    many = {str(number): book(spread=SPREAD) for number in range(1_000, 1_000 + 2 * MOST_BOOKS)}
    assert len(read(many)[0]) == MOST_BOOKS
    degraded: Degraded = {}
    games = [game(markets={})] * (MOST_GAMES + 5)
    assert len(list(read_scoreboard({"games": games}, degraded))) == MOST_GAMES
    assert degraded == {"games": 1}


def test_a_history_is_the_line_at_every_moment_it_changed() -> None:
    """Each stamp gives one line, with the outcomes not mentioned as they stood; in order of the stamps."""
    home = [
        {"odds": -110, "value": -3, "updated_at": "2025-12-05T12:00:00Z"},
        {"odds": -112, "value": -3.5, "updated_at": "2025-12-05T18:00:00Z"},
    ]
    away = [
        {"odds": -108, "value": 3.5, "updated_at": "2025-12-05T18:00:00Z"},
        {"odds": -110, "value": 3, "updated_at": "2025-12-05T12:00:00Z"},
    ]
    over = [{"odds": -110, "value": 55.5, "updated_at": "2025-12-05T20:00:00Z"}]
    history = {
        "68": book(
            spread=[outcome("home", 0, history=home), outcome("away", 0, history=away)],
            total=[outcome("over", 0, history=over)],
        )
    }
    lines = read_history(history, {})
    assert [(line.home_spread, line.total) for line in lines] == [(-3.0, None), (-3.5, None), (-3.5, 55.5)]
    stamps = [line.vendor_ns or 0 for line in lines]
    assert stamps == sorted(stamps)


def test_a_history_tells_live_prices_apart() -> None:
    """Prices after kick-off in a history are live ones, where the entry says so."""
    entries = [
        {"odds": -110, "value": -3, "updated_at": "2025-12-05T12:00:00Z", "is_live": False},
        {"odds": -110, "value": -7, "updated_at": "2025-12-07T02:00:00Z", "is_live": True},
    ]
    lines = read_history({"68": book(spread=[outcome("home", 0, history=entries)])}, {})
    assert [(line.live, line.home_spread) for line in lines] == [(False, -3.0), (True, -7.0)]


def test_the_real_scoreboard_is_read(shared_data: Path) -> None:
    """Every priced game of a real scoreboard gives credible lines, of books that agree with each other."""
    folder = shared_data / "odds" / "action_network"
    with gzip.open(folder / "scoreboard_2025_wk15.json.gz") as file:
        games = list(read_scoreboard(json.load(file), {}))
    assert len(games) == 9
    priced = [game for game in games if len(game.lines) > 3]
    assert len(priced) == 5
    for one in priced:
        spreads = [line.home_spread for line in one.lines if line.home_spread is not None]
        chances = [line.home_win_probability for line in one.lines if line.home_win_probability is not None]
        assert max(spreads) - min(spreads) <= 1.0
        assert max(chances) - min(chances) <= 0.03
        assert (chances[0] > 0.5) == (spreads[0] < 0)


def test_the_real_histories_are_read(shared_data: Path) -> None:
    """Real histories, which hold halves and quarters only, or nothing, give no line of the whole game."""
    paths = sorted((shared_data / "odds" / "action_network").glob("history_*.json.gz"))
    assert len(paths) == 5
    for path in paths:
        with gzip.open(path) as file:
            payload = json.load(file)
        assert read_history(payload, {}) == []
        halves = {number: {"event": periods.get("firsthalf", {})} for number, periods in payload.items()}
        assert bool(read_history(halves, {})) == bool(payload)


FIELDS = (
    "event moneyline spread total side odds value is_live line_status history updated_at games markets teams "
    "id home_team_id 68 30"
)
SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["home", "away", "over", "under", "normal", STAMP, "-110", ""])
    | st.text(max_size=5)
)
RUBBISH: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=4)
    ),
    max_leaves=25,
)


def assert_credible(lines: list[Line]) -> None:
    """No absurd number is in any line."""
    for line in lines:
        assert line.home_spread is None or abs(line.home_spread) <= 100.0
        assert line.total is None or 0.0 < line.total <= 200.0
        assert line.home_win_probability is None or 0.0 < line.home_win_probability < 1.0
        assert len(line.book) <= 80


@given(RUBBISH)
def test_no_rubbish_raises_and_no_absurd_number_leaves(payload: Any) -> None:
    """Whatever JSON comes, at whatever depth, reading it gives credible lines or none."""
    assert_credible(read_markets(payload, {}))
    assert_credible(read_history(payload, {}))
    for body in (payload, {"games": [payload, game(markets=payload), game(teams=payload)]}):
        for read_one in read_scoreboard(body, {}):
            assert_credible(list(read_one.lines))


PRICES = st.sampled_from([-110, 0, 99, -1e6, float("nan"), None, "-120", 425, -520, 1e308, True])
POINTS: st.SearchStrategy[Any] = st.sampled_from([-3.5, 3.5, 0, -0.0, 1e9, float("inf"), None, "7", 50.5, []])
OUTCOMES = st.builds(
    outcome,
    st.sampled_from(["home", "away", "over", "under", "draw", ""]),
    PRICES,
    POINTS,
    is_live=st.sampled_from([True, False, None, "yes"]),
    line_status=st.sampled_from(["normal", None, "suspended", []]),
    updated_at=st.sampled_from([STAMP, None, "yesterday", 5]),
)


@given(
    st.dictionaries(
        st.sampled_from(["15", "30", "68", "999"]),
        st.builds(
            book,
            moneyline=st.lists(OUTCOMES, max_size=4),
            spread=st.lists(OUTCOMES, max_size=4),
            total=st.lists(OUTCOMES, max_size=4),
        ),
        max_size=3,
    )
)
def test_almost_right_prices_leave_only_credible_lines(markets: dict[str, Any]) -> None:
    """Well-formed markets with odd numbers in them never raise, and only credible numbers leave."""
    assert_credible(read_markets(markets, {}))
    assert_credible(read_history(markets, {}))
