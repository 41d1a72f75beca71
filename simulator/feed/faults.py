"""What a rehearsed feed can do wrong: the table of faults, and which of them strikes when.

Every decision is a hash of the seed, the fault, what is asked for and a number: two runs that ask the same
things see the same faults. All faults end at a set share of the day, so that how it ends can be judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import Final

from engine.core.events import Play
from engine.core.football import ADMINISTRATIVE, HOME, PERIOD_S, opponent
from simulator.feed.clock import SECOND_NS
from simulator.feed.games import FeedDay, FeedGame, Standing
from simulator.feed.shown import Lie, Shown, as_told

EDITED_AFTER_NS: Final = 3_600 * SECOND_NS
"""How long a play stands wrong before it is edited, in recorded time."""
VANISHED_FOR_NS: Final = 600 * SECOND_NS
"""How long a game is gone, in recorded time."""
_REWRITTEN_PLAYS: Final = 4
"""Plays whose clocks run backwards at a time."""
_EVEN: Final = 2.0**64


class Strikes(Enum):
    """What a fault is a share of."""

    REQUESTS = "requests"
    SPELLS = "ten-minute spells of a game"
    PLAYS = "plays"
    PAYLOADS = "payloads of a game"
    FRAMES = "frames of a stream"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong."""

    name: str
    share: float
    strikes: Strikes
    what: str


FAULTS: Final = {
    fault.name: fault
    for fault in (
        Fault("500", 0.05, Strikes.REQUESTS, "500, 502 or 503, with a page of HTML"),
        Fault("hang", 0.01, Strikes.REQUESTS, "the request is accepted and never answered"),
        Fault("half-json", 0.04, Strikes.REQUESTS, "200 with the first half of the body"),
        Fault("empty", 0.03, Strikes.REQUESTS, "200 without a body"),
        Fault("slow", 0.02, Strikes.REQUESTS, "the body drips, a few bytes at a time"),
        Fault("replay-old", 0.05, Strikes.REQUESTS, "what was true 5 to 30 minutes ago"),
        Fault("vanish", 0.06, Strikes.SPELLS, "404 for a game"),
        Fault("late-edit", 0.05, Strikes.PLAYS, "another text and gain until an hour later"),
        Fault("clock-back", 0.05, Strikes.PAYLOADS, "the clocks of the newest plays run backwards"),
        Fault("duplicate", 0.05, Strikes.PAYLOADS, "the newest play again, under another id"),
        Fault(
            "phantom", 0.04, Strikes.PAYLOADS, "a touchdown that was never scored, gone with the next play"
        ),
        Fault("cut", 0.005, Strikes.FRAMES, "the stream's connection is cut"),
    )
}
"""Every fault by name."""
ALL: Final = "all"
OF_REQUESTS: Final = tuple(name for name, fault in FAULTS.items() if fault.strikes is Strikes.REQUESTS)


class UnknownFaultError(ValueError):
    """A fault that is not in the table."""


def read_faults(written: Sequence[str], seed: int = 0) -> dict[str, int]:
    """Return the faults that are meant, each with its seed.

    Args:
        written: names such as "hang", "hang:7" or "all:7"; several may stand in one, with commas.
        seed: of those that name none.

    Raises:
        UnknownFaultError: a name is not in the table, or a seed is no number.
    """
    chosen: dict[str, int] = {}
    for part in (part.strip() for entry in written for part in entry.split(",") if part.strip()):
        name, _, stated = part.partition(":")
        if name not in FAULTS and name != ALL:
            raise UnknownFaultError(f"unknown fault {name!r}; the faults are {', '.join(FAULTS)}, {ALL}")
        if stated and not (stated.isascii() and stated.isdigit()):
            raise UnknownFaultError(f"the seed of {part!r} is no number; write {name}:7")
        for meant in FAULTS if name == ALL else (name,):
            chosen[meant] = int(stated or seed)
    return chosen


