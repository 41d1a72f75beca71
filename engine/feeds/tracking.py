"""One play's tracking frames, folded into a summary: how fast and far the ball was carried, and when.

Each frame is folded in and forgotten: a play costs the same memory however long it is. Frames may be missing,
late or twice. The summary is of the play's last carry: the runner's, not that of the passer who handed him
the ball.
"""

from typing import Final

from engine.core.events import Tracking
from engine.feeds.ball_carrier import BallCarrier
from engine.feeds.tracking_frames import MOST_OBJECTS, Frame

FRAME_S: Final = 0.1
MOST_PLAY_S: Final = 60.0
"""No play lasts longer, nor does anything within it."""
MOST_COVERED_YD: Final = 300.0

SNAPS: Final = frozenset(("ball_snap", "snap_direct", "kickoff", "free_kick"))
THROWS: Final = frozenset(("pass_forward", "pass_shovel"))
CATCHES: Final = frozenset(("pass_arrived", "pass_outcome_caught", "pass_outcome_interception"))
CONTACT: Final = "first_contact"
INCOMPLETE: Final = "pass_outcome_incomplete"
ENDS: Final = frozenset(
    (
        INCOMPLETE, "tackle", "out_of_bounds", "touchdown", "pass_outcome_touchdown", "qb_sack", "qb_kneel",
        "qb_spike", "qb_slide", "safety", "touchback", "fair_catch", "punt_downed",
    )
)  # fmt: skip
"""After one of them the ball is dead: what anybody does with it then is not part of the play."""

_FIRST_FRAMES: Final = 10
"""A play whose first frame has a higher number was joined in its middle."""
_LEAST_NS: Final = 946_684_800_000_000_000
_MOST_NS: Final = 4_102_444_800_000_000_000
"""Stamps before 2000 or after 2100 are none."""


class TrackingPlay:
    """One play as its frames tell it so far."""

    __slots__ = (
        "_at_s", "_carrier", "_catch_s", "_contact_s", "_first", "_frames", "_last", "_snap_s", "_stamp_ns",
        "_throw_s", "dead", "game_id", "play_id", "skipped",
    )  # fmt: skip

    def __init__(self, game_id: str, play_id: str) -> None:
        self.game_id: Final = game_id
        self.play_id: Final = play_id
        self.skipped = 0
        """Frames that came late or twice."""
        self.dead = False
        """Whether the ball is dead."""
        self._carrier = BallCarrier()
        # How many frames were folded in, and the numbers of the first and the newest.
        self._frames = self._first = self._last = 0
        # The newest frame's own stamp, and its seconds since the first frame.
        self._stamp_ns: int | None = None
        self._at_s = 0.0
        # When it happened, in seconds since the first frame. Of catches the last before the first contact.
        self._snap_s: float | None = None
        self._throw_s: float | None = None
        self._catch_s: float | None = None
        self._contact_s: float | None = None

    @property
    def begun(self) -> bool:
        """Whether the ball has been snapped or kicked."""
        return self._snap_s is not None

    def fold(self, frame: Frame) -> None:
        """Fold a frame in."""
        number = frame.frame
        if self._frames and number <= self._last:
            # What it tells of the clock still counts; where everybody was does not.
            self.skipped += 1
            self._hear(frame.event, self._at_s - min((self._last - number) * FRAME_S, MOST_PLAY_S))
            return
        stamp_ns = frame.time_ns
        if stamp_ns is not None and not _LEAST_NS <= stamp_ns <= _MOST_NS:
            stamp_ns = None
        if self._frames:
            self._at_s += self._passed_s(number, stamp_ns)
        else:
            self._first = number
        self._frames += 1
        self._last = number
        self._stamp_ns = stamp_ns if stamp_ns is not None else self._stamp_ns
        self._hear(frame.event, self._at_s)
        if not self.dead:
            self._carrier.follow(frame.objects[:MOST_OBJECTS], self._at_s)

    def summary(self, received_ns: int, revision: int = 0) -> Tracking | None:
        """Return what can be said of the play by now; None where that is nothing."""
        if not self.begun and self._first > _FIRST_FRAMES:
            return None
        carry = self._carrier.carry
        top_yd_s = distance_yd = None
        if carry is not None and carry.top_speed_yd_s is not None and carry.distance_yd <= MOST_COVERED_YD:
            top_yd_s, distance_yd = round(carry.top_speed_yd_s, 2), round(carry.distance_yd, 2)
        throw_s, contact_s = _between(self._snap_s, self._throw_s), self._to_contact_s()
        if top_yd_s is None and throw_s is None and contact_s is None:
            return None
        return Tracking(
            game_id=self.game_id,
            received_ns=received_ns,
            revision=revision,
            play_id=self.play_id,
            vendor_ns=self._stamp_ns,
            top_speed_yd_s=top_yd_s,
            distance_yd=distance_yd,
            time_to_throw_s=throw_s,
            time_to_contact_s=contact_s,
        )

    def _passed_s(self, number: int, stamp_ns: int | None) -> float:
        """Return the seconds since the newest frame: by the stamps where they are credible, else by count."""
        counted_s = min((number - self._last) * FRAME_S, MOST_PLAY_S)
        if stamp_ns is not None and self._stamp_ns is not None:
            stamped_s = (stamp_ns - self._stamp_ns) / 1e9
            if 0.5 * counted_s <= stamped_s <= 2.0 * counted_s:
                return stamped_s
        return counted_s

    def _hear(self, event: str | None, at_s: float) -> None:
        """Take note of what the feed says has happened; of a thing said twice, the first."""
        if event is None:
            return
        if event in SNAPS:
            if self._snap_s is None or self.dead:
                self._begin(at_s)
        elif event in THROWS:
            if self._throw_s is None and not self.dead:
                self._throw_s = at_s
                self._carrier.thrown()
        elif event in CATCHES:
            if self._contact_s is None or at_s <= self._contact_s:
                self._catch_s = at_s
        elif event == CONTACT:
            if self._contact_s is None:
                self._contact_s = at_s
        elif event in ENDS and self.begun and not self.dead:
            self.dead = True
            self._carrier.dead(incomplete=event == INCOMPLETE)

    def _begin(self, at_s: float) -> None:
        """Forget what was before the snap."""
        self._snap_s, self.dead = at_s, False
        self._throw_s = self._catch_s = self._contact_s = None
        self._carrier = BallCarrier()

    def _to_contact_s(self) -> float | None:
        """Return the seconds to the first contact: from the snap, or from the catch after a throw."""
        thrown = self._throw_s is not None and self._contact_s is not None and self._contact_s > self._throw_s
        return _between(self._catch_s if thrown else self._snap_s, self._contact_s)


def _between(from_s: float | None, to_s: float | None) -> float | None:
    """Return the seconds from one moment to a later one of the same play."""
    if from_s is None or to_s is None or not 0.0 <= to_s - from_s <= MOST_PLAY_S:
        return None
    return round(to_s - from_s, 2)
