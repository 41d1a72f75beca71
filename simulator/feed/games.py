"""A recorded game as a feed has it: its statements, when each is due, and what stands of it after so many."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from msgspec.structs import replace

from engine.core.events import Event, GameEnd, GameStart, Odds, Play, Status, Tracking, supersedes
from engine.core.football import LONGEST_GAME_PERIODS
from simulator.feed.clock import SECOND_NS
from simulator.feed.raw_summary import RawSummary
from simulator.importers.draft import Draft, DraftGame
from simulator.importers.repairs.stamps import set_received
from simulator.importers.report import Tally

Statement = TypeVar("Statement", Play, GameStart, GameEnd)


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of a game after its first `told` statements."""

    told: int
    start: GameStart
    plays: tuple[Play, ...]
    """The winning statement of each play that is not withdrawn, in the order in which they belong."""
    end: GameEnd | None
    odds: tuple[Odds, ...]
    """The last word of each book and market."""
    changed_ns: int
    """When the newest of the statements was due."""

    @property
    def over(self) -> bool:
        """Whether the feed says that the game has ended."""
        return self.end is not None


@dataclass(slots=True)
class FeedGame:
    """One game on the recorded day."""

    game_id: str
    events: tuple[Event, ...]
    due_ns: tuple[int, ...]
    """When each event is due, nanoseconds since 1970; never falls."""
    raw: RawSummary | None = None
    """The vendor's own payload, where the game was recorded as one."""
    moved_ns: int = 0
    """By how much the game was moved against the day on which it was recorded."""
    _fold: "_Fold" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._fold = _Fold(self)

    def told(self, position_ns: int) -> int:
        """Return how many statements are due at a position."""
        return bisect_right(self.due_ns, position_ns)

    def standing(self, told: int) -> Standing:
        """Return what stands after the first `told` statements."""
        return self._fold.at(told)

    @property
    def kickoff_ns(self) -> int:
        """When its first play is due; its first statement, where it has no play."""
        due_ns = zip(self.events, self.due_ns, strict=True)
        return next((due for event, due in due_ns if isinstance(event, Play)), self.due_ns[0])

    def moved(self, by_ns: int) -> "FeedGame":
        """Return the game as it would have been told `by_ns` later, every stamp in it moved alike."""
        if by_ns == 0:
            return self
        return FeedGame(
            self.game_id,
            tuple(_moved(event, by_ns) for event in self.events),
            tuple(due + by_ns for due in self.due_ns),
            None if self.raw is None else self.raw.moved(by_ns),
            self.moved_ns + by_ns,
        )


def make_game(game_id: str, events: Sequence[Event], raw: RawSummary | None = None) -> FeedGame:
    """Return a game whose statements are due when they were received.

    A stamp that falls counts as the latest before it, as in a replay; events before the first stamp are due
    with it. A game without any stamp is timed by its game clock.
    """
    if not any(event.received_ns > 0 for event in events):
        events = _timed_by_clock(game_id, events)
    latest = next((event.received_ns for event in events if event.received_ns > 0), 0)
    due = []
    for event in events:
        latest = max(latest, event.received_ns)
        due.append(latest)
    return FeedGame(game_id, tuple(events), tuple(due), raw)


