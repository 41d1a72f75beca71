"""Statements that the engine could not digest, set aside with the cause: one JSON object a line.

Nothing depends on this file but a person who wants to know. It is bounded, and writing to it never raises.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

MOST_BYTES: Final = 16 * 1024 * 1024
"""Once the file is as long, further statements are counted and not written."""
MOST_EVENT_BYTES: Final = 64 * 1024
MOST_CAUSE_CHARACTERS: Final = 1_000


class Quarantine:
    """An append-only file of statements set aside."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        most_bytes: int = MOST_BYTES,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Args: most_bytes: the file does not grow beyond."""
        self.path: Final = Path(path)
        self.most_bytes: Final = most_bytes
        # What was written, and what found no room or no disk, since the start.
        self.added = 0
        self.lost = 0
        self._now_ns = now_ns

    def add(self, game_id: str, cause: str, event: object) -> None:
        """Set a statement aside.

        Args:
            game_id: whose it is.
            cause: why.
            event: its JSON as bytes or text, or anything else, which is then shown as Python would.
        """
        try:
            told = {
                "time_ns": self._now_ns(),
                "game_id": str(game_id)[:MOST_CAUSE_CHARACTERS],
                "cause": str(cause)[:MOST_CAUSE_CHARACTERS],
                **_shown(event),
            }
            line = json.dumps(told).encode() + b"\n"
            fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fits = os.fstat(fd).st_size + len(line) <= self.most_bytes
                whole = fits and os.write(fd, line) == len(line)
            finally:
                os.close(fd)
        except Exception:  # noqa: BLE001 -- whatever a poisonous statement does when shown, the service goes on
            whole = False
        if whole:
            self.added += 1
        else:
            self.lost += 1


def _shown(event: object) -> dict[str, Any]:
    """Return a statement as JSON where it is some and not too long, and as text where it is not."""
    if isinstance(event, bytes | str) and len(event) <= MOST_EVENT_BYTES:
        try:
            return {"event": json.loads(event)}
        except ValueError:
            pass
    text = event if isinstance(event, str) else repr(event)
    return {"repr": text[:MOST_EVENT_BYTES]}
