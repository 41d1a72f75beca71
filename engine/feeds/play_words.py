"""The words of ESPN's play types, which CFBD and cfbfastR repeat, and what a play's text adds to them.

A row's type decides its kind; where the type is missing, or says only what became of the ball (a fumble, a
safety), the text decides (engine.core.play_class); so it does where it tells of another play than the type.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from engine.core.football import ADMINISTRATIVE, PlayKind, Side
from engine.core.play_class import kind_by_text

KINDS: Final = {
    "rush": PlayKind.RUN,
    "rushing touchdown": PlayKind.RUN,
    "pass": PlayKind.PASS,
    "pass reception": PlayKind.PASS,
    "pass completion": PlayKind.PASS,
    "pass incompletion": PlayKind.PASS,
    "passing touchdown": PlayKind.PASS,
    "pass interception": PlayKind.PASS,
    "pass interception return": PlayKind.PASS,
    "interception": PlayKind.PASS,
    "interception return": PlayKind.PASS,
    "interception return touchdown": PlayKind.PASS,
    "pass interception return touchdown": PlayKind.PASS,
    "sack": PlayKind.SACK,
    "sack touchdown": PlayKind.SACK,
    "punt": PlayKind.PUNT,
    "punt return": PlayKind.PUNT,
    "punt touchdown": PlayKind.PUNT,
    "punt return touchdown": PlayKind.PUNT,
    "punt team fumble recovery": PlayKind.PUNT,
    "punt team fumble recovery touchdown": PlayKind.PUNT,
    "blocked punt": PlayKind.PUNT,
    "blocked punt touchdown": PlayKind.PUNT,
    "blocked punt team recovery": PlayKind.PUNT,
    "kickoff": PlayKind.KICKOFF,
    "kickoff touchdown": PlayKind.KICKOFF,
    "kickoff return (offense)": PlayKind.KICKOFF,
    "kickoff return (defense)": PlayKind.KICKOFF,
    "kickoff return touchdown": PlayKind.KICKOFF,
    "kickoff team fumble recovery": PlayKind.KICKOFF,
    "kickoff team fumble recovery touchdown": PlayKind.KICKOFF,
    "kickoff (safety)": PlayKind.KICKOFF,
    "field goal": PlayKind.FIELD_GOAL,
    "field goal good": PlayKind.FIELD_GOAL,
    "field goal missed": PlayKind.FIELD_GOAL,
    "blocked field goal": PlayKind.FIELD_GOAL,
    "blocked field goal touchdown": PlayKind.FIELD_GOAL,
    "missed field goal return": PlayKind.FIELD_GOAL,
    "missed field goal return touchdown": PlayKind.FIELD_GOAL,
    "extra point good": PlayKind.TRY,
    "extra point missed": PlayKind.TRY,
    "blocked pat": PlayKind.TRY,
    "two point pass": PlayKind.TRY,
    "two point rush": PlayKind.TRY,
    "two-point conversion": PlayKind.TRY,
    "2pt conversion": PlayKind.TRY,
    "defensive 2pt conversion": PlayKind.TRY,
    "offensive 1pt safety": PlayKind.TRY,
    "penalty": PlayKind.PENALTY,
    "penalty (kickoff)": PlayKind.KICKOFF,
    "penalty (safety)": PlayKind.PENALTY,
    "timeout": PlayKind.TIMEOUT,
    "start of period": PlayKind.PERIOD_END,
    "end period": PlayKind.PERIOD_END,
    "end of half": PlayKind.HALF_END,
    "end of regulation": PlayKind.REGULATION_END,
    "end of game": PlayKind.GAME_END,
    "coin toss": PlayKind.COIN_TOSS,
}
"""Kind of a row by its type, in lower case. Types that are not here leave it to the text."""

TURNOVERS: Final = frozenset(
    (
        "pass interception", "pass interception return", "interception", "interception return",
        "interception return touchdown", "pass interception return touchdown", "fumble recovery (opponent)",
        "fumble recovery (opponent) touchdown", "fumble return touchdown",
    )
)  # fmt: skip
"""Types by which the feed says that the ball was lost to the other side."""

_ADMINISTRATIVE_TEXTS: Final = (
    (re.compile(r"coin toss"), PlayKind.COIN_TOSS),
    (re.compile(r"^\s*end of (?:game|4th quarter)"), PlayKind.GAME_END),
    (re.compile(r"^\s*end of (?:half|1st half|2nd quarter)"), PlayKind.HALF_END),
    (re.compile(r"^\s*(?:end|start) of "), PlayKind.PERIOD_END),
)
_ADMINISTRATIVE_TEXT: Final = re.compile(r"^\s*(?:\w+ )?time-?out\b|\btoss\b|^\s*(?:end|start) of ")
_ADMINISTRATIVE_STARTS: Final = ("timeout", "end of ", "start of ")
_NAMED_BY: Final = {
    PlayKind.RUN: (" run ", " rush ", " kneel"),
    PlayKind.PASS: (" pass",),
    PlayKind.SACK: ("sack",),
    PlayKind.PUNT: ("punt",),
}
"""Kinds that a text can contradict, and the words that name each."""
_CONTRADICTING: Final = frozenset((*_NAMED_BY, PlayKind.KICKOFF, PlayKind.PENALTY))

_ADMINISTRATIVE_TYPES: Final = frozenset((PlayKind.PERIOD_END, PlayKind.HALF_END, PlayKind.GAME_END))


def kind_of(type_text: str | None, text: str, period: int | None = None) -> PlayKind:
    """Return the kind of a row by its type, or else by its text.

    Args:
        type_text: ESPN's name of the play's type, in any case; None where the row has none.
        text: the row's own words.
        period: the row's period: an `End Period` of the second ends the half, of the fourth regulation.
    """
    name = type_text.lower() if type_text else ""
    kind = KINDS.get(name)
    if kind is None or name == "start of period":
        kind = _kind_of_text(text.lower())
    elif text and kind in ADMINISTRATIVE:
        kind = _played_after_all(kind, text.lower())
    elif text and kind in _NAMED_BY and "touchdown" not in name:
        kind = _contradicted(kind, text.lower())
    if kind in _ADMINISTRATIVE_TYPES:
        if period == 2:
            return PlayKind.HALF_END
        if kind is PlayKind.HALF_END and period in (1, 3):
            return PlayKind.PERIOD_END
        if kind is PlayKind.PERIOD_END and period == 4:
            return PlayKind.REGULATION_END
    return kind


def contradicts(type_text: str | None, kind: PlayKind) -> bool:
    """Whether a kind, as `kind_of` has returned it, is another than the row's type says."""
    typed = KINDS.get(type_text.lower()) if type_text else None
    return typed not in (None, kind) and not (typed in ADMINISTRATIVE and kind in ADMINISTRATIVE)


