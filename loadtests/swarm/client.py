"""One viewer of the swarm: a file descriptor, a place in its game's history, and a few marks."""

from enum import IntEnum
from typing import Final

from loadtests.swarm.history import Place
from loadtests.swarm.scenario import Behaviour, Manner

RESTING: Final = (Manner.SLOW, Manner.NEVER_READ)
"""Manners of those who do not read as fast as they can."""


class Phase(IntEnum):
    """Where a viewer's connection stands."""

    AWAY = 0
    CONNECTING = 1
    OPENING = 2
    OPEN = 3
    LEAVING = 4


class Client:
    """One viewer. The swarm owns it and changes it."""

    __slots__ = (
        "accept",
        "base",
        "began_ns",
        "behaviour",
        "deflates",
        "fd",
        "first",
        "game_id",
        "live",
        "lost_ns",
        "may_jump",
        "number",
        "offers",
        "phase",
        "place",
        "recovering_to",
        "rest",
        "source",
        "tries",
    )

    def __init__(
        self, number: int, game_id: str, source: str, behaviour: Behaviour | None, *, offers: bool = False
    ) -> None:
        self.number, self.game_id, self.source, self.behaviour = number, game_id, source, behaviour
        # Whether it offers compression, and whether this connection's server has agreed.
        self.offers, self.deflates = offers, False
        self.fd = -1
        self.phase = Phase.AWAY
        # What it has heard since the last snapshot that skipped something; None before the first.
        self.place: Place | None = None
        # The stretch it is in: its first offset, and what the place's total was before it.
        self.first, self.base = 0, 0
        # Whether a message may take the short way: it has all up to now, and reads as fast as it can.
        self.live = False
        # Whether the next snapshot may skip updates: it is new here, was told so, or has asked.
        self.may_jump = True
        # Updates up to this offset were told before this connection was; they are no deliveries.
        self.recovering_to = -1
        # The beginning of a frame (or of the answer to the handshake) whose end has not come.
        self.rest: bytes | None = None
        self.accept: bytes | None = None
        # When this connection was begun, and when the one before it was lost; 0: it has not been.
        self.began_ns = 0
        self.lost_ns = 0
        # How often it has tried in vain to come back.
        self.tries = 0

    @property
    def manner(self) -> Manner:
        """How it behaves."""
        return Manner.WATCH if self.behaviour is None else self.behaviour.manner
