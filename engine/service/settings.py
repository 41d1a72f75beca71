"""What `wpsim serve` can be told."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from engine.feeds.catalogue import KINDS

_ASKED: Final = ("http", "https")
_SCHEMES: Final = dict.fromkeys(KINDS, _ASKED) | dict.fromkeys(("wpsim", "tracking"), ("ws", "wss", *_ASKED))
"""By kind: streams are WebSockets, which may be written either way; the others are asked by HTTP."""
SHORTEST_POLL_S: Final = 0.05
LONGEST_POLL_S: Final = 3_600.0
SHORTEST_PING_S: Final = 1.0
LONGEST_PING_S: Final = 3_600.0
DAY_ENDS: Final = timedelta(hours=10)
"""After midnight UTC: midnight in Honolulu, when Saturday is over."""
SHORTEST_TOKEN: Final = 16
MOST_TOKEN_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class FeedAt:
    """A feed to listen to: its kind (espn, cfbd, odds, tracking, wpsim) and where it is."""

    kind: str
    url: str

    @property
    def name(self) -> str:
        """What metrics, logs and statuses call it."""
        return self.kind


@dataclass(frozen=True, slots=True)
class Settings:
    """One served day."""

    folder: Path
    """Where the day is recorded: `log/`, `history.sqlite`, `quarantine.ndjson`, `run.json`, `latency/`."""
    model: str = "fitted"
    feeds: tuple[FeedAt, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes any free port."""
    poll_s: float = 1.0
    graphics: tuple[str, ...] = ()
    """Where graphics commands go: http://..., caspar://..."""
    graphics_fallback: Path | None = None
    air_delay_s: float = 0.0
    cfbd_token: str | None = None
    """The key of CollegeFootballData's live feed, where it wants one."""
    ingest_token: str | None = None
    """Who pushes must know it; None turns pushing off."""
    origins: tuple[str, ...] = ()
    """Pages on other hosts that may open sockets."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    most_connections: int = 15_000
    most_connections_an_address: int = 256
    ping_interval_s: float = 20.0
    """A viewer that says nothing is pinged so often, and cut off when it does not answer in as long."""
    gateways: int = 0
    """Processes that let viewers in; 0: the engine's own does."""
    fsync: str = "interval"
    drain_s: float = 5.0
    planted_delay_ms: float = 0.0
    """A fault for rehearsals: the engine blocks that long on every statement."""

    def __post_init__(self) -> None:
        """Refuse what would be left out in silence.

        Raises:
            ValueError: two settings do not go together, or a number is absurd.
        """
        if not (math.isfinite(self.poll_s) and SHORTEST_POLL_S <= self.poll_s <= LONGEST_POLL_S):
            raise ValueError(
                f"--poll is {self.poll_s}; expected {SHORTEST_POLL_S} to {LONGEST_POLL_S:g} seconds"
            )
        if not (
            math.isfinite(self.ping_interval_s) and SHORTEST_PING_S <= self.ping_interval_s <= LONGEST_PING_S
        ):
            raise ValueError(
                f"--ping-interval is {self.ping_interval_s}; expected {SHORTEST_PING_S:g} to "
                f"{LONGEST_PING_S:g} seconds"
            )
        if self.tls_key is not None and self.tls_certificate is None:
            raise ValueError(
                "--tls-key came without --tls-certificate; nothing would be encrypted: give both"
            )
        names = [feed.name for feed in self.feeds]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"--feed {twice}=... came twice; expected one feed of a kind")
        for origin in self.origins:
            parts = urlsplit(origin)
            if origin == "*":
                continue
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
                raise ValueError(f"--origin is {origin!r}; expected for example https://scores.example.org")


def read_feed(written: str) -> FeedAt:
    """Return a feed written as KIND=URL.

    Raises:
        ValueError: it is no such thing; the message says what was expected.
    """
    kind, found, url = written.partition("=")
    if not found or kind not in KINDS:
        raise ValueError(
            f"--feed is {written!r}; expected KIND=URL with KIND one of {', '.join(KINDS)}, "
            "for example espn=http://127.0.0.1:9000/espn"
        )
    try:
        parts = urlsplit(url)
        good = parts.scheme in _SCHEMES[kind] and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no port, or no address, can be written so
        good = False
    if not good:
        scheme = _SCHEMES[kind][0]
        raise ValueError(
            f"--feed is {written!r}; expected {kind}={scheme}://HOST:PORT/PATH, or {scheme}s://..."
        )
    return FeedAt(kind, url.rstrip("/"))


def read_token(path: Path) -> str:
    """Return the token that a file holds.

    Raises:
        ValueError: it cannot be read, or is too short to keep anybody out.
    """
    try:
        with path.open("rb") as file:
            token = file.read(MOST_TOKEN_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the token file {path} cannot be read ({error}); write a token into it") from None
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        raise ValueError(
            f"the token in {path} is shorter than {SHORTEST_TOKEN} plain characters; write a longer one, "
            "for example with `openssl rand -hex 32`"
        )
    return token


def day_folder(named: Path | None, now: datetime | None = None) -> Path:
    """Return where a day is recorded: as named, or days/DATE.

    A game day ends when the last game in the west does: it is the UTC date of ten hours ago, so that a
    restart on Saturday night goes on with Saturday.
    """
    moment = (now or datetime.now(UTC)) - DAY_ENDS
    return named or Path("days") / moment.date().isoformat()
