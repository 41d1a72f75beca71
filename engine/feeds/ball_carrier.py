"""Who has the ball, how fast he runs and how far: followed frame by frame, in the same memory for any play.

The *carrier* is whom the feed calls so, or else who keeps the ball within reach. A carry counts from the
third frame on, so that nobody carries a ball that flies past. Players may jump across the field, or stand
nowhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.feeds.tracking_frames import BALL, CARRIER, TrackedObject

REACH_YD: Final = 1.5
"""Who has the ball is no further from it; the tags sit on shoulders."""
SUSTAINED_FRAMES: Final = 3
MOST_SPEED_YD_S: Final = 13.0
"""No human has run faster: it is a jump of the tags, or a wrong unit."""
MOST_FIELD_YD: Final = 200.0
_SURE_JUMPS: Final = 3
"""After so many places in a row out of reach of the last good one, the player is where he is said to be."""
_AGREED_YD_S: Final = 3.0
"""Speed and places that differ by more contradict each other."""


@dataclass(slots=True)
class Carry:
    """What one player did with the ball."""

    player: str
    x_yd: float
    y_yd: float
    at_s: float
    """When he was last seen at a credible place."""
    frames: int = 1
    jumps: int = 0
    """In a row."""
    distance_yd: float = 0.0
    top_speed_yd_s: float | None = None

    @property
    def sustained(self) -> bool:
        """Whether he has had the ball long enough to have carried it."""
        return self.frames >= SUSTAINED_FRAMES

    def follow(self, seen: TrackedObject, at_s: float) -> None:
        """Fold in where he is one frame later."""
        place = place_of(seen)
        if place is None:
            return
        self.frames += 1
        moved_yd, passed_s = math.dist(place, (self.x_yd, self.y_yd)), at_s - self.at_s
        if passed_s <= 0.0 or moved_yd > MOST_SPEED_YD_S * passed_s:
            self.jumps += 1
            if self.jumps < _SURE_JUMPS:
                return
            moved_yd = 0.0
        else:
            speed_yd_s = _speed(seen.speed_yd_s, moved_yd / passed_s)
            self.top_speed_yd_s = max(self.top_speed_yd_s or 0.0, speed_yd_s)
        (self.x_yd, self.y_yd), self.at_s, self.jumps = place, at_s, 0
        self.distance_yd += moved_yd


class BallCarrier:
    """Whose ball it is, as the frames of one play tell."""

    __slots__ = ("_away", "_carried", "_holding", "_named", "_passed", "_reaching", "_thrown")

    def __init__(self) -> None:
        # Who has the ball, and who seems to be taking it.
        self._holding: Carry | None = None
        self._reaching: Carry | None = None
        # For how many frames in a row the ball has been out of its holder's reach: tags err, balls too.
        self._away = 0
        # The last sustained carry that is over, and the one that ended with the throw.
        self._carried: Carry | None = None
        self._passed: Carry | None = None
        self._thrown = False
        # Whether the feed names the carrier, so that nobody need be guessed.
        self._named = False

    @property
    def carry(self) -> Carry | None:
        """The last carry that counts."""
        return self._holding if self._holding is not None and self._holding.sustained else self._carried

    def thrown(self) -> None:
        """The ball has been thrown."""
        self._let_go()
        self._passed, self._thrown = self._carried, True

    def dead(self, *, incomplete: bool) -> None:
        """The ball is dead. Of an incomplete pass the carry is the passer's; a catch counts however short."""
        if not self._thrown:
            return
        if incomplete:
            self._holding, self._carried = None, self._passed
        elif self.carry is self._passed:
            self._carried = self._reaching if self._holding is None else self._holding
            self._holding = None

    def follow(self, objects: Sequence[TrackedObject], at_s: float) -> None:
        """Find who has the ball in this frame, and follow him."""
        holder_id = "" if self._holding is None else self._holding.player
        ball = holder = named = None
        for seen in objects:
            if seen.id == BALL:
                ball = seen
            else:
                if seen.id == holder_id:
                    holder = seen
                if seen.role == CARRIER:
                    named = seen
        if named is not None and named is not holder:
            self._let_go()
            self._holding = _carry_of(named, at_s)
        elif holder is not None and self._holding is not None:
            self._holding.follow(holder, at_s)
        if named is not None:
            self._named = True
        elif self._named:
            self._let_go()
        elif ball is not None and (place := place_of(ball)) is not None:
            self._watch_ball(objects, place, holder, at_s)

    def _watch_ball(
        self,
        objects: Sequence[TrackedObject],
        place: tuple[float, float],
        holder: TrackedObject | None,
        at_s: float,
    ) -> None:
        """Let the ball change hands: to whoever is nearest to it and within reach for long enough.

        While its holder is within reach himself only a team mate can take it from him (a hand-off): around
        a tackled man opponents come nearer to the ball than he is.
        """
        nearest = _nearest(objects, place)
        if self._holding is not None:
            where = None if holder is None else place_of(holder)
            if where is not None and not self._holding.jumps and math.dist(where, place) > REACH_YD:
                self._away += 1
                if self._away >= SUSTAINED_FRAMES:
                    reaching = self._reaching
                    self._let_go()
                    self._reaching = reaching
            else:
                self._away = 0
                if holder is not None and _keeps(holder, nearest):
                    self._reaching = None
                    return
        if nearest is None:
            self._reaching = None
        elif self._reaching is None or self._reaching.player != nearest.id:
            self._reaching = _carry_of(nearest, at_s)
        else:
            self._reaching.follow(nearest, at_s)
            if self._reaching.sustained:
                taken = self._reaching
                self._let_go()
                self._holding = taken

    def _let_go(self) -> None:
        """Nobody has the ball any more."""
        self._carried = self.carry
        self._holding = self._reaching = None
        self._away = 0


