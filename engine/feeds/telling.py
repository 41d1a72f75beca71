"""What one feed has said of one game so far, and what a new payload adds to that.

A polled feed repeats the whole game with every answer. `Telling` compares an answer with what was said
before and returns only the news: plays that are new, changed, withdrawn or back, the start and the end. It
is pure: bytes, sockets and clocks stay outside. Reminded of what was recorded, it goes on as if it had never
stopped.

What a payload adds is told at once. What it takes back must be said again before it is believed, since an
answer may come from a stale cache, or be half of one:

- It ends in a play never seen: it is no old one, and all it says is news.
- It lacks plays, but has our last one: they are withdrawn once they were missing from two payloads in a row;
  of more than three at once, from three and one more for each.
- It lacks our last play, or repeats what was said before an edit, a withdrawal or the end: it is *stale* and
  ignored whole, until the same has been taken back three times in a row and once more for each thing (60 at
  most).
- It has fewer than half as many plays as the fullest one so far: it is *half* and withdraws nothing, ever;
  where it has lost our last play and ends in no new one, it is ignored whole. Where it does not speak of
  plays at all, its start and end still count.

An answer "not modified" says the last payload once more (`again`).
"""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from engine.core.events import Event, GameEnd, GameStart, Play, Status, supersedes
from engine.feeds.places import place

MOST_PLAYS: Final = 2_000
"""Plays of one game that are told; the longest real game has about 350."""
SURE_AFTER: Final = 2
"""Payloads in a row from which a play must be missing before it is withdrawn."""
A_FEW: Final = 3
"""So many plays may vanish at once as usual."""
LONGEST_PATIENCE: Final = 60
_EARLIER: Final = 8
"""Former contents of one statement that are remembered, to know an old payload by."""

Statement = GameStart | Play | GameEnd
"""What play-by-play says of a game."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What one answer of a feed says of one game; None where it does not say."""

    start: GameStart | None = None
    plays: Sequence[Play] | None = None
    """In the feed's own order; their `order` and `revision` are not looked at."""
    end: GameEnd | None = None
    under_way: bool = False
    """Whether the payload says that the game is *not* over, which is more than not saying that it is."""


class Verdict(StrEnum):
    """What a payload was taken for."""

    GOOD = "good"
    HALF = "half_payload"
    STALE = "stale_payload"


@dataclass(frozen=True, slots=True)
class _Judged:
    """A payload held against what was said."""

    shown: dict[str, Play]
    absent: tuple[str, ...]
    """Standing plays that the payload lacks, unless it is half."""
    taken_back: frozenset[str]
    """Keys of all that was said and that the payload says otherwise, or not at all."""
    behind: bool
    """Whether it looks like an old payload."""
    half: bool
    fullest: int
    """Plays in the fullest payload so far, this one included."""
    silent: bool
    """Whether it does not speak of plays, though some stand."""


_START: Final = "start"
_END: Final = "end"


def _key(play_id: str) -> str:
    return f"play {play_id}"


