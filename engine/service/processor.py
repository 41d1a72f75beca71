"""One live game: statements in, what is told of them out; a poisonous one is thrown out and leaves no trace.

The processor knows no log, no socket and no clock. It keeps the statements it has accepted, so that it can
fold the game again after the core has raised in the middle of one.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from engine.core.events import Event, GameStart, Market, Odds, Play, Tracking, encode_event
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.core.update import Cause, Update
from engine.service.frozen_line import keep_line
from engine.told import Told

_PLAYED: Final = frozenset((Cause.PLAY, Cause.CORRECTION, Cause.CONFIRMATION))


class PoisonError(Exception):
    """The core raised on a statement; the game stands as if it had never been said. Its cause is chained."""


class Processor:
    """One game of the day."""

    def __init__(self, game_id: str, model: Model) -> None:
        self.game_id: Final = game_id
        self.game = Game(game_id, model)
        # Every statement that was accepted, in order; the log holds the same. Only `take` writes it.
        self.accepted: list[Event] = []
        # Bytes of each of them without its stamp: a statement that is made twice is heard once.
        self._heard: set[bytes] = set()
        # The newest thing that was told; None before the first.
        self.last: Told | None = None
        # The newest tracking summary of each play.
        self.tracking: dict[str, Tracking] = {}
        # Statements that poisoned the game so far.
        self.poisoned = 0

    @property
    def start(self) -> GameStart:
        """The standing word about the game's start."""
        return self.game.start

    def admit(self, event: Event) -> Event | None:
        """Return a statement as it may be applied; None where it may not be.

        What was said before, to the letter, is not taken again. Lines that come after the kick-off never
        change the past: such a price is refused, and a game start that is stated again keeps the line it had.
        """
        if _unstamped(event) in self._heard:
            return None
        if not self.game.entries:
            return event
        if isinstance(event, Odds) and event.market is Market.PREGAME:
            return None
        if isinstance(event, GameStart):
            return keep_line(event, self.start)
        return event

    def take(self, event: Event) -> Update | None:
        """Apply a statement; return the update it causes.

        Raises:
            PoisonError: the core could not digest it. The game has been folded again without it.
        """
        try:
            update = self.game.apply(event)
        except Exception as error:
            self.poisoned += 1
            self._fold_again()
            raise PoisonError(f"{type(error).__name__}: {error}") from error
        self.accepted.append(event)
        self._heard.add(_unstamped(event))
        if isinstance(event, Tracking):
            self.tracking[event.play_id] = event
        return update

    def take_back(self) -> None:
        """Let the game stand as if the statement taken last had never been said: it could not be recorded."""
        self._heard.discard(_unstamped(self.accepted.pop()))
        self._fold_again()

    def tell(self, event: Event, update: Update, updated_ns: int) -> Told:
        """Return an update with its circumstances, and remember it as the newest."""
        text = event.text if isinstance(event, Play) and update.cause in _PLAYED else ""
        self.last = Told(update, self.game.encoded, text, event.received_ns, updated_ns)
        return self.last

    def restore(self, events: Sequence[Event]) -> list[tuple[Event, Told | None]]:
        """Apply recorded statements; return each with what is told of it."""
        told = []
        for event in events:
            update = self.take(event)
            told.append((event, None if update is None else self.tell(event, update, event.received_ns)))
        return told

    def _fold_again(self) -> None:
        game = Game(self.game_id, self.game.model)
        for event in self.accepted:
            game.apply(event)
        self.game = game
        self.tracking = {event.play_id: event for event in self.accepted if isinstance(event, Tracking)}


def _unstamped(event: Event) -> bytes:
    return encode_event(replace(event, received_ns=0))
