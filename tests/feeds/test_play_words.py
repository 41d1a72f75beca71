"""What kind of row a type and a text mean, and who called a timeout."""

import pytest

from engine.core.football import PlayKind, Side
from engine.feeds.play_words import contradicts, is_turnover, kind_of, timeout_side


@pytest.mark.parametrize(
    ("type_text", "text", "kind"),
    [
        ("Rush", "Runner run for 3 yds", PlayKind.RUN),
        ("Kickoff Return (Offense)", "", PlayKind.KICKOFF),
        ("Pass Interception Return", "", PlayKind.PASS),
        ("Blocked Punt Touchdown", "", PlayKind.PUNT),
        ("Two Point Pass", "", PlayKind.TRY),
        ("Fumble Recovery (Own)", "Runner run for no gain, Runner fumbled", PlayKind.RUN),
        ("Fumble Recovery (Opponent)", "Passer sacked by Someone, fumbled", PlayKind.SACK),
        ("Safety", "Punter punt blocked for a SAFETY", PlayKind.PUNT),
        (None, "Passer pass incomplete", PlayKind.PASS),
        (None, "(Two-Point Pass Conversion Failed)", PlayKind.TRY),
        (None, "nothing that is known", PlayKind.UNKNOWN),
        ("Never Heard Of", "", PlayKind.UNKNOWN),
    ],
)
def test_the_type_decides_and_the_text_where_the_type_does_not(
    type_text: str | None, text: str, kind: PlayKind
) -> None:
    """A row's kind is its type's; a missing type, a fumble or a safety leaves it to the text."""
    assert kind_of(type_text, text) is kind


@pytest.mark.parametrize(
    ("type_text", "text", "kind"),
    [
        ("Timeout", "Passer pass incomplete to Receiver", PlayKind.PASS),
        ("End Period", "Runner run for 12 yds for a TD", PlayKind.RUN),
        ("Coin Toss", "Kicker 21 yd FG GOOD", PlayKind.FIELD_GOAL),
        ("Coin Toss", "Home won the toss and will receive the kickoff", PlayKind.COIN_TOSS),
        ("Rush", "Kicker kickoff, out-of-bounds.", PlayKind.KICKOFF),
        ("Rush", "End of OT", PlayKind.PERIOD_END),
        ("Rush", "HOME Penalty, Offensive Holding (-9 Yards) to the Home 35", PlayKind.PENALTY),
        ("Rush", "Passer sacked by Rusher for a loss of 1 yard", PlayKind.SACK),
        ("Punt", "Kicker kickoff for 61 yds, fair catch by Returner", PlayKind.KICKOFF),
        ("Rush", "Runner run for 3 yds Passer pass complete to Receiver", PlayKind.RUN),
        ("Passing Touchdown", "Receiver 0 Yd fumble recovery (Kicker Kick)", PlayKind.PASS),
        ("Kickoff", "HOME Penalty, Offside", PlayKind.KICKOFF),
        ("Rush", "N/A", PlayKind.RUN),
        ("Rush", "Runner run for 3 yds, penalty on the kickoff", PlayKind.RUN),
    ],
)
def test_a_text_that_contradicts_its_type_wins(type_text: str, text: str, kind: PlayKind) -> None:
    """A timeout in whose text a ball is played is a play; a text that names the typed play leaves it so."""
    assert kind_of(type_text, text) is kind


def test_a_contradiction_is_a_kind_that_the_type_does_not_mean() -> None:
    """A missing or unknown type contradicts nothing, nor does one end of a period another."""
    assert contradicts("Rush", PlayKind.PENALTY)
    assert contradicts("Timeout", PlayKind.RUN)
    assert not contradicts("Rush", PlayKind.RUN)
    assert not contradicts("End Period", PlayKind.HALF_END)
    assert not contradicts(None, PlayKind.RUN)
    assert not contradicts("Fumble Recovery (Own)", PlayKind.RUN)


@pytest.mark.parametrize(
    ("type_text", "period", "kind"),
    [
        ("End Period", 1, PlayKind.PERIOD_END),
        ("End Period", 2, PlayKind.HALF_END),
        ("End Period", 4, PlayKind.REGULATION_END),
        ("End of Half", 3, PlayKind.PERIOD_END),
        ("End of Game", 4, PlayKind.GAME_END),
    ],
)
def test_an_end_of_period_is_named_by_its_period(type_text: str, period: int, kind: PlayKind) -> None:
    """The end of the second quarter ends the half, that of the fourth regulation, whatever it is called."""
    assert kind_of(type_text, "End of Quarter", period) is kind


def test_lost_balls_are_turnovers() -> None:
    """Interceptions and fumbles lost are turnovers; a fumble recovered by its own side is none."""
    assert is_turnover("Interception")
    assert is_turnover("Fumble Recovery (Opponent)")
    assert not is_turnover("Fumble Recovery (Own)")
    assert not is_turnover(None)


@pytest.mark.parametrize(
    ("called", "home", "away", "side"),
    [
        ("ARIZONA ST", "Arizona", "Arizona State", Side.AWAY),
        ("ARIZONA", "Arizona", "Arizona State", Side.HOME),
        ("FLA ATLANTIC", "Florida", "Florida Atlantic", Side.AWAY),
        ("S CAROLINA ST", "South Carolina", "South Carolina State", Side.AWAY),
        ("CONNECTICUT", "UConn", "Massachusetts", Side.HOME),
        ("TENN MARTIN", "Tennessee", "UT Martin", Side.AWAY),
        ("SAN JOSÉ ST", "San Jose State", "San Diego State", Side.HOME),
        ("TEXAS A&M", "Texas", "Texas A&M", Side.AWAY),
        ("UT SAN ANTONIO", "UT San Antonio", "Texas State", Side.HOME),
        ("Official", "Marshall", "James Madison", None),
        ("MEDIA", "Texas", "Ohio", None),
    ],
)
def test_a_timeout_is_the_side_s_that_its_text_names(
    called: str, home: str, away: str, side: Side | None
) -> None:
    """Shortened names find their side even between neighbours; a name of neither side finds none."""
    assert timeout_side(f"Timeout {called}, clock 00:09", (home,), (away,)) is side


def test_a_text_without_a_name_names_nobody() -> None:
    """A timeout without a name, or a text that is no timeout, has no side."""
    assert timeout_side("Timeout", ("Ohio",), ("Texas",)) is None
    assert timeout_side("Runner run for Ohio", ("Ohio",), ("Texas",)) is None
    assert timeout_side("Timeout OHIO, clock 00:09", ("Ohio",), ("Ohio",)) is None
