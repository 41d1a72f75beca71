"""One game's updates as frames by offset, its newest snapshot, and who listens. No sockets here."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from engine.gateway.frames import text_frame
from engine.gateway.limits import Limits

if TYPE_CHECKING:
    from engine.gateway.connection import Connection

MakeSnapshot = Callable[[], bytes]
"""Gives the message of a snapshot as of the last update that was published; called between updates only."""


class Channel:
    """What can be told of one game, and to whom."""

    def __init__(self, game_id: str, epoch: str, make_snapshot: MakeSnapshot, limits: Limits) -> None:
        self.game_id: Final = game_id
        self._limits = limits
        # Only `restart` and `replace_snapshot` change these two.
        self.epoch = epoch
        self._make_snapshot = make_snapshot
        # Frames of the updates first_offset .. next_offset - 1, without a gap; only add and restart
        # change them.
        self._frames: list[bytes] = []
        self.first_offset = 0
        self.next_offset = 0
        # The bytes of these frames.
        self.kept_bytes = 0
        # Frame of the snapshot, and the next offset when it was made.
        self._snapshot = b""
        self._snapshot_offset = -1
        # Frames last joined for clients that miss the same, and from and to where.
        self._joined = b""
        self._joined_range = (0, 0)
        # Everybody who listens, oldest first; only connections enter and leave themselves.
        self.members: dict[Connection, None] = {}

    def replace_snapshot(self, make_snapshot: MakeSnapshot) -> None:
        """Let another make the snapshots from now on."""
        self._make_snapshot = make_snapshot
        self._snapshot_offset = -1

    def restart(self, epoch: str, next_offset: int = 0) -> None:
        """Forget every update: what is told from now on does not follow on what was told before."""
        self.epoch = epoch
        self._frames.clear()
        self.kept_bytes = 0
        self.first_offset = self.next_offset = next_offset
        self._snapshot = b""
        self._snapshot_offset = -1
        self._joined_range = (0, 0)

    def add(self, frame: bytes) -> None:
        """Add the frame of the next update; the oldest are given up where the bounds ask for it."""
        self._frames.append(frame)
        self.next_offset += 1
        self.kept_bytes += len(frame)
        limits = self._limits
        while len(self._frames) > limits.kept_updates or self.kept_bytes > limits.kept_bytes:
            self.kept_bytes -= len(self._frames.pop(0))
            self.first_offset += 1

    @property
    def newest(self) -> bytes:
        """The frame of the newest update; empty before the first."""
        return self._frames[-1] if self._frames else b""

    def frames(self) -> list[bytes]:
        """Return the frames that are kept, from `first_offset` on."""
        return list(self._frames)

    def snapshot_message(self) -> bytes:
        """Return the message of a snapshot as of the newest update, as it stands inside its frame."""
        return self._make_snapshot()

    def knows(self, epoch: str, offset: int) -> bool:
        """Whether every update after that offset is at hand (none missed counts as at hand)."""
        return epoch == self.epoch and self.first_offset - 1 <= offset < self.next_offset

    def few_since(self, offset: int) -> bytes | None:
        """Return the frames from that offset on, joined; None where they are not few, or not all at hand."""
        if offset < self.first_offset or self.next_offset - offset > self._limits.catch_up_updates:
            return None
        if self._joined_range != (offset, self.next_offset):
            self._joined = b"".join(self._frames[offset - self.first_offset :])
            self._joined_range = (offset, self.next_offset)
        return self._joined if len(self._joined) <= self._limits.catch_up_bytes else None

    def chunk(self, offset: int) -> tuple[bytes, int]:
        """Return some frames from that offset on, joined, and the offset after them.

        At least one, and not many more bytes than a client may be sent at once. The offset is at hand.
        """
        start = end = offset - self.first_offset
        room = self._limits.catch_up_bytes
        frames = self._frames
        while end < len(frames) and room > 0:
            room -= len(frames[end])
            end += 1
        return b"".join(frames[start:end]), end + self.first_offset

    def snapshot(self) -> bytes:
        """Return the frame of the newest snapshot; it is made once an offset."""
        if self._snapshot_offset != self.next_offset:
            self._snapshot = text_frame(self._make_snapshot())
            self._snapshot_offset = self.next_offset
        return self._snapshot
