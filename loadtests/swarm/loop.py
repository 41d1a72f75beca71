"""The swarm's event loop: epoll and bare descriptors, for some 18,000 viewers in one process.

It runs in a thread of the system with the system's own epoll, also where gevent has replaced Python's: a
greenlet an event would cost more than everything done here. Others talk to it by `ask`, and read `outbox`.
"""

import _socket
import errno
import os
import time
import traceback
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from random import Random
from typing import Any, Final

from gevent.monkey import get_original  # type: ignore[import-untyped, unused-ignore]

from loadtests.swarm import frames, history
from loadtests.swarm.client import Client, Phase
from loadtests.swarm.heard import MOST_HEARD, Heard, Kind, read_text
from loadtests.swarm.history import Place
from loadtests.swarm.scenario import Act, Manner, Scenario, behaviour_of, game_of
from loadtests.swarm.tally import (
    DASHBOARD_UPDATE,
    GENERATOR_LAG,
    HANDSHAKE,
    PLAY_TO_DISPLAY,
    RECOVERY,
    SLOW_PLAY_TO_DISPLAY,
    Tally,
)

TICK_NS: Final = 10_000_000
TALLY_EVERY_NS: Final = 250_000_000
BATCH: Final = 256
"""Descriptors looked at between two looks at the clock."""
READ_BYTES: Final = 16_384
OPENING_S: Final = 30.0
LATEST_RETRY_S: Final = 2.0
LEAVE_S: Final = 2.0
BEHIND_S: Final = 5.0
"""A viewer that has not heard by the end what others heard so long before has a broken history."""
MOST_FAULTS: Final = 5
"""A viewer names so many."""
CONNECTS_A_TICK: Final = 64
MOST_OPENING: Final = 512
"""Handshakes under way at once, so that the server's backlog holds them."""
_IN, _OUT, _GONE = 0x1, 0x4, 0x18
_IP_BIND_ADDRESS_NO_PORT: Final = 24
_SLOW_RECEIVE_BYTES: Final = 4_096
_AGAIN: Final = (errno.EAGAIN, errno.EINPROGRESS)
_RESTING: Final = (Manner.SLOW, Manner.NEVER_READ)


def start_native(work: Callable[[], None]) -> None:
    """Start a thread of the system, not a greenlet."""
    get_original("_thread", "start_new_thread")(work, ())


