"""One play's tracking frames, folded into a summary: who had the ball, how fast and how far, and when.

Frames come at 10 Hz with every player and the ball. Each is folded in and forgotten: a play costs the same
memory however long it is. The *carrier* is whom the feed calls so, or else who keeps the ball within reach.
A carry counts from the third frame on, so that nobody carries a ball that flies past. The summary is of the
last carry: the runner's, not the passer's who handed him the ball; of an incomplete pass it is the passer's.
Frames may be missing, late or twice; players may jump across the field, or stand nowhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from engine.core.events import Tracking

BALL: Final = "ball"
CARRIER: Final = "carrier"
REACH_YD: Final = 1.5
"""Who has the ball is no further from it; the tags sit on shoulders."""
SUSTAINED_FRAMES: Final = 3
MOST_SPEED_YD_S: Final = 13.0
"""No human has run faster: it is a jump of the tags, or a wrong unit."""
FRAME_S: Final = 0.1
MOST_FIELD_YD: Final = 200.0
MOST_OBJECTS: Final = 64
MOST_PLAY_S: Final = 60.0
MOST_COVERED_YD: Final = 400.0

SNAPS: Final = frozenset(("ball_snap", "snap_direct", "kickoff", "free_kick"))
THROWS: Final = frozenset(("pass_forward", "pass_shovel"))
CATCHES: Final = frozenset(("pass_arrived", "pass_outcome_caught", "pass_outcome_interception"))
CONTACTS: Final = frozenset(("first_contact",))
INCOMPLETE: Final = "pass_outcome_incomplete"
ENDS: Final = frozenset(
    (
        INCOMPLETE, "tackle", "out_of_bounds", "touchdown", "pass_outcome_touchdown", "qb_sack", "qb_kneel",
        "qb_spike", "qb_slide", "safety", "touchback", "fair_catch", "punt_downed",
    )
)  # fmt: skip
"""After one of them the ball is dead: what anybody does with it then is not part of the play."""

_SURE_JUMPS: Final = 3
"""After so many places in a row out of reach of the last good one, the player is where he is said to be."""


class TrackedObject(msgspec.Struct, gc=False):
    """A player or the ball in one frame; None where the feed does not say, or says nonsense."""

    id: str
    x_yd: float | None = None
    y_yd: float | None = None
    speed_yd_s: float | None = None
    side: str | None = None
    role: str | None = None


class Frame(msgspec.Struct, gc=False):
    """Everybody at one moment."""

    game_id: str
    play_id: str
    frame: int
    objects: list[TrackedObject]
    time_ns: int | None = None
    event: str | None = None
    last: bool = False


@dataclass(slots=True)
class Carry:
    """What one player did with the ball, as far as it is known."""

    player: str
    side: str | None
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

    def follow(self, seen: TrackedObject, x_yd: float, y_yd: float, at_s: float) -> None:
        """Fold in where he is one frame later."""
        self.frames += 1
        moved_yd = math.hypot(x_yd - self.x_yd, y_yd - self.y_yd)
        passed_s = at_s - self.at_s
        if passed_s <= 0.0 or moved_yd > MOST_SPEED_YD_S * passed_s:
            self.jumps += 1
            if self.jumps >= _SURE_JUMPS:
                self.x_yd, self.y_yd, self.at_s, self.jumps = x_yd, y_yd, at_s, 0
            return
        self.x_yd, self.y_yd, self.at_s, self.jumps = x_yd, y_yd, at_s, 0
        self.distance_yd += moved_yd
        self.run_at(_speed(seen, moved_yd / passed_s))

    def run_at(self, speed_yd_s: float | None) -> None:
        """Note a speed."""
        if speed_yd_s is not None and speed_yd_s > (self.top_speed_yd_s or 0.0):
            self.top_speed_yd_s = speed_yd_s


def _speed(seen: TrackedObject, derived_yd_s: float | None) -> float | None:
    """Return the stated speed where a human can run it, else the one derived from his places."""
    stated = seen.speed_yd_s
    return stated if stated is not None and 0.0 <= stated <= MOST_SPEED_YD_S else derived_yd_s


@dataclass(slots=True)
class TrackingPlay:
    """One play as its frames tell it so far."""

    game_id: str
    play_id: str
    frames: int = 0
    skipped: int = 0
    """Frames that came late or twice."""
    first_frame: int = 0
    last_frame: int = 0
    last_ns: int | None = None
    """The feed's own stamp of the newest frame."""
    at_s: float = 0.0
    """Seconds of play since the first frame, of the newest."""
    snap_s: float | None = None
    throw_s: float | None = None
    catch_s: float | None = None
    """The last sign of a catch before the first contact."""
    contact_s: float | None = None
    dead: bool = False
    """Whether the ball is dead."""
    named: bool = False
    """Whether the feed names the carrier, so that nobody need be guessed."""
    holding: Carry | None = None
    """Who has the ball."""
    reaching: Carry | None = None
    """Who seems to be taking it."""
    carried: Carry | None = None
    """The last sustained carry that is over."""
    passed: Carry | None = None
    """The passer's carry."""
    degraded: dict[str, int] = field(default_factory=dict)

    def fold(self, frame: Frame) -> None:
        """Fold a frame in."""
        number = frame.frame
        if self.frames and number <= self.last_frame:
            # What it tells of the clock still counts; where everybody was does not.
            self.skipped += 1
            self._hear(frame.event, self.at_s - (self.last_frame - number) * FRAME_S)
            return
        if not self.frames:
            self.first_frame = number
        else:
            self.at_s += self._passed_s(frame)
        self.frames += 1
        self.last_frame = number
        if frame.time_ns is not None and (self.last_ns is None or frame.time_ns > self.last_ns):
            self.last_ns = frame.time_ns
        self._hear(frame.event, self.at_s)
        if not self.dead:
            self._carry(frame.objects[:MOST_OBJECTS])

    @property
    def partial(self) -> bool:
        """Whether its beginning was missed: its carry is then only the rest of one."""
        return self.snap_s is None and self.first_frame > 10

    def summary(self, received_ns: int, revision: int = 0) -> Tracking | None:
        """Return what can be said of the play by now; None where that is nothing."""
        if self.partial:
            return None
        carry = self._last_carry()
        top_yd_s = None if carry is None else carry.top_speed_yd_s
        distance_yd = None if carry is None or carry.distance_yd > MOST_COVERED_YD else carry.distance_yd
        throw_s = _between(self.snap_s, self.throw_s)
        contact_s = self._contact_s()
        if top_yd_s is None and distance_yd is None and throw_s is None and contact_s is None:
            return None
        return Tracking(
            game_id=self.game_id,
            received_ns=received_ns,
            revision=revision,
            play_id=self.play_id,
            vendor_ns=self.last_ns,
            top_speed_yd_s=_rounded(top_yd_s),
            distance_yd=_rounded(distance_yd),
            time_to_throw_s=_rounded(throw_s),
            time_to_contact_s=_rounded(contact_s),
        )

    # --- the clock ---

    def _passed_s(self, frame: Frame) -> float:
        """Return the seconds since the newest frame: by the stamps where they are credible, else by count."""
        counted_s = (frame.frame - self.last_frame) * FRAME_S
        if frame.time_ns is not None and self.last_ns is not None:
            stamped_s = (frame.time_ns - self.last_ns) / 1e9
            if 0.5 * counted_s <= stamped_s <= 2.0 * counted_s + FRAME_S:
                return stamped_s
        return min(counted_s, MOST_PLAY_S)

    def _hear(self, event: str | None, at_s: float) -> None:
        """Take note of what the feed says has happened."""
        if event is None:
            return
        if event in SNAPS:
            if self.snap_s is None or self.dead:
                self._begin(at_s)
        elif event in THROWS:
            if self.throw_s is None:
                self.throw_s = at_s
                self._let_go()
                self.passed = self.carried
        elif event in CATCHES:
            if self.contact_s is None or at_s <= self.contact_s:
                self.catch_s = at_s
        elif event in CONTACTS:
            if self.contact_s is None:
                self.contact_s = at_s
        elif event in ENDS and self.snap_s is not None:
            self._end(caught=event != INCOMPLETE)

    def _begin(self, at_s: float) -> None:
        """Forget what was before the snap."""
        self.snap_s, self.dead = at_s, False
        self.throw_s = self.catch_s = self.contact_s = None
        self.holding = self.reaching = self.carried = self.passed = None

    def _end(self, *, caught: bool) -> None:
        """The ball is dead; who has just caught it had it, however shortly."""
        self.dead = True
        if self.throw_s is None:
            return
        if not caught:
            self.holding, self.carried = None, self.passed
        elif self.carried is self.passed and (self.holding is None or not self.holding.sustained):
            self.carried = self.reaching if self.holding is None else self.holding
            self.holding = None

    def _contact_s(self) -> float | None:
        """Return the seconds to the first contact: from the snap, or from the catch after a throw."""
        if self.contact_s is None:
            return None
        if self.throw_s is None or self.contact_s <= self.throw_s:
            return _between(self.snap_s, self.contact_s)
        return _between(self.catch_s, self.contact_s)

    # --- the ball ---

    def _last_carry(self) -> Carry | None:
        return self.holding if self.holding is not None and self.holding.sustained else self.carried

    def _let_go(self) -> None:
        """Nobody has the ball any more."""
        if self.holding is not None and self.holding.sustained:
            self.carried = self.holding
        self.holding = self.reaching = None

    def _carry(self, objects: Sequence[TrackedObject]) -> None:
        """Find who has the ball in this frame, and follow him."""
        holder_id = "" if self.holding is None else self.holding.player
        ball = holder = named = None
        for seen in objects:
            if seen.id == BALL:
                ball = seen
            else:
                if seen.id == holder_id:
                    holder = seen
                if seen.role == CARRIER:
                    named = seen
        if named is not None:
            self.named = True
            if self.holding is None or named.id != holder_id:
                self._let_go()
                self.holding = self._carry_of(named)
            else:
                self._follow(self.holding, named)
            return
        if holder is not None and self.holding is not None:
            self._follow(self.holding, holder)
        ball_place = None if ball is None else _place(ball)
        if self.named:
            self._let_go()
        elif ball_place is not None:
            self._watch_ball(objects, ball_place, holder)

    def _watch_ball(
        self, objects: Sequence[TrackedObject], ball_place: tuple[float, float], holder: TrackedObject | None
    ) -> None:
        """Let the ball change hands: to whoever is nearest to it and within reach for long enough.

        While its holder is within reach himself only a team mate can take it from him (a hand-off): around
        a tackled man opponents come nearer to the ball than he is.
        """
        ball_x, ball_y = ball_place
        nearest, nearest_yd2 = None, REACH_YD * REACH_YD
        for seen in objects:
            x_yd, y_yd = seen.x_yd, seen.y_yd
            if x_yd is None or y_yd is None or seen.id == BALL:
                continue
            yd2 = (x_yd - ball_x) * (x_yd - ball_x) + (y_yd - ball_y) * (y_yd - ball_y)
            if yd2 <= nearest_yd2:  # false for NaN
                nearest, nearest_yd2 = seen, yd2
        if self.holding is not None and holder is not None:
            place = _place(holder)
            held = place is not None and math.hypot(place[0] - ball_x, place[1] - ball_y) <= REACH_YD
            if not held:
                self._lose_hold()
            elif nearest is None or nearest is holder or _opponents(nearest, holder):
                self.reaching = None
                return
        if nearest is None:
            self.reaching = None
        elif self.reaching is None or self.reaching.player != nearest.id:
            self.reaching = self._carry_of(nearest)
        else:
            self._follow(self.reaching, nearest)
            if self.reaching.sustained:
                taken = self.reaching
                self._let_go()
                self.holding = taken

    def _lose_hold(self) -> None:
        """The ball has left its holder; who is reaching for it keeps reaching."""
        reaching = self.reaching
        self._let_go()
        self.reaching = reaching

    def _carry_of(self, seen: TrackedObject) -> Carry | None:
        place = _place(seen)
        if place is None:
            self.degraded["place"] = self.degraded.get("place", 0) + 1
            return None
        carry = Carry(seen.id, seen.side, *place, self.at_s)
        carry.run_at(_speed(seen, None))
        return carry

    def _follow(self, carry: Carry, seen: TrackedObject) -> None:
        place = _place(seen)
        if place is None:
            self.degraded["place"] = self.degraded.get("place", 0) + 1
            return
        carry.follow(seen, *place, self.at_s)


def _place(seen: TrackedObject) -> tuple[float, float] | None:
    """Return where an object is; None where that is nowhere near a field."""
    x_yd, y_yd = seen.x_yd, seen.y_yd
    if x_yd is None or y_yd is None:
        return None
    near = abs(x_yd) <= MOST_FIELD_YD and abs(y_yd) <= MOST_FIELD_YD  # false for NaN
    return (x_yd, y_yd) if near else None


def _opponents(one: TrackedObject, other: TrackedObject) -> bool:
    return one.side is not None and other.side is not None and one.side != other.side


def _between(from_s: float | None, to_s: float | None) -> float | None:
    """Return the seconds from one moment to a later one of the same play."""
    if from_s is None or to_s is None or not 0.0 <= to_s - from_s <= MOST_PLAY_S:
        return None
    return to_s - from_s


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
