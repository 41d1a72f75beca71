"""Recorded games pushed at a server at a fixed rate, open loop: each statement has a time at which it is due.

Every play is stated twice, as live feeds do: provisionally, and officially some plays later. The vendor's
stamp of a statement is the time at which it was due, so a viewer's clock can measure from there even where
the pusher or the server was late.
"""

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

import aiohttp
import msgspec
from msgspec.structs import replace

from engine.core.events import Event, GameStart, Odds, Play, Status, encode_event
from simulator.season.reader import RecordedGame

CONFIRMED_AFTER: Final = 5
"""Plays after which a provisional one is stated officially."""
ANSWER_S: Final = 30.0
_LOOK_S: Final = 0.5
"""Whether to stop is looked at so often."""


@dataclass(slots=True)
class PushReport:
    """How a push went."""

    sent: int = 0
    accepted: int = 0
    errors: list[str] = field(default_factory=list)
    late_ns: list[int] = field(default_factory=list)
    """How late each statement was sent, against when it was due."""


def openings(games: Iterable[RecordedGame]) -> list[Event]:
    """Return what is known before the kick-offs: the starts and the lines."""
    return [event for game in games for event in game.events if isinstance(event, GameStart | Odds)]


def told_twice(game: RecordedGame) -> Iterator[Event]:
    """Yield a game's plays, each provisionally and, `CONFIRMED_AFTER` plays later, officially."""
    plays = [event for event in game.events if isinstance(event, Play)]
    for place, play in enumerate([*plays, *[None] * CONFIRMED_AFTER]):
        if play is not None:
            yield replace(play, status=Status.PROVISIONAL)
        if place >= CONFIRMED_AFTER:
            earlier = plays[place - CONFIRMED_AFTER]
            yield replace(earlier, status=Status.OFFICIAL, revision=earlier.revision + 1)


def interleaved(games: Sequence[RecordedGame]) -> Iterator[Event]:
    """Yield the games' plays in turn, one statement of each, until the longest is over."""
    for row in zip_longest(*(told_twice(game) for game in games)):
        yield from (event for event in row if event is not None)


async def push(
    url: str,
    token: str,
    events: Iterable[Event],
    *,
    rate: float,
    most: int | None = None,
    stop: threading.Event | None = None,
) -> PushReport:
    """Push events over the WebSocket at `rate` a second; without waiting for answers, which are counted.

    Args:
        url: of the service, http://host:port.
        token: the push token.
        events: in order.
        rate: events a second; the n-th is due n / rate seconds after the first.
        most: stop after so many.
        stop: once it is set the push ends, without waiting for answers.
    """
    report = PushReport()
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.ws_connect(f"{url}/ingest") as socket,
    ):
        answers = asyncio.create_task(_answers(socket, report))
        began, began_ns = time.perf_counter(), time.time_ns()
        for number, event in enumerate(events):
            if most is not None and number >= most:
                break
            due_s = number / rate
            while (ahead := due_s - (time.perf_counter() - began)) > 0 and not (stop and stop.is_set()):
                await asyncio.sleep(min(ahead, _LOOK_S))
            if stop is not None and stop.is_set():
                break
            due_ns = began_ns + round(due_s * 1e9)
            if isinstance(event, Play | Odds):
                event = replace(event, vendor_ns=due_ns)  # noqa: PLW2901 - the same statement, stamped
            report.late_ns.append(max(0, time.time_ns() - due_ns))
            await socket.send_str(encode_event(event).decode())
            report.sent += 1
        try:
            async with asyncio.timeout(ANSWER_S):
                while report.accepted + len(report.errors) < report.sent and not answers.done():
                    if stop is not None and stop.is_set():
                        break
                    await asyncio.sleep(0.01)
        except TimeoutError:
            report.errors.append("the server has not answered every statement")
        answers.cancel()
    return report


async def _answers(socket: aiohttp.ClientWebSocketResponse, report: PushReport) -> None:
    async for message in socket:
        answer = msgspec.json.decode(message.data)
        if answer.get("accepted"):
            report.accepted += answer["accepted"]
        else:
            report.errors.append(str(answer.get("error", answer))[:200])
