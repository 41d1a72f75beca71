"""What kind of play a text tells of: read from the feed's words alone, whatever the vendor's type says.

A table of rules, tried in order, on the text in lower case with single blanks. It knows the dialects of
ESPN's texts of 2018-2022 ("pass complete to", "9 Yd pass from"), the stadium systems' that stand among them
("PENALTY CSU holding 10 yards to the UH48, NO PLAY.", "[NHSG] Kneel down by ..."), and the generated
seasons' own. How often it is right on a season that its rules were not read from: docs/play-classes.md.
"""

import re
from enum import StrEnum
from typing import Final

from engine.core.events import Play
from engine.core.football import ADMINISTRATIVE, PlayKind

MOST_CHARACTERS: Final = 2_000
"""What is read of a text; the longest true one in six seasons has about 1,000 characters."""


class PlayClass(StrEnum):
    """What happened on a row, by its text."""

    RUN = "run"
    PASS = "pass"  # noqa: S105 -- a forward pass, no password
    SACK = "sack"
    """A loss of the ball on a sack is a sack, too, as it is in ESPN's types."""
    SCRAMBLE = "scramble"
    """A passer's run, where the text says so; most feeds call it a run."""
    PUNT = "punt"
    KICKOFF = "kickoff"
    FIELD_GOAL = "field_goal"
    TRY = "try"
    """A row of its own; a try in the text of a touchdown belongs to the touchdown."""
    PENALTY = "penalty"
    """Nothing but the foul counted. A play that stood is itself, whatever foul was walked off after it."""
    INTERCEPTION = "interception"
    FUMBLE_LOST = "fumble_lost"
    """A run or a pass of which the other side got the ball."""
    SAFETY = "safety"
    """Two points for the defence, by a play of which the text says nothing."""
    TIMEOUT = "timeout"
    ADMINISTRATIVE = "administrative"
    """Ends and starts of periods, the coin toss."""
    UNKNOWN = "unknown"


_Rule = tuple[str, re.Pattern[str] | None, PlayClass]
"""A part of the text, a pattern that must be found beside it (None: the part is enough), and the class if so.

The part is looked for first, at a tenth of a pattern's cost. No pattern repeats within a repetition, so that
the time of a search stays in proportion to the text.
"""

_ADMINISTRATION: Final[tuple[_Rule, ...]] = (
    ("time", re.compile(r"\A (?:[^ ]+ ){0,3}time-?out"), PlayClass.TIMEOUT),
    (" of ", re.compile(r"\A (?:end|start) of "), PlayClass.ADMINISTRATIVE),
    (" toss", re.compile(r"\b(?:coin|wins?|won)(?: the)?(?: coin)? toss\b"), PlayClass.ADMINISTRATIVE),
)
_ENDS: Final = (" end of ", " start of ")
_TRY: Final = re.compile(
    r"\b(?:two|2)[- ]?p(?:oin)?t|extra point|\bpat (?:kick|conversion|attempt)|for defensive pat"
    r"|\A \([^()]+ kick\) \Z"
)
_BY_A_TOUCHDOWN: Final = re.compile(r"\b(?:td|touchdown|fumble|end zone|safety)\b")
# The first that is found decides: what names a kick is surest, what names a run stands in other texts too.
_PLAYS: Final[tuple[_Rule, ...]] = (
    (
        " kick",
        re.compile(r" kick-?off| on-?side kick\b| kicks? (?:for )?\d+ y(?:ar)?ds\b"),
        PlayClass.KICKOFF,
    ),
    (" punt", re.compile(r" punt(?:s|ed)?\b"), PlayClass.PUNT),
    (" fg", re.compile(r" yds? fg\b"), PlayClass.FIELD_GOAL),
    ("field goal", None, PlayClass.FIELD_GOAL),
    (" sacked", None, PlayClass.SACK),
    (" intercept", None, PlayClass.INTERCEPTION),
    # A quarterback of 2018 was called Pass: what follows the word tells.
    (" pass", re.compile(r" pass[ ,](?!run |rush|scrambl|\d+ yd run)"), PlayClass.PASS),
    (" scrambl", None, PlayClass.SCRAMBLE),
    (" run", re.compile(r" runs?,? (?:for|to|in|fumble) | yds? run\b"), PlayClass.RUN),
    (" rush", re.compile(r" rush(?:es|ed)? "), PlayClass.RUN),
    (" spike", re.compile(r" spike[sd]\b"), PlayClass.PASS),
    (" knee", re.compile(r" knee(?:l|ls|led)?[ -]"), PlayClass.RUN),
    (" for ", re.compile(r" (?:up the middle|(?:left|right) (?:end|guard|tackle)) for "), PlayClass.RUN),
    (" fumble recovery", None, PlayClass.RUN),
    (" recovered fumble", None, PlayClass.RUN),
    (" fumble return", None, PlayClass.FUMBLE_LOST),
    (" recovered by ", re.compile(r" fumble"), PlayClass.FUMBLE_LOST),
)
# Bound once: CPython 3.11 takes 100 ns to look up a member of an enum.
_UNKNOWN: Final = PlayClass.UNKNOWN
_PENALTY: Final = PlayClass.PENALTY
_FUMBLE_LOST: Final = PlayClass.FUMBLE_LOST
_SAFETY: Final = re.compile(r" safety\b")
_CARRIED: Final = frozenset((PlayClass.RUN, PlayClass.PASS, PlayClass.SCRAMBLE))
_NO_NAMES: Final = frozenset(("for", "at", "on", "return", "returned", "clock"))

