"""The room's face to the service: what is told goes in; renderers are kept right, each at its own pace."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.core.events import GameStart
from engine.outputs.air_delay import AirDelay
from engine.outputs.caspar import CasparSink
from engine.outputs.commands import Command
from engine.outputs.destination import CasparDestination, Destination
from engine.outputs.director import Director, Rules
from engine.outputs.fallback import Fallback, FallbackCounts
from engine.outputs.http_post import HttpSink
from engine.outputs.keyvalue import panel_json, panel_xml
from engine.outputs.outlet import Outlet, OutletCounts, Sink
from engine.outputs.panel import Panel, applied
from engine.told import Told

MOST_GAMES: Final = 512
"""Games that are directed at once; the statements of any further one are counted and not shown."""


@dataclass(slots=True)
class GraphicsCounts:
    """What the room has lived through, beside what each destination has; only `Graphics` writes it."""

    taken: int = 0
    """Updates that were told to the room."""
    commands: int = 0
    """Commands that were issued, before they were given to each destination."""
    waiting: int = 0
    """Updates in the air delay."""
    struck: int = 0
    """Updates that never aired, because their play was taken back within the air delay."""
    dropped: int = 0
    """Updates that were let go because the line or the number of games was full."""
    failed: int = 0
    """Updates whose direction failed, by a fault of ours."""


class Graphics:
    """Broadcast graphics of all games. Every method belongs to the thread of one event loop."""

    def __init__(
        self,
        destinations: Sequence[Destination] = (),
        *,
        air_delay_s: float = 0.0,
        hold_s: float = 30.0,
        silent_s: float = 300.0,
        fallback: Path | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Prepare; nothing is opened before `run`.

        Args:
            destinations: where commands go, from `parse_destination`.
            air_delay_s: how much later than received everything airs.
            hold_s: how long stale data stand before they are cleared.
            silent_s: after how much silence a game in play is stale, where no feed speaks of its health;
                between the halves it may be silent for 40 minutes.
            fallback: a folder for the last state of each game; None writes none.
            clock_ns: nanoseconds since 1970.

        Raises:
            ValueError: a time is absurd, or a destination's token is not in the environment.
        """
        if hold_s < 0.0 or silent_s <= 0.0:
            raise ValueError(f"hold_s is {hold_s} and silent_s {silent_s}; expected 0 or more, and above 0")
        self.counts: Final = GraphicsCounts()
        self._clock_ns: Final = clock_ns
        self._rules: Final = Rules(hold_s=hold_s, silent_s=silent_s, air_delay_s=air_delay_s)
        self._line: Final = AirDelay(air_delay_s)
        self._directors: Final[dict[str, Director]] = {}
        self._panels: Final[dict[str, Panel]] = {}
        self._fallback: Final = None if fallback is None else Fallback(fallback)
        self._news: Final = asyncio.Event()
        # Updates of games beyond the most that are directed.
        self._beyond = 0
        self.outlets: Final = tuple(self._outlets(destinations))

    def _outlets(self, destinations: Sequence[Destination]) -> list[Outlet]:
        outlets: list[Outlet] = []
        for destination in destinations:
            named = sum(outlet.name.split(" #")[0] == destination.name for outlet in outlets)
            outlets.append(
                Outlet(
                    f"{destination.name} #{named + 1}" if named else destination.name,
                    _sink(destination, self._clock_ns, self._line.delay_ns),
                    clock_ns=self._clock_ns,
                    game_id=destination.game_id,
                    one_game=isinstance(destination, CasparDestination),
                )
            )
        return outlets

    # --- what the service does with it ---

    def take(self, told: Told, start: GameStart) -> None:
        """Take in an update; never blocks, never raises."""
        self.counts.taken += 1
        if len(self._panels) < MOST_GAMES:
            # What waits in the delay is known, and off the air: nobody who polls may be told of it earlier.
            self._panels.setdefault(told.game_id, Panel(told.game_id, self._line.delay_ns // 1_000_000))
        self._line.put(told, start, self._clock_ns())
        self._note()
        self._news.set()

    async def run(self) -> None:
        """Direct, send and write until cancelled."""
        async with asyncio.TaskGroup() as group:
            for outlet in self.outlets:
                group.create_task(outlet.run(), name=f"graphics {outlet.name}")
            if self._fallback is not None:
                group.create_task(self._fallback.run(), name="graphics fallback")
            while True:
                self._news.clear()
                self.advance(self._clock_ns())
                await self._wait()

    def json(self, game_id: str) -> bytes | None:
        """Return what stands on the air of a game, as JSON; None where the game is not known."""
        panel = self.panel(game_id)
        return None if panel is None else panel_json(panel)

    def xml(self, game_id: str) -> bytes | None:
        """Return what stands on the air of a game, as XML; None where the game is not known."""
        panel = self.panel(game_id)
        return None if panel is None else panel_xml(panel)

    def panel(self, game_id: str) -> Panel | None:
        """Return what stands on the air of a game; None where the game is not known."""
        return self._panels.get(game_id)

    def by_destination(self) -> dict[str, OutletCounts]:
        """Return the counts of each destination, by its name."""
        return {outlet.name: outlet.counts for outlet in self.outlets}

    @property
    def fallback_counts(self) -> FallbackCounts | None:
        """The counts of the static fallback; None where there is none."""
        return None if self._fallback is None else self._fallback.counts

    # --- what time does with it ---

    @property
    def next_ns(self) -> int | None:
        """When `advance` has something to do; None where only news moves it."""
        dues = [director.next_ns for director in self._directors.values()]
        return min((due for due in (*dues, self._line.next_ns) if due is not None), default=None)

    def advance(self, now_ns: int) -> None:
        """Do all that is due by now: what is late enough airs, what is over leaves."""
        while (waiting := self._line.due(now_ns)) is not None:
            director = self._director(waiting.told)
            if director is None:
                self._beyond += 1
                continue
            try:
                commands = director.hear(waiting.told, waiting.start, now_ns)
            except Exception:  # noqa: BLE001 -- one game's fault must not end the graphics of the others
                self.counts.failed += 1
                # It forgets what it was in the middle of; its next word puts everything on the air again.
                self._directors[waiting.told.game_id] = Director(self._rules)
                continue
            self._issue(commands)
        for director in self._directors.values():
            self._issue(director.tick(now_ns))
        self._note()

    def _director(self, told: Told) -> Director | None:
        director = self._directors.get(told.game_id)
        if director is None and told.game_id in self._panels:
            director = self._directors[told.game_id] = Director(self._rules)
        return director

    def _issue(self, commands: list[Command]) -> None:
        for command in commands:
            self.counts.commands += 1
            panel = self._panels[command.game_id] = applied(self._panels[command.game_id], command)
            for outlet in self.outlets:
                outlet.put(command)
            if self._fallback is not None:
                self._fallback.put(panel)

    async def _wait(self) -> None:
        next_ns = self.next_ns
        timeout_s = None if next_ns is None else max(0.0, (next_ns - self._clock_ns()) / 1e9)
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return

    def _note(self) -> None:
        self.counts.waiting = len(self._line)
        self.counts.struck = self._line.struck
        self.counts.dropped = self._line.dropped + self._beyond


def _sink(destination: Destination, clock_ns: Callable[[], int], delay_ns: int) -> Sink:
    if isinstance(destination, CasparDestination):
        return CasparSink(destination, clock_ns=clock_ns, air_delay_ms=delay_ns // 1_000_000)
    return HttpSink(destination.url, token=destination.token())
