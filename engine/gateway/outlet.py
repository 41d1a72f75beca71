"""The way out to one viewer: all bytes that it is sent pass through here, and none can overtake another.

While asyncio holds nothing back, a frame may be written straight to the descriptor: `Walk` does so, since
asyncio's own way costs as much again as all else that is done for a viewer. What the kernel does not take is
handed to asyncio, which waits, counts and pauses as always.
"""

import asyncio
from typing import Final

from engine.gateway.states import FOLLOWS, LIVE, State

ROUNDABOUT: Final = -1
"""As a descriptor: asyncio holds something back, or may; write through it until that is known to be over."""
NEVER: Final = -2
"""As a descriptor: there is none, or none that may be written to past asyncio (TLS)."""


class Outlet(asyncio.BufferedProtocol):
    """A transport, the state of the connection, and whether its descriptor may be written to."""

    __slots__ = ("fd", "state", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport: Final = transport
        # Only _become changes it.
        self.state = LIVE
        # The descriptor, for as long as it may be written to past asyncio; otherwise below zero. Only
        # _become, push and _lost change it. At or above zero it implies all of:
        # - the connection is LIVE: whatever ends or stalls it goes through _become;
        # - asyncio's buffer is empty: it fills only by transport.write, which nobody but push calls, and
        #   push looks at the buffer afterwards;
        # - the descriptor is this viewer's: asyncio closes a socket in `_call_connection_lost` only, after
        #   `connection_lost` has returned, which calls _lost. A failed transport that has not said so yet
        #   still has its socket; a write to it fails, and no other viewer can have got its number.
        self.fd = ROUNDABOUT if _is_plain(transport) else NEVER

    def push(self, data: bytes) -> None:
        """Send by way of asyncio, behind all that it holds back; afterwards see whether that was all."""
        transport = self.transport
        transport.write(data)
        if self.fd == NEVER:
            return
        if self.state is not LIVE or transport.get_write_buffer_size() or transport.is_closing():
            self.fd = ROUNDABOUT
        elif self.fd == ROUNDABOUT:
            self.fd = transport.get_extra_info("socket").fileno()

    def _become(self, state: State) -> None:
        assert state in FOLLOWS[self.state], f"a {self.state.value} connection cannot be {state.value}"
        self.state = state
        if self.fd >= 0:
            self.fd = ROUNDABOUT

    def _lost(self) -> None:
        """Forget the descriptor: from now on it may be another's."""
        self.fd = NEVER


def _is_plain(transport: asyncio.Transport) -> bool:
    """Whether what is written to the socket is what the viewer reads, and asyncio sends in no other way."""
    return (
        isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop)
        and transport.get_extra_info("sslcontext") is None
        and transport.get_extra_info("socket") is not None
    )
