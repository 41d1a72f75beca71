"""The push of a run: the longest games of a season at a fixed rate, for as long as the run lasts."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp

from engine.core.events import Play
from loadtests.pusher import PushReport, interleaved, openings, push
from simulator.season.reader import RecordedGame, open_season, read_games

MOST_GAMES: Final = 15
"""A Saturday evening's."""
SETTLE_S: Final = 3.0
"""The push ends so long before the run, so that all can hear all of it."""
STOP_S: Final = 60.0


def longest_games(season: Path, most: int = MOST_GAMES) -> list[RecordedGame]:
    """Return the longest games of a season, the longest first.

    Raises:
        InputError: it is no season file.
    """
    opened = open_season(season)
    spans = sorted(opened.spans, key=lambda span: (-span.rows, span.game_id))[:most]
    by_id = {game.game_id: game for game in read_games(opened, spans)}
    return [by_id[span.game_id] for span in spans]


def wanted_statements(rate: float, seconds: float) -> int:
    """Return how many statements a run of so many seconds takes."""
    return round(rate * max(1.0, seconds - SETTLE_S))


def check_lasts(games: Sequence[RecordedGame], season: Path, rate: float, seconds: float) -> None:
    """Refuse a push that would be over before the run is.

    Raises:
        ValueError: the games hold too few statements; the message says what to do.
    """
    held = 2 * sum(isinstance(event, Play) for game in games for event in game.events)
    wanted = wanted_statements(rate, seconds)
    if held < wanted:
        slower = int(held / max(1.0, seconds - SETTLE_S) * 100) / 100
        raise ValueError(
            f"{season.name}: its {len(games)} longest games hold {held:,} statements, which last "
            f"{held / rate:,.0f} s at {rate:g} a second; the run takes {seconds:g} s. Use --events "
            f"{slower:g}, --seconds {int(held / rate + SETTLE_S)}, or --season with longer games"
        )


class SeasonPush:
    """A thread that pushes once it is told to begin; use it as a context."""

    def __init__(
        self, url: str, token: str, games: Sequence[RecordedGame], *, rate: float, seconds: float
    ) -> None:
        self.reports: list[PushReport] = []
        """One, once it has ended."""
        self._url, self._token, self._games = url, token, games
        self._rate, self._most = rate, wanted_statements(rate, seconds)
        self._begun, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="season push")

    def __enter__(self) -> "SeasonPush":
        asyncio.run(push(self._url, self._token, openings(self._games), rate=500.0))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._begun.set()
        self._thread.join(STOP_S)

    def begin(self) -> None:
        """Start the clock; told again it does nothing."""
        self._begun.set()

    def _run(self) -> None:
        self._begun.wait()
        if self._stopped.is_set():
            return
        events = interleaved(self._games)
        try:
            report = asyncio.run(
                push(self._url, self._token, events, rate=self._rate, most=self._most, stop=self._stopped)
            )
        except (
            OSError,
            aiohttp.ClientError,
        ) as error:  # a server that is gone; the viewers' part of the run tells the rest
            report = PushReport(errors=[f"the push has ended: {error}"])
        self.reports.append(report)
