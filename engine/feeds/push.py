"""Statements that are pushed to us: a body is read whole or refused whole, with the reason.

Two dialects: `wpsim`, the core's own events as JSON (one, a list, or one a line), taken at their word; and
`espn`, a whole `summary`, which is compared with what was said before like a polled one. Who pushes is told
what was wrong, so nothing is mended here: a number beyond 64 bits, half a character or another game's id
refuse the batch. Football that cannot be is left to the core, which doubts it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from engine.core.events import Event, FeedHealth, FeedStatus, decode_event
from engine.feeds.bounds import bounded
from engine.feeds.espn_live import payload_of_summary
from engine.feeds.json_body import BodyError, read_json
from engine.feeds.pulse import Pulse
from engine.feeds.push_error import PushError, reason, refusal, shown, wanted_of
from engine.feeds.source import Games, SourceCounts, Take
from engine.feeds.telling import Payload, Telling, Verdict

MOST_PUSH_BYTES: Final = 1024 * 1024
MOST_PUSH_EVENTS: Final = 2_000
_MOST_GAMES: Final = 256
__all__ = ["MOST_PUSH_BYTES", "MOST_PUSH_EVENTS", "PushError", "PushSource", "Pushed", "read_push"]

_SHAPE: Final = "one event, a list of events, or an event a line, as JSON"


@dataclass(frozen=True, slots=True)
class Pushed:
    """A body that was read: statements at their word, or a payload to be compared with what was said."""

    game_id: str | None
    received_ns: int
    events: tuple[Event, ...] = ()
    payload: Payload | None = None
    degraded: tuple[str, ...] = ()


def read_push(body: bytes, dialect: str, game_id: str | None, received_ns: int) -> Pushed:
    """Return what a pushed body says.

    Args:
        body: the bytes.
        dialect: "wpsim" or "espn".
        game_id: the game it must be about; None takes any.
        received_ns: when it was received.

    Raises:
        PushError: it cannot be taken; the message names the item, the field, what came and what was expected.
    """
    if len(body) > MOST_PUSH_BYTES:
        raise PushError(None, "body", f"{len(body)} bytes", f"at most {MOST_PUSH_BYTES}")
    if dialect == "wpsim":
        items = _items(body)
        if len(items) > MOST_PUSH_EVENTS:
            raise PushError(None, "body", f"{len(items)} events", f"at most {MOST_PUSH_EVENTS} a batch")
        events = tuple(_event(raw, number, game_id, received_ns) for number, raw in enumerate(items))
        return Pushed(game_id, received_ns, events)
    if dialect == "espn":
        return _summary(body, game_id, received_ns)
    raise PushError(None, "dialect", shown(dialect), "wpsim or espn")


# --- the dialects ------------------------------------------------------------------------------------------


def _items(body: bytes) -> list[msgspec.Raw]:
    body = body.strip()
    if not body:
        raise PushError(None, "body", "empty", _SHAPE)
    try:
        if body.startswith(b"["):
            return msgspec.json.decode(body, type=list[msgspec.Raw])
        try:
            return [msgspec.json.decode(body, type=msgspec.Raw)]
        except msgspec.DecodeError:
            return [msgspec.Raw(line) for line in body.splitlines() if line.strip()]
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise PushError(None, "body", f"unreadable JSON ({reason(error)})", _SHAPE) from None


def _event(raw: msgspec.Raw, number: int, game_id: str | None, received_ns: int) -> Event:
    try:
        event: Event = decode_event(raw)
    except msgspec.ValidationError as error:
        raise refusal(error, raw, number) from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise PushError(number, "$", f"unreadable JSON ({reason(error)})", "one event") from None
    if game_id is not None and event.game_id != game_id:
        raise PushError(number, "game_id", shown(event.game_id), f"{shown(game_id)}, as in the address")
    event = replace(event, received_ns=received_ns)
    _, degraded = bounded(event)
    if degraded:
        came = getattr(event, degraded[0])
        raise PushError(number, degraded[0], shown(came), wanted_of(came))
    return event


def _summary(body: bytes, game_id: str | None, received_ns: int) -> Pushed:
    try:
        value = read_json(body)
    except BodyError:
        raise PushError(None, "body", "unreadable JSON", "a summary as ESPN serves it") from None
    told = payload_of_summary(value, None)
    if told is None or told[0].start is None:
        expected = "a summary as ESPN serves it, with header.id and both competitors"
        raise PushError(None, "header", shown(value), expected)
    payload = told[0]
    start = told[0].start
    if game_id is not None and start.game_id != game_id:
        raise PushError(None, "header.id", shown(start.game_id), f"{shown(game_id)}, as in the address")
    kept_start, degraded = bounded(start)
    if kept_start is None:
        came = getattr(start, degraded[0])
        raise PushError(None, f"header.{degraded[0]}", shown(came), wanted_of(came))
    lost = list(degraded)
    plays = None
    if payload.plays is not None:
        plays = []
        for play in payload.plays:
            kept, degraded = bounded(play)
            lost += degraded
            if kept is not None:
                plays.append(kept)
    end = None
    if payload.end is not None:
        end, degraded = bounded(payload.end)
        lost += degraded
    kept_payload = Payload(kept_start, plays, end, payload.under_way)
    return Pushed(start.game_id, received_ns, (), kept_payload, tuple(lost))


# --- the source --------------------------------------------------------------------------------------------


class PushSource:
    """The feed of those who push: a `Source` whose statements come by `accept`.

    Args of the constructor: `expected_every_s`, where given, is how often a game under way is pushed at
    least; after three times as long the feed is stale, after twelve times as long lost.
    """

    def __init__(self, name: str, expected_every_s: float | None = None) -> None:
        self._name = name
        self._expected_every_s = expected_every_s
        self._counts = SourceCounts()
        every_s = expected_every_s or float("inf")
        self._pulse = Pulse(name, 3 * every_s, 12 * every_s)
        self._tellings: dict[str, Telling] = {}

    @property
    def name(self) -> str:
        """What metrics, logs and `FeedStatus` call it."""
        return self._name

    @property
    def counts(self) -> SourceCounts:
        """What it has lived through so far."""
        return self._counts

    def remember(self, event: Event) -> None:
        """Be reminded of a recorded statement."""
        if isinstance(event, FeedStatus):
            self._pulse.remember(event)
        telling = self._telling(event.game_id)
        if telling is not None:
            telling.remember(event)

    def accept(self, pushed: Pushed) -> list[Event]:
        """Return the statements of a body that are news; whoever calls hands them on, or `forget`s them.

        Raises:
            PushError: it is of one game too many.
        """
        counts = self._counts
        counts.requests += 1
        counts.payloads += 1
        for name in pushed.degraded:
            counts.degraded[name] = counts.degraded.get(name, 0) + 1
        events = list(self._compared(pushed) if pushed.payload is not None else pushed.events)
        for event in pushed.events:
            telling = self._telling(event.game_id)
            if telling is not None:
                telling.remember(event)
        if not events:
            counts.unchanged += 1
        counts.events += len(events)
        counts.last_heard_ns = pushed.received_ns
        return [*self._alive(events, pushed), *events]

    def forget(self, events: Sequence[Event]) -> None:
        """Take back statements that were accepted and could not be handed on; they may be pushed again."""
        for event in reversed(events):
            telling = self._tellings.get(event.game_id)
            if telling is not None:
                telling.forget(event)

    async def run(self, take: Take, games: Games) -> None:
        """Say when those who should push have fallen silent, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1.0 if self._expected_every_s is None else self._expected_every_s)
            for game_id, telling in self._tellings.items():
                if telling.over or telling.start is None or game_id not in games():
                    continue
                self._pulse.watch(game_id, loop.time())
                status = self._pulse.check(game_id, loop.time(), telling.stamp(0))
                if status is not None:
                    take(status)
            under_way = (game_id for game_id, telling in self._tellings.items() if not telling.over)
            self._counts.health = self._pulse.best(under_way) or FeedHealth.LIVE

    def _compared(self, pushed: Pushed) -> list[Event]:
        """Return the news of a payload."""
        telling = self._telling(pushed.game_id or "")
        if telling is None or pushed.payload is None:
            raise PushError(None, "header.id", "one game too many", f"at most {_MOST_GAMES} games")
        verdict, events = telling.tell(pushed.payload, pushed.received_ns)
        if verdict is not Verdict.GOOD:
            self._counts.errors[str(verdict)] = self._counts.errors.get(verdict, 0) + 1
        return events

    def _alive(self, events: Sequence[Event], pushed: Pushed) -> list[Event]:
        """Return that the games that were pushed live again, where that is news."""
        now_s = asyncio.get_running_loop().time() if self._expected_every_s is not None else 0.0
        statuses: list[Event] = []
        for game_id in {event.game_id: None for event in events} or {pushed.game_id or "": None}:
            if game_id not in self._tellings:
                continue
            status = self._pulse.heard(game_id, now_s, pushed.received_ns)
            if status is not None:
                statuses.append(status)
        return statuses

    def _telling(self, game_id: str) -> Telling | None:
        telling = self._tellings.get(game_id)
        if telling is None and len(self._tellings) < _MOST_GAMES:
            telling = self._tellings[game_id] = Telling(game_id)
        return telling
