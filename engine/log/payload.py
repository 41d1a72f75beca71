"""An event as the bytes that a record holds, and which events can be held.

What is recorded must say the same when it is read again, from the log as from the season file that
`wpsim archive` makes of it: otherwise a replay would give other updates than were told. So numbers have to
fit the season file's types.
"""

from typing import Final

import msgspec

from engine.core.events import Event, decode_event, encode_event
from engine.log.errors import UnrecordableError
from engine.log.frames import MOST_PAYLOAD_BYTES

MOST_TEXT_CHARACTERS: Final = 65_536
"""As long as a season file's text may be."""
MOST_REAL: Final = 1e9
"""A line or a measurement at or beyond this is no number to a season file."""
_LEAST_INT: Final = -(2**63)
_MOST_INT: Final = 2**63 - 1


def payload_of(event: Event) -> bytes:
    """Return the canonical JSON of an event.

    Raises:
        UnrecordableError: it is too long, holds a number out of range or a text that is no Unicode, or
        reads otherwise than it was written.
    """
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, float):
            if not -MOST_REAL < value < MOST_REAL:
                raise _unrecordable(event, f"{name} is {value!r}; expected a number below {MOST_REAL:g}")
        elif isinstance(value, int):
            if not _LEAST_INT <= value <= _MOST_INT:
                raise _unrecordable(event, f"{name} is {value!r}; expected a whole number of 64 bits")
        elif isinstance(value, str) and len(value) > MOST_TEXT_CHARACTERS:
            raise _unrecordable(
                event, f"{name} has {len(value)} characters; expected at most {MOST_TEXT_CHARACTERS}"
            )
    try:
        payload = encode_event(event)
        again = encode_event(decode_event(payload))
    except (ValueError, TypeError, OverflowError, msgspec.MsgspecError) as error:
        raise _unrecordable(event, f"it cannot be written as JSON ({error})") from error
    if again != payload:
        raise _unrecordable(
            event, "a field has not the type that its format states, and would read otherwise"
        )
    if len(payload) > MOST_PAYLOAD_BYTES:
        raise _unrecordable(event, f"it has {len(payload)} bytes; expected at most {MOST_PAYLOAD_BYTES}")
    return payload


def _unrecordable(event: Event, problem: str) -> UnrecordableError:
    kind = type(event).__name__
    return UnrecordableError(
        f"{kind} of game {event.game_id!r:.100}: {problem:.300}; the feed's reader should leave the field out"
    )
