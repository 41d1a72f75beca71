"""A real server with a push behind it, and a proxy that spoils what two of its viewers hear."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from loadtests.pusher import interleaved, openings, push
from loadtests.served import Served, served
from loadtests.swarm.frames import frame_at
from tests.service.games import sample_games

TOKEN = "a-token-that-is-long-enough"
UPDATE = b'{"type":"update"'


@contextmanager
def pushed_server(
    folder: Path, *options: str, games: int = 3, rate: float = 30.0, seconds: float = 20.0
) -> Iterator[Served]:
    """Serve games that are pushed at a rate for as long as the block runs, at most for some seconds."""
    token_file = folder / "token"
    token_file.write_text(TOKEN)
    token_file.chmod(0o600)
    told = sample_games(games)
    asked = ("--model", "brownian", "--ingest-token-file", str(token_file), *options)
    with served(folder / "day", *asked) as server:
        asyncio.run(push(server.url, TOKEN, openings(told), rate=500.0))
        most = round(rate * seconds)
        loop = asyncio.new_event_loop()

        async def pushing() -> None:
            work.append(asyncio.current_task())
            await push(server.url, TOKEN, interleaved(told), rate=rate, most=most)

        work: list[asyncio.Task[None] | None] = []

        def run() -> None:
            try:
                loop.run_until_complete(pushing())
            except asyncio.CancelledError:
                pass
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()

        pusher = threading.Thread(target=run)
        pusher.start()
        try:
            yield server
        finally:
            if work and work[0] is not None and not loop.is_closed():
                loop.call_soon_threadsafe(work[0].cancel)
            pusher.join(20.0)


@dataclass
class Proxy:
    """Passes bytes on; of its WebSockets the first loses an update, the second hears two the wrong way."""

    to: tuple[str, int]
    url: str = ""
    sockets: int = 0
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Listen until it is told to stop."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await stop.wait()
        server.close()
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        up_reader, up_writer = await asyncio.open_connection(*self.to)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, up_writer))
                both.create_task(self._spoil(up_reader, writer))
        except* OSError:
            pass
        finally:
            writer.close()
            up_writer.close()
            self.tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def _spoil(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        if not head.startswith(b"HTTP/1.1 101"):
            await self._pass(reader, writer)
            return
        self.sockets += 1
        which, data, updates = self.sockets, b"", 0
        held: bytes = b""
        while more := await reader.read(65_536):
            data += more
            place = 0
            while (frame := frame_at(data, place)) is not None:
                whole = data[place : frame[2]]
                place = frame[2]
                if UPDATE in whole[:40]:
                    updates += 1
                    if which == 1 and updates == 3:
                        continue
                    if which == 2 and updates == 3:
                        held = whole
                        continue
                writer.write(whole)
                if held and UPDATE in whole[:40]:
                    writer.write(held)
                    held = b""
            data = data[place:]
        writer.close()


@contextmanager
def spoiling_proxy(url: str) -> Iterator[Proxy]:
    """Run the proxy in a thread of its own."""
    address = urlsplit(url)
    proxy = Proxy((address.hostname or "", address.port or 0))
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    def run() -> None:
        loop.run_until_complete(proxy.serve(ready, stop))
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10.0)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10.0)
