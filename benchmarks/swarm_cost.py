"""What the swarm itself costs: `python -m benchmarks.swarm_cost [--clients 10000] [--updates 60]`.

A server that does nothing but shake hands and write ready-made frames runs as a process of its own; the swarm
is this process. Its CPU (user and system) and its user-space memory are shared out among deliveries and
clients. Frames come in a burst to all and then a pause, as updates do, so no frame waits for another.
"""

import argparse
import gc
import json
import os
import resource
import select
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.measurement import store
from loadtests.swarm.loop import Swarm, start_native
from loadtests.swarm.scenario import Scenario
from loadtests.swarm.tally import PLAY_TO_DISPLAY, Tally

MOST_BYTES: Final = 12 * 1024
MOST_US: Final = 15.0
FRAME_BYTES: Final = 400


def serve(updates: int, pause_s: float, clients: int) -> None:
    """Be the server: handshakes, a snapshot each, then so many updates to all."""
    import base64  # noqa: PLC0415 - this function is another process
    import hashlib  # noqa: PLC0415

    listener = socket.create_server(("127.0.0.1", 0), backlog=4_096)
    print(listener.getsockname()[1], flush=True)
    snapshot = _frame(b'{"type":"snapshot","data":{"game_id":"g","epoch":"e","offset":-1},"update":null}')
    poll, fds = select.epoll(), dict[int, socket.socket]()
    poll.register(listener, select.EPOLLIN)
    held: list[int] = []
    while len(held) < clients:
        for fd, _ in poll.poll(1.0):
            if fd == listener.fileno():
                made, _address = listener.accept()
                fds[made.fileno()] = made
                poll.register(made, select.EPOLLIN)
                continue
            head = os.read(fd, 4_096)
            key = head.partition(b"Sec-WebSocket-Key: ")[2][:24] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(key, usedforsecurity=False).digest())
            answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            os.write(fd, answer + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + snapshot)
            poll.unregister(fd)
            held.append(fd)
    sys.stdin.readline()
    for offset in range(updates):
        now = time.time_ns()
        head = b'{"type":"update","received_ns":%d,"updated_ns":%d,"text":"","data":{' % (now, now)
        data = b'"game_id":"g","epoch":"e","offset":%d,"state":"' % offset
        frame = _frame(head + data + b"x" * (FRAME_BYTES - len(head) - len(data) - 3) + b'"}}')
        for fd in held:
            os.write(fd, frame)
        time.sleep(pause_s)
    sys.stdin.readline()


def _frame(payload: bytes) -> bytes:
    if len(payload) < 126:
        return bytes((0x81, len(payload))) + payload
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def _drain(swarm: Swarm, into: Tally) -> None:
    while swarm.outbox:
        into.merge(swarm.outbox.popleft())


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(clients: int, updates: int) -> dict[str, float]:
    """Return the costs."""
    command = [sys.executable, "-m", "benchmarks.swarm_cost", "--serve", "--clients", str(clients)]
    command += ["--updates", str(updates)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        swarm = Swarm("127.0.0.1", int(server.stdout.readline()), ["g"], Scenario("bare", ""), seconds=1.0)
        start_native(swarm.run)
        time.sleep(0.5)
        gc.collect()
        before = _resident_bytes()
        began, used = time.perf_counter(), _cpu_s()
        for first in range(0, clients, 2_000):
            numbers = range(first, min(first + 2_000, clients))
            source = f"127.0.2.{2 + first // 2_000}"
            swarm.ask(lambda numbers=numbers, source=source: swarm.add_group(numbers, source, 1e6))  # type: ignore[misc]
        joining, total = Tally(), Tally()
        while swarm.open < clients:
            time.sleep(0.05)
            _drain(swarm, joining)  # as a worker does: what lies there is no viewer's memory
        opened_us = (_cpu_s() - used) / clients * 1e6
        opened_s = time.perf_counter() - began
        time.sleep(1.0)
        _drain(swarm, joining)
        gc.collect()
        held = _resident_bytes() - before
        idle_from = _cpu_s()
        time.sleep(2.0)
        idle = (_cpu_s() - idle_from) / 2.0
        wanted = clients * updates
        server.stdin.write("go\n")
        server.stdin.flush()
        used, began = _cpu_s(), time.perf_counter()
        while total.counts["deliveries"] < wanted and time.perf_counter() - began < 300.0:
            time.sleep(0.2)
            _drain(swarm, total)
        spent, took = _cpu_s() - used, time.perf_counter() - began
        after = _resident_bytes() - before
        server.stdin.write("end\n")
        server.stdin.flush()
        swarm.ask(swarm.leave)
        while not swarm.done:
            time.sleep(0.05)
        server.kill()
    assert not swarm.faults, next(iter(swarm.faults.values()))
    return {
        "clients": clients,
        "deliveries": total.counts["deliveries"],
        "us_a_delivery": round(spent / total.counts["deliveries"] * 1e6, 2),
        "us_a_handshake": round(opened_us, 1),
        "handshakes_s": round(opened_s, 2),
        "bytes_a_client_joined": round(held / clients),
        "bytes_a_client_after": round(after / clients),
        "idle_cpu_share": round(idle, 4),
        "deliveries_a_second": round(total.counts["deliveries"] / took),
        "play_to_display_p99_ms": total.stages[PLAY_TO_DISPLAY].percentile_ms(99.0),
    }


def main() -> None:
    """Measure, store, and fail where a limit is not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.updates, 0.3, asked.clients)
        return
    figures = measure(asked.clients, asked.updates)
    print(json.dumps(figures, indent=1))
    inputs = {"clients": asked.clients, "updates": asked.updates, "frame_bytes": FRAME_BYTES}
    store("swarm_cost", "python -m benchmarks.swarm_cost", inputs, figures)
    good = figures["us_a_delivery"] <= MOST_US and figures["bytes_a_client_after"] <= MOST_BYTES
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
