"""The swarm's event loop: epoll, ticks and their lag, for some 18,000 viewers in one process.

It runs in a thread of the system with the system's own epoll, also where gevent has replaced Python's: a
greenlet an event would cost more than everything done here. Others talk to it by `ask`, and read `outbox`.
What is done for a viewer lives in `connections`, `reading`, `judging` and `manners`.
"""

import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from gevent.monkey import get_original  # type: ignore[import-untyped, unused-ignore]

from loadtests.swarm.client import Client, Phase
from loadtests.swarm.connections import GONE, IN, Connections
from loadtests.swarm.judging import Judge
from loadtests.swarm.manners import Manners
from loadtests.swarm.proofs import Block
from loadtests.swarm.reading import Reader
from loadtests.swarm.scenario import Scenario, behaviour_of, game_of, offers_compression
from loadtests.swarm.seen import Seen
from loadtests.swarm.timers import Timers

TICK_NS: Final = 10_000_000
IDLE_TICK_NS: Final = 20_000_000
"""After one in which nothing happened: to wake up costs 50 us and more, and there may be 28 such processes.
With a still longer one, a batch that finds its worker asleep could not tell how long it has waited.
"""
TALLY_EVERY_NS: Final = 250_000_000
IDLE_TALLY_EVERY_NS: Final = 1_000_000_000
"""Where nothing was delivered: a tally costs as much as twenty ticks."""
BATCH: Final = 256
"""Descriptors looked at between two looks at the clock."""

