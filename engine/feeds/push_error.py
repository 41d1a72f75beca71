"""Why a pushed body is refused: which item, which field, what came and what was expected."""

import re
from typing import Any, Final

import msgspec

from engine.core.events import FeedHealth, Market, Outcome, Status
from engine.core.football import Phase, PlayKind, Side
from engine.feeds.bounds import MOST_ID_CHARACTERS
from engine.feeds.fields import MOST_TEXT_CHARACTERS
from engine.feeds.json_body import BodyError, read_json

_MOST_CHARACTERS: Final = 60
_PATH: Final = re.compile(r" - at `\$\.?([^`]*)`$")
_EXPECTED: Final = re.compile(r"^Expected `([^`]*)`")
_MISSING: Final = re.compile(r"^Object missing required field `([^`]*)`")
_WORDS: Final = {
    "event": ("game_start", "play", "odds", "tracking", "feed_status", "game_end"),
    "kind": tuple(PlayKind),
    "status": tuple(Status),
    "market": tuple(Market),
    "health": tuple(FeedHealth),
    "outcome": tuple(Outcome),
    "possession": tuple(Side),
    "next_possession": tuple(Side),
    "timeout_by": tuple(Side),
    "next_phase": tuple(Phase),
}


class PushError(ValueError):
    """A pushed body is refused; nothing of it was taken."""

    def __init__(self, item: int | None, field: str, came: str, expected: str) -> None:
        """Args: item: which event of the batch, from 0; None where it is the body itself."""
        self.item, self.field, self.came, self.expected = item, field, came, expected
        where = f"field {field}" if item is None else f"item {item}, field {field}"
        super().__init__(f"{where} is {came}; expected {expected}. Nothing of the batch was taken")


def refusal(error: msgspec.ValidationError, raw: msgspec.Raw, number: int) -> PushError:
    """Return the refusal that an invalid event deserves, from what msgspec says of it."""
    said = str(error)
    path = _PATH.search(said)
    field = path[1] if path else ""
    missing = _MISSING.match(said)
    if missing:
        return PushError(number, f"{field}.{missing[1]}".lstrip("."), "missing", "a value: it is required")
    expected = _EXPECTED.match(said)
    if expected:
        wanted = expected[1]
    elif field in _WORDS:
        wanted = "one of " + ", ".join(_WORDS[field])
    else:
        wanted = wanted_of(0)
    return PushError(number, field or "$", shown(_at(raw, field)), wanted)


def wanted_of(value: object) -> str:
    """Return what a field out of bounds should have been, by what kind of value it is."""
    if isinstance(value, str):
        return f"UTF-8, an id of 1-{MOST_ID_CHARACTERS} or a text of up to {MOST_TEXT_CHARACTERS} characters"
    return "a finite number of 64 bits; a revision is 0 or more"


def _at(raw: msgspec.Raw, field: str) -> Any:
    """Return the value at a dotted path of an item."""
    try:
        value = read_json(bytes(raw))
    except BodyError:
        return "a number beyond all bounds"
    for name in field.split(".") if field else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value


def shown(value: Any) -> str:
    """Return a value short enough for a message, whatever it is."""
    try:
        written = repr(value)
    except (ValueError, RecursionError):
        written = f"a {type(value).__name__} beyond all bounds"
    written = written.encode("ascii", "backslashreplace").decode()
    return written if len(written) <= _MOST_CHARACTERS else written[: _MOST_CHARACTERS - 3] + "..."


def reason(error: Exception) -> str:
    """Return why a body could not be decoded."""
    return "too deep" if isinstance(error, RecursionError) else str(error).encode("ascii", "replace").decode()
