"""What kind of play a text tells of."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.football import PlayKind
from engine.core.play_class import MOST_CHARACTERS, PlayClass, class_of, classify, kind_by_text

EXAMPLES = [
    ("Jo Runner run for a loss of 3 yds to the Home 18", PlayClass.RUN),
    ("Jo Runner rush up the middle for 4 yards to the UH48", PlayClass.RUN),
    ("Jo Runner 9 Yd Run (Al Kicker Kick)", PlayClass.RUN),
    ("[NH] Kneel down by HOME at HOME24 (team loss of 1), clock 00:05.", PlayClass.RUN),
    ("J. Passer takes a knee", PlayClass.RUN),
    ("J. Runner left tackle for 3 yards", PlayClass.RUN),
    ("Run in the end zone for a safety", PlayClass.RUN),
    ("Al Blocker 0 Yd Fumble Recovery (Al Kicker Kick)", PlayClass.RUN),
    ("Al Blocker Recovered Fumble In End Zone (Al Kicker Kick)", PlayClass.RUN),
    ("Jo Runner 8 Yd Run (Al Pass Pass to Ed End for Two-Point Conversion)", PlayClass.RUN),
    ("Al Pass run for 11 yds to the Away 37 for a 1ST down", PlayClass.RUN),
    ("Al Pass 14 Yd Run (Al Kicker Kick)", PlayClass.RUN),
    ("Jo Runner run for 9 yds AWAY Penalty, Personal Foul (15 Yards) to the Away 4", PlayClass.RUN),
    ("Al Passer pass complete to Ed End for 9 yds to the Away 31", PlayClass.PASS),
    ("A. Passer pass,to E. End for 6 yds for a TD, (A. Kicker KICK)", PlayClass.PASS),
    ("Ed End 14 Yd pass from Al Passer (Two-Point Run Conversion Failed)", PlayClass.PASS),
    ("Al Passer pass incomplete to Ed End, broken up by Darius Rush", PlayClass.PASS),
    ("J. Passer spiked the ball to stop the clock", PlayClass.PASS),
    ("Al Pass sacked by Al Rusher for a loss of 6 yards to the Home 35", PlayClass.SACK),
    ("Al Passer sacked for a loss of 8 yards, fumbled, recovered by Away Ed Rusher", PlayClass.SACK),
    ("J. Passer scrambles right end for 8 yards", PlayClass.SCRAMBLE),
    ("Al Punter punt for 45 yds , Ed End returns for 16 yds to the Away 45", PlayClass.PUNT),
    ("Ed End 29 Yd Return of Blocked Punt (Al Kicker Kick)", PlayClass.PUNT),
    ("Al Kicker kickoff for 65 yds for a touchback", PlayClass.KICKOFF),
    ("A. Kicker kick for 63 yds,E. End return for 98 yds for a TD, (A. Kicker KICK)", PlayClass.KICKOFF),
    ("Al Kicker on-side kick recovered by HOME at the Away 45", PlayClass.KICKOFF),
    ("Kick-off for a touchback", PlayClass.KICKOFF),
    ("Al Kicker 48 Yd Field Goal", PlayClass.FIELD_GOAL),
    ("Al Kicker 43 yd FG MISSED", PlayClass.FIELD_GOAL),
    ("(Al Kicker KICK)", PlayClass.TRY),
    ("(Al Runner Run For Two-point Conversion)", PlayClass.TRY),
    ("Two-Point Conversion failed", PlayClass.TRY),
    ("Ed End return for defensive PAT", PlayClass.TRY),
    ("HOME two-point try good", PlayClass.TRY),
    ("A. Kicker extra point is good", PlayClass.TRY),
    ("AWAY Penalty, false start (-5 Yards) to the Away 23", PlayClass.PENALTY),
    ("RUNNER, Al rush for 3 yards, PENALTY AWAY holding 10 yards to the AWAY32, NO PLAY.", PlayClass.PENALTY),
    ("Penalty on HOM, 5 yards to the HOM 32", PlayClass.PENALTY),
    ("Al Passer pass intercepted Ed Back return for 21 yds to the Home 31", PlayClass.INTERCEPTION),
    ("Ed Back 25 Yd Interception Return (Al Kicker Kick)", PlayClass.INTERCEPTION),
    ("Jo Runner run for 2 yds, Jo Runner fumbled, recovered by Away Ed Back", PlayClass.FUMBLE_LOST),
    ("Al Passer pass complete to Ed End, Ed End fumbled, recovered by Away Al Back.", PlayClass.FUMBLE_LOST),
    ("Ed Back 45 Yd Fumble Return (Two-Point Pass Conversion Failed)", PlayClass.FUMBLE_LOST),
    ("fumbled, recovered by Away Ed Back", PlayClass.FUMBLE_LOST),
    ("Run, fumble lost, CIN ball at the CIN 24", PlayClass.FUMBLE_LOST),
    ("Jo Runner run for 2 yds, Jo Runner fumbled, recovered by Home Jo Runner", PlayClass.RUN),
    ("Jo Runner run for 2 yds, Jo Runner fumbled, recovered by Home", PlayClass.RUN),
    ("Jo Runner run for 2 yds, Jo Runner fumbled,", PlayClass.RUN),
    ("Jo Runner run for 7 yds, fumbled, recovered by Home Al Guard for a 1ST down", PlayClass.RUN),
    ("Al Passer pass complete to Ed End, fumbled, recovered by Home for a TD", PlayClass.PASS),
    ("Team Safety", PlayClass.SAFETY),
    ("Timeout ARIZONA, clock 00:09", PlayClass.TIMEOUT),
    ("Official Time-out at 3:12", PlayClass.TIMEOUT),
    ("End of 2nd Quarter", PlayClass.ADMINISTRATIVE),
    ("Start of 3rd quarter, clock 15:00", PlayClass.ADMINISTRATIVE),
    ("Home won the toss and will receive the kickoff", PlayClass.ADMINISTRATIVE),
    ("", PlayClass.UNKNOWN),
    ("N/A", PlayClass.UNKNOWN),
    ("to Ed End for 4 yds to the Away 40", PlayClass.UNKNOWN),
    ("one more time, at this point", PlayClass.UNKNOWN),
]


@pytest.mark.parametrize(("text", "told"), EXAMPLES)
def test_the_words_tell_the_class(text: str, told: PlayClass) -> None:
    """Each dialect's way of saying what happened is read, the traps of names and brackets among them."""
    assert classify(text) is told


