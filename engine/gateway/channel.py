"""One game's updates as frames by offset, its newest snapshot, and who listens. No sockets here."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from engine.gateway.deflate import deflated
from engine.gateway.frames import text_frame
from engine.gateway.limits import Limits

if TYPE_CHECKING:
    from engine.gateway.connection import Connection

MakeSnapshot = Callable[[], bytes]
"""Gives the message of a snapshot as of the last update that was published; called between updates only."""

_NOTHING_JOINED: Final = (0, 0, b"")


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
        # The deflated frame of updates by offset, of those that are kept and were ever needed so; only
        # _deflated changes it, and add and restart, which forget.
        self._deflated_frames: dict[int, bytes] = {}
        # The snapshot's frame deflated; empty until it is needed.
        self._deflated_snapshot = b""
        # Frames last joined for clients that miss the same, and from and to where; plain, and deflated.
        self._joined: list[tuple[int, int, bytes]] = [_NOTHING_JOINED, _NOTHING_JOINED]
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
        self._deflated_frames.clear()
        self._joined = [_NOTHING_JOINED, _NOTHING_JOINED]

    def add(self, frame: bytes) -> None:
        """Add the frame of the next update; the oldest are given up where the bounds ask for it."""
        self._frames.append(frame)
        self.next_offset += 1
        self.kept_bytes += len(frame)
        limits = self._limits
        while len(self._frames) > limits.kept_updates or self.kept_bytes > limits.kept_bytes:
            self.kept_bytes -= len(self._frames.pop(0))
            self._deflated_frames.pop(self.first_offset, None)
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

    def newest_deflated(self) -> bytes:
        """Return the same for those who negotiated compression; it is deflated once. There is one."""
        return self._deflated(self.next_offset - 1)

    def few_since(self, offset: int, *, deflates: bool = False) -> bytes | None:
        """Return the frames from that offset on, joined; None where they are not few, or not all at hand."""
        if offset < self.first_offset or self.next_offset - offset > self._limits.catch_up_updates:
            return None
        first, end, joined = self._joined[deflates]
        if (first, end) != (offset, self.next_offset):
            joined = b"".join(self._range(offset, self.next_offset, deflates))
            self._joined[deflates] = (offset, self.next_offset, joined)
        return joined if len(joined) <= self._limits.catch_up_bytes else None

    def chunk(self, offset: int, *, deflates: bool = False) -> tuple[bytes, int]:
        """Return some frames from that offset on, joined, and the offset after them.

        At least one, and not many more bytes than a client may be sent at once. The offset is at hand.
        """
        taken = []
        room = self._limits.catch_up_bytes
        for frame in self._range(offset, self.next_offset, deflates):
            taken.append(frame)
            room -= len(frame)
            if room <= 0:
                break
        return b"".join(taken), offset + len(taken)

    def _range(self, first: int, end: int, deflates: bool) -> Iterator[bytes]:
        """Give frames by offset, each deflated if it is asked for and worth its time.

        An update is deflated while it is new. Of an older one, which was not needed so then, the plain frame
        is as good, and a client that asks for thousands of them does not hold up everybody else.
        """
        new = self.next_offset - self._limits.catch_up_updates
        for offset in range(first, end):
            if deflates and (offset >= new or offset in self._deflated_frames):
                yield self._deflated(offset)
            else:
                yield self._frames[offset - self.first_offset]

    def _deflated(self, offset: int) -> bytes:
        frame = self._deflated_frames.get(offset)
        if frame is None:
            frame = self._deflated_frames[offset] = deflated(self._frames[offset - self.first_offset])
        return frame

    def snapshot(self, *, deflates: bool = False) -> bytes:
        """Return the frame of the newest snapshot; it is made, and deflated, at most once an offset."""
        if self._snapshot_offset != self.next_offset:
            self._snapshot = text_frame(self._make_snapshot())
            self._snapshot_offset = self.next_offset
            self._deflated_snapshot = b""
        if not deflates:
            return self._snapshot
        if not self._deflated_snapshot:
            self._deflated_snapshot = deflated(self._snapshot)
        return self._deflated_snapshot
