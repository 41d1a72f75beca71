"""One play as tracking frames: 22 players and the ball, ten times a second, made up around what happened.

The gain, the side and the spot are the play's; who ran where is drawn from the seed. Kicks are not tracked.
"""

import random
from dataclasses import dataclass
from typing import Final

import msgspec

from engine.core.events import Play
from engine.core.football import AWAY, HOME, PlayKind, Side, opponent
from simulator.feed.motion import Path, Spot, shortest_s

FRAMES_A_SECOND: Final = 10
FRAME_NS: Final = 100_000_000
TRACKED: Final = frozenset((PlayKind.RUN, PlayKind.PASS, PlayKind.SACK))

WIDTH_YD: Final = 53.3
_END_ZONE_YD: Final = 10.0
_SNAP_S: Final = 1.0
"""Players stand for a second before the snap."""
_AFTER_S: Final = 0.5
_BALL_YD_S: Final = 20.0
"""Speed of a thrown ball."""
_CONTACT_YD: Final = 1.2
_LINE_YD_S: Final = 5.0
"""Top speed of the men on the line."""

# Role, yards behind (below 0: the defence, beyond) the line of scrimmage, yards to the right of the ball.
_OFFENSE: Final = (
    ("QB", 5.0, 0.0), ("RB", 6.5, 1.5), ("WR", 0.5, -20.0), ("WR", 0.5, 19.0), ("WR", 1.5, 13.0),
    ("TE", 0.5, -5.0), ("LT", 0.5, -3.2), ("LG", 0.5, -1.6), ("C", 0.3, 0.0), ("RG", 0.5, 1.6),
    ("RT", 0.5, 3.2),
)  # fmt: skip
_DEFENSE: Final = (
    ("DE", -1.0, -4.2), ("DT", -1.0, -1.2), ("DT", -1.0, 1.2), ("DE", -1.0, 4.2), ("LB", -5.0, -4.0),
    ("LB", -5.0, 0.5), ("LB", -5.0, 5.0), ("CB", -6.0, -19.0), ("CB", -6.0, 18.0), ("S", -12.0, -8.0),
    ("S", -12.0, 8.0),
)  # fmt: skip
_ON_THE_LINE: Final = frozenset(("LT", "LG", "C", "RG", "RT", "DE", "DT"))
_RECEIVERS: Final = (2, 3, 4, 5, 1)
"""Places in the offence of those who can catch."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A play's frames without their stamps: everything of each that is fixed, encoded."""

    game_id: str
    play_id: str
    frames: tuple[tuple[bytes, bytes], ...]
    """Each frame's JSON before and behind the number of its stamp."""

    def frame(self, number: int, time_ns: int) -> bytes:
        """Return one frame as JSON."""
        head, tail = self.frames[number]
        return b"%b%d%b" % (head, time_ns, tail)


@dataclass(slots=True)
class _Field:
    """Turns yards behind the line and to the right into places: the offence may go either way."""

    line_x: float
    ball_y: float
    way: int
    """1 where the offence goes to higher x, -1 where it goes to lower."""

    def spot(self, behind_yd: float, right_yd: float) -> Spot:
        """Return a place on the field by where it is seen from the offence's centre."""
        return _on_field(self.line_x - self.way * behind_yd, self.ball_y - self.way * right_yd)


def _on_field(x_yd: float, y_yd: float) -> Spot:
    return Spot(min(119.5, max(0.5, x_yd)), min(WIDTH_YD - 0.5, max(0.5, y_yd)))


