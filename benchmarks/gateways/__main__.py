"""One server as a process of its own: `python -m benchmarks.gateways NAME`; orders come by its input."""

import asyncio
import gc
import os
import sys
import time
from typing import Final

import msgspec

from benchmarks.gateways.peers import PEERS, Peer
from benchmarks.gateways.wire import (
    Looked,
    Sent,
    Standing,
    Tell,
    ToServer,
    answer,
    cpu_s,
    keep_to_core,
    memory_bytes,
    message,
)

_MOST_S: Final = 60.0
"""An order that takes longer has failed."""


async def _obey(peer: Peer) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    decode = msgspec.json.Decoder(ToServer).decode
    port = await peer.open()
    # As a gateway process does before it lets anybody in: what is there now need not be looked at again.
    gc.collect()
    gc.freeze()
    answer(Standing(port))
    while row := await reader.readline():
        order = decode(row)
        if isinstance(order, Tell):
            async with asyncio.timeout(_MOST_S):
                answer(await _tell(peer, order))
        else:
            used = cpu_s()
            gc.collect()
            answer(Looked(peer.viewers, used, *memory_bytes()))


async def _tell(peer: Peer, order: Tell) -> Sent:
    messages = [message(order.first + place) for place in range(order.updates)]
    used, began_ns = cpu_s(), time.monotonic_ns()
    if order.at_once:
        await peer.tell(messages)
    else:
        for each in messages:
            await peer.tell((each,))
            await asyncio.sleep(0)  # as between any two updates: the loop has its turn
    return Sent(began_ns, time.monotonic_ns(), used)


def main() -> None:
    """Be the server that was named."""
    if len(sys.argv) != 2 or sys.argv[1] not in PEERS:
        sys.exit(f"one of these servers is expected: {', '.join(PEERS)}")
    keep_to_core(0)
    asyncio.run(_obey(PEERS[sys.argv[1]]()))


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(1)  # whoever gave the orders is gone
