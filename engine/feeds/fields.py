"""Vendor fields as values: numbers, words, clocks and stamps, or None where a field is not what it should be.

Nothing here raises: a vendor can put anything anywhere, and what cannot be read is missing.
"""

import math
import re
from datetime import UTC, datetime
from typing import Any, Final

MOST_TEXT_CHARACTERS: Final = 2_000
"""A play's text is cut to this: the longest true one in six seasons has about 1,000."""

_MOST_WHOLE: Final = 2**53
_NS: Final = 1_000_000_000
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.0+)?", re.ASCII)
_CLOCK: Final = re.compile(r"\s*([0-9]{0,3}):([0-9]{2})(?:\.[0-9]+)?\s*", re.ASCII)


def whole(value: Any) -> int | None:
    """Return a whole number given as a number or as digits; None for null, NaN, fractions and all else."""
    if type(value) is int:
        return value if -_MOST_WHOLE <= value <= _MOST_WHOLE else None
    if type(value) is float:
        return int(value) if -_MOST_WHOLE <= value <= _MOST_WHOLE and value.is_integer() else None
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    return None


def real(value: Any) -> float | None:
    """Return a finite number given as a number or as digits, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None


def flag(value: Any) -> bool:
    """Return whether a field says yes: true, 1, or the words for it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.strip().lower() in ("true", "t", "1", "yes")
    return value == 1 if isinstance(value, int | float) else False


def word(value: Any) -> str | None:
    """Return an id or a name as text without surrounding blanks; None where there is none."""
    if isinstance(value, str):
        return value.strip() or None
    number = whole(value)
    return None if number is None else str(number)


def record(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty one where the field is anything else."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[dict[str, Any]]:
    """Return the JSON objects of a list; none where the field is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def clock_seconds(value: Any) -> int | None:
    """Return the seconds of a clock such as "12:31" or ":31", else None."""
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else int(match[1] or 0) * 60 + int(match[2])


def stamp_ns(value: Any) -> int | None:
    """Return nanoseconds since 1970 of an ISO 8601 stamp (UTC where it names no zone), else None."""
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1_000) * (_NS // 1_000)
    except (ValueError, OverflowError):
        return None
