"""What `wpsim serve` can be told."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from engine.feeds.catalogue import KINDS

_SCHEMES: Final = ("http", "https", "ws", "wss")
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
    gateways: int = 0
    """Processes that let viewers in; 0: the engine's own does."""
    fsync: str = "interval"
    drain_s: float = 5.0
    planted_delay_ms: float = 0.0
    """A fault for rehearsals: the engine blocks that long on every statement."""


def read_feed(written: str) -> FeedAt:
    """Return a feed written as KIND=URL.

    Raises:
        ValueError: it is no such thing; the message says what was expected.
    """
    kind, found, url = written.partition("=")
    parts = urlsplit(url)
    if not found or kind not in KINDS or parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError(
            f"--feed is {written!r}; expected KIND=URL with KIND one of {', '.join(KINDS)}, "
            "for example espn=http://127.0.0.1:9000/espn"
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
