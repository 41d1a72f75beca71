"""The newest snapshot of each game as bytes, so that a thousand who join at once cost one encoding."""

from collections import OrderedDict
from typing import Final, NamedTuple, Protocol

MOST_GAMES: Final = 512
MOST_BYTES: Final = 64 * 1024 * 1024


class CachedSnapshot(NamedTuple):
    """A game's snapshot as it was at an offset."""

    epoch: str
    offset: int
    encoded: bytes


class SnapshotCache(Protocol):
    """Keeps the newest snapshot of each game."""

    def get(self, game_id: str) -> CachedSnapshot | None:
        """Return a game's newest snapshot; None where none is kept."""

    def put(self, game_id: str, epoch: str, offset: int, encoded: bytes) -> None:
        """Keep a snapshot, unless a newer one of the same epoch is kept."""


class MemorySnapshots:
    """Snapshots in this process; the game that was asked or told of longest ago makes room."""

    def __init__(self, *, most_games: int = MOST_GAMES, most_bytes: int = MOST_BYTES) -> None:
        """Args: most_games, most_bytes: what is kept at most; a snapshot longer than that is not kept."""
        self._most_games = most_games
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, CachedSnapshot] = OrderedDict()
        # Of all that is kept; `_keep` and `_drop` move it.
        self._bytes = 0

    @property
    def kept_bytes(self) -> int:
        """How much is kept now."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, game_id: str) -> CachedSnapshot | None:
        """Return a game's newest snapshot; None where none is kept."""
        found = self._kept.get(game_id)
        if found is not None:
            self._kept.move_to_end(game_id)
        return found

    def put(self, game_id: str, epoch: str, offset: int, encoded: bytes) -> None:
        """Keep a snapshot, unless a newer one of the same epoch is kept."""
        known = self._kept.get(game_id)
        if known is not None:
            if known.epoch == epoch and known.offset > offset:
                return
            self._drop(game_id)
        if len(encoded) > self._most_bytes:
            return
        self._kept[game_id] = CachedSnapshot(epoch, offset, encoded)
        self._bytes += len(encoded)
        while len(self._kept) > self._most_games or self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, game_id: str) -> None:
        self._bytes -= len(self._kept.pop(game_id).encoded)
