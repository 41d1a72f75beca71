"""How the second screen is used, as counters: sections looked at, and for how long. No personal data.

No address, no agent, no cookie and no name is taken in, so none can be told. What a page may report is on a
list; everything else is counted as ignored, by one of a few reasons. Who is there now, and how long they
stay, is counted where they connect (`engine/gateway/counts.py`), as bare numbers, too.
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec

MOST_USAGE_BYTES: Final = 1_024
"""A report that is longer is none."""
MOST_SECONDS: Final = 3_600.0
"""The longest stay in one section that one report may tell; pages report every minute or so."""
SECTIONS: Final = frozenset(
    {
        "games",
        "game",
        "chart",
        "plays",
        "key_plays",
        "decision",
        "market",
        "freshness",
        "situation",
        "settings",
    }
)
"""What a page may say that it showed."""


class UsageError(ValueError):
    """A report that cannot be read; the message says what was expected."""


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    section: str
    seconds: float


_decode: Final = msgspec.json.Decoder(_Report).decode
_EXPECTED: Final = 'expected JSON like {"section":"chart","seconds":12}'


@dataclass(slots=True)
class UsageCounts:
    """What was reported so far."""

    views: dict[str, int] = field(default_factory=lambda: dict.fromkeys(sorted(SECTIONS), 0))
    """Reports by section."""
    viewed_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(sorted(SECTIONS), 0.0))
    """Seconds by section."""
    ignored: dict[str, int] = field(
        default_factory=lambda: {"too_large": 0, "unreadable": 0, "unknown_section": 0, "seconds": 0}
    )
    """Reports that were not counted, by reason."""


class Usage:
    """The counters of the second screen."""

    def __init__(self) -> None:
        self.counts: Final = UsageCounts()

    def take(self, body: bytes) -> None:
        """Count one report of a page.

        Raises:
            UsageError: It is none; that is counted, too.
        """
        counts = self.counts
        if len(body) > MOST_USAGE_BYTES:
            raise self._ignore(
                "too_large", f"the report is longer than {MOST_USAGE_BYTES} bytes; {_EXPECTED}"
            )
        try:
            report = _decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise self._ignore("unreadable", f"the report cannot be read ({error}); {_EXPECTED}") from None
        if report.section not in SECTIONS:
            raise self._ignore(
                "unknown_section", f"unknown section; expected one of {', '.join(sorted(SECTIONS))}"
            )
        if not 0.0 <= report.seconds <= MOST_SECONDS:
            raise self._ignore(
                "seconds", f"seconds came as {report.seconds:g}; expected 0 to {MOST_SECONDS:g}"
            )
        counts.views[report.section] += 1
        counts.viewed_s[report.section] += report.seconds

    def _ignore(self, reason: str, message: str) -> UsageError:
        self.counts.ignored[reason] += 1
        return UsageError(message)
