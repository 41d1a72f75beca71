"""What one destination has still to be sent: at most five commands a game, the newest of each kind.

A renderer shows a state, so a newer state takes the place of an older one that has not left yet. A `CLEAR`
takes with it what it clears, and is itself never passed by.
"""

from enum import IntEnum
from typing import Final

from engine.outputs.commands import (
    Clear,
    Command,
    ShowKeyPlay,
    Target,
    UpdateSituation,
)

MOST_COMMANDS: Final = 1_024
"""Two hundred games at once; beyond that the oldest is let go."""


class Slot(IntEnum):
    """The place of a command within its game."""

    CLEAR = 0
    CLEAR_KEY_PLAY = 1
    WIN_PROBABILITY = 2
    SITUATION = 3
    KEY_PLAY = 4


_CLEARED_WITH: Final = {
    Slot.CLEAR: (Slot.CLEAR_KEY_PLAY, Slot.WIN_PROBABILITY, Slot.SITUATION, Slot.KEY_PLAY),
    Slot.CLEAR_KEY_PLAY: (Slot.KEY_PLAY,),
}
"""What does not need to be sent any more once this is waiting."""


def slot_of(command: Command) -> Slot:
    """Return the place of a command within its game."""
    if isinstance(command, Clear):
        return Slot.CLEAR if command.target is Target.ALL else Slot.CLEAR_KEY_PLAY
    if isinstance(command, ShowKeyPlay):
        return Slot.KEY_PLAY
    return Slot.SITUATION if isinstance(command, UpdateSituation) else Slot.WIN_PROBABILITY


class CommandQueue:
    """Commands in the order in which they shall leave."""

    def __init__(self, most: int = MOST_COMMANDS) -> None:
        self._most: Final = most
        # By game and slot, in the order of leaving: a newer command keeps the place of the one it replaces.
        self._waiting: dict[tuple[str, Slot], Command] = {}
        # Commands that a newer one made needless; those let go because the queue was full or they were late.
        self.conflated = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, command: Command) -> None:
        """Add a command; it replaces what it makes needless."""
        slot = slot_of(command)
        for cleared in _CLEARED_WITH.get(slot, ()):
            if self._waiting.pop((command.game_id, cleared), None) is not None:
                self.conflated += 1
        if (command.game_id, slot) in self._waiting:
            self.conflated += 1
        self._waiting[command.game_id, slot] = command
        if len(self._waiting) > self._most:
            self._waiting.pop(next(iter(self._waiting)))
            self.dropped += 1

    def take(self, now_ns: int) -> Command | None:
        """Take the first command; a key play that came too late to be shown is let go."""
        while self._waiting:
            command = self._waiting.pop(next(iter(self._waiting)))
            late = isinstance(command, ShowKeyPlay) and (
                now_ns - command.issued_ns >= command.display_ms * 1_000_000
            )
            if not late:
                return command
            self.dropped += 1
        return None

    def give_back(self, command: Command) -> bool:
        """Put a command that was not delivered in front again; False where news has made it needless."""
        slot = slot_of(command)
        newer = [slot, *(clear for clear, cleared in _CLEARED_WITH.items() if slot in cleared)]
        if any((command.game_id, known) in self._waiting for known in newer):
            self.conflated += 1
            return False
        self._waiting = {(command.game_id, slot): command, **self._waiting}
        return True
