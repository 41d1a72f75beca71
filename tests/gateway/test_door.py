"""One port for all: sockets of games go to the gateway, everything else to the HTTP server behind."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from websockets.asyncio.client import connect

from engine.gateway.door import Listener, listen
from engine.gateway.hub import Hub, Limits
from engine.gateway.outlet import NEVER
from tests.gateway.conformance import run_conformance
from tests.gateway.stage import HOST, Game, gateway
from tests.gateway.viewer import viewing

LARGE = 3_000_000


async def _body(asked: web.Request) -> web.Response:
    return web.json_response({"bytes": len(await asked.read()), "from": asked.remote})


async def _large(_: web.Request) -> web.Response:
    return web.Response(body=bytes(LARGE))


async def _echo(asked: web.Request) -> web.WebSocketResponse:
    echoing = web.WebSocketResponse()
    await echoing.prepare(asked)
    async for message in echoing:
        await echoing.send_str(f"echo {message.data}")
    return echoing


@contextlib.asynccontextmanager
async def house(
    limits: Limits | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Hub, Listener]]:
    """A gateway with aiohttp behind its door, as the service has it."""
    app = web.Application(client_max_size=2**22)
    app.router.add_route("*", "/body", _body)
    app.router.add_get("/large", _large)
    app.router.add_get("/ingest", _echo)
    app.router.add_get("/ingest/{game}", _echo)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    assert runner.server is not None
    try:
        async with asyncio.timeout(30), gateway(limits, http=runner.server, tls=tls) as (hub, listener):
            Game(hub).open().say(3)
            yield hub, listener
    finally:
        await runner.cleanup()


def session(listener: Listener) -> aiohttp.ClientSession:
    """A client of aiohttp for a gateway."""
    return aiohttp.ClientSession(f"http://{HOST}:{listener.port}")


def test_http_and_sockets_share_a_port() -> None:
    """Requests with bodies, large answers, aiohttp's own sockets and those of games: all at one port."""

    async def run() -> None:
        async with house() as (hub, listener), session(listener) as client:
            for size in (0, 10, 1_000_000):
                async with client.post("/body", data=bytes(size)) as answer:
                    assert await answer.json() == {"bytes": size, "from": HOST}
            async with client.get("/large") as answer:
                assert len(await answer.read()) == LARGE
            assert hub.counts.http_connections == 1, "the connection is kept"
            async with client.get("/nowhere") as answer:
                assert answer.status == 404
            for path in ("/ingest", "/ingest/401", "/ingest/401?x=1"):
                async with client.ws_connect(path) as socket:
                    await socket.send_str("a")
                    assert await socket.receive_str() == "echo a"
            async with connect(f"ws://{HOST}:{listener.port}/401") as viewer:
                assert '"snapshot"' in str(await viewer.recv())
                assert hub.counts.connections == 1
            async with connect(f"ws://{HOST}:{listener.port}/ingested") as viewer:
                await viewer.wait_closed()
                assert (viewer.close_code, viewer.close_reason) == (1008, "Game not found")

    asyncio.run(run())


def test_a_large_answer_waits_for_its_reader() -> None:
    """Aiohttp's own back-pressure works through the door."""

    async def run() -> None:
        async with house() as (hub, listener):
            reader, writer = await asyncio.open_connection(HOST, listener.port, limit=1_024)
            writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.05)
            assert hub.counts.http_connections == 1
            assert len(await reader.read()) == LARGE
            writer.close()

    asyncio.run(run())