def align(games: Sequence[FeedGame]) -> list[FeedGame]:
    """Move games in time so that all have their first play at the moment of the earliest one's."""
    first = min((game.kickoff_ns for game in games), default=0)
    return [game.moved(first - game.kickoff_ns) for game in games]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One statement in the order of the whole day."""

    due_ns: int
    game_id: str
    row: int
    event: Event


class FeedDay:
    """All games of a rehearsal and their statements in the order of (stamp, game, row)."""

    def __init__(self, games: Sequence[FeedGame]) -> None:
        self.games: Final = {game.game_id: game for game in games}
        entries = [
            Scheduled(due, game.game_id, row, event)
            for game in games
            for row, (due, event) in enumerate(zip(game.due_ns, game.events, strict=True))
        ]
        entries.sort(key=lambda entry: (entry.due_ns, entry.game_id, entry.row))
        self.schedule: Final = tuple(entries)
        self.due_ns: Final = tuple(entry.due_ns for entry in entries)
        plays = (entry.due_ns for entry in entries if isinstance(entry.event, Play))
        self.kickoff_ns: Final = next(plays, entries[0].due_ns)
        """When the first play of the day is due; its first statement, where there is no play."""

    @property
    def start_ns(self) -> int:
        """When the first statement of the day is due."""
        return self.due_ns[0]

    @property
    def end_ns(self) -> int:
        """When the last statement of the day is due."""
        return self.due_ns[-1]

    def told(self, position_ns: int) -> int:
        """Return how many statements of the day are due at a position."""
        return bisect_right(self.due_ns, position_ns)

    def reached_ns(self, fraction: float) -> int:
        """Return the position at a fraction of the day."""
        return self.start_ns + int((self.end_ns - self.start_ns) * fraction)


class _Fold:
    """Folds a game's statements forward; going back in time starts over."""

    def __init__(self, game: FeedGame) -> None:
        self._game = game
        self._known: Standing | None = None
        self._begin()

    def _begin(self) -> None:
        # The winning statements of the first `_told` events; only `at` moves them, together.
        self._told = 0
        self._start: GameStart | None = None
        self._end: GameEnd | None = None
        self._plays: dict[str, Play] = {}
        self._odds: dict[tuple[str, str], Odds] = {}

    def at(self, told: int) -> Standing:
        """Return what stands after the first `told` events."""
        if self._known is not None and self._known.told == told:
            return self._known
        if told < self._told:
            self._begin()
        for event in self._game.events[self._told : told]:
            self._take(event)
        self._told = told
        standing = self._standing()
        self._known = standing
        return standing

    def _take(self, event: Event) -> None:
        if isinstance(event, Play):
            self._plays[event.play_id] = _winner(self._plays.get(event.play_id), event)
        elif isinstance(event, GameStart):
            self._start = _winner(self._start, event)
        elif isinstance(event, GameEnd):
            self._end = _winner(self._end, event)
        elif isinstance(event, Odds):
            self._odds[event.book, event.market] = event

    def _standing(self) -> Standing:
        game = self._game
        plays = [play for play in self._plays.values() if play.status is not Status.CANCELLED]
        plays.sort(key=lambda play: (play.order, play.play_id))
        start = self._start or next((e for e in game.events if isinstance(e, GameStart)), None)
        end = self._end if self._end is not None and self._end.status is not Status.CANCELLED else None
        changed = game.due_ns[self._told - 1] if self._told else game.due_ns[0]
        return Standing(
            self._told,
            start or GameStart(game_id=game.game_id),
            tuple(plays),
            end,
            tuple(self._odds.values()),
            changed,
        )


def _winner(known: Statement | None, new: Statement) -> Statement:
    return new if known is None or supersedes(new, known) else known


def _moved(event: Event, by_ns: int) -> Event:
    if isinstance(event, GameStart):
        scheduled = None if event.scheduled_ns is None else event.scheduled_ns + by_ns
        return replace(event, received_ns=event.received_ns + by_ns, scheduled_ns=scheduled)
    if isinstance(event, Play | Odds | Tracking | GameEnd) and event.vendor_ns is not None:
        return replace(event, received_ns=event.received_ns + by_ns, vendor_ns=event.vendor_ns + by_ns)
    return replace(event, received_ns=event.received_ns + by_ns)


def _timed_by_clock(game_id: str, events: Iterable[Event]) -> list[Event]:
    """Return events with the stamps that the game clock tells, as the importers make them."""
    listed = list(events)
    start = next((event for event in listed if isinstance(event, GameStart)), GameStart(game_id=game_id))
    if start.scheduled_ns is None:
        start = replace(start, scheduled_ns=SECOND_NS)  # a stamp of 0 would read as none
    drafts = [Draft(_of_a_game(event)) for event in listed if isinstance(event, Play)]
    draft = DraftGame(start, drafts)
    set_received(draft, Tally())
    stamps = iter([timed.play.received_ns for timed in draft.drafts])
    latest = draft.start.received_ns
    timed_events: list[Event] = []
    for event in listed:
        latest = next(stamps) if isinstance(event, Play) else latest
        timed_events.append(replace(event, received_ns=latest))
    return timed_events


def _of_a_game(play: Play) -> Play:
    """Return a play whose period is one that a game can have: another tells no time."""
    possible = play.period is not None and play.period <= LONGEST_GAME_PERIODS
    return play if possible else replace(play, period=None)
