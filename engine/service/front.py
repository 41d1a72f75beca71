"""How viewers are let in: by this process, or by several gateway processes at one address."""

import asyncio
import os
import shutil
import ssl
import tempfile
from pathlib import Path
from typing import Final, Protocol

import structlog
from aiohttp import web

from engine.gateway.counts import GatewayCounts
from engine.gateway.door import Listener, listen
from engine.gateway.hub import Hub, Limits
from engine.gateway.shard import ShardPlan
from engine.gateway.shards import Shards, reserve_port
from engine.service.carriers import ToShards, ToViewers
from engine.service.settings import Settings

_LONGEST_SOCKET_PATH: Final = 90
"""Paths of local sockets may have about 100 bytes."""

logger = structlog.get_logger("wpsim.front")


class Front(Protocol):
    """Where viewers come in."""

    @property
    def carrier(self) -> ToViewers:
        """Takes what is told."""

    @property
    def counts(self) -> GatewayCounts:
        """What it has lived through."""

    @property
    def gateways(self) -> dict[int, int]:
        """The process ids of gateway processes by their number; none where the engine lets viewers in."""

    async def open(self, http: web.Server) -> int:
        """Let viewers in, and hand plain HTTP to `http`; return the port.

        Raises:
            OSError: the port cannot be had.
        """

    async def close(self, reconnect_after_ms: int, grace_s: float) -> None:
        """Send all viewers away, and close."""


def open_front(settings: Settings) -> Front:
    """Return the front that the settings ask for; nothing is opened yet."""
    limits = Limits(
        most_connections=settings.most_connections,
        most_connections_an_address=settings.most_connections_an_address,
        origins=settings.origins,
        ping_interval_s=settings.ping_interval_s,
        ping_timeout_s=settings.ping_interval_s,
    )
    if settings.gateways == 0:
        return OneProcess(settings, limits)
    return ManyProcesses(settings, limits)


class OneProcess:
    """The engine's own process lets viewers in."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self._settings: Final = settings
        self._hub: Final = Hub(limits)
        self._carrier: Final = ToViewers(self._hub)
        self._listener: Listener | None = None

    @property
    def carrier(self) -> ToViewers:
        """Takes what is told."""
        return self._carrier

    @property
    def counts(self) -> GatewayCounts:
        """What the gateway has lived through."""
        return self._hub.counts

    @property
    def gateways(self) -> dict[int, int]:
        """None beside this process."""
        return {}

    async def open(self, http: web.Server) -> int:
        """Open the port."""
        settings = self._settings
        self._listener = await listen(
            self._hub, host=settings.host, port=settings.port, http=http, tls=tls_context(settings)
        )
        return self._listener.port

    async def close(self, reconnect_after_ms: int, grace_s: float) -> None:
        """Drain, and close the port."""
        await self._hub.drain(reconnect_after_ms, grace_s)
        if self._listener is not None:
            await self._listener.close()


class ManyProcesses:
    """Gateway processes let viewers in; plain HTTP comes back over a local socket."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self._settings: Final = settings
        self._hub: Final = Hub(limits)
        # Set by `open`; only the carrier of the present front is told to go live.
        self._shards: Shards | None = None
        self._carrier: Final = ToShards(self._hub)
        self._server: asyncio.Server | None = None
        self._sockets: Path | None = None

    @property
    def carrier(self) -> ToViewers:
        """Takes what is told."""
        return self._carrier

    @property
    def counts(self) -> GatewayCounts:
        """What all gateway processes have lived through together."""
        return self._hub.counts if self._shards is None else self._shards.counts

    @property
    def gateways(self) -> dict[int, int]:
        """The process ids of those that run now."""
        return {} if self._shards is None else self._shards.pids

    async def open(self, http: web.Server) -> int:
        """Start the processes; return once each of them lets viewers in."""
        settings = self._settings
        tls_context(settings)  # a certificate that cannot be loaded is said before anything starts
        self._sockets = _socket_folder(settings.folder)
        http_path = self._sockets / "http"
        self._server = await asyncio.get_running_loop().create_unix_server(http, str(http_path))
        holder = reserve_port(settings.host, settings.port)
        try:
            port: int = holder.getsockname()[1]
            plan = ShardPlan(
                settings.host, port, self._sockets / "stream", http_path, self._hub.limits,
                settings.tls_certificate, settings.tls_key,
            )  # fmt: skip
            self._shards = Shards(settings.gateways, plan, self._hub, self._say)
            await self._shards.start()
        finally:
            holder.close()
        self._carrier.shards = self._shards
        return port

    async def close(self, reconnect_after_ms: int, grace_s: float) -> None:
        """Drain and end the processes."""
        self._carrier.shards = None
        if self._shards is not None:
            await self._shards.drain(reconnect_after_ms, grace_s)
        if self._server is not None:
            self._server.close()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)

    @staticmethod
    def _say(words: str, number: int) -> None:
        logger.warning(words, gateway=number)


def _socket_folder(day: Path) -> Path:
    """Return a folder for local sockets that nobody else can reach: the day's own, where its path is short.

    Raises:
        OSError: even the temporary folder's path is too long.
    """
    folder = day.absolute() / "sockets"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_PATH:
        folder = Path(tempfile.mkdtemp(prefix="wpsim-"))
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_PATH:
        raise OSError(f"{folder}: too long a path for local sockets; set TMPDIR to a shorter one")
    folder.mkdir(mode=0o700, exist_ok=True)  # sockets that a killed service left are replaced
    folder.chmod(0o700)
    return folder


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Return the TLS context of the settings; None where they ask for none.

    Raises:
        ValueError: the certificate or its key cannot be loaded.
    """
    if settings.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(
            f"the certificate {settings.tls_certificate} cannot be loaded ({error}); give a PEM file with "
            "--tls-certificate and its key with --tls-key"
        ) from None
    return context