def test_a_request_in_single_bytes() -> None:
    """A request that trickles in, body and all, and the next one on its heels, are passed on whole."""

    async def run() -> None:
        async with house() as (_, listener):
            reader, writer = await asyncio.open_connection(HOST, listener.port)
            first = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
            for place in range(len(first)):
                writer.write(first[place : place + 1])
                await asyncio.sleep(0)
            writer.write(b"GET /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answers = await reader.read()
            assert answers.count(b"HTTP/1.1 200 OK") == 2
            assert b'{"bytes": 5' in answers
            writer.close()

    asyncio.run(run())


def test_a_kept_connection_can_become_a_viewer() -> None:
    """A client that asks for a page, and then for a game on the same connection, is let in."""

    async def run() -> None:
        async with house() as (hub, listener), session(listener) as client:
            for _ in range(2):
                async with client.post("/body", data=b"abc") as answer:
                    assert (await answer.json())["bytes"] == 3
            async with client.ws_connect("/401") as viewer:
                assert '"snapshot"' in await viewer.receive_str()
                assert (hub.counts.connections, hub.counts.http_connections) == (1, 0)
                await viewer.send_str("nonsense")
                assert '"error"' in await viewer.receive_str()
                await asyncio.sleep(0.01)
                hub.announce(b"{}")
                assert await viewer.receive_str() == "{}"
            async with client.ws_connect("/402") as viewer:
                assert (await viewer.receive()).data == 1008

    asyncio.run(run())


REQUEST = b"GET /401 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: %d" % len(REQUEST), REQUEST),
        (b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(REQUEST), REQUEST)),
    ],
    ids=["length", "chunked"],
)
def test_a_body_is_no_request(head: bytes, body: bytes) -> None:
    """A body that looks like a request for a game is a body, however it comes."""

    async def run() -> None:
        async with house() as (hub, listener):
            reader, writer = await asyncio.open_connection(HOST, listener.port)
            for _ in range(2):
                writer.write(b"POST /body HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
                for part in (body[:4], body[4:]):
                    await asyncio.sleep(0.01)
                    writer.write(part)
                answer = await reader.readuntil(b"}")
                assert answer.startswith(b"HTTP/1.1 200 ")
                assert b'{"bytes": %d,' % len(REQUEST) in answer
            writer.close()
            assert hub.counts.refused == {}
            assert hub.counts.connections_ever == 0

    asyncio.run(run())


def test_a_later_head_is_bounded_too() -> None:
    """On a kept connection, too, a head may be neither late nor long."""

    async def run() -> None:
        limits = Limits(handshake_timeout_s=0.1, tick_s=0.02)
        async with house(limits) as (hub, listener):
            for more, status in ((b"GET /bo", b"408"), (b"GET /" + b"x" * 20_000, b"431"), (b"\x00", b"400")):
                reader, writer = await asyncio.open_connection(HOST, listener.port)
                writer.write(b"GET /body HTTP/1.1\r\nHost: x\r\n\r\n")
                assert b'"bytes": 0' in await reader.readuntil(b"}")
                await asyncio.sleep(0.15)
                writer.write(b"\r\n" + more)
                assert (await reader.read()).startswith(b"HTTP/1.1 " + status)
                writer.close()
            assert hub.counts.refused == {"timeout": 1, "head": 2}

    asyncio.run(run())


def test_limits_hold_for_http_too() -> None:
    """HTTP connections count against both limits, and are free again when they are gone."""

    async def run() -> None:
        async with house(Limits(most_connections=2, most_connections_an_address=1)) as (hub, listener):
            async with viewing(listener.port):
                reader, writer = await asyncio.open_connection(HOST, listener.port)
                writer.write(b"GET /body HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await reader.readline()).split()[1] == b"429"
                writer.close()
            while hub.counts.connections:
                await asyncio.sleep(0)
            async with (
                session(listener) as client,
                client.get("/body") as answer,
            ):
                assert answer.status == 200

    asyncio.run(run())


def test_http_goes_on_while_draining() -> None:
    """While viewers are turned away, health and metrics can still be asked for."""

    async def run() -> None:
        async with house() as (hub, listener):
            await hub.drain(2_500, 0.1)
            async with session(listener) as client:
                async with client.get("/body") as answer:
                    assert answer.status == 200
                with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
                    await client.ws_connect("/401")
            assert raised.value.status == 503
            assert raised.value.headers is not None
            assert raised.value.headers["Retry-After"] == "3"
            assert hub.counts.refused == {"draining": 1}

    asyncio.run(run())


def test_without_an_http_server() -> None:
    """A gateway alone answers plain HTTP with 426."""

    async def run() -> None:
        async with asyncio.timeout(5), gateway() as (_, listener):
            reader, writer = await asyncio.open_connection(HOST, listener.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 426 ")
            writer.close()

    asyncio.run(run())


def test_a_port_that_is_taken() -> None:
    """A taken port is refused with a word on what to do."""

    async def run() -> None:
        async with gateway() as (_, listener):
            with pytest.raises(OSError, match=rf"cannot listen on {HOST}:{listener.port} .*choose another"):
                await listen(Hub(), host=HOST, port=listener.port)

    asyncio.run(run())


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's context, with a certificate of this run."""
    folder: Path = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{HOST}"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs openssl to make a certificate")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


def test_tls(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """With TLS viewers and HTTP work alike, and closes have their codes."""

    async def run() -> None:
        server, client = tls
        async with house(tls=server) as (hub, listener):
            url = f"wss://{HOST}:{listener.port}/401"
            async with connect(url, ssl=client) as viewer, connect(url, ssl=client) as rude:
                assert '"snapshot"' in str(await viewer.recv())
                watched = hub.channel("401")
                assert watched is not None
                assert {member.fd for member in watched.members} == {NEVER}  # not past the encryption
                await viewer.send("nonsense")
                assert '"error"' in str(await viewer.recv())
                await rude.send("x" * 5_000)
                await rude.wait_closed()
                assert rude.close_code == 1009
            async with (
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=client)) as session,
                session.post(f"https://{HOST}:{listener.port}/body", data=b"abc") as answer,
            ):
                assert (await answer.json())["bytes"] == 3
            async with connect(url, ssl=client) as viewer:
                draining = asyncio.create_task(hub.drain(100, 0.1))
                await viewer.wait_closed()
                assert viewer.close_code == 1012
                await draining

    asyncio.run(run())


def test_the_table_passes_with_a_server_behind() -> None:
    """With an HTTP server behind the door the table of frames passes just the same."""

    async def run() -> None:
        async with house() as (_, listener):
            results = await run_conformance(HOST, listener.port, "401", slow=False)
            failed = [str(result) for result in results if not result.passed]
            assert failed == []

    asyncio.run(run())


def test_no_update_waits_for_the_one_before() -> None:
    """Nagle's algorithm is off: an update is sent though the client has not acknowledged the last one yet."""

    async def run() -> None:
        async with house() as (hub, listener), viewing(listener.port):
            channel = hub.channel("401")
            assert channel is not None
            (viewer,) = channel.members
            accepted = viewer.transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    asyncio.run(run())
