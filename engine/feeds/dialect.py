"""What a vendor's dialect is to the poller: where to ask, and what an answer says."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from engine.feeds.telling import Payload


class Listed(NamedTuple):
    """A game that a feed offers."""

    game_id: str
    scheduled_ns: int | None = None
    said: object = None
    """What else the list says of it and its payload depends on; where that changes, the game is read anew."""


class Dialect(Protocol):
    """One vendor's way of telling: where to ask, and what an answer says. It may raise nothing."""

    def list_url(self) -> str:
        """Where the day's games are listed."""

    def listed(self, value: Any) -> list[Listed] | None:
        """Return the games of a list's JSON value; None where it is no such list."""

    def game_url(self, game_id: str) -> str:
        """Where one game is told."""

    def payload(self, value: Any, game_id: str) -> Payload | None:
        """Return what a game's JSON value says; None where it is not about that game."""

    def headers(self) -> Mapping[str, str]:
        """What to send with every request."""