@pytest.mark.parametrize(("text", "told"), EXAMPLES)
def test_case_and_blanks_make_no_difference(text: str, told: PlayClass) -> None:
    """A text in capitals, with blanks of any kind around and between its words, is of the same class."""
    assert classify(text.upper()) is told
    assert classify("\t " + text.replace(" ", " \n\u00a0 ") + " \n") is told


@given(st.text())
def test_any_text_has_a_class(text: str) -> None:
    """Whatever a feed writes, it is of one class, the same one in a second look."""
    assert isinstance(classify(text), PlayClass)
    assert classify(f"  {text}\n") is classify(text.strip())


FOOTBALL = (
    "run for pass to sacked fumbled, recovered by Home Jo Runner penalty, no play. (Kick) td 9 yds kickoff "
    "punt fg two-point conversion timeout end of won toss intercepted 1st down safety lost ) ("
)
WORDS = st.sampled_from(FOOTBALL.split())


@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_any_words_of_football_have_a_class_and_a_kind(text: str) -> None:
    """Football's own words in any order raise nothing; what is no play by its class is none by its kind."""
    told, kind = classify(text), kind_by_text(text)
    assert isinstance(kind, PlayKind)
    if told in (PlayClass.UNKNOWN, PlayClass.ADMINISTRATIVE, PlayClass.SAFETY):
        assert kind is PlayKind.UNKNOWN