NAP_S: Final = 0.002
"""After all was read. Whoever writes to a process that sleeps in epoll pays for waking it, once a delivery,
where both share a machine; viewers elsewhere cost a server no such thing. What comes meanwhile is measured as
it is read, so up to so much of a latency is the swarm's own.
"""


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
        self.failure = ""
        """Why the loop ended where it should not have."""
        self.done = False
        self.known = 0
        self.planted_lag_s = 0.0
        """A fault, for tests: the loop sleeps so long after each tally."""
        self.clients: list[Client] = []
        self.name = name
        self._games, self._scenario, self._seconds = tuple(games), scenario, seconds
        self._asked: deque[Callable[[], None]] = deque()
        self._groups: list[tuple[range, float, float]] = []
        # How many of each group are wanted here by now.
        self._wanted: list[int] = []
        # The share of the clients that is here already, so that a tick need not look at the groups.
        self._settled: float | None = None
        self._began_s = time.monotonic()
        dice = Random(f"{scenario.seed}/{name}")
        seen = self._seen = Seen()
        timers = self._timers = Timers()
        connections = self._connections = Connections(
            host, port, losses_expected=scenario.losses_expected, seen=seen, timers=timers, dice=dice
        )
        judge = self._judge = Judge(seen)
        manners = self._manners = Manners(
            self.clients,
            self._games[0],
            connections=connections,
            judge=judge,
            seen=seen,
            timers=timers,
            dice=dice,
        )
        self._reader = Reader(connections=connections, judge=judge, manners=manners, seen=seen, timers=timers)
        self.outbox = seen.outbox
        """What was seen, in quarters of a second where there was much; whoever takes it adds it up."""
        self.faults = judge.faults
        """Of viewers whose history is broken, by number."""

    @property
    def open(self) -> int:
        """How many viewers are connected."""
        return self._connections.open

    def proven(self) -> list[Block]:
        """Return what all viewers have proven (once, after `done`)."""
        for client in self.clients:
            self._judge.forget(client)
        self._seen.put_out()
        return self._judge.proofs.blocks()

    # --- from other threads ---

    def ask(self, what: Callable[[], None]) -> None:
        """Have something done in the loop, within a tick."""
        self._asked.append(what)

    def add_group(self, numbers: range, source: str, join_a_second: float) -> None:
        """Let clients of these numbers come, from one address, as the ramp wants them (by `ask`)."""
        first = len(self.clients)
        for number in numbers:
            game = self._games[game_of(self._scenario, len(self._games), number)]
            behaviour = behaviour_of(self._scenario, number)
            offers = offers_compression(self._scenario, number)
            self.clients.append(Client(number, game, source, behaviour, offers=offers))
        self.known = len(self.clients)
        self._wanted.append(0)
        self._settled = None
        self._groups.append((range(first, self.known), join_a_second, time.monotonic()))

    def begin(self) -> None:
        """Start the scenario's clock (by `ask`)."""
        self._began_s = time.monotonic()
        for moment in self._scenario.moments:
            self._timers.later(moment.at * self._seconds, self._manners.happen, moment)

    def leave(self) -> None:
        """Judge who is behind, say goodbye, and end the loop (by `ask`)."""
        self._judge.judge_behind(self.clients)
        self._connections.part(self.clients)

    # --- the loop ---

    def run(self) -> None:
        """Run until `leave` is done."""
        try:
            self._run()
        except Exception:  # noqa: BLE001 - in a bare thread nobody else would tell of it
            self.failure = traceback.format_exc()
            self._seen.errors["the swarm's loop has failed"] += 1
        finally:
            self._seen.put_out()
            self._connections.end(self.clients)
            self.done = True

    def _run(self) -> None:
        clock = time.perf_counter_ns
        tally_ns = all_taken_ns = clock()
        tick_ns = tally_ns + TICK_NS  # when the next one is due
        lags, connections = self._seen.lags_ns, self._connections
        poll, by_fd, readable = connections.epoll.poll, connections.by_fd, self._reader.readable
        nap = get_original("time", "sleep")
        idle = True
        while not self.done:
            events = poll(max(0.0, (tick_ns - clock()) / 1e9), BATCH)
            if len(events) < BATCH:
                all_taken_ns = clock()
            for fd, event in events:
                idle = False
                client = by_fd[fd]
                if client is None:
                    continue
                if event & IN and client.phase >= Phase.OPENING:
                    readable(client)
                elif client.phase is Phase.CONNECTING:
                    connections.connected(client)
                elif event & GONE:
                    connections.lost(client, "reset")
            now_ns = clock()
            if len(events) == BATCH and not connections.leaving:
                # Whatever is still to be read may have been there since all was taken the last time.
                lags.append(now_ns - all_taken_ns)
            if now_ns >= tick_ns:
                while tick_ns <= now_ns:
                    # Each 10 ms that were slept through count for themselves: a stall is not one late value.
                    if not connections.leaving:
                        lags.append(now_ns - tick_ns or 1)
                    tick_ns += TICK_NS
                if self._tick() and idle:
                    tick_ns += IDLE_TICK_NS - TICK_NS
                idle = True  # until something comes
                tally_ns = self._tell(now_ns, tally_ns)
            if 0 < len(events) < BATCH:
                nap(NAP_S)

    def _tick(self) -> bool:
        """Do what is due; return whether that was nothing, and nothing is due soon."""
        now_s = time.monotonic()
        idle = not self._asked and self._timers.next_s > now_s + IDLE_TICK_NS / 1e9
        if self._asked:  # one a tick: to seat a group takes some milliseconds
            self._asked.popleft()()
        self._timers.call_due(now_s)
        if self._connections.leaving:
            self.done = self._connections.say_goodbye()
            return False
        self._ramp(now_s)
        self._connections.end_overdue()
        return self._connections.connect_waiting() == 0 and idle

    def _tell(self, now_ns: int, tally_ns: int) -> int:
        """Put what was seen into the outbox, where it is time to; return when that was the last time."""
        since_ns = now_ns - tally_ns
        if since_ns < (IDLE_TALLY_EVERY_NS if self._seen.nothing else TALLY_EVERY_NS):
            return tally_ns
        self._seen.put_out()
        if self.planted_lag_s:
            get_original("time", "sleep")(self.planted_lag_s)
        return now_ns

    def _ramp(self, now_s: float) -> None:
        """Bring in, or send away, as many of each group as are wanted by now."""
        share = self._scenario.share_at((now_s - self._began_s) / self._seconds)
        if share == self._settled:
            return
        settled = True
        for place, (members, rate, began_s) in enumerate(self._groups):
            in_time = int((now_s - began_s) * rate) + 1
            wanted = min(round(len(members) * share), in_time)
            settled &= wanted < in_time
            here = self._wanted[place]
            for number in members[here:wanted]:
                self._connections.waiting.append(self.clients[number])
            for number in members[wanted:here]:
                self._connections.go(self.clients[number])
            self._wanted[place] = wanted
        self._settled = share if settled else None
