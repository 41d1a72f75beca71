"""`wpsim serve` with a gateway that spoils one delivery in many; the product itself cannot do that.

`python -m benchmarks.faulty_serve drop|swap EVERY STRUCK [--tied] WPSIM_ARGUMENTS...` replaces the gateway's
walk in this process, then runs wpsim as always. Of every EVERY deliveries, of all viewers together, one is
struck: it is swallowed though its viewer counts as told, or told after the one that follows. Each strike is a
line of JSON in the file STRUCK, once its viewer has been told the one that follows: only that gives it away.
What is replaced knows nothing of sockets, so it does not matter how the walk writes.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final

from engine.gateway.connection import Connection
from engine.gateway.states import LIVE
from engine.gateway.walk import Walk
from simulator.programs import end_with_stdin

SEED: Final = 5
TIED: Final = "--tied"
Tell = Callable[[Walk, tuple[Connection, ...]], None]


class Spoil(StrEnum):
    """What happens to a delivery that is struck."""

    DROP = "drop"
    SWAP = "swap"


@dataclass(slots=True)
class Spoiler:
    """Strikes deliveries by their number."""

    spoil: Spoil
    every: int
    struck: Path
    tell: Tell
    """The walk's own way to tell a slice of viewers."""
    _dice: Random = field(default_factory=lambda: Random(SEED))
    # How many deliveries there were, and the number of the next that is struck.
    _deliveries: int = 0
    _next: int = 0
    # What viewers were not told, until they are told the next update: game, offset and frame.
    _held: dict[Connection, tuple[str, int, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._next = self._place_in(0)

    def _place_in(self, block: int) -> int:
        """Return the number of the delivery to strike in a block of `every`.

        Drawn, since a fixed one would be the same viewer's each time; from the middle, to keep them apart.
        """
        return block * self.every + round(self.every * self._dice.uniform(0.3, 0.7))

    def tell_spoilt(self, walk: Walk, viewers: tuple[Connection, ...]) -> None:
        """Tell a slice of viewers, all but those that are struck."""
        channel = walk._channel
        newest, offset = channel.newest, channel.next_offset - 1
        due = [
            viewer
            for viewer in viewers
            if newest
            and viewer.state is LIVE
            and viewer.next_offset == offset
            and viewer not in self._held  # what struck it is not over before this one
        ]
        while self._next < self._deliveries + len(due):
            victim = due[self._next - self._deliveries]
            self._next = self._place_in(self._next // self.every + 1)
            victim.next_offset = offset + 1
            self._held[victim] = (channel.game_id, offset, newest)
        self._deliveries += len(due)
        self.tell(walk, viewers)
        for viewer, (game_id, held, frame) in tuple(self._held.items()):
            if viewer.next_offset > held + 1:  # the update after it was told
                del self._held[viewer]
                if self.spoil is Spoil.SWAP:
                    viewer.say(frame)
                self._note(game_id, held)

    def _note(self, game_id: str, offset: int) -> None:
        with self.struck.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"game_id": game_id, "offset": offset}) + "\n")


def plant(spoil: Spoil, every: int, struck: Path) -> Spoiler:
    """Have every walk of this process spoil one delivery in so many."""
    spoiler = Spoiler(spoil, every, struck, Walk._tell)

    def tell(walk: Walk, viewers: tuple[Connection, ...]) -> None:
        spoiler.tell_spoilt(walk, viewers)

    setattr(Walk, "_tell", tell)  # noqa: B010 - an assignment is what the type checker is there to refuse
    return spoiler


def faulty_command(spoil: Spoil, every: int, struck: Path, *arguments: str, tied: bool = False) -> list[str]:
    """Return the command line of `wpsim ARGUMENTS` with a spoilt gateway; `tied` ends it with its stdin."""
    program = [sys.executable, "-m", "benchmarks.faulty_serve", spoil, str(every), str(struck)]
    return [*program, *([TIED] if tied else []), *arguments]


def main() -> None:
    """Plant the fault, then be wpsim."""
    import wpsim  # noqa: PLC0415 - the program's face; only a process that becomes it needs it

    spoil, every, struck, *arguments = sys.argv[1:]
    plant(Spoil(spoil), int(every), Path(struck))
    if arguments[0] == TIED:
        end_with_stdin()
        arguments = arguments[1:]
    sys.argv = ["wpsim", *arguments]
    wpsim.main()


if __name__ == "__main__":
    main()
