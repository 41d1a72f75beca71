"""The rooms that carry what is told, each behind the one face that the day knows."""

from collections.abc import Iterable

from engine.core.events import Event
from engine.gateway.hub import Hub
from engine.gateway.messages import snapshot_message
from engine.gateway.shards import Shards
from engine.outputs.graphics import Graphics
from engine.service.processor import Processor
from engine.store.history import History
from engine.told import Told


class ToViewers:
    """The gateway: every update goes to the sockets of its game."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def opened(self, processor: Processor) -> None:
        """Open the game's channel."""

        def snapshot() -> bytes:
            return snapshot_message(processor.game.snapshot(), processor.last)

        self._hub.open(processor.game_id, processor.game.epoch, snapshot)

    def told(self, told: Told, processor: Processor) -> None:  # noqa: ARG002 - a carrier's face
        """Send an update."""
        self._hub.publish(told)

    def recorded(self, sequence: int, event: Event, told: Told | None) -> None:
        """Viewers are told of updates only."""


class ToShards(ToViewers):
    """Several gateway processes: the hub keeps what was told, the shards have the viewers."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        # Set while they run; a shard that starts is told everything that the hub has kept.
        self.shards: Shards | None = None

    def opened(self, processor: Processor) -> None:
        """Open the game's channel everywhere."""
        super().opened(processor)
        if self.shards is not None:
            self.shards.opened(processor.game_id)

    def told(self, told: Told, processor: Processor) -> None:
        """Send an update everywhere."""
        super().told(told, processor)
        if self.shards is not None:
            self.shards.carry(told.game_id)


class ToHistory:
    """The history: every statement and every update is kept."""

    def __init__(self, history: History) -> None:
        self._history = history

    def opened(self, processor: Processor) -> None:
        """Nothing is kept of a game that has said nothing."""

    def told(self, told: Told, processor: Processor) -> None:
        """An update is kept with its statement."""

    def recorded(self, sequence: int, event: Event, told: Told | None) -> None:
        """Keep a statement and its update."""
        self._history.record(sequence, event, told)


class ToGraphics:
    """Broadcast graphics: only what is said live goes on the air, not what is read back from the log."""

    def __init__(self, graphics: Graphics) -> None:
        self._graphics = graphics
        # Only `go_live` sets it, once the log has been read.
        self._live = False

    def go_live(self, processors: Iterable[Processor]) -> None:
        """Put the present state of every game on the air; from now on everything that is told follows."""
        self._live = True
        for processor in processors:
            if processor.last is not None:
                self._graphics.take(processor.last, processor.start)

    def opened(self, processor: Processor) -> None:
        """Nothing goes on the air before something is said."""

    def told(self, told: Told, processor: Processor) -> None:
        """Put an update on the air."""
        if self._live:
            self._graphics.take(told, processor.start)

    def recorded(self, sequence: int, event: Event, told: Told | None) -> None:
        """Graphics are told of updates only."""