class _Drawing:
    """A play being drawn: paths of all, who has the ball when, and what happened at which moment."""

    def __init__(self, play: Play, seed: int) -> None:
        self.dice: Final = random.Random(f"{seed}/{play.game_id}/{play.play_id}")
        self.offense: Final = play.possession or HOME
        forward = (self.offense is HOME) == ((play.period or 1) % 2 == 1)
        to_goal = play.yards_to_goal if play.yards_to_goal is not None else 60
        line_x = 110.0 - to_goal if forward else _END_ZONE_YD + to_goal
        self.field: Final = _Field(line_x, WIDTH_YD / 2 + self.dice.uniform(-9, 9), 1 if forward else -1)
        self.attack: Final = [self._path(back, right) for _, back, right in _OFFENSE]
        self.defend: Final = [self._path(back, right) for _, back, right in _DEFENSE]
        # The ball: (from when, path); before the first it lies on the line.
        self.holders: Final[list[tuple[float, Path]]] = [(_SNAP_S, self.attack[0])]
        self.events: Final[dict[int, str]] = {round(_SNAP_S * FRAMES_A_SECOND): "ball_snap"}
        self.flight: tuple[float, float, Spot, Spot] | None = None
        self.end_s = _SNAP_S

    def _path(self, behind_yd: float, right_yd: float) -> Path:
        jitter = self.dice.uniform
        return Path(self.field.spot(behind_yd + jitter(0, 0.3), right_yd + jitter(-0.4, 0.4)))

    def note(self, event: str, time_s: float) -> None:
        """Note an event at the first frame from a moment on that has none."""
        frame = round(time_s * FRAMES_A_SECOND)
        while frame in self.events:
            frame += 1
        self.events[frame] = event

    def draw(self, play: Play) -> None:
        """Draw a run, a pass or a sack of the play's gain, and what everybody else does meanwhile."""
        gain = max(-25, min(play.yards_gained or 0, 99))
        if play.kind is PlayKind.PASS:
            self._pass(gain, caught=gain != 0 and not play.turnover, intercepted=play.turnover)
        elif play.kind is PlayKind.SACK:
            self._sack(min(gain, -1))
        else:
            self._run(gain)
        self._others()

    def _run(self, gain: float) -> None:
        back, quarterback = self.attack[1], self.attack[0]
        handoff_s = _SNAP_S + self.dice.uniform(1.1, 1.4)
        quarterback.run_to(self.field.spot(5.4, 0.6), _SNAP_S, handoff_s, 4.0)
        back.run_to(self.field.spot(5.5, 0.9), _SNAP_S, handoff_s)
        self.holders.append((handoff_s, back))
        self.note("handoff", handoff_s)
        target = self.field.spot(-gain, self.dice.uniform(-9, 9))
        self._carry(back, target, handoff_s)

    def _sack(self, gain: float) -> None:
        quarterback = self.attack[0]
        target = self.field.spot(-gain, self.dice.uniform(-4, 4))
        held_s = max(shortest_s(quarterback.end.distance_yd(target), 6.0), self.dice.uniform(2.4, 3.6))
        quarterback.run_to(target, _SNAP_S, _SNAP_S + held_s, 6.0)
        self._tackled(quarterback, _SNAP_S + held_s)

    def _pass(self, gain: float, *, caught: bool, intercepted: bool) -> None:
        dice, quarterback = self.dice, self.attack[0]
        throw_s = _SNAP_S + dice.uniform(2.0, 3.2)
        drop = self.field.spot(dice.uniform(6.0, 8.0), dice.uniform(-2, 2))
        quarterback.run_to(drop, _SNAP_S, throw_s - 0.3, 6.0)
        who = dice.choice(_RECEIVERS)
        receiver, top = self.attack[who], dice.uniform(8.0, 9.9)
        # He runs through the catch: where the play ended, where it was made; else where the ball is thrown.
        depth = gain if caught else dice.uniform(2.0, 25.0)
        target = self.field.spot(-depth, _OFFENSE[who][2] + dice.uniform(-8, 8))
        there_s = throw_s - _SNAP_S + quarterback.end.distance_yd(target) / _BALL_YD_S
        run_s = max(there_s / dice.uniform(0.55, 0.85), shortest_s(receiver.end.distance_yd(target), top))
        down_s = _SNAP_S + run_s
        receiver.run_to(target, _SNAP_S, down_s, top)
        arrive_s = throw_s + 0.3
        for _ in range(4):  # where he is depends on when the ball is there, and that on where he is
            far_yd = quarterback.at(throw_s).distance_yd(receiver.at(arrive_s))
            arrive_s = throw_s + max(0.3, far_yd / _BALL_YD_S)
        catcher = receiver
        if intercepted:
            catcher = min(self.defend, key=lambda path: path.end.distance_yd(receiver.at(arrive_s)))
            catcher.run_to(receiver.at(arrive_s), _SNAP_S + 0.2, arrive_s)
        self.flight = (throw_s, arrive_s, quarterback.at(throw_s), catcher.at(arrive_s))
        self.note("pass_forward", throw_s)
        self.note("pass_arrived", arrive_s)
        if not caught and not intercepted:
            self.holders.append((arrive_s, Path(self.flight[3])))
            self.end_s = arrive_s + _AFTER_S
            return
        self.holders.append((arrive_s, catcher))
        self._tackled(catcher, max(down_s if caught else 0.0, arrive_s + 0.4))

    def _carry(self, carrier: Path, target: Spot, from_s: float) -> None:
        top = self.dice.uniform(8.0, 9.9)
        down_s = from_s + max(0.4, shortest_s(carrier.end.distance_yd(target), top))
        carrier.run_to(target, from_s, down_s, top)
        self._tackled(carrier, down_s)

    def _tackled(self, carrier: Path, down_s: float) -> None:
        """Let the nearest defender be where the carrier goes down, and note when they met."""
        tackler = min(self.defend, key=lambda path: path.end.distance_yd(carrier.end))
        if tackler is not carrier:
            needs_s = shortest_s(tackler.end.distance_yd(carrier.end)) + 0.1
            tackler.run_to(carrier.end, max(_SNAP_S + 0.2, down_s - needs_s), down_s)
        frames = range(round(_SNAP_S * FRAMES_A_SECOND) + 1, round(down_s * FRAMES_A_SECOND))
        met = next(
            (
                frame
                for frame in frames
                if carrier.at(frame / FRAMES_A_SECOND).distance_yd(tackler.at(frame / FRAMES_A_SECOND))
                <= _CONTACT_YD
                and self._has_ball(carrier, frame / FRAMES_A_SECOND)
            ),
            None,
        )
        self.note("first_contact", down_s - 0.2 if met is None else met / FRAMES_A_SECOND)
        self.note("tackle", down_s)
        self.end_s = max(max(self.events) / FRAMES_A_SECOND, down_s) + _AFTER_S

    def _has_ball(self, path: Path, time_s: float) -> bool:
        holder = next((held for since, held in reversed(self.holders) if since <= time_s), None)
        return holder is path

    def _others(self) -> None:
        """Send everybody else who has not moved somewhere sensible."""
        ball = self.ball_at(self.end_s)
        for (role, _, _), path in zip((*_OFFENSE, *_DEFENSE), (*self.attack, *self.defend), strict=True):
            if path.end_s > 0.0:
                continue
            share = self.dice.uniform(0.2, 0.6) if role in _ON_THE_LINE else self.dice.uniform(0.4, 0.95)
            near = path.end.toward(ball, share)
            off = _on_field(near.x_yd + self.dice.uniform(-3, 3), near.y_yd + self.dice.uniform(-3, 3))
            top = _LINE_YD_S if role in _ON_THE_LINE else self.dice.uniform(6.0, 9.0)
            late_s = _SNAP_S + self.dice.uniform(0.1, 0.6)
            path.run_to(off, late_s, max(late_s + 0.5, self.end_s), top)

    def ball_at(self, time_s: float) -> Spot:
        """Return where the ball is."""
        if time_s < _SNAP_S:
            return self.field.spot(0.0, 0.0)
        if self.flight is not None and self.flight[0] <= time_s < self.flight[1]:
            start_s, end_s, start, end = self.flight
            return start.toward(end, (time_s - start_s) / (end_s - start_s))
        holder = next(held for since, held in reversed(self.holders) if since <= time_s)
        if time_s < _SNAP_S + 0.3:  # the snap's own way back
            share = (time_s - _SNAP_S) / 0.3
            return self.field.spot(0.0, 0.0).toward(holder.at(time_s), share)
        return holder.at(time_s)


