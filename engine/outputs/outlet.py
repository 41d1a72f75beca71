"""One destination: its queue, its worker, its counts.

An outlet takes commands without waiting and hands them to its sink one at a time. A failure is told to
nobody but its counts: the command is tried again, with longer and longer pauses, for as long as it is the
newest.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from engine.outputs.command_queue import CommandQueue
from engine.outputs.commands import Clear, Command, Reason, Target, clear

FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 5.0
KEEP_S: Final = 5.0
"""An idle sink is asked that often whether its other end is still there."""
FAREWELL_S: Final = 1.0
"""When the service ends, renderers are given so long to clear what stands."""


class SendError(Exception):
    """A command did not arrive.

    Args:
        kind: a short name for the metrics: `timeout`, `connection`, `status_503`, `amcp_404`, ...
        again: whether the same command may succeed later.
    """

    def __init__(self, kind: str, *, again: bool = True) -> None:
        super().__init__(kind)
        self.kind: Final = kind
        self.again: Final = again


class Sink(Protocol):
    """The way to one renderer. Each call ends within a few seconds, whatever the other end does."""

    async def send(self, command: Command) -> None:
        """Deliver a command.

        Raises:
            SendError: it was not confirmed.
        """

    async def keep(self) -> bool:
        """See that the other end is there and shows what it should; False where it cannot be asked.

        Raises:
            SendError: it is not.
        """

    async def close(self) -> None:
        """Let go of the connection; never raises."""


@dataclass(slots=True)
class OutletCounts:
    """What a destination has lived through, for the metrics; only its outlet writes it."""

    sent: int = 0
    """Commands that were confirmed."""
    failed: dict[str, int] = field(default_factory=dict)
    """Attempts that failed, by kind."""
    conflated: int = 0
    """Commands that a newer one replaced before they left."""
    dropped: int = 0
    """Commands that were refused for good, came too late, or found the queue full."""
    queue_depth: int = 0
    last_ok_ns: int | None = None
    """When the other end last confirmed anything, nanoseconds since 1970."""
    healthy: bool = True
    """Whether the last attempt succeeded."""


class Outlet:
    """Takes commands for one sink and sends them, however long that takes."""

    def __init__(
        self,
        name: str,
        sink: Sink,
        *,
        clock_ns: Callable[[], int],
        game_id: str | None = None,
        one_game: bool = False,
    ) -> None:
        """Make an outlet.

        Args:
            name: what metrics and logs call it; without secrets.
            sink: the way to the renderer.
            clock_ns: nanoseconds since 1970.
            game_id: the only game it shows; None shows all.
            one_game: it can show one game only; where none is named, the first it hears of.
        """
        self.name: Final = name
        self.counts: Final = OutletCounts()
        self._sink: Final = sink
        self._clock_ns: Final = clock_ns
        self._game_id = game_id
        self._one_game: Final = one_game
        self._queue: Final = CommandQueue()
        self._news: Final = asyncio.Event()
        # Commands that the other end refused for good.
        self._refused = 0
        # The newest command of each game that has not been cleared: what must go when the service ends.
        self._standing: Final[dict[str, Command]] = {}

    @property
    def game_id(self) -> str | None:
        """The only game it shows; None where it shows all, or has heard of none yet."""
        return self._game_id

    def put(self, command: Command) -> None:
        """Take a command; never waits."""
        if self._one_game and self._game_id is None:
            self._game_id = command.game_id
        if self._game_id is not None and command.game_id != self._game_id:
            return
        if isinstance(command, Clear) and command.target is Target.ALL:
            self._standing.pop(command.game_id, None)
        else:
            self._standing[command.game_id] = command
        self._queue.put(command)
        self._note()
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled; then clear what stands, in a second at most."""
        failures = 0
        try:
            while True:
                command = self._queue.take(self._clock_ns())
                self._note()
                if command is None and failures == 0 and not await self._wait():
                    continue
                failures = 0 if await self._deliver(command) else failures + 1
                if failures:
                    await asyncio.sleep(pause_s(failures))
        finally:
            if self.counts.healthy:
                await self._say_farewell()
            await self._sink.close()

    async def _say_farewell(self) -> None:
        with suppress(SendError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                for last in self._standing.values():
                    await self._sink.send(clear(last, self._clock_ns(), Target.ALL, Reason.CLOSING))

    async def _wait(self) -> bool:
        """Wait for news; True where none came for so long that the sink shall be asked whether it lives."""
        self._news.clear()
        try:
            async with asyncio.timeout(KEEP_S):
                await self._news.wait()
        except TimeoutError:
            return True
        return False

    async def _deliver(self, command: Command | None) -> bool:
        try:
            if command is not None:
                await self._sink.send(command)
            elif not await self._sink.keep():
                return True
        except SendError as error:
            self._failed(error.kind)
            if command is not None and not error.again:
                self._refused += 1
            elif command is not None:
                self._queue.give_back(command)
            self._note()
            return command is not None and not error.again
        except Exception as error:  # noqa: BLE001 -- a fault of one sink must not end the other destinations
            self._failed(f"internal_{type(error).__name__}")
            self._refused += command is not None
            self._note()
            return False
        self.counts.sent += command is not None
        self.counts.last_ok_ns = self._clock_ns()
        self.counts.healthy = True
        return True

    def _failed(self, kind: str) -> None:
        self.counts.failed[kind] = self.counts.failed.get(kind, 0) + 1
        self.counts.healthy = False

    def _note(self) -> None:
        self.counts.queue_depth = len(self._queue)
        self.counts.conflated = self._queue.conflated
        self.counts.dropped = self._queue.dropped + self._refused


def pause_s(failures: int) -> float:
    """Return the pause after so many failures in a row: doubling, bounded, and jittered by a fifth."""
    longest: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10))
    return longest * random.uniform(0.8, 1.0)
