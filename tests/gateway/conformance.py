"""Runs the table of WebSocket cases against any running server of this project.

What comes back is read by two clients that know nothing of the server's code, `websockets` and `wsproto`, and
is wrong already if either of them complains.

Every case that leaves the connection open is followed by a ping that must be answered and a close that must
be echoed; every case must end with the server closing the TCP connection. So no case waits on a clock, but
those that are marked slow.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from tests.gateway.clients import CLIENTS, DEFLATING, Client
from tests.gateway.conformance_table import PING, Case, Greeting, cases, close, frame, greetings

WHOLE_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Result:
    """How one case went with one client."""

    case: str
    client: str
    expected: tuple[str, ...]
    got: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether exactly the expected came back."""
        return self.got == self.expected


async def run_conformance(
    host: str,
    port: int,
    game: str,
    *,
    most_message_bytes: int = 4_096,
    most_head_bytes: int = 16 * 1024,
    slow: bool = True,
    compression: bool = True,
    at_once: int = 8,
) -> list[Result]:
    """Run the table against a server; return how each case went, with each client.

    Without `compression` the clients that negotiate it are left out.
    """
    turns = asyncio.Semaphore(at_once)

    async def one(case: Case, name: str) -> Result:
        async with turns:
            return await run_case(host, port, game, case, name)

    async def greet(greeting: Greeting) -> Result:
        async with turns:
            return await _run_greeting(host, port, greeting)

    waiting = [
        one(case, name)
        for case in cases(most_message_bytes)
        for name in CLIENTS
        if name not in case.unknown_to and (compression or name not in DEFLATING)
    ]
    waiting += [greet(greeting) for greeting in greetings(game, most_head_bytes) if slow or not greeting.slow]
    return list(await asyncio.gather(*waiting))


async def run_case(host: str, port: int, game: str, case: Case, name: str) -> Result:
    """Run one case with one client."""
    client = CLIENTS[name](host, game)
    expected = case.expected
    if not any(answer.startswith("close") for answer in expected):
        expected = (*expected, "pong probe", "close 1000")
    expected = (*expected, "eof")
    try:
        async with asyncio.timeout(WHOLE_TIMEOUT_S):
            got = await _talk(host, port, client, case)
    except TimeoutError:
        got = [*_named(client), "timeout"]
    except OSError as error:
        got = [*_named(client), f"{type(error).__name__}"]
    return Result(case.name, name, expected, tuple(got))


async def _talk(host: str, port: int, client: Client, case: Case) -> list[str]:
    reader, writer = await asyncio.open_connection(host, port)
    probe = () if any(answer.startswith("close") for answer in case.expected) else (
        frame(PING, b"probe") + close(1000),
    )  # fmt: skip
    try:
        writer.write(client.request() + (b"".join(case.sends + probe) if case.pipelined else b""))
        while not client.open and not client.events and (data := await reader.read(65_536)):
            client.feed(data)
        if not case.pipelined:
            for piece in case.sends + probe:
                writer.write(piece)
                await asyncio.sleep(0)
        while data := await reader.read(65_536):
            client.feed(data)
    finally:
        writer.close()
    return [*_named(client), "eof"]


def _named(client: Client) -> list[str]:
    named = (_name(kind, value) for kind, value in client.events)
    return [name for name in named if name not in ("message snapshot", "message update", "message resumed")]


def _name(kind: str, value: object) -> str:
    if kind == "text":
        message = json.loads(str(value))
        status = message["data"].get("status") if message["type"] == "status" else None
        return f"message {status or message['type']}"
    return f"{kind} {value.decode('latin-1') if isinstance(value, bytes) else value}"


async def _run_greeting(host: str, port: int, greeting: Greeting) -> Result:
    expected = (f"{greeting.status}", *([greeting.contains.decode()] if greeting.contains else ()))
    try:
        async with asyncio.timeout(WHOLE_TIMEOUT_S):
            response = await _ask(host, port, greeting.sends)
    except TimeoutError:
        return Result(greeting.name, "raw", expected, ("timeout",))
    got = [response[9:12].decode("latin-1")]
    if greeting.contains and greeting.contains in response:
        got.append(greeting.contains.decode())
    return Result(greeting.name, "raw", expected, tuple(got))


async def _ask(host: str, port: int, sends: Sequence[bytes]) -> bytes:
    """Send a request; return the head of the response."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for piece in sends:
            writer.write(piece)
            await asyncio.sleep(0)
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        return error.partial if isinstance(error, asyncio.IncompleteReadError) else b""
    finally:
        writer.close()
