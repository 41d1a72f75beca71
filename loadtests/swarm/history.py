"""A viewer's history as a place: game, epoch, first and newest offset, and the chain over all between.

Viewers who have heard the same are in the same place, one object for all of them; a message moves a viewer
from place to place. The step is checked once for each (place, message) of a process and remembered with the
message, so the proof of a viewer costs one reference, and keeping it one look-up a delivery. The chain is
that of `loadtests.proof`: anybody can compute it again from the update log.
"""

import hashlib
from typing import Final

from loadtests.swarm.heard import Heard

MOST_STRETCHES: Final = 64
"""A viewer keeps so many ended stretches; more than that is itself a fault."""


class Place:
    """Updates `first` to `at` of one epoch, heard in order; none yet where `first` is past `at`."""

    __slots__ = ("at", "chain", "epoch", "first", "game_id")

    def __init__(self, game_id: str, epoch: str, first: int, at: int, chain: bytes = b"") -> None:
        self.game_id, self.epoch, self.first, self.at, self.chain = game_id, epoch, first, at, chain

    @property
    def count(self) -> int:
        """How many updates it holds."""
        return self.at - self.first + 1

    def after(self, heard: Heard) -> "Place":
        """Return the place after the next update, which the caller has checked to be the next."""
        chain = hashlib.blake2b(self.chain + heard.data, digest_size=16).digest()
        return Place(self.game_id, self.epoch, self.first, heard.offset, chain)


def fault_of_update(place: Place | None, game_id: str, heard: Heard) -> str | None:
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


def fault_of_snapshot(place: Place | None, game_id: str, heard: Heard, *, may_jump: bool) -> str | None:
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


def fault_of_resumed(place: Place | None, heard: Heard) -> str | None:
    """Return what is wrong with the word that what was missed follows."""
    if place is None or (heard.epoch, heard.from_offset) != (place.epoch, place.at + 1):
        due = "nothing" if place is None else f"{place.epoch}/{place.at + 1}"
        return f"resumed at {heard.epoch}/{heard.from_offset}; expected {due}"
    return None


def fault_of_conflated(place: Place | None, heard: Heard) -> str | None:
    """Return what is wrong with the word that updates are left out."""
    if place is None or heard.from_offset != place.at + 1 or heard.to_offset < heard.from_offset:
        due = "no such word" if place is None else f"it to begin at {place.at + 1}"
        return f"updates {heard.from_offset}-{heard.to_offset} are said to be left out; expected {due}"
    return None
