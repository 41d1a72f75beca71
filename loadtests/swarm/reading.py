"""Reads what the server sends its viewers. A frame that another viewer has heard takes one look-up."""

import errno
import os
import time
from typing import Final

from loadtests.swarm import frames
from loadtests.swarm.client import Client, Phase
from loadtests.swarm.connections import Connections
from loadtests.swarm.judging import Judge
from loadtests.swarm.manners import Manners
from loadtests.swarm.scenario import Manner
from loadtests.swarm.seen import Seen
from loadtests.swarm.timers import Timers

READ_BYTES: Final = 16_384


class Reader:
    """Takes bytes from descriptors: answers to handshakes, then frames."""

    def __init__(
        self, *, connections: Connections, judge: Judge, manners: Manners, seen: Seen, timers: Timers
    ) -> None:
        self._connections, self._judge, self._manners = connections, judge, manners
        self._seen, self._timers = seen, timers
        self._heard, self._counted = judge.heard, seen.counted

    def readable(self, client: Client) -> None:
        """Read once from a viewer's descriptor. This is where a worker's time goes."""
        try:
            data = os.read(client.fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._connections.lost(client, errno.errorcode.get(error.errno or 0, "reset"))
            return
        now_ns = time.time_ns()
        if client.live and client.rest is None:
            heard = self._heard.get(data)
            if heard is not None and heard.before is client.place:
                client.place = heard.after
                if not heard.times_ns:
                    self._counted[heard] = None
                heard.times_ns.append(now_ns)
                return
        if data:
            self._take(client, data, now_ns)
        else:
            self._connections.lost(client, "closed")

    def _take(self, client: Client, data: bytes, now_ns: int) -> None:
        if client.rest is not None:
            data = client.rest + data
            client.rest = None
        if client.phase is Phase.OPENING:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                client.rest = head
                if len(head) > frames.MOST_HEAD_BYTES:
                    self._connections.lost(client, "handshake too long")
                return
            why = frames.fault_of_answer(head, client.accept or b"", offered=client.offers)
            if why is not None:
                self._connections.lost(client, why)
                return
            client.deflates = client.offers and frames.deflates(head)
            self._opened(client)
        place = 0
        try:
            while (frame := frames.frame_at(data, place, deflates=client.deflates)) is not None:
                opcode, start, end = frame
                if opcode == frames.TEXT:
                    self._judge.text(client, data[place:end], start - place, now_ns)
                elif opcode == frames.PING:
                    self._connections.answer(client, frames.PONG, data[start:end])
                elif opcode == frames.CLOSE:
                    self._closing(client, data[start:end])
                place = end
                if client.fd < 0:
                    return
        except frames.FrameError as error:
            self._judge.fault(client, str(error))
            self._connections.lost(client, "no WebSocket")
            return
        if place < len(data):
            client.rest = data[place:]

    def _opened(self, client: Client) -> None:
        self._connections.opened(client)
        if client.manner is Manner.SLOW:
            self._timers.later(1.0, self._sip, client, client.began_ns)
        elif client.manner is Manner.RUBBISH:
            self._manners.say_rubbish_later(client)

    def _sip(self, client: Client, began_ns: int) -> None:
        """Read a second's worth of bytes, as one who reads slowly does."""
        if client.phase is not Phase.OPEN or client.began_ns != began_ns or client.behaviour is None:
            return
        self._timers.later(1.0, self._sip, client, began_ns)
        try:
            data = os.read(client.fd, client.behaviour.bytes_a_second)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(client, data, time.time_ns())
        else:
            self._connections.lost(client, "closed")

    def _closing(self, client: Client, payload: bytes) -> None:
        self._seen.counts[f"close {int.from_bytes(payload[:2], 'big') or 1005}"] += 1
        if client.phase is Phase.LEAVING:
            self._connections.close(client)
        else:
            self._connections.answer(client, frames.CLOSE, payload[:2])
