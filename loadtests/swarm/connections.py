"""The connections of the swarm's viewers: bare descriptors that are opened, written to, lost and closed.

A viewer that is to come waits in a queue; a few handshakes are under way at once, so that the server's
backlog holds them. What comes in is read elsewhere (`reading`).
"""

import _socket
import errno
import os
import time
from collections import deque
from collections.abc import Iterable
from random import Random
from typing import Any, Final

from gevent.monkey import get_original  # type: ignore[import-untyped, unused-ignore]

from loadtests.swarm import frames
from loadtests.swarm.client import RESTING, Client, Phase
from loadtests.swarm.scenario import Manner
from loadtests.swarm.seen import Seen
from loadtests.swarm.timers import Timers

OPENING_S: Final = 30.0
LATEST_RETRY_S: Final = 2.0
LATEST_RETURN_S: Final = 1.0
"""Of viewers who have lost a connection: they are back at most half as long again after the server is."""
LEAVE_S: Final = 2.0
"""At the end; whoever has not been answered by then is gone without a word."""
GOODBYES_A_TICK: Final = 256
CONNECTS_A_TICK: Final = 64
MOST_OPENING: Final = 512
"""Handshakes under way at once, so that the server's backlog holds them."""
IN, OUT, GONE = 0x1, 0x4, 0x18
"""What epoll tells of a descriptor."""
_IP_BIND_ADDRESS_NO_PORT: Final = 24
_SLOW_RECEIVE_BYTES: Final = 4_096
_AGAIN: Final = (errno.EAGAIN, errno.EINPROGRESS)


