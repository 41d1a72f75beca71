"""The feeds that can be listened to, by the name of their kind."""

from typing import Final

from engine.feeds.espn_live import EspnLive
from engine.feeds.poller import Poller, Polling
from engine.feeds.source import Source

KINDS: Final = ("espn", "cfbd", "wpsim")


def open_source(kind: str, name: str, url: str, *, poll_s: float = 1.0) -> Source:
    """Return a feed that has not begun to listen.

    Args:
        kind: one of `KINDS`.
        name: what metrics, logs and statuses call it.
        url: where it is; http(s) for polled feeds, ws(s) for streams.
        poll_s: how often a polled feed is asked for a game that is on.

    Raises:
        ValueError: there is no such kind.
    """
    polling = Polling(poll_s=poll_s)
    if kind == "espn":
        return Poller(name, EspnLive(url), polling)
    raise ValueError(f"feed kind is {kind!r}; expected one of {', '.join(KINDS)}")
