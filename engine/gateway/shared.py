"""What all connections of one gateway share, so that each of them is small."""

from collections.abc import Callable
from typing import Final

from engine.gateway.counts import GatewayCounts
from engine.gateway.limits import Limits
from engine.gateway.wheel import Wheel

READ_BYTES: Final = 16 * 1024
"""Clients say little; what is read at once also bounds what may be left unread of a client that stalls."""


class Shared:
    """Limits, counts, clock, timer, read buffer, and who comes from where."""

    def __init__(self, limits: Limits, clock_ns: Callable[[], int]) -> None:
        self.limits: Final = limits
        self.counts: Final = GatewayCounts()
        self.clock_ns: Final = clock_ns
        self.wheel: Final = Wheel(limits.tick_s)
        # Every read goes through it, and is copied out before the next.
        self.buffer: Final = memoryview(bytearray(READ_BYTES))
        # Open connections by address; only enter and leave change it.
        self._addresses: dict[str, int] = {}

    @property
    def full(self) -> bool:
        """Whether no further connection may come in."""
        counts = self.counts
        return counts.connections + counts.http_connections >= self.limits.most_connections

    def enter(self, address: str) -> int:
        """Note a connection from an address; return how many it has now."""
        held = self._addresses.get(address, 0) + 1
        self._addresses[address] = held
        return held

    def held(self, address: str) -> int:
        """Return how many connections an address has now."""
        return self._addresses.get(address, 0)

    def leave(self, address: str) -> None:
        """Note that a connection from an address is gone."""
        held = self._addresses[address] - 1
        if held:
            self._addresses[address] = held
        else:
            del self._addresses[address]