class Telling:
    """What one feed has said of one game."""

    def __init__(self, game_id: str) -> None:
        self.game_id: Final = game_id
        # The last statement about each thing ever said, withdrawn ones included: the start, the end, and the
        # plays by their ids. Only _note and forget write them.
        self.start: GameStart | None = None
        self.end: GameEnd | None = None
        self.plays: dict[str, Play] = {}
        # What was said of each thing before its last statement, oldest first, by key.
        self._earlier: dict[str, list[Statement]] = {}
        # From how many good payloads in a row each standing play has been missing.
        self._missing: dict[str, int] = {}
        # What the last payload took back, and how many in a row have taken back just that.
        self._taken_back: frozenset[str] = frozenset()
        self._taken_back_times = 0
        # Plays in the fullest payload so far; 0 before the first in this run.
        self._fullest = 0
        # The last payload, while something in it waits to be said again; else None.
        self._waiting: Payload | None = None
        # What the last payload was taken for.
        self._verdict = Verdict.GOOD
        self._last_ns = 0
        self.crowded = 0
        """Plays that found no order of their own between their neighbours."""
        self.refused = 0
        """Plays beyond the bound on one game's plays, told to nobody."""

    @property
    def over(self) -> bool:
        """Whether the game stands as ended."""
        return self.end is not None and self.end.status is not Status.CANCELLED

    def stamp(self, received_ns: int) -> int:
        """Return when something was received, never before what came before it."""
        self._last_ns = max(self._last_ns, received_ns)
        return self._last_ns

    def remember(self, event: Event) -> None:
        """Be reminded of a recorded statement; of two about one thing the winning one is what was said."""
        if event.game_id != self.game_id or not isinstance(event, GameStart | Play | GameEnd):
            return
        self.stamp(event.received_ns)
        said = self._said(event)
        if said is None or supersedes(event, said):
            self._note(event)

    def forget(self, event: Event) -> None:
        """Take back a statement that nobody took after all; it will be said again."""
        if not isinstance(event, GameStart | Play | GameEnd) or self._said(event) is not event:
            return
        earlier = self._earlier.get(_key_of(event))
        self._put(event, earlier.pop() if earlier else None)

    def again(self, received_ns: int) -> tuple[Verdict, list[Event]]:
        """Be told that the last payload still stands; return what that settles."""
        if self._waiting is None:
            return self._verdict, []
        return self.tell(self._waiting, received_ns)

    def tell(self, payload: Payload, received_ns: int) -> tuple[Verdict, list[Event]]:
        """Compare a payload with what was said; return what it was taken for, and the news in it."""
        self._verdict, told = self._tell(payload, received_ns)
        return self._verdict, told

    def _tell(self, payload: Payload, received_ns: int) -> tuple[Verdict, list[Event]]:
        if payload.start is not None and self.start is not None:
            payload = dataclasses.replace(payload, start=_completed(payload.start, self.start))
        judged = self._judge(payload)
        if judged.half and judged.behind:
            self._waiting = None
            return Verdict.HALF, []
        same = judged.taken_back == self._taken_back
        self._taken_back, self._taken_back_times = (
            judged.taken_back,
            self._taken_back_times + 1 if same else 1,
        )
        if judged.behind and self._taken_back_times < min(LONGEST_PATIENCE, 3 + len(judged.taken_back)):
            self._waiting = payload
            return Verdict.STALE, []
        news: list[Statement] = [*self._start_news(payload.start), *self._reopened(payload)]
        news += self._withdrawn(judged)
        news += self._play_news(judged.shown)
        news += self._end_news(payload.end)
        self._waiting = payload if self._missing else None
        self._fullest = judged.fullest
        received_ns = self.stamp(received_ns)
        told: list[Event] = []
        for statement in news:
            event = replace(statement, received_ns=received_ns)
            self._note(event)
            told.append(event)
        return Verdict.HALF if judged.half or judged.silent else Verdict.GOOD, told

    # --- judging ---

    def _judge(self, payload: Payload) -> _Judged:
        shown: dict[str, Play] = {}
        for play in payload.plays or ():
            shown[play.play_id] = play  # a repeated id keeps its first place and its last content
        standing = [play for play in self.plays.values() if play.status is not Status.CANCELLED]
        speaks = payload.plays is not None
        fullest = self._fullest or len(standing)
        half = speaks and len(shown) * 2 < fullest
        absent: tuple[str, ...] = ()
        if speaks and not half:
            absent = tuple(play.play_id for play in standing if play.play_id not in shown)
        statements = [event for event in (payload.start, *shown.values(), payload.end) if event is not None]
        changed_back = {_key_of(event) for event in statements if self._goes_back(event)}
        if payload.under_way and payload.end is None and self.over:
            changed_back.add(_END)
        last = max(standing, key=lambda play: (play.order, play.play_id), default=None)
        tail_lost = speaks and last is not None and last.play_id not in shown
        advancing = bool(shown) and next(reversed(shown)) not in self.plays
        return _Judged(
            shown,
            absent,
            frozenset(changed_back.union(map(_key, absent))),
            behind=not advancing and (tail_lost or bool(changed_back)),
            half=half,
            fullest=max(fullest, len(shown)),
            silent=not speaks and bool(standing),
        )

    def _goes_back(self, event: Statement) -> bool:
        """Whether a statement is one that was said before and has been replaced since.

        A game that goes on after its end and ends again is no old one: it would lack its newest play.
        """
        if isinstance(event, GameEnd) and not self.over:
            return False
        earlier, said = self._earlier.get(_key_of(event)), self._said(event)
        if not earlier or said is None or _same(event, said):
            return False
        return any(_same(event, old) for old in earlier)

    def _said(self, event: Statement) -> Statement | None:
        """Return the last statement about the same thing."""
        if isinstance(event, Play):
            return self.plays.get(event.play_id)
        return self.start if isinstance(event, GameStart) else self.end

    # --- news ---

    def _start_news(self, start: GameStart | None) -> Iterable[GameStart]:
        if start is None:
            return
        if self.start is None:
            yield replace(start, revision=0)
            return
        start = _completed(start, self.start)
        if not _same(start, self.start):
            yield replace(start, revision=self.start.revision + 1)

    def _reopened(self, payload: Payload) -> Iterable[GameEnd]:
        if self.end is not None and self.over and payload.end is None and payload.under_way:
            yield replace(self.end, status=Status.CANCELLED, revision=self.end.revision + 1)

    def _end_news(self, end: GameEnd | None) -> Iterable[GameEnd]:
        if end is None:
            return
        if self.end is None:
            yield replace(end, revision=0)
        elif not _same(end, self.end):
            yield replace(end, revision=self.end.revision + 1)

    def _withdrawn(self, judged: _Judged) -> list[Play]:
        """Return the withdrawals of plays that have been missing long enough."""
        few = len(judged.absent) <= A_FEW
        needed = SURE_AFTER if few else min(LONGEST_PATIENCE, 3 + len(judged.absent))
        missing = {play_id: self._missing.get(play_id, 0) + 1 for play_id in judged.absent}
        gone = {play_id for play_id, times in missing.items() if judged.behind or times >= needed}
        self._missing = {play_id: times for play_id, times in missing.items() if play_id not in gone}
        plays = (self.plays[play_id] for play_id in judged.absent if play_id in gone)
        return [replace(play, status=Status.CANCELLED, revision=play.revision + 1) for play in plays]

    def _play_news(self, shown: dict[str, Play]) -> Iterable[Play]:
        unknown = [play_id for play_id in shown if play_id not in self.plays]
        orders: dict[str, int] = {}
        if unknown:
            room = MOST_PLAYS - len(self.plays)
            beyond = set(unknown[max(room, 0) :])
            self.refused += len(beyond)
            listed = [play_id for play_id in shown if play_id not in beyond]
            orders, crowded = place(listed, {play_id: play.order for play_id, play in self.plays.items()})
            self.crowded += crowded
        for play_id, play in shown.items():
            said = self.plays.get(play_id)
            if said is not None:
                if not _same(play, said):
                    yield replace(play, order=said.order, revision=said.revision + 1)
            elif play_id in orders:
                yield replace(play, order=orders[play_id], revision=0)

    def _note(self, event: Statement) -> None:
        """Keep a statement as the last word about its thing, and the one before it as an earlier one."""
        said = self._said(event)
        if said is not None:
            earlier = self._earlier.setdefault(_key_of(event), [])
            earlier.append(said)
            del earlier[:-_EARLIER]
        self._put(event, event)

    def _put(self, about: Statement, event: Statement | None) -> None:
        if isinstance(about, GameStart):
            self.start = event if isinstance(event, GameStart) else None
        elif isinstance(about, GameEnd):
            self.end = event if isinstance(event, GameEnd) else None
        elif isinstance(event, Play):
            self.plays[about.play_id] = event
        else:
            self.plays.pop(about.play_id, None)


