"""One viewer's WebSocket after the handshake: a small object, no task, no timer and no buffer of its own.

A viewer is told every update in order. What it has not read waits in the transport's buffer; when more than
`write_buffer_bytes` waits there it is STALLED, and only the offset it has reached is kept. Once it has read,
it is sent the few updates it missed, or it is told that they are left out and sent a snapshot. A viewer that
asked to resume is owed every update instead, and is sent them as fast as it reads (RECOVERING).
While its buffer is full nothing is read from it either, so that it cannot ask for more.
"""

import asyncio
import time
from typing import Final

from websockets.frames import CloseCode, Frame, Opcode

from engine.gateway.channel import Channel
from engine.gateway.counts import count, count_session
from engine.gateway.frames import PING, close_frame, pong_frame, text_frame
from engine.gateway.garbage import untie
from engine.gateway.incoming import Reader
from engine.gateway.messages import (
    EXPECTED,
    MessageError,
    Ping,
    RequestSnapshot,
    Resume,
    conflated_message,
    error_message,
    parse_message,
    pong_message,
    resumed_message,
)
from engine.gateway.outlet import Outlet
from engine.gateway.shared import Shared
from engine.gateway.states import (
    ASKED,
    CLOSED,
    CLOSING,
    HEARD,
    LIVE,
    QUIET,
    RECOVERING,
    STALLED,
)
from engine.gateway.violation import Violation

FORGOTTEN: Final = -1
"""As a next offset: nothing that was told still counts; a snapshot is due."""


