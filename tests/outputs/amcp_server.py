"""A CasparCG server as far as a template needs one: the written grammar, and bad manners on request."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


def tokens_of(line: str) -> list[str]:
    """Split a command as AMCP's specification says.

    Parameters are separated by blanks; quotation marks keep one together; a backslash, inside quotes or not,
    stands before a backslash, a quotation mark, or an n that means a line break.
    """
    tokens: list[str] = []
    token, quoted, place = "", False, 0
    while place < len(line):
        mark = line[place]
        if mark == "\\":
            place += 1
            following = line[place] if place < len(line) else ""
            token += {"\\": "\\", '"': '"', "n": "\n"}.get(following, "")
        elif mark == '"':
            if quoted or token:
                tokens.append(token)
                token = ""
            quoted = not quoted
        elif mark == " " and not quoted:
            if token:
                tokens.append(token)
            token = ""
        else:
            token += mark
        place += 1
    return [*tokens, token] if token else tokens


Manner = Callable[[asyncio.StreamWriter, list[str]], Awaitable[bool]]
"""What is done instead of an answer; True where the command was dealt with."""


@dataclass
class AmcpServer:
    """What it was told, and which template stands with which data."""

    heard: list[list[str]] = field(default_factory=list)
    template: str | None = None
    data: str | None = None
    manner: Manner | None = None
    connections: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> "AmcpServer":
        """Listen, at the same port as before where there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Stop like a server that is switched off: nothing stands any more."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()
        self.template = self.data = None

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something about it is true."""
        while not true():
            self.news.clear()
            await self.news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                assert line.endswith(b"\r\n"), f"no CR LF: {line!r}"
                tokens = tokens_of(line[:-2].decode())
                self.heard.append(tokens)
                if self.manner is None or not await self.manner(writer, tokens):
                    writer.write(self._answer(tokens).encode())
                self.news.set()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    def _answer(self, tokens: list[str]) -> str:
        match tokens:
            case ["VERSION"]:
                return "201 VERSION OK\r\n2.3.3 test\r\n"
            case ["CG", "1-20", "ADD", "1", template, "1", data] if data[:1] in {"<", "{"}:
                self.template, self.data = template, data
                return "202 CG OK\r\n"
            case ["CG", "1-20", "UPDATE", "1", data] if data[:1] in {"<", "{"}:
                if self.template is None:
                    return "403 CG ERROR\r\n"
                self.data = data
                return "202 CG OK\r\n"
            case ["CG", "1-20", "STOP", "1"]:
                self.template = self.data = None
                return "202 CG OK\r\n"
        return "400 ERROR\r\n" + " ".join(tokens) + "\r\n"