def _key_of(event: Statement) -> str:
    if isinstance(event, Play):
        return _key(event.play_id)
    return _START if isinstance(event, GameStart) else _END


def _same(new: Statement, said: Statement) -> bool:
    """Whether two statements say the same, wherever their play was put and whenever they came."""
    if isinstance(new, Play) and isinstance(said, Play):
        return replace(new, order=said.order, revision=said.revision, received_ns=said.received_ns) == said
    return replace(new, revision=said.revision, received_ns=said.received_ns) == said


_NOBODY: Final = GameStart(game_id="")


def _completed(start: GameStart, said: GameStart) -> GameStart:
    """Return a start in which nothing is forgotten that was said: half a header takes nothing back."""
    named = start.home.team_id != _NOBODY.home.team_id and start.away.team_id != _NOBODY.away.team_id
    return replace(
        start,
        home=start.home if named else said.home,
        away=start.away if named else said.away,
        neutral_site=start.neutral_site if named else said.neutral_site,
        season=said.season if start.season is None else start.season,
        home_spread=said.home_spread if start.home_spread is None else start.home_spread,
        total=said.total if start.total is None else start.total,
        scheduled_ns=said.scheduled_ns if start.scheduled_ns is None else start.scheduled_ns,
        week=said.week if start.week is None else start.week,
    )
