"""The feeds that can be listened to, by the name of their kind."""

from dataclasses import replace
from typing import Final

from engine.feeds.cfbd_live import CfbdLive
from engine.feeds.espn_live import EspnLive
from engine.feeds.odds_live import OddsLive
from engine.feeds.poller import Poller, Polling
from engine.feeds.source import Source
from engine.feeds.tracking_live import TrackingLive
from engine.feeds.wpsim_live import WpsimLive

KINDS: Final = ("espn", "cfbd", "wpsim", "odds", "tracking")
_CFBD_LIST_S: Final = 5.0


def open_source(kind: str, name: str, url: str, *, poll_s: float = 1.0, token: str | None = None) -> Source:
    """Return a feed that has not begun to listen.

    Args:
        kind: one of `KINDS`.
        name: what metrics, logs and statuses call it.
        url: where it is; http(s) for polled feeds, ws(s) for streams.
        poll_s: how often a polled feed is asked for a game that is on.
        token: the key of a feed that wants one (cfbd).

    Raises:
        ValueError: there is no such kind.
    """
    polling = Polling(poll_s=poll_s)
    if kind == "espn":
        return Poller(name, EspnLive(url), polling)
    if kind == "cfbd":  # its list says when games are over
        return Poller(name, CfbdLive(url, token), replace(polling, discover_s=max(poll_s, _CFBD_LIST_S)))
    if kind == "wpsim":
        return WpsimLive(name, url)
    if kind == "odds":  # prices matter less than plays, and one body holds those of all games
        return OddsLive(name, url, replace(polling, poll_s=2.0 * poll_s))
    if kind == "tracking":
        return TrackingLive(name, url)
    raise ValueError(f"feed kind is {kind!r}; expected one of {', '.join(KINDS)}")
