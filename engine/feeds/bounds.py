"""Events that the log, the season file and a screen can take, whatever stood in the feed.

A number beyond 64 bits, a fraction that is not finite, half a character or a text without end is left out or
cut, field by field. Football that cannot be (a ninth down) is not judged here: the core doubts it.
"""

import math
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from engine.core.events import Event, Team
from engine.feeds.fields import MOST_TEXT_CHARACTERS

MOST_ID_CHARACTERS: Final = 128
MOST_NAME_CHARACTERS: Final = 200
LEAST_WHOLE: Final = -(2**63)
MOST_WHOLE: Final = 2**63 - 1

AnyEvent = TypeVar("AnyEvent", bound=Event)

_NEEDED: Final = {
    "received_ns": (0, MOST_WHOLE),
    "revision": (0, 2**53),
    "order": (-(2**53), 2**53),
}
"""Whole numbers without which a statement says nothing; there is room to count on from the greatest."""


def bounded(event: AnyEvent) -> tuple[AnyEvent | None, tuple[str, ...]]:
    """Return an event with every field within bounds, and the names of the fields that were not.

    An event is None where what it cannot do without is out of bounds: an id, its place, its revision.
    """
    changes: dict[str, Any] = {}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if value is None or value is True or value is False:
            continue
        kind = type(value)
        if kind is int:
            least, most = _NEEDED.get(name, (LEAST_WHOLE, MOST_WHOLE))
            if not least <= value <= most:
                if name in _NEEDED:
                    return None, (name,)
                changes[name] = None
        elif kind is float:
            if not math.isfinite(value):
                changes[name] = None
        elif kind is str:
            if name == "text":
                text = clean(value, MOST_TEXT_CHARACTERS)
                if text != value:
                    changes[name] = text
            elif not is_good_id(value):
                return None, (name,)
        elif kind is Team:
            team = _bounded_team(value)
            if team != value:
                changes[name] = team
    if not changes:
        return event, ()
    return replace(event, **changes), tuple(changes)


def clean(text: str, most_characters: int) -> str:
    """Return a text that is valid UTF-8 and no longer than allowed; half a character becomes U+FFFD."""
    text = text[:most_characters]
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")[:most_characters]
    return text


def is_good_id(value: str) -> bool:
    """Whether a text can name something: neither empty nor endless, and valid UTF-8."""
    return 0 < len(value) <= MOST_ID_CHARACTERS and clean(value, MOST_ID_CHARACTERS) == value


def _bounded_team(team: Team) -> Team:
    return Team(
        clean(team.team_id, MOST_ID_CHARACTERS),
        clean(team.name, MOST_NAME_CHARACTERS),
        clean(team.abbreviation, MOST_NAME_CHARACTERS),
    )
