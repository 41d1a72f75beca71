"""What the log says of the feeds: that one fails from the start, falls silent, or is live again."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from engine.core.events import FeedHealth
from engine.feeds.source import Source

_LOOK_S: Final = 1.0

logger = structlog.get_logger("wpsim.feeds")


class FeedWatch:
    """Looks at what the feeds count, and writes a line for each change that somebody may have to act upon."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._healths = {source.name: source.counts.health for source in sources}
        # Feeds of which was said that they fail and have never answered.
        self._mute: set[str] = set()

    async def run(self) -> None:
        """Look once a second, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)

    def look(self) -> None:
        """Write what has changed since the last look."""
        for source in self._sources:
            name, counts = source.name, source.counts
            if counts.last_heard_ns is None and counts.errors and name not in self._mute:
                self._mute.add(name)
                logger.warning(
                    "a feed fails and has said nothing so far", feed=name, failures=dict(counts.errors)
                )
            if counts.health is self._healths[name]:
                continue
            self._healths[name] = counts.health
            say = logger.info if counts.health is FeedHealth.LIVE else logger.warning
            say(
                "the health of a feed has changed",
                feed=name, health=str(counts.health), failures=dict(counts.errors),
            )  # fmt: skip