def place_of(seen: TrackedObject) -> tuple[float, float] | None:
    """Return where an object is; None where that is nowhere near a field."""
    x_yd, y_yd = seen.x_yd, seen.y_yd
    if x_yd is None or y_yd is None:
        return None
    near = -MOST_FIELD_YD <= x_yd <= MOST_FIELD_YD and -MOST_FIELD_YD <= y_yd <= MOST_FIELD_YD
    return (x_yd, y_yd) if near else None  # NaN is not near


def _nearest(objects: Sequence[TrackedObject], place: tuple[float, float]) -> TrackedObject | None:
    """Return who is nearest to a place and within reach of it."""
    ball_x_yd, ball_y_yd = place
    nearest, nearest_yd2 = None, REACH_YD * REACH_YD
    for seen in objects:
        x_yd, y_yd = seen.x_yd, seen.y_yd
        if x_yd is None or y_yd is None or seen.id == BALL:
            continue
        x_yd -= ball_x_yd
        y_yd -= ball_y_yd
        yd2 = x_yd * x_yd + y_yd * y_yd
        if yd2 <= nearest_yd2:
            nearest, nearest_yd2 = seen, yd2
    return nearest


def _carry_of(seen: TrackedObject, at_s: float) -> Carry | None:
    place = place_of(seen)
    return None if place is None else Carry(seen.id, *place, at_s)


def _speed(stated_yd_s: float | None, derived_yd_s: float) -> float:
    """Return the stated speed where the places agree with it; the lower of the two where they do not."""
    if stated_yd_s is None or not 0.0 <= stated_yd_s <= MOST_SPEED_YD_S:
        return derived_yd_s
    agreed = abs(stated_yd_s - derived_yd_s) <= _AGREED_YD_S
    return stated_yd_s if agreed else min(stated_yd_s, derived_yd_s)


def _keeps(holder: TrackedObject, nearest: TrackedObject | None) -> bool:
    """Whether a holder within reach keeps the ball from whoever is nearest to it."""
    if nearest is None or nearest is holder:
        return True
    return None not in (nearest.side, holder.side) and nearest.side != holder.side
