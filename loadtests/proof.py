"""The proof of one viewer's history: folded message by message, compared with what was really told.

A proof is small however long the viewer stayed: epoch, first and last offset, count, and a chain over the
bytes of the updates. Stretches that were announced as left out (a snapshot took their place) end one stretch
and begin another; anything else that is missing, doubled or out of order is a fault with a name.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

MOST_FAULTS: Final = 20
"""A viewer names so many faults; what is broken once is broken."""


@dataclass(slots=True)
class Stretch:
    """Updates that came one after the other, without a gap."""

    epoch: str
    first: int
    """Offset of the first update."""
    count: int = 0
    chain: bytes = b""
    """Over the updates' canonical bytes, in order."""

    @property
    def last(self) -> int:
        """Offset of the last update."""
        return self.first + self.count - 1

    def take(self, data: bytes) -> None:
        """Add the next update's canonical bytes."""
        self.chain = hashlib.blake2b(self.chain + data, digest_size=16).digest()
        self.count += 1


@dataclass(slots=True)
class Proof:
    """What one viewer has seen of its game."""

    viewer: str
    game_id: str
    epoch: str | None = None
    # Offset of the newest state seen, by a snapshot or an update; None before the first.
    at: int | None = None
    stretches: list[Stretch] = field(default_factory=list)
    snapshots: int = 0
    resumes: int = 0
    conflated: int = 0
    faults: list[str] = field(default_factory=list)

    def snapshot(self, game_id: str, epoch: str, offset: int) -> None:
        """Take a snapshot: it holds all up to its offset, so the next update is the one after it."""
        self._same_game(game_id)
        self.snapshots += 1
        if self.at is not None and epoch == self.epoch and offset < self.at:
            self._fault(f"a snapshot of offset {offset} came after {self.at}: stale after new")
        self.epoch, self.at = epoch, offset
        self.stretches.append(Stretch(epoch, offset + 1))

    def resumed(self, epoch: str, from_offset: int) -> None:
        """Take the word that what was missed follows, from an offset on."""
        self.resumes += 1
        if epoch != self.epoch or self.at is None or from_offset != self.at + 1:
            self._fault(f"resumed at {epoch}/{from_offset}; expected {self.epoch}/{(self.at or 0) + 1}")

    def update(self, game_id: str, epoch: str, offset: int, data: bytes) -> bool:
        """Take an update; return whether it is the one that was due."""
        self._same_game(game_id)
        if self.at is None:
            self._fault(f"update {offset} came before any snapshot")
            self.snapshot(game_id, epoch, offset - 1)
        due = (self.at or 0) + 1 if self.at is not None else offset
        if epoch != self.epoch:
            self._fault(f"update {offset} is of epoch {epoch}; expected {self.epoch}")
            return False
        if offset != due:
            kind = "gap" if offset > due else "duplicate or reordering"
            self._fault(f"update {offset} came where {due} was due: {kind}")
            self.at = max(offset, self.at or 0)
            self.stretches.append(Stretch(epoch, offset + 1))
            return False
        self.at = offset
        self.stretches[-1].take(data)
        return True

    def _same_game(self, game_id: str) -> None:
        if game_id != self.game_id:
            self._fault(f"was sent game {game_id}; expected {self.game_id}")

    def _fault(self, words: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(words)


def judge(proofs: Sequence[Proof], told: Mapping[str, Sequence[bytes]]) -> dict[str, list[str]]:
    """Compare proofs with the updates that were really told; return the broken viewers' faults.

    Args:
        proofs: of every viewer.
        told: every update's canonical bytes by game, in the order of the offsets from 0.
    """
    chains: dict[tuple[str, int, int], bytes] = {}
    broken: dict[str, list[str]] = {}
    for proof in proofs:
        faults = list(proof.faults)
        updates = told.get(proof.game_id)
        if updates is None:
            faults.append(f"game {proof.game_id} is not in the update log")
        for stretch in proof.stretches if updates is not None else ():
            if not stretch.count:
                continue
            key = (proof.game_id, stretch.first, stretch.count)
            if key not in chains:
                whole = Stretch(stretch.epoch, stretch.first)
                for data in (updates or ())[stretch.first : stretch.last + 1]:
                    whole.take(data)
                chains[key] = whole.chain if whole.count == stretch.count else b"the log is shorter"
            if chains[key] != stretch.chain:
                faults.append(f"updates {stretch.first}-{stretch.last} are not those of the log")
        if faults:
            broken[proof.viewer] = faults
    return broken
