"""What the engine has said, on its way out: an update with what the shell knows beside it.

The update's canonical bytes are hashed, stored and sent as they are; the stamps and the feed's own words are
beside them, because the engine knows no time and says no prose.
"""

from dataclasses import dataclass

from engine.core.update import Update


@dataclass(frozen=True, slots=True)
class Told:
    """One update and its circumstances; whoever carries updates takes these."""

    update: Update
    encoded: bytes
    """The update's canonical bytes (JSON)."""
    text: str
    """The feed's own words of the causing play; empty where no play caused it."""
    received_ns: int
    """When the causing statement was received from the feed, nanoseconds since 1970."""
    updated_ns: int
    """When the engine had returned the update, nanoseconds since 1970."""

    @property
    def game_id(self) -> str:
        """The game it belongs to."""
        return self.update.game_id

    @property
    def offset(self) -> int:
        """Its offset within the game's epoch."""
        return self.update.offset