def _played_after_all(kind: PlayKind, text: str) -> PlayKind:
    """Return the kind of a timeout or an end of period, in whose text a ball may be played."""
    if text.startswith(_ADMINISTRATIVE_STARTS) or _ADMINISTRATIVE_TEXT.search(text):
        return kind
    told = _kind_of_text(text)
    return kind if told is PlayKind.UNKNOWN else told


def _contradicted(kind: PlayKind, text: str) -> PlayKind:
    """Return the kind of a play whose text may say that its type is wrong.

    The text wins where it tells of another kind and does not so much as name the typed one: a run that is a
    kick-off, a penalty or an end of period.
    """
    if text.startswith(_ADMINISTRATIVE_STARTS):
        return _kind_of_text(text)
    text = f" {text}"
    if any(word in text for word in _NAMED_BY[kind]):
        return kind
    told = kind_by_text(text)
    return told if told in _CONTRADICTING else kind


def _kind_of_text(text: str) -> PlayKind:
    for pattern, kind in _ADMINISTRATIVE_TEXTS:
        if pattern.search(text):
            return kind
    return kind_by_text(text)


def is_turnover(type_text: str | None) -> bool:
    """Whether the type says that the ball was lost to the other side."""
    return type_text is not None and type_text.lower() in TURNOVERS


# --- who called a timeout ----------------------------------------------------------------------------------

_TIMEOUT: Final = re.compile(r"^\s*time-?out\s+(?:by\s+)?([^,]*)", re.IGNORECASE)
_NOT_LETTERS: Final = re.compile(r"[^a-z0-9]+")
_ALIASES: Final = {
    ("connecticut",): ("uconn",),
    ("umass",): ("massachusetts",),
    ("tenn", "martin"): ("ut", "martin"),
}
"""Names in timeout texts that share no beginning with the team's name."""

Name = tuple[str, ...]
"""A team's name as its words: lower case, without accents and signs."""


def name_words(name: str) -> Name:
    """Return a name as comparable words; a closing "St" is "State"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = [part for part in _NOT_LETTERS.split(plain.replace("&", "")) if part]
    if len(words) > 1 and words[-1] == "st":
        words[-1] = "state"
    return _ALIASES.get(tuple(words), tuple(words))


def timeout_side(text: str, home_names: Iterable[str], away_names: Iterable[str]) -> Side | None:
    """Return who called the timeout of a text such as "Timeout ARIZONA, clock 00:09".

    A name is compared with each side's names by ever looser rules: the same letters; shortened word by word;
    one begins the other; its letters stand in the other in order. The first rule that fits one side and not
    the other decides. None where both or neither fit.
    """
    match = _TIMEOUT.match(text)
    called = name_words(match[1]) if match else ()
    if not called:
        return None
    home = [words for name in home_names if (words := name_words(name))]
    away = [words for name in away_names if (words := name_words(name))]
    for fits in (_same, _shortened, _begins, _abbreviates):
        by_home = any(fits(called, name) for name in home)
        by_away = any(fits(called, name) for name in away)
        if by_home != by_away:
            return Side.HOME if by_home else Side.AWAY
        if by_home:
            return None
    return None


def _same(called: Name, name: Name) -> bool:
    return "".join(called) == "".join(name)


def _shortened(called: Name, name: Name) -> bool:
    return len(called) == len(name) and all(map(_in_order, called, name))


def _begins(called: Name, name: Name) -> bool:
    one, other = "".join(called), "".join(name)
    return one.startswith(other) or other.startswith(one)


def _abbreviates(called: Name, name: Name) -> bool:
    one, other = "".join(called), "".join(name)
    return min(len(one), len(other)) > 1 and _in_order(*sorted((one, other), key=len))


def _in_order(short: str, long: str) -> bool:
    """Whether the letters of `short` stand in `long` in order, from the same first letter on."""
    rest = iter(long)
    return short[0] == long[0] and all(letter in rest for letter in short)
