"""The measurement of servers side by side: it counts rightly, and notices what is lost."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from websockets.utils import accept_key

from benchmarks import fan_out, gateway_memory
from benchmarks.gateways.drain import _KEY, Clients, LostError
from benchmarks.gateways.peers import PEERS
from benchmarks.gateways.stage import Burst, Stage
from benchmarks.gateways.wire import FRAME_BYTES, message
from engine.gateway.frames import text_frame

CLIENTS = 50
UPDATES = 20


@pytest.mark.parametrize("name", sorted(PEERS))
def test_every_server_delivers_what_it_is_told(name: str) -> None:
    """Fifty clients read every update, byte for byte, and the bursts count all of them."""
    with Stage(name, CLIENTS) as stage:
        before = stage.look()
        joined = stage.connect()
        assert (before.viewers, joined.viewers) == (0, CLIENTS)
        assert joined.own_bytes > 0
        stage.check(UPDATES)
        if name not in {*fan_out.SERVERS.values(), "aiohttp_best"}:
            return  # pings may come between, so bytes are not what is counted
        for asleep, at_once in ((False, False), (True, False), (False, True)):
            burst = stage.burst(UPDATES, asleep=asleep, at_once=at_once)
            assert burst.deliveries == CLIENTS * UPDATES
            assert burst.writing_s > 0
            assert burst.wall_s > 0
            assert burst.server_cpu_s > 0
            assert burst.reads >= CLIENTS


@pytest.mark.parametrize("name", ["gateway", "websockets"])
def test_compressed_messages_are_counted(name: str) -> None:
    """A client that offered compression hears as many messages as were told, whatever their bytes."""
    with Stage(name, CLIENTS, deflate=True) as stage:
        stage.connect()
        stage.check(UPDATES)


def _whole(_: int) -> list[bytes]:
    return [text_frame(message(number)) for number in range(UPDATES)]


def _one_lost(place: int) -> list[bytes]:
    frames = _whole(place)
    return frames[:7] + frames[8:] if place == 3 else frames


def _one_twice(place: int) -> list[bytes]:
    frames = _whole(place)
    return [*frames, frames[-1]] if place == 3 else frames


def _one_instead_of_another(place: int) -> list[bytes]:
    frames = _whole(place)
    return [*frames[:7], frames[6], *frames[8:]] if place == 3 else frames


def _lost_here_and_twice_there(place: int) -> list[bytes]:
    return _one_twice(place) if place == 3 else _one_lost(3) if place == 4 else _whole(place)


@contextlib.contextmanager
def clients_of(frames: Callable[[int], list[bytes]]) -> Iterator[Clients]:
    """Connect to a server that says to each client, by its place, what a test plants."""
    with socket.create_server(("127.0.0.1", 0)) as listening, contextlib.ExitStack() as held:
        go = threading.Event()
        accepted: list[socket.socket] = []

        def greet() -> None:
            for _ in range(CLIENTS):
                made = held.enter_context(listening.accept()[0])
                while not made.recv(4_096).endswith(b"\r\n\r\n"):
                    pass
                made.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: %s\r\n\r\n"
                    % accept_key(_KEY).encode()
                )
                accepted.append(made)
            go.wait(30)
            for place, made in enumerate(accepted):
                made.sendall(b"".join(frames(place)))

        server = threading.Thread(target=greet)
        server.start()
        clients = Clients()
        try:
            clients.connect(listening.getsockname()[1], CLIENTS, deflate=False)
            go.set()
            server.join(30)
            yield clients
        finally:
            go.set()
            clients.close()
            server.join(30)


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.gateways.drain.PATIENCE_S", 2.0)


def test_whole_histories_are_read() -> None:
    """What is whole is found whole, counted in bytes and in messages alike."""
    with clients_of(_whole) as clients:
        clients.read_bytes(UPDATES * FRAME_BYTES)
        assert clients.reads >= CLIENTS
    with clients_of(_whole) as clients:
        clients.read_messages(0, UPDATES)


@pytest.mark.parametrize("fault", [_one_lost, _one_twice, _lost_here_and_twice_there])
def test_a_frame_lost_or_doubled_is_noticed_by_its_bytes(fault: Callable[[int], list[bytes]]) -> None:
    """One frame of a thousand too few or too many ends the measurement."""
    with clients_of(fault) as clients, pytest.raises(LostError, match="clients did not read"):
        clients.read_bytes(UPDATES * FRAME_BYTES)


@pytest.mark.parametrize("fault", [_one_lost, _one_instead_of_another])
def test_a_message_lost_or_wrong_is_noticed_by_its_text(fault: Callable[[int], list[bytes]]) -> None:
    """A message that is not the one that was told ends the measurement, though the bytes may be right."""
    with clients_of(fault) as clients, pytest.raises(LostError, match="message"):
        clients.read_messages(0, UPDATES)


def test_a_stage_that_fails_leaves_no_process() -> None:
    """A server that does not exist is an error, and nothing stays behind."""
    stage = Stage("nobody", CLIENTS)
    with pytest.raises(RuntimeError, match="has ended"), stage:
        pass
    assert stage.ended


def _run(*, wall_s: float, cpu_s: float, clients_cpu_s: float = 0.2) -> fan_out.Run:
    burst = Burst(100_000, wall_s * 0.99, wall_s, cpu_s, clients_cpu_s, 100_000)
    return fan_out.Run(burst, burst, burst)


def _rounds(
    *, gateway_s: float = 1.0, gateway_cpu_s: float = 1.0, clients_cpu_s: float = 0.2
) -> list[dict[str, fan_out.Run]]:
    """Three rounds in which websockets takes 1.5 s, picows 1.1 s and the bare loop 0.9 s."""
    return [
        {
            "gateway": _run(wall_s=gateway_s, cpu_s=gateway_cpu_s, clients_cpu_s=clients_cpu_s),
            "websockets": _run(wall_s=1.5, cpu_s=1.5),
            "picows": _run(wall_s=1.1, cpu_s=1.1),
            "bare": _run(wall_s=0.9, cpu_s=0.9),
        }
        for _ in range(3)
    ]


def test_fan_out_holds_every_bar_where_it_is_fast_enough() -> None:
    """Ratios are those of the rounds, and nothing is said against a good run."""
    told = fan_out.figures(_rounds())
    assert told["ratios"]["of_websockets"] == {"median": 1.5, "least": 1.5, "most": 1.5}
    assert told["ratios"]["of_picows"]["median"] == 1.1
    assert told["ratios"]["cpu_of_bare"]["median"] == 1.111
    assert told["servers"]["gateway"]["us_a_delivery"]["median"] == 10.0
    assert told["servers"]["gateway"]["tail_ms"]["median"] == 10.0
    assert (told["reasons"], told["doubts"]) == ([], [])
    fan_out.show(told)
    json.dumps(told)


@pytest.mark.parametrize(
    ("rounds", "reason"),
    [
        (_rounds(gateway_s=1.09), "of_websockets 1.376"),
        (_rounds(gateway_s=1.2), "of_picows 0.917"),
        (_rounds(gateway_cpu_s=1.2, gateway_s=1.2), "CPU a delivery of bare 1.333"),
        (_rounds(clients_cpu_s=0.9), "gateway: the clients used 0.9 of a core"),
    ],
)
def test_fan_out_says_what_falls_short(rounds: list[dict[str, fan_out.Run]], reason: str) -> None:
    """Each bar is there, and so is the doubt that the clients were what was measured."""
    assert any(reason in said for said in fan_out.figures(rounds)["reasons"])


def test_fan_out_doubts_a_machine_that_was_not_quiet() -> None:
    """A server that never waits and yet had a third of a core shared it."""
    assert fan_out.figures(_rounds(gateway_cpu_s=0.3))["doubts"] == ["gateway was given only 0.3 of a core"]


def test_memory_judges_ours_and_only_ours() -> None:
    """A byte above the bar is too much, before or after the updates; what peers need is theirs."""
    held = gateway_memory.Memory(own_joined=2_000, own_after=4_096, resident_joined=0, resident_after=0)
    joined_high = gateway_memory.Memory(own_joined=4_097, own_after=0, resident_joined=0, resident_after=0)
    large = gateway_memory.Memory(own_joined=9_999, own_after=40_960, resident_joined=0, resident_after=0)
    good = gateway_memory.figures({"gateway": held, "aiohttp": large})
    assert good["reasons"] == []
    assert good["servers"]["aiohttp"]["of_gateway"] == 10.0
    gateway_memory.show(good)
    assert "4,097" in gateway_memory.figures({"gateway": joined_high})["reasons"][0]
