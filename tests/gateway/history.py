"""The checker: what one viewer was told of a game, message by message, must be whole."""

from typing import Any


class BrokenError(AssertionError):
    """A history has a hole, a double, a wrong order, or something that was never announced."""


class History:
    """Folds the messages of one viewer, across all of its connections.

    A viewer that reconnects says so (`reconnected`), with the offset from which it asked to resume, or None.
    """

    def __init__(self, epoch: str) -> None:
        self._epoch = epoch
        self.offset: int | None = None
        """Of the newest that it knows; None before the first snapshot."""
        # The offset after which it is to go on; set by a reconnect, taken by what answers it.
        self._asked: int | None = None
        # The least offset of the snapshot that is due, at the start or since updates were left out.
        self._snapshot_due: int | None = -1
        self.seen: list[int] = []
        """Offsets that were told, in order; those asked for again are in it once."""
        self.conflated = 0
        self.snapshots = 0
        self.resumed = 0

    @property
    def left_out(self) -> bool:
        """Whether it was told that updates are left out, and the snapshot instead of them is due."""
        return self._snapshot_due is not None and self._snapshot_due >= 0

    def reconnected(self, asked: int | None) -> None:
        """Note a new connection."""
        self._asked = asked
        self._snapshot_due = -1 if asked is None else None

    def take(self, message: dict[str, Any]) -> None:
        """Check a message against all before it.

        Raises:
            BrokenError: it cannot follow.
        """
        data = message["data"]
        match message["type"]:
            case "snapshot":
                self._snapshot(data)
            case "update":
                self._update(data)
            case "resumed":
                self._resume(data)
            case "status" if data["status"] == "conflated":
                self._conflate(data)
            case _:
                pass

    def _snapshot(self, data: dict[str, Any]) -> None:
        offset: int = data["offset"]
        self._check(data["epoch"] == self._epoch, f"a snapshot of epoch {data['epoch']}")
        self._check(
            self._snapshot_due is not None or self._asked is not None, "a snapshot that nobody asked for"
        )
        self._check(offset >= (self._snapshot_due or -1), f"a snapshot of {offset} that is too old")
        self._check(self.offset is None or offset >= self.offset, f"a snapshot of {offset} goes back")
        self.offset = offset
        self._snapshot_due = self._asked = None
        self.snapshots += 1

    def _update(self, data: dict[str, Any]) -> None:
        offset: int = data["offset"]
        self._check(self._snapshot_due is None, f"update {offset} before the snapshot that is due")
        self._check(self._asked is None, f"update {offset} before what was asked for is answered")
        self._check(data["epoch"] == self._epoch, f"an update of epoch {data['epoch']}")
        expected = (-1 if self.offset is None else self.offset) + 1
        self._check(offset == expected, f"update {offset} where {expected} is next")
        self.offset = offset
        self.seen.append(offset)

    def _resume(self, data: dict[str, Any]) -> None:
        asked = self._asked
        if asked is None:
            raise BrokenError("resumed, though nobody asked")
        self._check(data["epoch"] == self._epoch, f"resumed in epoch {data['epoch']}")
        self._check(data["from_offset"] == asked + 1, f"resumed from {data['from_offset']} after {asked}")
        self.seen = [offset for offset in self.seen if offset <= asked]
        self.offset = asked
        self._asked = None
        self.resumed += 1

    def _conflate(self, data: dict[str, Any]) -> None:
        expected = (-1 if self.offset is None else self.offset) + 1
        self._check(data["from_offset"] == expected, f"left out from {data['from_offset']}, not {expected}")
        self._check(data["to_offset"] >= expected, f"left out to {data['to_offset']}")
        self._snapshot_due = data["to_offset"]
        self.conflated += data["to_offset"] - expected + 1

    def _check(self, holds: bool, what: str) -> None:
        if not holds:
            raise BrokenError(f"{what} (it knows {self.offset}, and has seen {self.seen[-5:]} last)")