_KINDS: Final = {
    PlayClass.RUN: PlayKind.RUN,
    PlayClass.SCRAMBLE: PlayKind.RUN,
    PlayClass.PASS: PlayKind.PASS,
    PlayClass.INTERCEPTION: PlayKind.PASS,
    PlayClass.SACK: PlayKind.SACK,
    PlayClass.PUNT: PlayKind.PUNT,
    PlayClass.KICKOFF: PlayKind.KICKOFF,
    PlayClass.FIELD_GOAL: PlayKind.FIELD_GOAL,
    PlayClass.TRY: PlayKind.TRY,
    PlayClass.PENALTY: PlayKind.PENALTY,
    PlayClass.TIMEOUT: PlayKind.TIMEOUT,
}
_CLASSES: Final = dict.fromkeys(ADMINISTRATIVE, PlayClass.ADMINISTRATIVE) | {
    kind: told for told, kind in reversed(_KINDS.items())
}


def classify(text: str) -> PlayClass:
    """Return the class of a play by the words of its text.

    Letter case and the length of blanks make no difference. What stands beyond `MOST_CHARACTERS` is not read.
    """
    said = _plain(text)
    told = _act(said)
    return _FUMBLE_LOST if " fumble" in said and told in _CARRIED and _lost(said) else told


def kind_by_text(text: str) -> PlayKind:
    """Return the kind of a row by its text: a lost fumble is still the run or the pass that it was.

    An end or a start of a period is UNKNOWN here: which it is, the period tells.
    """
    return _KINDS.get(_act(_plain(text)), PlayKind.UNKNOWN)


def class_of(text: str, kind: PlayKind, *, turnover: bool, kept: bool = False) -> PlayClass:
    """Return the class of a play by its text, or by what the feed says of it where the text does not tell.

    Args:
        text: the row's own words.
        kind: the kind that the feed states.
        turnover: whether the feed states that the ball was lost.
        kept: whether the feed states that the same side has the ball next: a fumble was not lost then.
    """
    told = classify(text)
    if told is _FUMBLE_LOST and kept and not turnover:
        return _CLASSES.get(kind, told)
    if told is _UNKNOWN:
        told = _CLASSES.get(kind, _UNKNOWN)
        if turnover and told is PlayClass.PASS:
            return PlayClass.INTERCEPTION
    return _FUMBLE_LOST if turnover and told in _CARRIED else told


def class_of_play(play: Play) -> PlayClass:
    """Return the class of a stated play, told by its text and by what the feed says of the ball."""
    kept = play.next_possession is not None and play.next_possession is play.possession
    return class_of(play.text, play.kind, turnover=play.turnover, kept=kept)


def _plain(text: str) -> str:
    """Return a text in lower case, with one blank between its words and at both ends."""
    lower = text[:MOST_CHARACTERS].lower()
    if "  " in lower or not lower.isprintable():  # all blanks but the plain one are unprintable
        lower = " ".join(lower.split())
    return f" {lower.strip(' ')} "


def _act(said: str) -> PlayClass:
    """Return what was done, whoever had the ball afterwards."""
    if " no pl" in said:
        return _PENALTY
    if "time" in said or " toss" in said or said.startswith(_ENDS):
        told = _found(_ADMINISTRATION, said)
        if told is not _UNKNOWN:
            return told
    played, foul, _ = said.partition(" penalt")
    if " yd" not in played and " yard" not in played and _is_try(played):
        return PlayClass.TRY
    # The bracket after a touchdown tells of the try: "(Al Passer Pass to Ed End for Two-Point ...)".
    if played.endswith(") "):
        played = played[: played.rfind(" (")] + " "
    told = _found(_PLAYS, played)
    if told is not _UNKNOWN:
        return told
    if _SAFETY.search(played):
        return PlayClass.SAFETY
    return _PENALTY if foul else told


def _is_try(said: str) -> bool:
    """Whether a text that tells of no yards is of a try and nothing else."""
    named = "point" in said or " pat " in said or " kick) " in said or "2pt" in said or "2-pt" in said
    return named and _TRY.search(said) is not None and _BY_A_TOUCHDOWN.search(said) is None


def _found(rules: tuple[_Rule, ...], said: str) -> PlayClass:
    for part, pattern, told in rules:
        if part in said and (pattern is None or pattern.search(said)):
            return told
    return _UNKNOWN


def _lost(said: str) -> bool:
    """Whether a fumble seems to have gone to the other side.

    The text names who recovered it, but not for whom he plays: "Jo Runner run for 4 yds to the Home 35 Jo
    Runner fumbled, recovered by Home Al Guard". Kept are a fumble without a name (a club alone, or nobody),
    one that its own carrier or passer recovered, and one that made a first down; all others are called lost.
    """
    if " fumble lost" in said:
        return True
    before, _, after = said.partition(" fumble")
    _, recovered, after = after.partition(" recovered by ")
    if not recovered or "1st down" in after:
        return False
    words = after.split(",", 1)[0].split()[:3]
    if len(words) < 2 or words[1] in _NO_NAMES:
        return False
    return " ".join(words[1:]).rstrip(".") not in before