class Connection(Outlet):
    """One viewer of one game."""

    __slots__ = (
        "__weakref__",
        "_address",
        "_allowed_at_s",
        "_channel",
        "_opened_s",
        "_pulse",
        "_reader",
        "_shared",
        "deflates",
        "due",
        "next_offset",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        channel: Channel,
        shared: Shared,
        address: str,
        *,
        deflates: bool = False,
    ) -> None:
        super().__init__(transport)
        # Whether compression was negotiated.
        self.deflates: Final = deflates
        self._channel: Final = channel
        self._shared: Final = shared
        self._address: Final = address
        # The offset of the first update that it was not told, or FORGOTTEN.
        self.next_offset = channel.next_offset
        # The wheel's.
        self.due = -1
        self._pulse = QUIET
        # When its allowance of messages is whole again; a leaky bucket in one number.
        self._allowed_at_s = 0.0
        # Only while a frame or message of the client is incomplete, or waits until it has read.
        self._reader: Reader | None = None
        self._opened_s = time.monotonic()

    @property
    def in_message(self) -> bool:
        """Whether the client is in the middle of a frame or a message, or waits for its answer."""
        return self._reader is not None

    @property
    def unread_bytes(self) -> int:
        """How much has come that was not looked at yet."""
        return 0 if self._reader is None else self._reader.waiting_bytes

    # --- opening ---

    def open(self, response: bytes, resume: Resume | None, error: bytes | None = None) -> None:
        """Take the transport over: send the handshake's response, then a snapshot or what was missed.

        `error` is the message about a query that was not understood.
        """
        shared = self._shared
        counts = shared.counts
        counts.connections += 1
        counts.connections_ever += 1
        self._channel.members[self] = None
        # The first pings of viewers who came together are spread over half an interval.
        spread = counts.connections_ever * 0.618 % 1
        shared.wheel.put(self, shared.limits.ping_interval_s * (0.5 + 0.5 * spread))
        high = shared.limits.write_buffer_bytes
        self.transport.set_write_buffer_limits(high, high // 2)
        if error is not None:
            response += text_frame(error)
        if resume is None:
            self._send_snapshot(response)
        else:
            self._resume(resume, response)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Never called: a connection is made by the door, with a transport that stands."""

    # --- what the gateway tells ---

    def catch_up(self) -> None:
        """Tell what was missed: the updates where they are few, otherwise the newest state."""
        channel = self._channel
        missed = channel.next_offset - self.next_offset
        if missed <= 0:
            return
        frames = channel.few_since(self.next_offset, deflates=self.deflates)
        if frames is None:
            self._conflate()
            return
        self._count_deliveries(missed, len(frames))
        self.next_offset = channel.next_offset
        self.push(frames)

    def say(self, frame: bytes) -> None:
        """Send a frame that is no update, unless the client is too slow to be told."""
        if self.state is LIVE:
            self.push(frame)

    def close(self, code: CloseCode, reason: str) -> None:
        """Close with a code and a reason; what was sent before still reaches the client, if it reads."""
        if self.state is CLOSING or self.state is CLOSED:
            return
        count(self._shared.counts.closed, str(int(code)))
        self._leave(close_frame(code, reason))
        if self.transport.can_write_eof():
            # Half-closed: a reset, because of bytes that nobody read, could overtake the close frame.
            self.transport.write_eof()
        else:
            self.transport.close()

    def cut(self, why: str) -> None:
        """End the connection at once, without a word."""
        if self.state is not CLOSING and self.state is not CLOSED:
            count(self._shared.counts.closed, why)
            self._become(CLOSING)
        self.transport.abort()

    def _send_snapshot(self, before: bytes = b"") -> None:
        snapshot = self._snapshot()
        if snapshot is None:
            if before:
                self.push(before)
            self.close(CloseCode.INTERNAL_ERROR, "no snapshot can be made")
            return
        self._shared.counts.snapshots += 1
        self.next_offset = self._channel.next_offset
        self.push(before + snapshot)

    def _snapshot(self) -> bytes | None:
        try:
            return self._channel.snapshot(deflates=self.deflates)
        except Exception as error:  # noqa: BLE001 - another room's code: its fault must not take others along
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"no snapshot of game {self._channel.game_id} can be made", "exception": error}
            )
            return None

    def _conflate(self) -> None:
        """Tell that updates are left out, and send a snapshot instead."""
        first, last = self.next_offset, self._channel.next_offset - 1
        if first == FORGOTTEN:
            self._send_snapshot()
            return
        counts = self._shared.counts
        counts.conflations += 1
        counts.conflated_updates += last - first + 1
        self._send_snapshot(text_frame(conflated_message(first, last)))

    def _resume(self, resume: Resume, before: bytes = b"") -> None:
        channel = self._channel
        counts = self._shared.counts
        counts.resumes += 1
        if not channel.knows(resume.epoch, resume.offset):
            counts.recoveries_by_snapshot += 1
            self._send_snapshot(before)
            return
        counts.recoveries += 1
        self.next_offset = resume.offset + 1
        message = resumed_message(channel.game_id, channel.epoch, self.next_offset, channel.next_offset - 1)
        self.push(before + text_frame(message))
        self._recover()

    def _recover(self) -> None:
        """Send all that is owed, as far as the buffer takes it."""
        channel = self._channel
        while (
            self.next_offset < channel.next_offset and self.state is LIVE and not self.transport.is_closing()
        ):
            if self.next_offset < channel.first_offset:
                self._conflate()
                return
            start = self.next_offset
            frames, self.next_offset = channel.chunk(start, deflates=self.deflates)
            self._count_deliveries(self.next_offset - start, len(frames))
            self.push(frames)
        if self.state is STALLED and self.next_offset < channel.next_offset:
            self._become(RECOVERING)

    def _count_deliveries(self, updates: int, size: int) -> None:
        counts = self._shared.counts
        counts.deliveries += updates
        counts.delivered_bytes += size
        if self.deflates:
            counts.compressed_deliveries += updates
            counts.compressed_bytes += size

    # --- what the client says ---

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's face
        """Return where asyncio reads to: one buffer for all connections."""
        return self._shared.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        self.received(bytes(self._shared.buffer[:nbytes]))

    def received(self, data: bytes) -> None:
        """Take bytes of the client."""
        if self.state is CLOSING or self.state is CLOSED:
            return
        if self._pulse is ASKED:
            self._pulse = HEARD
        if self._reader is None:
            limits = self._shared.limits
            self._reader = Reader(limits.most_message_bytes, limits.most_pieces, inflates=self.deflates)
        self._reader.feed(data)
        self._read_on()

    def _read_on(self) -> None:
        """Answer what was read, until the client must read first."""
        reader = self._reader
        if reader is None:
            return
        try:
            while self.state is LIVE:
                received = reader.next()
                if received is None:
                    if reader.idle:
                        self._reader = None
                    return
                self._hear(*received)
        except Violation as violation:
            self.close(violation.code, violation.reason)

    def _hear(self, opcode: Opcode, payload: bytes) -> None:
        if opcode is Opcode.CLOSE:
            self._leave(Frame(Opcode.CLOSE, payload).serialize(mask=False))
            self.transport.close()
            return
        within = self._within_rate()
        if self.state is not LIVE:
            return
        if opcode is Opcode.PING:
            self.say(pong_frame(payload))
        elif opcode is Opcode.PONG:
            pass
        elif not within:
            rate = f"at most {self._shared.limits.messages_a_second:g} messages a second"
            self._refuse("too_many", "too many messages", rate)
        elif opcode is Opcode.BINARY:
            self._refuse("binary", f"a binary message of {len(payload)} bytes", EXPECTED)
        else:
            self._hear_text(payload)

    def _hear_text(self, text: bytes) -> None:
        try:
            message = parse_message(text)
        except MessageError as error:
            self._refuse("malformed", str(error), EXPECTED)
            return
        messages = self._shared.counts.messages
        if isinstance(message, Ping):
            count(messages, "ping")
            self.say(text_frame(pong_message(self._shared.clock_ns())))
        elif isinstance(message, RequestSnapshot):
            count(messages, "request_snapshot")
            self.catch_up()
            if self.state is not CLOSING:
                self._send_snapshot()
        else:
            count(messages, "resume")
            self._resume(message)

    def _refuse(self, kind: str, error: str, expected: str) -> None:
        count(self._shared.counts.messages, kind)
        self.say(text_frame(error_message(error, expected)))

    def _within_rate(self) -> bool:
        """Count a message; close where far too many came. Returns whether it may be answered."""
        limits = self._shared.limits
        rate, burst = limits.messages_a_second, limits.message_burst
        now_s = time.monotonic()
        self._allowed_at_s = max(self._allowed_at_s, now_s) + 1 / rate
        waiting = (self._allowed_at_s - now_s) * rate
        if waiting > 2 * burst:
            self.close(CloseCode.POLICY_VIOLATION, "too many messages")
        return waiting <= burst + 1e-6

    # --- asyncio's calls about the transport ---

    def pause_writing(self) -> None:
        """More waits for the client than it may have: tell it nothing more, and hear nothing from it."""
        if self.state is LIVE:
            self._become(STALLED)
            self._shared.counts.stalls += 1
            self.transport.pause_reading()
            self._shared.wheel.put(self, self._shared.limits.stall_timeout_s)

    def resume_writing(self) -> None:
        """It has read; tell what it missed, but in the loop's next turn.

        A transport that fails or closes while it calls this would tell of its end twice (CPython's
        `_write_ready` looks again whether it is closing after it has called).
        """
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        state = self.state
        if state is not STALLED and state is not RECOVERING:
            return
        self._become(LIVE)
        self._pulse = QUIET
        self._shared.wheel.put(self, self._shared.limits.ping_interval_s)
        self.transport.resume_reading()
        if state is RECOVERING:
            self._recover()
        else:
            self.catch_up()
        self._read_on()

    def eof_received(self) -> None:
        """The client will say no more; asyncio closes the transport once its buffer is empty."""
        if self.state is not CLOSING:
            count(self._shared.counts.closed, "lost")
            self._become(CLOSING)
            self._shared.wheel.put(self, self._shared.limits.close_timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's face
        """Leave no trace but in the counts."""
        counts = self._shared.counts
        if self.state is not CLOSING:
            count(counts.closed, "lost")
        self._become(CLOSED)
        self._lost()
        self._reader = None
        self._shared.wheel.drop(self)
        self._shared.leave(self._address)
        self._channel.members.pop(self, None)
        counts.connections -= 1
        count_session(counts, time.monotonic() - self._opened_s)
        untie(self.transport)

    # --- the wheel ---

    def visit(self) -> float | None:
        """Send a ping, judge the last one, or end what has taken too long."""
        limits = self._shared.limits
        if self.state is not LIVE:
            if self.state is not CLOSING:
                self._shared.counts.stalled_closes += 1
            self.cut("stalled")
            return None
        if self._pulse is ASKED:
            self._shared.counts.ping_timeouts += 1
            self.push(close_frame(CloseCode.INTERNAL_ERROR, "ping timeout"))
            self.cut("ping_timeout")
            return None
        if self._pulse is HEARD:
            self._pulse = QUIET
            if limits.ping_interval_s > limits.ping_timeout_s:
                return limits.ping_interval_s - limits.ping_timeout_s
        self._pulse = ASKED
        self.push(PING)
        return limits.ping_timeout_s

    def _leave(self, frame: bytes) -> None:
        """Send a close frame; from now on whatever the client says is thrown away."""
        paused = self.state is not LIVE
        self._become(CLOSING)
        self._reader = None
        self.push(frame)
        self._shared.wheel.put(self, self._shared.limits.close_timeout_s)
        if paused:
            self.transport.resume_reading()
