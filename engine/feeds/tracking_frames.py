"""Tracking frames as they come over the wire: everybody's place at one moment, ten times a second.

    {"game_id": "401", "play_id": "4017", "frame": 12, "time_ns": 1541973585100000000, "last": false,
     "event": "ball_snap", "objects": [{"id": "ball", "x_yd": 38.7, "y_yd": 23.7}, {"id": "46",
     "side": "home", "role": "QB", "x_yd": 36.1, "y_yd": 23.6, "speed_yd_s": 1.2}, ...]}

A good frame is decoded straight into structs; one with a field of the wrong kind is read leniently, so that
one bad object does not cost the play.
"""

from typing import Final

import msgspec

from engine.feeds.fields import flag, real, record, records, whole, word
from engine.feeds.json_body import BodyError, read_json

BALL: Final = "ball"
CARRIER: Final = "carrier"
MOST_OBJECTS: Final = 64
"""Of one frame; more are not looked at."""


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
    """Its number within the play; it rises by one with each."""
    objects: list[TrackedObject]
    time_ns: int | None = None
    event: str | None = None
    last: bool = False
    """Whether it is the play's last."""


_decode: Final = msgspec.json.Decoder(Frame).decode


def read_frame(text: str | bytes, degraded: dict[str, int]) -> Frame | None:
    """Return the frame that a message holds; None where it names no game, play or number.

    Args:
        text: the message.
        degraded: is counted up for what was missing or nonsense.
    """
    try:
        return _decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        value = record(read_json(text.encode() if isinstance(text, str) else text))
    except (BodyError, ValueError):
        value = {}
    game_id, play_id = word(value.get("game_id")), word(value.get("play_id"))
    number = whole(value.get("frame"))
    _count(degraded, "frame")
    if game_id is None or play_id is None or number is None:
        return None
    return Frame(
        game_id,
        play_id,
        number,
        [
            TrackedObject(
                name,
                real(item.get("x_yd")),
                real(item.get("y_yd")),
                real(item.get("speed_yd_s")),
                word(item.get("side")),
                word(item.get("role")),
            )
            for item in records(value.get("objects"))[:MOST_OBJECTS]
            if (name := word(item.get("id"))) is not None
        ],
        whole(value.get("time_ns")),
        word(value.get("event")),
        flag(value.get("last")),
    )


def _count(degraded: dict[str, int], name: str) -> None:
    degraded[name] = degraded.get(name, 0) + 1
