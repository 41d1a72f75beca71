"""AMCP, the control protocol of CasparCG: commands as lines, replies as they are cut from a stream.

Sans-I/O: no socket is touched here. Grammar after the server's own source (`AMCPProtocolStrategy.cpp`,
`AMCPCommandsImpl.cpp`, 2.0.7 to 2.4): UTF-8 lines that end in CR LF; parameters split at blanks unless in
quotes; a backslash in front of a backslash, a quote or an `n` (line break), in quotes or not.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

LONGEST_LINE: Final = 64 * 1024
"""Bytes; a server that sends a longer line is no CasparCG server."""
MOST_LINES: Final = 1_000
"""Of one reply, and of lines in a row that belong to none."""

_STATUS: Final = re.compile(r"(?:RES \S+ )?([1-5][0-9]{2})(?: (.{0,200}).*)?", re.ASCII)


def escaped(text: str) -> str:
    """Return a text as it stands between the quotes of a parameter. CR has no escape and becomes a blank."""
    plain = text.replace("\r\n", "\n").replace("\r", " ").replace("\x00", " ")
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def quoted(text: str) -> str:
    """Return a text as one parameter."""
    return f'"{escaped(text)}"'


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template stands."""

    channel: int
    layer: int
    cg_layer: int = 1


def add(place: Place, template: str, data: str) -> bytes:
    """Return the command that loads a template with data, and plays it."""
    return _line(place, f"ADD {place.cg_layer} {quoted(template)} 1 {quoted(data)}")


def update(place: Place, data: str) -> bytes:
    """Return the command that gives new data to a template that stands."""
    return _line(place, f"UPDATE {place.cg_layer} {quoted(data)}")


def stop(place: Place) -> bytes:
    """Return the command that lets a template leave by its own animation."""
    return _line(place, f"STOP {place.cg_layer}")


def version() -> bytes:
    """Return a command that changes nothing and is always answered: the keepalive."""
    return b"VERSION\r\n"


def _line(place: Place, rest: str) -> bytes:
    return f"CG {place.channel}-{place.layer} {rest}\r\n".encode("utf-8", "replace")


class Body(IntEnum):
    """How many lines follow a status line."""

    NONE = 0
    ONE = 1
    MANY = 2
    """Until an empty line."""


_BODIES: Final = {101: Body.ONE, 200: Body.MANY, 201: Body.ONE}
"""The rest is its status line alone. After `400 ERROR` the server repeats the command: a line without a
status, which is passed over like any other."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said to one command."""

    code: int
    text: str
    """The rest of the status line, such as `CG OK`."""
    lines: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the command was executed."""
        return 200 <= self.code < 300


class ProtocolError(Exception):
    """The other end does not speak AMCP."""


class Replies:
    """Cuts replies from a stream of bytes, however they come in pieces."""

    def __init__(self) -> None:
        # Bytes of a line that has not ended yet.
        self._rest = b""
        # The status line whose lines are still coming, and those that have come.
        self._open: Reply | None = None
        self._lines: list[str] = []
        # Lines in a row that belonged to no reply.
        self._strays = 0

    def feed(self, data: bytes) -> list[Reply]:
        """Take bytes, and return the replies that are complete with them. Information (1xx) is left out.

        Raises:
            ProtocolError: a line or a reply is far too long, or nothing looks like a reply.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE or any(len(line) > LONGEST_LINE for line in lines):
            raise ProtocolError(f"a line of more than {LONGEST_LINE:,} bytes")
        replies = (self._take(line.rstrip(b"\r").decode("utf-8", "replace")) for line in lines)
        return [reply for reply in replies if reply is not None and reply.code >= 200]

    def _take(self, line: str) -> Reply | None:
        opened = self._open
        if opened is None:
            return self._take_status(line)
        body = _BODIES[opened.code]
        if body is Body.MANY and not line:
            return self._close(opened)
        self._lines.append(line)
        if len(self._lines) > MOST_LINES:
            raise ProtocolError(f"a reply of more than {MOST_LINES:,} lines")
        return self._close(opened) if body is Body.ONE else None

    def _take_status(self, line: str) -> Reply | None:
        status = _STATUS.fullmatch(line)
        if status is None:
            self._strays += 1
            if self._strays > MOST_LINES:
                raise ProtocolError(f"{MOST_LINES:,} lines without a status")
            return None
        self._strays = 0
        reply = Reply(int(status[1]), status[2] or "")
        if _BODIES.get(reply.code, Body.NONE) is Body.NONE:
            return reply
        self._open = reply
        return None

    def _close(self, opened: Reply) -> Reply:
        reply = Reply(opened.code, opened.text, tuple(self._lines))
        self._open, self._lines = None, []
        return reply