def draw_clip(play: Play, seed: int = 0) -> Clip:
    """Return the frames of a run, a pass or a sack; the same seed draws the same."""
    drawing = _Drawing(play, seed)
    drawing.draw(play)
    sides: list[tuple[Side | None, str, str]] = []
    defense = opponent(drawing.offense)
    for side, roles in ((drawing.offense, _OFFENSE), (defense, _DEFENSE)):
        for number, (role, _, _) in enumerate(roles, start=1):
            sides.append((side, role, f"{'H' if side is not AWAY else 'A'}{number}"))
    sides.append((None, "ball", "ball"))
    heads = [
        b'{"id":"%b","side":%b,"role":"%b",' % (name.encode(), msgspec.json.encode(side), role.encode())
        for side, role, name in sides
    ]
    count = max(max(drawing.events) + 1, round(drawing.end_s * FRAMES_A_SECOND))
    game_id, play_id = msgspec.json.encode(play.game_id), msgspec.json.encode(play.play_id)
    movers = [path.at for path in (*drawing.attack, *drawing.defend)] + [drawing.ball_at]
    before = [mover(0.0) for mover in movers]
    frames: list[tuple[bytes, bytes]] = []
    for number in range(count):
        time_s = number / FRAMES_A_SECOND
        objects = []
        for place, mover in enumerate(movers):
            spot = mover(time_s)
            speed = spot.distance_yd(before[place]) * FRAMES_A_SECOND
            before[place] = spot
            objects.append(
                heads[place] + b'"x_yd":%.2f,"y_yd":%.2f,"speed_yd_s":%.2f}' % (spot.x_yd, spot.y_yd, speed)
            )
        event = msgspec.json.encode(drawing.events.get(number))
        last = b"true" if number == count - 1 else b"false"
        head = b'{"game_id":%b,"play_id":%b,"frame":%d,"time_ns":' % (game_id, play_id, number)
        tail = b',"last":%b,"event":%b,"objects":[%b]}' % (last, event, b",".join(objects))
        frames.append((head, tail))
    return Clip(play.game_id, play.play_id, tuple(frames))
