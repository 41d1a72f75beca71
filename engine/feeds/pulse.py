"""Whether a feed still tells of its games: live, then stale, then lost, and what is said when that changes.

Nothing is said of a feed that never falters, and nothing of a game that is over: a healthy day is the same
day with any number of polls.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.core.events import FeedHealth, FeedStatus


@dataclass(slots=True)
class _Beat:
    """One game's pulse."""

    heard_s: float
    """When a good answer last came, seconds of a monotonic clock."""
    health: FeedHealth = FeedHealth.LIVE
    """What was last said; a feed of which nothing was said is live."""
    revision: int = -1
    slowest_s: float = 0.0
    """How far apart good answers may be now, where the feed is asked seldom."""


class Pulse:
    """The health of one feed, game by game."""

    def __init__(self, feed: str, stale_after_s: float, lost_after_s: float) -> None:
        self.feed: Final = feed
        self._stale_after_s = stale_after_s
        self._lost_after_s = lost_after_s
        self._beats: dict[str, _Beat] = {}
        # What was recorded before this run, by game: health and revision.
        self._recorded: dict[str, FeedStatus] = {}

    def remember(self, status: FeedStatus) -> None:
        """Be reminded of a recorded status of this feed; of others' nothing is noted."""
        known = self._recorded.get(status.game_id)
        if status.feed == self.feed and (known is None or status.revision >= known.revision):
            self._recorded[status.game_id] = status

    def watch(self, game_id: str, now_s: float) -> None:
        """Begin to expect answers about a game."""
        if game_id in self._beats:
            return
        beat = self._beats[game_id] = _Beat(now_s)
        recorded = self._recorded.get(game_id)
        if recorded is not None:
            beat.health, beat.revision = recorded.health, recorded.revision

    def heard(
        self, game_id: str, now_s: float, received_ns: int, next_within_s: float = 0.0
    ) -> FeedStatus | None:
        """Note a good answer, and when the next is due; return that the feed lives again, if that is news."""
        self.watch(game_id, now_s)
        beat = self._beats[game_id]
        beat.heard_s, beat.slowest_s = now_s, next_within_s
        return self._say(game_id, beat, FeedHealth.LIVE, received_ns)

    def best(self, game_ids: Iterable[str]) -> FeedHealth | None:
        """Return the best health of some games; None where none of them is watched."""
        healths = {self._beats[game_id].health for game_id in game_ids if game_id in self._beats}
        return next((health for health in FeedHealth if health in healths), None)

    def check(self, game_id: str, now_s: float, received_ns: int) -> FeedStatus | None:
        """Return that a game's feed has become stale or lost, if that is news."""
        beat = self._beats.get(game_id)
        if beat is None:
            return None
        return self._say(game_id, beat, self._health(beat, now_s), received_ns)

    def health_after(self, silent_s: float, slowest_s: float = 0.0) -> FeedHealth:
        """Return the health of a feed that has been silent for so long and may be for `slowest_s`."""
        if silent_s > max(self._lost_after_s, 6 * slowest_s):
            return FeedHealth.LOST
        return FeedHealth.STALE if silent_s > max(self._stale_after_s, 3 * slowest_s) else FeedHealth.LIVE

    def _health(self, beat: _Beat, now_s: float) -> FeedHealth:
        now = self.health_after(now_s - beat.heard_s, beat.slowest_s)
        order = tuple(FeedHealth)
        return max(now, beat.health, key=order.index)  # only an answer makes it better

    def _say(self, game_id: str, beat: _Beat, health: FeedHealth, received_ns: int) -> FeedStatus | None:
        if health is beat.health:
            return None
        beat.health = health
        beat.revision += 1
        return FeedStatus(
            game_id=game_id, received_ns=received_ns, revision=beat.revision, feed=self.feed, health=health
        )