@given(st.lists(WORDS, max_size=40).map(" ".join), st.text())
def test_a_text_is_read_up_to_its_cap(text: str, beyond: str) -> None:
    """What stands beyond the cap changes nothing, which bounds the time that a text can take."""
    full = text.ljust(MOST_CHARACTERS, "x")
    assert classify(full + beyond) is classify(full)


@pytest.mark.parametrize("part", ["pass ", "(", "recovered by fumble ", " timeout", "a ", "kick 9", "\u2003"])
def test_no_text_takes_long(part: str) -> None:
    """A text made to be slow takes less than 20 ms, where the worst known take 0.1 ms."""
    text = part * (1_000_000 // len(part))
    started = time.process_time()
    classify(text)
    assert time.process_time() - started < 0.02


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Jo Runner run for 2 yds, fumbled, recovered by Away Ed Back", PlayKind.RUN),
        ("Al Passer pass intercepted", PlayKind.PASS),
        ("J. Passer scrambles for 8 yards", PlayKind.RUN),
        ("Timeout HOME", PlayKind.TIMEOUT),
        ("Ed Back 45 Yd Fumble Return", PlayKind.UNKNOWN),
        ("Team Safety", PlayKind.UNKNOWN),
        ("End of 1st Quarter", PlayKind.UNKNOWN),
    ],
)
def test_a_text_tells_the_kind_of_row(text: str, kind: PlayKind) -> None:
    """A lost fumble is the run that it was; where only the result is told the kind is unknown."""
    assert kind_by_text(text) is kind


@pytest.mark.parametrize(
    ("text", "kind", "turnover", "told"),
    [
        ("Jo Runner run for 2 yds", PlayKind.PASS, False, PlayClass.RUN),
        ("", PlayKind.PASS, False, PlayClass.PASS),
        ("", PlayKind.PASS, True, PlayClass.INTERCEPTION),
        ("", PlayKind.RUN, True, PlayClass.FUMBLE_LOST),
        ("", PlayKind.PUNT, True, PlayClass.PUNT),
        ("", PlayKind.HALF_END, False, PlayClass.ADMINISTRATIVE),
        ("", PlayKind.TIMEOUT, False, PlayClass.TIMEOUT),
        ("", PlayKind.UNKNOWN, True, PlayClass.UNKNOWN),
        ("Jo Runner run, fumbled, recovered by Away", PlayKind.RUN, True, PlayClass.FUMBLE_LOST),
        ("Al Passer pass complete, fumbled, recovered by Away", PlayKind.PASS, True, PlayClass.FUMBLE_LOST),
    ],
)
def test_the_feed_fills_in_what_the_text_leaves_out(
    text: str, kind: PlayKind, turnover: bool, told: PlayClass
) -> None:
    """The text decides; a text that says nothing leaves it to the kind, and a stated turnover is believed."""
    assert class_of(text, kind, turnover=turnover) is told


def test_a_fumble_that_the_feed_gives_back_was_not_lost() -> None:
    """Where the same side has the ball next, the play is what it was, unless the feed calls it a turnover."""
    text = "Jo Runner run for 2 yds, Jo Runner fumbled, recovered by Home Al Guard"
    assert class_of(text, PlayKind.RUN, turnover=False, kept=True) is PlayClass.RUN
    assert class_of(text, PlayKind.RUN, turnover=True, kept=True) is PlayClass.FUMBLE_LOST
    assert class_of(text, PlayKind.RUN, turnover=False, kept=False) is PlayClass.FUMBLE_LOST
    assert class_of(text, PlayKind.UNKNOWN, turnover=False, kept=True) is PlayClass.FUMBLE_LOST


def test_every_kind_of_row_has_a_class() -> None:
    """Only an unknown kind is of an unknown class."""
    for kind in PlayKind:
        told = class_of("", kind, turnover=False)
        assert (told is PlayClass.UNKNOWN) == (kind is PlayKind.UNKNOWN)
