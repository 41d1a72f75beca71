"""What viewers have proven, a row of 28 bytes for each stretch of a history, compared with the engine's log.

A stretch is a viewer's number, first and last offset, and the sum of the digests of the updates it heard
there (`history`). Rows of one game and epoch are a block of bytes: half a million of them are 14 MB on their
way to the master, where the sums of the log are computed once, whatever the number of viewers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from struct import Struct
from typing import Final

from loadtests.swarm.client import Client
from loadtests.swarm.history import DIGEST_BYTES, SUM_MASK, digest_of

ROW: Final = Struct(f"<Iii{DIGEST_BYTES}s")
MOST_ROWS: Final = 2_000_000
"""Stretches that a process keeps: 56 MB; an hour of 18,000 viewers who each come back a hundred times."""
MOST_NAMED: Final = 1_000
"""Broken viewers that are named; the others are counted."""

Block = tuple[str, str, bytes]
"""Game, epoch, rows."""


class Proofs:
    """The ended stretches of the viewers of one process."""

    __slots__ = ("_blocks", "rows")

    def __init__(self) -> None:
        self.rows = 0
        self._blocks: dict[tuple[str, str], bytearray] = {}

    def add(self, client: Client) -> bool:
        """Keep what a viewer has heard since its stretch began; return whether there was room."""
        place = client.place
        if place is None or place.at < client.first:
            return True
        if self.rows >= MOST_ROWS:
            return False
        self.rows += 1
        block = self._blocks.setdefault((place.game_id, place.epoch), bytearray())
        own = (place.total - client.base) & SUM_MASK
        block += ROW.pack(client.number, client.first, place.at, own.to_bytes(DIGEST_BYTES, "little"))
        return True

    def blocks(self) -> list[Block]:
        """Return all rows."""
        return [(game_id, epoch, bytes(rows)) for (game_id, epoch), rows in self._blocks.items()]


@dataclass(slots=True)
class Judged:
    """How what was proven compares with the log."""

    stretches: int = 0
    different: int = 0
    """Proofs that are no other viewer's."""
    updates: int = 0
    """Updates heard by all viewers together."""
    broken: set[int] = field(default_factory=set)
    """Numbers of the viewers whose proof is not what the log gives."""
    faults: dict[int, list[str]] = field(default_factory=dict)
    """Of the first of them."""


def judge_proofs(blocks: Iterable[Block], told: Mapping[str, Sequence[bytes]]) -> Judged:
    """Compare each row with the log: every update's canonical bytes by game, from offset 0 on."""
    judged, sums, different = Judged(), dict[str, list[int]](), set[int]()
    for game_id, epoch, rows in blocks:
        if game_id not in sums:
            sums[game_id] = [0, *accumulate(map(digest_of, told.get(game_id, ())))]
        of_game = sums[game_id]
        for number, first, at, own in ROW.iter_unpack(rows):
            judged.stretches += 1
            judged.updates += at - first + 1
            different.add(hash((game_id, epoch, first, own)))
            if at + 1 >= len(of_game):
                what = "are beyond the log"
            elif (of_game[at + 1] - of_game[first]) & SUM_MASK != int.from_bytes(own, "little"):
                what = "are not those of the log"
            else:
                continue
            judged.broken.add(number)
            if number in judged.faults or len(judged.faults) < MOST_NAMED:
                judged.faults.setdefault(number, []).append(f"updates {first}-{at} {what}")
    judged.different = len(different)
    return judged
