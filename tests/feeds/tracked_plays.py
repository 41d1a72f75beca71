"""Tracked plays to test with: real ones from the shared tables, and small made ones."""

import csv
import gzip
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.feeds.tracking_frames import Frame, TrackedObject

START_NS = 1_541_973_585_100_000_000


def read_play(path: Path) -> Iterator[Frame]:
    """Yield the frames of a table of Next Gen Stats, as the wire format has them; the ball is `ball`."""
    frames: dict[int, list[dict[str, str]]] = {}
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            frames.setdefault(int(row["frame"]), []).append(row)
    for number, rows in sorted(frames.items()):
        moment = datetime.fromisoformat(rows[0]["time"] + "+00:00")
        yield Frame(
            rows[0]["gameId"],
            rows[0]["playId"],
            number,
            [_object(row) for row in rows],
            round(moment.timestamp() * 1_000) * 1_000_000,
            next((row["event"] for row in rows if row["event"]), None),
        )


def _object(row: dict[str, str]) -> TrackedObject:
    ball = row["displayName"] == "ball"
    return TrackedObject(
        "ball" if ball else row["nflId"],
        _number(row["x"]),
        _number(row["y"]),
        _number(row["s"]),
        None if ball else "home" if row["homeTeamFlag"] == "1.0" else "away",
        row["position"] or None,
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def made_frame(number: int, event: str | None = None, last: bool = False, **places: Any) -> Frame:
    """A frame with players by name: `runner=(x, y)`, `runner=(x, y, speed)`; those named `d...` defend."""
    objects = []
    for name, (x_yd, y_yd, *speed) in places.items():
        side = None if name == "ball" else "away" if name.startswith("d") else "home"
        objects.append(TrackedObject(name, x_yd, y_yd, speed[0] if speed else None, side))
    return Frame("401", "4017", number, objects, START_NS + number * 100_000_000, event, last)