class FaultPlan:
    """Which faults strike, and how often they have."""

    def __init__(self, seeds: dict[str, int], day: FeedDay, until: float) -> None:
        """Make a plan.

        Args:
            seeds: the faults in force, each with its seed.
            day: the day that is told.
            until: the share of the day after which everything is told right.
        """
        self.until_ns: Final = day.reached_ns(until)
        self.counts: Final = dict.fromkeys(seeds, 0)
        self._seeds: Final = seeds
        # How often each thing was asked for.
        self._asked: dict[str, int] = {}
        # Plays that are told wrong at first, by game: when each is put right.
        self._edited_ns: Final = {game_id: self._edits(game) for game_id, game in day.games.items()}
        # What was counted last of each game, so that a payload that is asked for twice counts once.
        self._counted: dict[tuple[str, str], object] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The faults in force."""
        return tuple(self._seeds)

    def of_request(self, asked: str, game_id: str | None, position_ns: int) -> str | None:
        """Return the fault that strikes a request, if one does, and count it."""
        number = self._asked[asked] = self._asked.get(asked, 0) + 1
        if not self._seeds or position_ns >= self.until_ns:
            return None
        if game_id is not None and self._strikes("vanish", game_id, position_ns // VANISHED_FOR_NS):
            self.counts["vanish"] += 1
            return "vanish"
        for name in OF_REQUESTS:
            if self._strikes(name, asked, number):
                self.counts[name] += 1
                return name
        return None

    def cuts(self, connection: int, sequence: int, position_ns: int) -> bool:
        """Whether a stream is cut behind a frame."""
        if position_ns >= self.until_ns or not self._strikes("cut", connection, sequence):
            return False
        self.counts["cut"] += 1
        return True

    def draw(self, name: str, *about: object) -> float:
        """Return an even draw from 0 to 1 for a fault and what it is about."""
        text = f"{self._seeds.get(name, 0)}/{name}/{'/'.join(map(str, about))}"
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / _EVEN

    def shown(self, standing: Standing, position_ns: int) -> tuple[Shown, ...]:
        """Return a game's plays as they are told at a position."""
        shown = as_told(standing.plays)
        if not self._seeds or not shown or position_ns >= self.until_ns:
            return shown
        game_id, told = standing.start.game_id, standing.told
        listed = list(shown)
        edits = self._edited_ns[game_id]
        for place, entry in enumerate(listed):
            if position_ns < edits.get(entry.play.play_id, 0):
                listed[place] = Shown(entry.play, self._wrong(entry.play))
                self._count_once("late-edit", game_id, entry.play.play_id)
        if self._strikes("clock-back", game_id, told):
            for back, place in enumerate(range(len(listed) - 1, -1, -1)[:_REWRITTEN_PLAYS]):
                listed[place] = self._wound_back(listed[place], _REWRITTEN_PLAYS - back)
            self._count_once("clock-back", game_id, told)
        if self._strikes("duplicate", game_id, told):
            play = standing.plays[-1]
            listed.append(Shown(play, Lie(play_id=f"{play.play_id}99")))
            self._count_once("duplicate", game_id, told)
        last = next((play for play in reversed(standing.plays) if play.kind not in ADMINISTRATIVE), None)
        if last is not None and last is standing.plays[-1] and self._strikes("phantom", game_id, told):
            listed.append(Shown(last, _touchdown(last)))
            self._count_once("phantom", game_id, told)
        return tuple(listed)

    def _strikes(self, name: str, *about: object) -> bool:
        return name in self._seeds and self.draw(name, *about) < FAULTS[name].share

    def _count_once(self, name: str, game_id: str, what: object) -> None:
        if name == "late-edit":
            game_id = f"{game_id}/{what}"
        if self._counted.get((name, game_id)) != what:
            self._counted[name, game_id] = what
            self.counts[name] += 1

    def _edits(self, game: FeedGame) -> dict[str, int]:
        edits: dict[str, int] = {}
        if "late-edit" not in self._seeds:
            return edits
        for event, due_ns in zip(game.events, game.due_ns, strict=True):
            if isinstance(event, Play) and event.kind not in ADMINISTRATIVE and event.play_id not in edits:
                strikes = self._strikes("late-edit", game.game_id, event.play_id)
                edits[event.play_id] = min(due_ns + EDITED_AFTER_NS, self.until_ns) if strikes else 0
        return {play_id: until for play_id, until in edits.items() if until}

    def _wrong(self, play: Play) -> Lie:
        off = 3 + int(self.draw("late-edit", play.play_id, "yards") * 7)
        gained = None if play.yards_gained is None else min(99, play.yards_gained + off)
        return Lie(text=f"{play.text} (under review)", yards_gained=gained)

    def _wound_back(self, entry: Shown, steps: int) -> Shown:
        """Return a play whose clock shows what it showed long before; later plays are wound back further."""
        clock_s = entry.play.clock_s
        if clock_s is None or clock_s >= PERIOD_S:
            return entry
        lie = entry.lie or Lie()
        wound = min(PERIOD_S, clock_s + 45 * steps)
        return Shown(entry.play, Lie(lie.play_id, lie.text, lie.yards_gained, wound, lie.scores))


def _touchdown(play: Play) -> Lie:
    """Return the play that never was: behind the newest one, seven points for the side with the ball."""
    side = play.possession or HOME
    home, away = play.home_score or 0, play.away_score or 0
    scores = (home + 7, away) if side is not opponent(HOME) else (home, away + 7)
    return Lie(play_id=f"{play.play_id}98", text=f"{play.text} TOUCHDOWN", yards_gained=40, scores=scores)
