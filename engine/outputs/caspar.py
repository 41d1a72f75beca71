"""A CasparCG server as a destination: one template on one layer, always given the whole panel.

The sink remembers what should stand and what it has seen confirmed. After a lost connection the server may
have been started anew, so the template is added again, or stopped if it should not be there.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Final

from engine.outputs import amcp
from engine.outputs.commands import Command
from engine.outputs.destination import CasparDestination
from engine.outputs.markup import template_json, template_xml
from engine.outputs.outlet import SendError
from engine.outputs.panel import Panel, applied, card_over, keys_of

TIMEOUT_S: Final = 2.0
"""For connecting, and for the reply to one command."""
_READ_BYTES: Final = 16 * 1024


class Stands(Enum):
    """What is known of our template on the server."""

    NO = "it is not there: never added, or stopped"
    YES = "it was added and confirmed"
    UNKNOWN = "it was there when the connection was lost, or a command was not confirmed"


class Do(Enum):
    """What brings the server to where it should be."""

    NOTHING = "nothing"
    ADD = "add"
    UPDATE = "update"
    STOP = "stop"


STEPS: Final[dict[tuple[Stands, bool], Do]] = {
    (Stands.NO, False): Do.NOTHING,
    (Stands.NO, True): Do.ADD,
    (Stands.YES, False): Do.STOP,
    (Stands.YES, True): Do.UPDATE,
    (Stands.UNKNOWN, False): Do.STOP,
    (Stands.UNKNOWN, True): Do.ADD,
}
"""By what stands and whether it should."""


class CasparSink:
    """Keeps one template on a CasparCG server as the panel says."""

    def __init__(
        self,
        destination: CasparDestination,
        *,
        clock_ns: Callable[[], int],
        air_delay_ms: int = 0,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Make a sink; the connection is opened by the first command or `keep`."""
        self._destination: Final = destination
        self._place: Final = amcp.Place(destination.channel, destination.layer, destination.cg_layer)
        self._clock_ns: Final = clock_ns
        self._timeout_s: Final = timeout_s
        self._air_delay_ms: Final = air_delay_ms
        # What should stand; every command moves it, whether it arrives or not.
        self._panel: Panel | None = None
        self._stands = Stands.NO
        # The connection, and the replies being cut from it; None where none is open.
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._replies = amcp.Replies()

    async def send(self, command: Command) -> None:
        """Change the panel by a command, and bring the server there.

        Raises:
            SendError: the server was not reached, did not answer, or refused.
        """
        panel = self._panel or Panel(command.game_id, self._air_delay_ms)
        self._panel = applied(panel, command)
        await self._connect()
        await self._bring()

    async def keep(self) -> bool:
        """See that the server answers; after a lost connection, bring back what should stand.

        Raises:
            SendError: it does not.
        """
        await self._connect()
        if self._stands is Stands.UNKNOWN:
            await self._bring()
        else:
            await self._ask(amcp.version())
        return True

    async def close(self) -> None:
        """Close the connection."""
        await self._disconnect()

    async def _bring(self) -> None:
        if self._panel is None:
            return
        panel = card_over(self._panel, self._clock_ns())
        step = STEPS[self._stands, panel.on_air]
        if step is Do.NOTHING:
            return
        keys = keys_of(panel)
        data = template_json(keys) if self._destination.data == "json" else template_xml(keys)
        if step is Do.ADD:
            line = amcp.add(self._place, self._destination.template, data)
        elif step is Do.UPDATE:
            line = amcp.update(self._place, data)
        else:
            line = amcp.stop(self._place)
        # Until it is confirmed, nobody knows what stands.
        self._stands = Stands.UNKNOWN
        reply = await self._ask(line)
        if reply.ok:
            self._stands = Stands.NO if step is Do.STOP else Stands.YES
            return
        # A refused stop means that there is nothing to stop; a refused update, that it is to be added again.
        self._stands = Stands.NO
        if step is not Do.STOP:
            again = step is Do.UPDATE or reply.code >= 500
            raise SendError(f"amcp_{reply.code}", again=again)

    async def _connect(self) -> None:
        if self._writer is not None and self._reader is not None and not self._reader.at_eof():
            return
        await self._lose()
        host, port = self._destination.host, self._destination.port
        try:
            async with asyncio.timeout(self._timeout_s):
                self._reader, self._writer = await asyncio.open_connection(host, port, limit=_READ_BYTES)
        except TimeoutError:
            raise SendError("timeout") from None
        except (OSError, UnicodeError):
            raise SendError("connection") from None
        self._replies = amcp.Replies()

    async def _ask(self, line: bytes) -> amcp.Reply:
        """Send a line and return the reply to it; a connection on which that fails is closed."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(line)
        except TimeoutError:
            kind = "timeout"
        except amcp.ProtocolError:
            kind = "garbage"
        except OSError:
            kind = "connection"
        except asyncio.CancelledError:
            await self._lose()
            raise
        await self._lose()
        raise SendError(kind)

    async def _exchange(self, line: bytes) -> amcp.Reply:
        reader, writer = self._reader, self._writer
        assert reader is not None, "it is connected before it is asked"
        assert writer is not None, "it is connected before it is asked"
        writer.write(line)
        await writer.drain()
        while True:
            data = await reader.read(_READ_BYTES)
            if not data:
                raise ConnectionResetError
            replies = self._replies.feed(data)
            if len(replies) > 1:
                raise amcp.ProtocolError("two replies to one command")
            if replies:
                return replies[0]

    async def _lose(self) -> None:
        if self._stands is Stands.YES:
            self._stands = Stands.UNKNOWN
        await self._disconnect()

    async def _disconnect(self) -> None:
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
