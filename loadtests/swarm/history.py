"""A viewer's history as a place in its game, and what each stretch of it has proven.

Viewers who have come as far are in the same place, one object for all of them; an update leads from one
place to the next, so keeping a viewer's history costs one comparison a delivery. A place holds the sum of the
digests of all updates up to it. What a viewer has heard itself is what the sum has grown by since its own
first update: those who came at a thousand different moments still share places, and a message remembers one
step, not one for each of them. (A chain of hashes would be another one for each moment of coming: 18,000
chains a worker, and 300 MB to remember their steps.) The order needs no chain: each offset is checked as it
comes, and an update's digest holds its offset.
"""

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from loadtests.swarm.heard import Heard

DIGEST_BYTES: Final = 16
SUM_MASK: Final = (1 << 8 * DIGEST_BYTES) - 1


def digest_of(data: bytes) -> int:
    """Return the digest of an update's canonical bytes, as a number that can be added."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest(), "little")


class Place:
    """Up to update `at` of an epoch of a game."""

    __slots__ = ("at", "epoch", "game_id", "total")

    def __init__(self, game_id: str, epoch: str, at: int, total: int = 0) -> None:
        self.game_id, self.epoch, self.at = game_id, epoch, at
        # The digests of all updates that led here, from wherever the first of them was; modulo 2 ** 128.
        self.total = total

    def after(self, heard: "Heard") -> "Place":
        """Return the place after the next update, which the caller has checked to be the next."""
        return Place(self.game_id, self.epoch, heard.offset, (self.total + heard.digest) & SUM_MASK)


NOWHERE: Final = Place("", "", -1)
"""Where no viewer is."""


def fault_of_update(place: Place | None, game_id: str, heard: "Heard") -> str | None:
    """Return why an update is not the one that was due; None where it is."""
    if heard.game_id != game_id:
        return f"was sent game {heard.game_id}; expected {game_id}"
    if place is None:
        return f"update {heard.offset} came before any snapshot"
    if heard.epoch != place.epoch:
        return f"update {heard.offset} is of epoch {heard.epoch}; expected {place.epoch}"
    if heard.offset != place.at + 1:
        kind = "gap" if heard.offset > place.at + 1 else "duplicate or reordering"
        return f"update {heard.offset} came where {place.at + 1} was due: {kind}"
    return None


def fault_of_snapshot(place: Place | None, game_id: str, heard: "Heard", *, may_jump: bool) -> str | None:
    """Return what is wrong with a snapshot; only one that was announced or asked for may skip updates."""
    if heard.game_id != game_id:
        return f"was sent a snapshot of game {heard.game_id}; expected {game_id}"
    if place is None or heard.epoch != place.epoch:
        return None
    if heard.offset < place.at:
        return f"a snapshot of offset {heard.offset} came after {place.at}: stale after new"
    if heard.offset > place.at and not may_jump:
        return f"a snapshot skips updates {place.at + 1}-{heard.offset} without a word"
    return None


def fault_of_resumed(place: Place | None, heard: "Heard") -> str | None:
    """Return what is wrong with the word that what was missed follows."""
    if place is None or (heard.epoch, heard.from_offset) != (place.epoch, place.at + 1):
        due = "nothing" if place is None else f"{place.epoch}/{place.at + 1}"
        return f"resumed at {heard.epoch}/{heard.from_offset}; expected {due}"
    return None


def fault_of_conflated(place: Place | None, heard: "Heard") -> str | None:
    """Return what is wrong with the word that updates are left out."""
    if place is None or heard.from_offset != place.at + 1 or heard.to_offset < heard.from_offset:
        due = "no such word" if place is None else f"it to begin at {place.at + 1}"
        return f"updates {heard.from_offset}-{heard.to_offset} are said to be left out; expected {due}"
    return None