class Connections:
    """All connections of one process to one server."""

    def __init__(
        self, host: str, port: int, *, losses_expected: bool, seen: Seen, timers: Timers, dice: Random
    ) -> None:
        epoll: Any = get_original("select", "epoll")
        self.epoll = epoll()
        self.by_fd: list[Client | None] = [None] * 1_024
        # Viewers that are to be connected.
        self.waiting: deque[Client] = deque()
        self.open, self.opening = 0, 0
        # From when on nobody comes back any more.
        self.leaving = False
        self._leave_until_s = 0.0
        self._parting: deque[Client] = deque()
        self._address = (host, port)
        self._host = f"{host}:{port}"
        self._losses_expected = losses_expected
        self._seen, self._timers, self._dice = seen, timers, dice
        # Handshakes in the order in which they were begun: all have the same time, so none needs a timer.
        self._begun: deque[tuple[Client, int]] = deque()

    def connect_waiting(self) -> int:
        """Begin as many handshakes as there is room for; return how many viewers were waiting."""
        waiting = len(self.waiting)
        for _ in range(min(CONNECTS_A_TICK, MOST_OPENING - self.opening, waiting)):
            client = self.waiting.popleft()
            if client.phase is Phase.AWAY:
                self._connect(client)
        return waiting

    def end_overdue(self) -> None:
        """Give up handshakes that have had their time, and forget those that are done."""
        begun = self._begun
        overdue_ns = time.perf_counter_ns() - round(OPENING_S * 1e9)
        while begun:
            client, began_ns = begun[0]
            if client.began_ns == began_ns and client.phase in (Phase.CONNECTING, Phase.OPENING):
                if began_ns > overdue_ns:
                    return
                self.close(client)
                self._refused(client, "no answer in time")
            begun.popleft()

    def connected(self, client: Client) -> None:
        """Ask for the handshake: the connection is there, or cannot be (which the next reading tells)."""
        place = client.place
        asked = "" if place is None else f"?epoch={place.epoch}&offset={place.at}"
        request, client.accept = frames.handshake(
            f"/{client.game_id}{asked}", self._host, self._dice, offers=client.offers
        )
        client.phase = Phase.OPENING
        self.epoll.modify(client.fd, IN)
        self.write(client, request)

    def opened(self, client: Client) -> None:
        """Count a viewer whose handshake is done."""
        self.opening -= 1
        self.open += 1
        client.phase, client.accept, client.tries = Phase.OPEN, None, 0
        client.may_jump = True
        self._seen.handshakes_ns.append(time.perf_counter_ns() - client.began_ns)
        self._seen.counts["opened"] += 1
        if client.lost_ns:
            self._seen.counts["reconnects"] += 1
        if client.manner in RESTING:
            self.epoll.modify(client.fd, 0)

    def lost(self, client: Client, why: str) -> None:
        """Take note that the server has ended a connection, or that what it sent is no WebSocket any more."""
        phase = client.phase
        self.close(client)
        if phase in (Phase.CONNECTING, Phase.OPENING):
            self._refused(client, why)
        elif phase is Phase.OPEN and not self.leaving:
            self._seen.counts["losses"] += 1
            if not self._losses_expected:
                self._seen.errors[f"lost: {why}"] += 1
            client.lost_ns = time.perf_counter_ns()
            if client.manner is not Manner.NEVER_READ:
                self._come_back(client, self._dice.uniform(0.02, 0.1))

    def close(self, client: Client) -> None:
        """Be gone without a word."""
        fd, phase = client.fd, client.phase
        client.fd, client.phase, client.live = -1, Phase.AWAY, False
        client.rest = client.accept = None
        client.recovering_to = -1
        if fd >= 0:
            self.by_fd[fd] = None
            os.close(fd)
        self.opening -= phase in (Phase.CONNECTING, Phase.OPENING)
        self.open -= phase in (Phase.OPEN, Phase.LEAVING)

    def go(self, client: Client) -> None:
        """Leave for good, politely."""
        if client.phase is Phase.OPEN:
            client.phase, client.live = Phase.LEAVING, False
            self.answer(client, frames.CLOSE, b"\x03\xe8")
        elif client.phase is not Phase.AWAY:
            self.close(client)

    def part(self, clients: Iterable[Client]) -> None:
        """Let everybody leave: from now on nobody's deliveries count, and nobody comes back."""
        self.leaving = True
        self._leave_until_s = time.monotonic() + LEAVE_S
        for client in clients:
            if client.phase is Phase.OPEN:
                client.phase, client.live = Phase.LEAVING, False
                self._parting.append(client)
            elif client.phase is not Phase.LEAVING:
                self.close(client)

    def say_goodbye(self) -> bool:
        """Say goodbye for some of those who leave; return whether all are gone, or their time is over."""
        for _ in range(min(GOODBYES_A_TICK, len(self._parting))):
            client = self._parting.popleft()
            if client.phase is Phase.LEAVING:
                self.answer(client, frames.CLOSE, b"\x03\xe8")
        return not self.open or time.monotonic() >= self._leave_until_s

    def end(self, clients: Iterable[Client]) -> None:
        """Close all that is still open, and the poll itself."""
        self.epoll.close()
        for client in clients:
            if client.phase is not Phase.AWAY:
                self.close(client)

    def answer(self, client: Client, opcode: int, payload: bytes) -> None:
        """Send a frame."""
        self.write(client, frames.masked_frame(opcode, payload, self._dice))

    def write(self, client: Client, data: bytes) -> None:
        """Write something small; a server that reads has room for it."""
        try:
            sent = os.write(client.fd, data)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                return  # the end of it will be read
            sent = 0
        if sent < len(data) and client.manner is Manner.WATCH:
            self._seen.errors["the server does not read"] += 1

    def _connect(self, client: Client) -> None:
        made = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM | _socket.SOCK_NONBLOCK)
        try:
            if client.manner in RESTING:
                made.setsockopt(_socket.SOL_SOCKET, _socket.SO_RCVBUF, _SLOW_RECEIVE_BYTES)
            # Closed means gone: half a million ports must not wait a minute each for a straggler.
            made.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            made.setsockopt(_socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            made.bind((client.source, 0))
            code = made.connect_ex(self._address)
        except OSError as error:
            code = error.errno or errno.EIO
        client.began_ns = time.perf_counter_ns()
        if code and code not in _AGAIN:
            made.close()
            self._refused(client, errno.errorcode.get(code, str(code)))
            return
        fd = client.fd = made.detach()
        if fd >= len(self.by_fd):
            self.by_fd.extend([None] * len(self.by_fd))  # in place: the loop holds it
        self.by_fd[fd] = client
        client.phase = Phase.CONNECTING
        self.opening += 1
        self.epoll.register(fd, OUT)
        self._begun.append((client, client.began_ns))

    def _refused(self, client: Client, why: str) -> None:
        """A connection did not come to be: one that never was is an error, one that was is tried again."""
        if self.leaving:
            return
        self._seen.counts["refusals"] += 1
        client.tries += 1
        if not client.lost_ns:
            self._seen.errors[f"handshake: {why}"] += 1
        latest_s = LATEST_RETURN_S if client.lost_ns else LATEST_RETRY_S
        delay_s = min(latest_s, 0.05 * 2 ** min(client.tries, 6)) * self._dice.uniform(0.5, 1.5)
        self._come_back(client, delay_s)

    def _come_back(self, client: Client, delay_s: float) -> None:
        self._timers.later(delay_s, self.waiting.append, client)
