"""Where a viewer's connection stands, and what may follow."""

from enum import Enum
from typing import Final


class State(Enum):
    """Where a connection stands."""

    LIVE = "live"
    """It is told each update as it comes."""
    STALLED = "stalled"
    """Its buffer is full; it is told nothing until it has read."""
    RECOVERING = "recovering"
    """Its buffer is full in the middle of the updates that it was promised."""
    CLOSING = "closing"
    """A close was sent; what still comes is thrown away."""
    CLOSED = "closed"


LIVE: Final = State.LIVE
STALLED: Final = State.STALLED
RECOVERING: Final = State.RECOVERING
CLOSING: Final = State.CLOSING
CLOSED: Final = State.CLOSED

FOLLOWS: Final = {
    LIVE: {STALLED, CLOSING, CLOSED},
    STALLED: {LIVE, RECOVERING, CLOSING, CLOSED},
    RECOVERING: {LIVE, CLOSING, CLOSED},
    CLOSING: {CLOSED},
    CLOSED: set[State](),
}
"""Which state may follow which."""


class Pulse(Enum):
    """What is known of the other end's being there."""

    QUIET = "quiet"
    ASKED = "asked"
    """A ping was sent, and nothing was heard since."""
    HEARD = "heard"
    """Something was heard after the ping."""


QUIET: Final = Pulse.QUIET
ASKED: Final = Pulse.ASKED
HEARD: Final = Pulse.HEARD
