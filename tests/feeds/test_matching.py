"""Matching: which of our games a foreign listing is about, or none."""

from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import GameStart, Team
from engine.feeds.matching import Listing, Match, Unmatched, match_game

HOUR_NS = 3_600 * 1_000_000_000
NOON_NS = 1_667_664_000_000_000_000

OHIO_STATE = Team("194", "Ohio State", "OSU")
MICHIGAN = Team("130", "Michigan", "MICH")
OHIO = Team("195", "Ohio", "OHIO")
MIAMI_OH = Team("193", "Miami (OH)", "M-OH")
MIAMI = Team("2390", "Miami", "MIA")


def game(game_id: str, home: Team, away: Team, scheduled_ns: int | None = NOON_NS) -> GameStart:
    """One of our games."""
    return GameStart(game_id=game_id, home=home, away=away, scheduled_ns=scheduled_ns)


def listing(
    home: tuple[str, ...],
    away: tuple[str, ...],
    abbreviations: tuple[str | None, str | None] = (None, None),
    scheduled_ns: int | None = NOON_NS,
    feed_id: str = "282941",
) -> Listing:
    """A game as the other feed lists it."""
    return Listing(feed_id, home, abbreviations[0], away, abbreviations[1], scheduled_ns)


GAMES = {
    "401": game("401", OHIO_STATE, MICHIGAN),
    "402": game("402", MIAMI_OH, OHIO),
    "403": game("403", MIAMI, Team("52", "Florida State", "FSU")),
}


def test_an_equal_id_wins_over_the_names() -> None:
    """A listing under one of our ids is that game, whatever its teams are called."""
    assert match_game(listing(("Miami",), ("Florida State",), feed_id="401"), GAMES) == Match("401")


def test_names_match_however_they_are_written() -> None:
    """The short "Ohio St", the name with its nickname, and the abbreviations all find the game."""
    for asked in (
        listing(("Ohio St",), ("MICHIGAN",)),
        listing(("Ohio State Buckeyes",), ("Michigan Wolverines",)),
        listing(("Buckeyes",), ("Wolverines",), ("OSU", "mich")),
    ):
        assert match_game(asked, GAMES) == Match("401")


def test_a_school_is_not_the_one_whose_name_begins_the_same() -> None:
    """Miami and Ohio are told from Miami (OH) and Ohio State by the other team and by the whole name."""
    asked = listing(("Miami (OH)", "Miami (OH) RedHawks"), ("Ohio", "Ohio Bobcats"))
    assert match_game(asked, GAMES) == Match("402")
    assert match_game(listing(("Miami", "Miami Hurricanes"), ("Florida State",)), GAMES) == Match("403")
    assert match_game(listing(("Miami",), ("Ohio State",)), GAMES) is Unmatched.UNKNOWN


def test_home_and_away_may_be_the_other_way_round() -> None:
    """On a neutral site feeds disagree on who is at home; the match says so."""
    assert match_game(listing(("Michigan",), ("Ohio State",)), GAMES) == Match("401", swapped=True)


def test_the_same_teams_on_another_day_are_another_game() -> None:
    """A rematch a week later is not this game; an unknown kick-off is no objection."""
    asked = listing(("Ohio State",), ("Michigan",), scheduled_ns=NOON_NS + 7 * 24 * HOUR_NS)
    assert match_game(asked, GAMES) is Unmatched.UNKNOWN
    assert match_game(listing(("Ohio State",), ("Michigan",), scheduled_ns=None), GAMES) == Match("401")


def test_what_could_be_two_games_is_none() -> None:
    """Two games of the same teams within hours leave the listing unmatched."""
    games = {**GAMES, "409": game("409", OHIO_STATE, MICHIGAN, NOON_NS + HOUR_NS)}
    assert match_game(listing(("Ohio State",), ("Michigan",)), games) is Unmatched.AMBIGUOUS


def test_one_team_alone_is_no_match() -> None:
    """A game against somebody else is not the game."""
    assert match_game(listing(("Ohio State",), ("Indiana",)), GAMES) is Unmatched.UNKNOWN
    assert match_game(listing((), ()), GAMES) is Unmatched.UNKNOWN


@given(
    st.lists(st.text(max_size=12), max_size=3).map(tuple),
    st.lists(st.text(max_size=12), max_size=3).map(tuple),
    st.tuples(st.none() | st.text(max_size=5), st.none() | st.text(max_size=5)),
    st.none() | st.integers(-(2**63), 2**63),
)
def test_any_text_is_matched_or_not_without_raising(
    home: tuple[str, ...], away: tuple[str, ...], short: tuple[str | None, str | None], when: int | None
) -> None:
    """Whatever names come, the answer is one of our games or none."""
    found = match_game(listing(home, away, short, when), GAMES)
    assert isinstance(found, Unmatched) or found.game_id in GAMES
