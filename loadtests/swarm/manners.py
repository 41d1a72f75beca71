"""What viewers do of their own: some say rubbish, and at a scenario's moments many come back or ask."""

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from loadtests.swarm import frames
from loadtests.swarm.client import Client, Phase
from loadtests.swarm.connections import Connections
from loadtests.swarm.judging import Judge
from loadtests.swarm.scenario import Act, Moment, Who
from loadtests.swarm.seen import Seen
from loadtests.swarm.timers import Timers

_ASK_SNAPSHOT: Final = b'{"type":"request_snapshot"}'
_RUBBISH: Final[tuple[Callable[[Random], bytes], ...]] = (
    lambda dice: dice.randbytes(dice.randrange(2, 200)),  # no frame at all
    lambda _: b"\x81\x05hello",  # not masked
    lambda dice: frames.masked_frame(0x3, b"", dice),  # an opcode that is none
    lambda dice: frames.masked_frame(frames.TEXT, b"\xff\xfe", dice),  # no UTF-8
    lambda dice: frames.masked_frame(frames.TEXT, b'{"type":"nonsense"}', dice),
    lambda dice: frames.masked_frame(frames.TEXT, b"[" * 3_000, dice),
    lambda _: b"\x81\xff" + (2**40).to_bytes(8, "big") + b"mask",  # a terabyte
)


class Manners:
    """What the viewers of one process do without being asked."""

    def __init__(
        self,
        clients: Sequence[Client],
        big_game: str,
        *,
        connections: Connections,
        judge: Judge,
        seen: Seen,
        timers: Timers,
        dice: Random,
    ) -> None:
        self._clients, self._big_game = clients, big_game
        self._connections, self._judge = connections, judge
        self._seen, self._timers, self._dice = seen, timers, dice

    def say_rubbish_later(self, client: Client) -> None:
        """Let a viewer say what no client may say, in its time."""
        if client.behaviour is not None:
            wait_s = client.behaviour.every_s * self._dice.uniform(0.5, 1.5)
            self._timers.later(wait_s, self._say_rubbish, client, client.began_ns)

    def happen(self, moment: Moment) -> None:
        """Let a moment of the scenario happen to those it concerns."""
        if self._connections.leaving:
            return
        if moment.every_s:
            self._timers.later(moment.every_s, self.happen, moment)
        if moment.act == Act.KILL_GATEWAY:
            return  # the run's own, once for all workers
        for client in self._clients:
            if moment.who == Who.BIG_GAME and client.game_id != self._big_game:
                continue
            if client.phase is Phase.OPEN and self._dice.random() < moment.share:
                self._timers.later(self._dice.uniform(0.0, moment.within_s), self._do, client, moment.act)

    def _say_rubbish(self, client: Client, began_ns: int) -> None:
        if client.phase is not Phase.OPEN or client.began_ns != began_ns:
            return
        self._seen.counts["rubbish"] += 1
        self._connections.write(client, self._dice.choice(_RUBBISH)(self._dice))
        self.say_rubbish_later(client)

    def _do(self, client: Client, act: Act) -> None:
        if client.phase is not Phase.OPEN:
            return
        self._seen.counts[f"act {act}"] += 1
        if act is Act.SNAPSHOT:
            client.may_jump, client.live = True, False
            self._connections.answer(client, frames.TEXT, _ASK_SNAPSHOT)
            return
        self._connections.close(client)
        client.lost_ns = time.perf_counter_ns()
        if act is Act.RECONNECT:
            self._judge.forget(client)
        self._connections.waiting.append(client)