class Swarm:
    """The viewers of one process. Only the thread in `run` touches them; see `ask` and `outbox`."""

    def __init__(
        self,
        host: str,
        port: int,
        games: Sequence[str],
        scenario: Scenario,
        *,
        seconds: float,
        name: str = "w0",
    ) -> None:
        self.outbox: deque[Tally] = deque()
        """What was seen, a quarter of a second each; whoever takes it adds it up."""
        self.failure = ""
        """Why the loop ended where it should not have."""
        self.done = False
        self.open, self.known = 0, 0
        self.faults: dict[int, list[str]] = {}
        """Of viewers whose history is broken, by number."""
        self.planted_lag_s = 0.0
        """A fault, for tests: the loop sleeps so long, four times a second."""
        self.clients: list[Client] = []
        self.name = name
        self._address = (host, port)
        self._host = f"{host}:{port}"
        self._games, self._scenario, self._seconds = tuple(games), scenario, seconds
        self._dice = Random(f"{scenario.seed}/{name}")
        self._asked: deque[Callable[[], None]] = deque()
        self._by_fd: list[Client | None] = [None] * 1_024
        self._heard: dict[bytes, Heard] = {}
        self._counted: dict[Heard, None] = {}  # those that were heard since the last tally, in order
        self._newest: dict[str, deque[tuple[float, str, int]]] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._timer_number = 0
        self._tally = Tally()
        self._blocks = {
            name: array("q") for name in (HANDSHAKE, RECOVERY, GENERATOR_LAG, SLOW_PLAY_TO_DISPLAY)
        }
        self._groups: list[tuple[range, float, float]] = []
        # How many of each group are wanted here by now.
        self._wanted: list[int] = []
        self._waiting: deque[Client] = deque()
        self._opening = 0
        self._began_s = time.monotonic()
        self._leaving = False
        epoll: Any = get_original("select", "epoll")
        self._epoll = epoll()

    # --- from other threads ---

    def ask(self, what: Callable[[], None]) -> None:
        """Have something done in the loop, within a tick."""
        self._asked.append(what)

    def add_group(self, numbers: range, source: str, join_a_second: float) -> None:
        """Let clients of these numbers come, from one address, as the ramp wants them (by `ask`)."""
        first = len(self.clients)
        for number in numbers:
            game = self._games[game_of(self._scenario, len(self._games), number)]
            self.clients.append(Client(number, game, source, behaviour_of(self._scenario, number)))
        self.known = len(self.clients)
        self._wanted.append(0)
        self._groups.append((range(first, self.known), join_a_second, time.monotonic()))

    def begin(self) -> None:
        """Start the scenario's clock (by `ask`)."""
        self._began_s = time.monotonic()
        for moment in self._scenario.moments:
            self._later(moment.at * self._seconds, lambda moment=moment: self._act(moment))  # type: ignore[misc]

    def leave(self) -> None:
        """Judge who is behind, say goodbye, and end the loop (by `ask`)."""
        self._judge_behind()
        self._leaving = True
        for client in self.clients:
            if client.phase is Phase.OPEN:
                self._write(client, frames.masked_frame(frames.CLOSE, b"\x03\xe8", self._dice))
                client.phase, client.live = Phase.LEAVING, False
            elif client.phase is not Phase.AWAY:
                self._close(client)
        self._later(LEAVE_S, self._end)

    # --- the loop ---

    def run(self) -> None:
        """Run until `leave` is done."""
        try:
            self._run()
        except Exception:  # noqa: BLE001 - in a bare thread nobody else would tell of it
            self.failure = traceback.format_exc()
            self._tally.errors["the swarm's loop has failed"] += 1
        finally:
            self._flush()
            self._epoll.close()
            for client in self.clients:
                if client.fd >= 0:
                    os.close(client.fd)
                    client.fd = -1
            self.done = True

    def _run(self) -> None:
        clock = time.perf_counter_ns
        tick_ns = tally_ns = all_taken_ns = clock()
        lags = self._blocks[GENERATOR_LAG]
        by_fd, readable = self._by_fd, self._readable
        while not self.done:
            events = self._epoll.poll(max(0.0, (tick_ns + TICK_NS - clock()) / 1e9), BATCH)
            if len(events) < BATCH:
                all_taken_ns = clock()
            for fd, event in events:
                client = by_fd[fd]
                if client is None:
                    continue
                if event & _IN and client.phase >= Phase.OPENING:
                    readable(client)
                elif client.phase is Phase.CONNECTING:
                    self._connected(client)
                elif event & _GONE:
                    self._lost(client, "reset")
            now_ns = clock()
            if len(events) == BATCH and not self._leaving:
                # Whatever is still to be read may have been there since all was taken the last time.
                lags.append(now_ns - all_taken_ns)
            while now_ns >= tick_ns + TICK_NS:
                tick_ns += TICK_NS
                # Each tick that was slept through counts for itself: a stall is not one late value.
                if not self._leaving:
                    lags.append(now_ns - tick_ns or 1)
                if tick_ns + TICK_NS > now_ns:
                    self._tick()
                    by_fd = self._by_fd
            if now_ns - tally_ns >= TALLY_EVERY_NS:
                tally_ns = now_ns
                self._flush()

    def _tick(self) -> None:
        if self._asked:  # one a tick: to seat a group takes some milliseconds
            self._asked.popleft()()
        now_s = time.monotonic()
        while self._timers and self._timers[0][0] <= now_s:
            heappop(self._timers)[2]()
        if self._leaving:
            self.done = self.done or not self.open
        else:
            self._ramp(now_s)
            room = min(CONNECTS_A_TICK, MOST_OPENING - self._opening, len(self._waiting))
            for _ in range(room):
                client = self._waiting.popleft()
                if client.phase is Phase.AWAY:
                    self._connect(client)

    def _later(self, delay_s: float, what: Callable[[], None]) -> None:
        self._timer_number += 1
        heappush(self._timers, (time.monotonic() + delay_s, self._timer_number, what))

    def _ramp(self, now_s: float) -> None:
        """Bring in, or send away, as many of each group as are wanted by now."""
        share = self._scenario.share_at((now_s - self._began_s) / self._seconds)
        for place, (members, rate, began_s) in enumerate(self._groups):
            wanted = min(round(len(members) * share), int((now_s - began_s) * rate) + 1)
            here = self._wanted[place]
            for number in members[here:wanted]:
                self._waiting.append(self.clients[number])
            for number in members[wanted:here]:
                self._go(self.clients[number])
            self._wanted[place] = wanted

    def _flush(self) -> None:
        """Put what was seen into the outbox."""
        tally = self._tally
        for heard in self._counted:
            times = heard.times_ns
            tally.counts["deliveries"] += len(times)
            tally.measure(PLAY_TO_DISPLAY, [at - heard.received_ns for at in times])
            tally.measure(DASHBOARD_UPDATE, [at - heard.updated_ns for at in times])
            del times[:]
        self._counted.clear()
        for name, block in self._blocks.items():
            if block:
                tally.measure(name, block.tolist())
                del block[:]
        self.outbox.append(tally)
        self._tally = Tally()
        if self.planted_lag_s:
            get_original("time", "sleep")(self.planted_lag_s)

    def _end(self) -> None:
        for client in self.clients:
            if client.phase is not Phase.AWAY:
                self._close(client)
        self.done = True

    # --- connections ---

    def _connect(self, client: Client) -> None:
        made = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM | _socket.SOCK_NONBLOCK)
        try:
            if client.manner in _RESTING:
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
        if fd >= len(self._by_fd):
            self._by_fd += [None] * len(self._by_fd)
        self._by_fd[fd] = client
        client.phase = Phase.CONNECTING
        self._opening += 1
        self._epoll.register(fd, _OUT)
        self._later(OPENING_S, lambda began_ns=client.began_ns: self._overdue(client, began_ns))  # type: ignore[misc]

    def _connected(self, client: Client) -> None:
        place = client.place
        asked = "" if place is None else f"?epoch={place.epoch}&offset={place.at}"
        request, client.accept = frames.handshake(f"/{client.game_id}{asked}", self._host, self._dice)
        client.phase = Phase.OPENING
        self._epoll.modify(client.fd, _IN)
        self._write(client, request)

    def _overdue(self, client: Client, began_ns: int) -> None:
        if client.phase in (Phase.CONNECTING, Phase.OPENING) and client.began_ns == began_ns:
            self._close(client)
            self._refused(client, "no answer in time")

    def _refused(self, client: Client, why: str) -> None:
        """A connection did not come to be: one that never was is an error, one that was is tried again."""
        if self._leaving:
            return
        self._tally.counts["refusals"] += 1
        client.tries += 1
        if not client.lost_ns:
            self._tally.errors[f"handshake: {why}"] += 1
        delay_s = min(LATEST_RETRY_S, 0.05 * 2 ** min(client.tries, 6)) * self._dice.uniform(0.5, 1.5)
        self._come_back(client, delay_s)

    def _come_back(self, client: Client, delay_s: float) -> None:
        self._later(delay_s, lambda: self._waiting.append(client))

    def _close(self, client: Client) -> None:
        """Be gone without a word."""
        fd, phase = client.fd, client.phase
        client.fd, client.phase, client.live = -1, Phase.AWAY, False
        client.rest = client.accept = None
        client.recovering_to = -1
        if fd >= 0:
            self._by_fd[fd] = None
            os.close(fd)
        self._opening -= phase in (Phase.CONNECTING, Phase.OPENING)
        self.open -= phase in (Phase.OPEN, Phase.LEAVING)

    def _lost(self, client: Client, why: str) -> None:
        """The server has ended the connection, or what it sent is no WebSocket any more."""
        phase = client.phase
        self._close(client)
        if phase in (Phase.CONNECTING, Phase.OPENING):
            self._refused(client, why)
        elif phase is Phase.OPEN and not self._leaving:
            self._tally.counts["losses"] += 1
            if not self._scenario.losses_expected:
                self._tally.errors[f"lost: {why}"] += 1
            client.lost_ns = time.perf_counter_ns()
            if client.manner is not Manner.NEVER_READ:
                self._come_back(client, self._dice.uniform(0.02, 0.1))

    def _go(self, client: Client) -> None:
        """Leave for good, politely."""
        if client.phase is Phase.OPEN:
            client.phase, client.live = Phase.LEAVING, False
            self._write(client, frames.masked_frame(frames.CLOSE, b"\x03\xe8", self._dice))
        elif client.phase is not Phase.AWAY:
            self._close(client)

    def _write(self, client: Client, data: bytes) -> None:
        try:
            sent = os.write(client.fd, data)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                return  # the end of it will be read
            sent = 0
        if sent < len(data) and client.manner is Manner.WATCH:
            self._tally.errors["the server does not read"] += 1

    # --- what is heard ---

    def _readable(self, client: Client) -> None:
        try:
            data = os.read(client.fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(client, errno.errorcode.get(error.errno or 0, "reset"))
            return
        now_ns = time.time_ns()
        if client.live and client.rest is None:
            heard = self._heard.get(data)
            if heard is not None:
                place = heard.moves.get(client.place)
                if place is not None and heard.kind is Kind.UPDATE:
                    client.place = place
                    if not heard.times_ns:
                        self._counted[heard] = None
                    heard.times_ns.append(now_ns)
                    return
        if not data:
            self._lost(client, "closed")
            return
        self._take(client, data, now_ns)

    def _take(self, client: Client, data: bytes, now_ns: int) -> None:
        if client.rest is not None:
            data = client.rest + data
            client.rest = None
        if client.phase is Phase.OPENING:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                client.rest = head
                if len(head) > frames.MOST_HEAD_BYTES:
                    self._lost(client, "handshake too long")
                return
            why = frames.fault_of_answer(head, client.accept or b"")
            if why is not None:
                self._lost(client, why)
                return
            self._opened(client)
        place = 0
        try:
            while (frame := frames.frame_at(data, place)) is not None:
                opcode, start, end = frame
                if opcode == frames.TEXT:
                    self._text(client, data[place:end], start - place, now_ns)
                elif opcode == frames.PING:
                    self._write(client, frames.masked_frame(frames.PONG, data[start:end], self._dice))
                elif opcode == frames.CLOSE:
                    self._closing(client, data[start:end])
                place = end
                if client.fd < 0:
                    return
        except frames.FrameError as error:
            self._fault(client, str(error))
            self._lost(client, "no WebSocket")
            return
        if place < len(data):
            client.rest = data[place:]

    def _opened(self, client: Client) -> None:
        self._opening -= 1
        self.open += 1
        client.phase, client.accept, client.tries = Phase.OPEN, None, 0
        client.may_jump = True
        self._blocks[HANDSHAKE].append(time.perf_counter_ns() - client.began_ns)
        self._tally.counts["opened"] += 1
        if client.lost_ns:
            self._tally.counts["reconnects"] += 1
        behaviour = client.behaviour
        if behaviour is None:
            return
        if behaviour.manner in _RESTING:
            self._epoll.modify(client.fd, 0)
        if behaviour.manner is Manner.SLOW:
            self._later(1.0, lambda began_ns=client.began_ns: self._sip(client, began_ns))  # type: ignore[misc]
        elif behaviour.manner is Manner.RUBBISH:
            wait_s = behaviour.every_s * self._dice.uniform(0.5, 1.5)
            self._later(wait_s, lambda began_ns=client.began_ns: self._babble(client, began_ns))  # type: ignore[misc]

    def _closing(self, client: Client, payload: bytes) -> None:
        self._tally.counts[f"close {int.from_bytes(payload[:2], 'big') or 1005}"] += 1
        if client.phase is Phase.LEAVING:
            self._close(client)
        else:
            self._write(client, frames.masked_frame(frames.CLOSE, payload[:2], self._dice))

    def _text(self, client: Client, frame: bytes, start: int, now_ns: int) -> None:
        heard = self._heard.get(frame)
        if heard is None:
            try:
                heard = read_text(frame[start:])
            except ValueError as error:
                self._fault(client, str(error))
                return
            self._remember(frame, heard)
        if heard.kind is Kind.UPDATE:
            self._update(client, heard, now_ns)
        elif heard.kind is Kind.SNAPSHOT:
            self._snapshot(client, heard)
        elif heard.kind is Kind.RESUMED:
            self._fault(client, history.fault_of_resumed(client.place, heard))
            self._tally.counts["resumes"] += 1
            client.recovering_to = heard.to_offset
            if heard.to_offset < heard.from_offset:
                self._recovered(client)
        elif heard.kind is Kind.CONFLATED:
            self._fault(client, history.fault_of_conflated(client.place, heard))
            self._tally.counts["conflations"] += 1
            self._tally.counts["conflated_updates"] += heard.to_offset - heard.from_offset + 1
            client.may_jump, client.live = True, False
        elif heard.kind is Kind.STATUS:
            self._tally.counts[f"status {heard.status}"[:60]] += 1

    def _remember(self, frame: bytes, heard: Heard) -> None:
        if heard.kind is Kind.UPDATE:
            newest = self._newest.setdefault(heard.game_id, deque(maxlen=4_096))
            if not newest or heard.epoch != newest[-1][1] or heard.offset > newest[-1][2]:
                newest.append((time.monotonic(), heard.epoch, heard.offset))
        if len(self._heard) >= MOST_HEARD:
            for old in list(self._heard)[: MOST_HEARD // 4]:
                del self._heard[old]
        self._heard[frame] = heard

    def _update(self, client: Client, heard: Heard, now_ns: int) -> None:
        place = client.place
        after = heard.moves.get(place) if heard.game_id == client.game_id else None
        if after is None:
            fault = history.fault_of_update(place, client.game_id, heard)
            if fault is None and place is not None:
                after = heard.moves[place] = place.after(heard)
            else:
                self._fault(client, fault)
                at = heard.offset if place is None else max(heard.offset, place.at)
                self._end_stretch(client, Place(client.game_id, heard.epoch, at + 1, at))
                return
        client.place = after
        client.may_jump = False
        if heard.offset <= client.recovering_to:
            if heard.offset == client.recovering_to:
                self._recovered(client)
        elif client.manner in _RESTING:
            self._blocks[SLOW_PLAY_TO_DISPLAY].append(now_ns - heard.received_ns)
        else:
            if not heard.times_ns:
                self._counted[heard] = None
            heard.times_ns.append(now_ns)

    def _snapshot(self, client: Client, heard: Heard) -> None:
        place = client.place
        self._tally.counts["snapshots"] += 1
        self._fault(client, history.fault_of_snapshot(place, client.game_id, heard, may_jump=client.may_jump))
        client.may_jump = False
        if place is None or (heard.epoch, heard.offset) != (place.epoch, place.at):
            if place is not None and heard.epoch == place.epoch and heard.offset > place.at:
                self._tally.counts["skipped_by_snapshot"] += heard.offset - place.at
            empty = heard.moves.get(None)
            if empty is None or heard.game_id != client.game_id:
                empty = Place(client.game_id, heard.epoch, heard.offset + 1, heard.offset)
                if heard.game_id == client.game_id:
                    heard.moves[None] = empty
            self._end_stretch(client, empty)
        self._recovered(client)

    def _end_stretch(self, client: Client, place: Place) -> None:
        old, client.place = client.place, place
        if old is not None and old.count:
            client.past = (*client.past, old)
            if len(client.past) > history.MOST_STRETCHES:
                self._fault(client, f"more than {history.MOST_STRETCHES} stretches")
                client.past = client.past[-history.MOST_STRETCHES :]

    def _recovered(self, client: Client) -> None:
        client.recovering_to = -1
        client.live = client.phase is Phase.OPEN and client.manner not in _RESTING
        if client.lost_ns:
            self._blocks[RECOVERY].append(time.perf_counter_ns() - client.lost_ns)
            client.lost_ns = 0

    def _fault(self, client: Client, words: str | None) -> None:
        if words is not None:
            faults = self.faults.setdefault(client.number, [])
            if len(faults) < MOST_FAULTS:
                faults.append(words)

    def _judge_behind(self) -> None:
        """Find viewers who have not heard what others of this process heard a while ago."""
        heard_by = time.monotonic() - BEHIND_S
        since_ns = time.perf_counter_ns() - round(BEHIND_S * 1e9)
        dues: dict[str, tuple[str, int]] = {}
        for game_id, told in self._newest.items():
            for seen_s, epoch, at in told:
                if seen_s <= heard_by:
                    dues[game_id] = (epoch, at)
        for client in self.clients:
            place = client.place
            if not client.live or place is None or client.began_ns > since_ns:
                continue
            due = dues.get(client.game_id)
            if due is not None and place.epoch == due[0] and place.at < due[1]:
                self._fault(client, f"has heard up to {place.at}; others heard {due[1]} {BEHIND_S:g} s ago")

    # --- what viewers do of their own ---

    def _sip(self, client: Client, began_ns: int) -> None:
        """Read a second's worth of bytes."""
        if client.phase is not Phase.OPEN or client.began_ns != began_ns or client.behaviour is None:
            return
        self._later(1.0, lambda: self._sip(client, began_ns))
        try:
            data = os.read(client.fd, client.behaviour.bytes_a_second)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(client, data, time.time_ns())
        else:
            self._lost(client, "closed")

    def _babble(self, client: Client, began_ns: int) -> None:
        """Say what no client may say."""
        if client.phase is not Phase.OPEN or client.began_ns != began_ns or client.behaviour is None:
            return
        dice = self._dice
        rubbish = (
            dice.randbytes(dice.randrange(2, 200)),  # no frame at all
            b"\x81\x05hello",  # not masked
            frames.masked_frame(0x3, b"", dice),  # an opcode that is none
            frames.masked_frame(frames.TEXT, b"\xff\xfe", dice),  # no UTF-8
            frames.masked_frame(frames.TEXT, b'{"type":"nonsense"}', dice),
            frames.masked_frame(frames.TEXT, b"[" * 3_000, dice),
            b"\x81\xff" + (2**40).to_bytes(8, "big") + b"mask",  # a terabyte
        )
        self._tally.counts["rubbish"] += 1
        self._write(client, dice.choice(rubbish))
        wait_s = client.behaviour.every_s * dice.uniform(0.5, 1.5)
        self._later(wait_s, lambda: self._babble(client, began_ns))

    def _act(self, moment: Any) -> None:
        """Let a moment of the scenario happen to those it concerns."""
        if self._leaving:
            return
        if moment.every_s:
            self._later(moment.every_s, lambda: self._act(moment))
        if moment.act is Act.KILL_GATEWAY:
            return  # the run's own, once for all workers
        for client in self.clients:
            if moment.who == "big_game" and client.game_id != self._games[0]:
                continue
            if client.phase is Phase.OPEN and self._dice.random() < moment.share:
                wait_s = self._dice.uniform(0.0, moment.within_s)
                self._later(wait_s, lambda client=client: self._do(client, moment.act))  # type: ignore[misc]

    def _do(self, client: Client, act: Act) -> None:
        if client.phase is not Phase.OPEN:
            return
        self._tally.counts[f"act {act}"] += 1
        if act is Act.SNAPSHOT:
            client.may_jump, client.live = True, False
            self._write(client, frames.masked_frame(frames.TEXT, b'{"type":"request_snapshot"}', self._dice))
            return
        self._close(client)
        client.lost_ns = time.perf_counter_ns()
        if act is Act.RECONNECT and client.place is not None:
            # It comes back knowing nothing: what it had is a stretch of its own, and no gap.
            if client.place.count:
                client.past = (*client.past, client.place)
            client.place = None
        self._waiting.append(client)
