"""A recorded ESPN `summary`, cut to what its feed would have shown after so many plays.

The plays are kept as encoded JSON, so that a cut of a payload of several hundred kilobytes is little more
than joining them. What only hindsight can fill (box score, leaders, news, the result of the drive under way)
is left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from engine.feeds.fields import record, records, stamp_ns, word
from simulator.feed.stamps import iso

_STATIC: Final = ("format", "gameInfo", "broadcasts", "pickcenter", "wallclockAvailable", "meta")
_KEPT: Final = (*_STATIC, "header", "drives", "winprobability", "scoringPlays")
_OF_A_FINISHED_DRIVE: Final = (
    "end", "timeElapsed", "yards", "isScore", "offensivePlays", "result", "shortDisplayResult",
    "displayResult", "description",
)  # fmt: skip
_OF_A_FINISHED_GAME: Final = ("winner", "linescores", "record", "rank", "possession")

Patch = Callable[[dict[str, Any]], dict[str, Any]]
"""How a play object is told otherwise than it was recorded."""


@dataclass(frozen=True, slots=True)
class _Drive:
    """One drive: what was known of it from its start, and what its end added."""

    begun: dict[str, Any]
    ended: dict[str, Any]
    play_ids: list[str]


class RawSummary:
    """One recorded payload, taken apart."""

    def __init__(self, payload: dict[str, Any]) -> None:
        # What of the payload is told, or is needed to move it; the rest may be large.
        self._payload: Final = {name: payload[name] for name in _KEPT if name in payload}
        # By their ids: the one under way is repeated, and may know more the second time.
        self._drives: Final[dict[str, _Drive]] = {}
        self._plays: Final[dict[str, dict[str, Any]]] = {}
        # The encoded form of each play, in the order of the payload; an id told twice keeps its first place.
        self._encoded: Final[dict[str, msgspec.Raw]] = {}
        drives = record(payload.get("drives"))
        for drive in [*records(drives.get("previous")), record(drives.get("current"))]:
            self._take_drive(drive)
        self.play_ids: Final = tuple(self._plays)
        self._place: Final = {play_id: place for place, play_id in enumerate(self.play_ids)}
        self._chances: Final = self._placed(records(payload.get("winprobability")), "playId")
        self._scores: Final = self._placed(records(payload.get("scoringPlays")), "id")

    def type_text(self, play_id: str) -> str | None:
        """Return the recorded name of a play's type."""
        return word(record(self._plays[play_id].get("type")).get("text"))

    def moved(self, by_ns: int) -> "RawSummary":
        """Return the payload with every stamp of kick-off and play moved by `by_ns`."""
        payload: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self._payload))
        for competition in records(record(payload.get("header")).get("competitions")):
            _move(competition, "date", by_ns)
        drives = record(payload.get("drives"))
        for drive in [*records(drives.get("previous")), record(drives.get("current"))]:
            for play in records(drive.get("plays")):
                _move(play, "wallclock", by_ns)
        return RawSummary(payload)

    def final_header(self) -> dict[str, Any]:
        """Return the header as it was recorded."""
        return record(self._payload.get("header"))

    def open_header(
        self, status: dict[str, Any], scores: tuple[int, int], possession_id: str | None
    ) -> dict[str, Any]:
        """Return the header with a status and a score of its own, and nothing that only the end could tell.

        Args:
            status: the competition's status.
            scores: home and away points.
            possession_id: id of the team with the ball.
        """
        header = dict(self.final_header())
        competitions = []
        for known in records(header.get("competitions")):
            sides = []
            for side in records(known.get("competitors")):
                kept = {name: value for name, value in side.items() if name not in _OF_A_FINISHED_GAME}
                kept["score"] = str(scores[0] if side.get("homeAway") == "home" else scores[1])
                kept["possession"] = possession_id is not None and word(side.get("id")) == possession_id
                sides.append(kept)
            competitions.append({**known, "competitors": sides, "status": status})
        header["competitions"] = competitions
        return header

    def cut(
        self,
        header: dict[str, Any],
        shown: Sequence[tuple[str, Patch | None]],
        *,
        over: bool,
    ) -> dict[str, Any]:
        """Return the payload with the shown plays and no others.

        Args:
            header: the header to put on it.
            shown: ids of plays in the payload's order, each with how it is told otherwise. An id that stands
                there twice is a play told twice: the patch gives the second one its own id.
            over: whether the game is over, and so no drive under way.
        """
        told = {play_id for play_id, _ in shown}
        by_id: dict[str, list[msgspec.Raw]] = {}
        for play_id, patch in shown:
            raw = self._encoded[play_id]
            if patch is not None:
                raw = msgspec.Raw(msgspec.json.encode(patch(self._plays[play_id])))
            by_id.setdefault(play_id, []).append(raw)
        drives: list[dict[str, Any]] = []
        for drive in self._drives.values():
            plays = [raw for play_id in drive.play_ids for raw in by_id.get(play_id, ())]
            if plays:
                whole = all(play_id in told for play_id in drive.play_ids)
                drives.append({**(drive.ended if whole else drive.begun), "plays": plays})
        body: dict[str, Any] = {name: self._payload[name] for name in _STATIC if name in self._payload}
        body["header"] = header
        if drives:
            # A live payload repeats the drive under way among the previous ones.
            body["drives"] = {"previous": drives} if over else {"previous": drives, "current": drives[-1]}
        reached = max((self._place[play_id] for play_id in told), default=-1)
        body["winprobability"] = [raw for place, raw in self._chances if place <= reached]
        body["scoringPlays"] = [raw for place, raw in self._scores if place <= reached]
        return body

    def _take_drive(self, drive: dict[str, Any]) -> None:
        ids = self._take_plays(records(drive.get("plays")))
        drive_id = word(drive.get("id")) or f"#{len(self._drives)}"
        known = {name: value for name, value in drive.items() if name != "plays"}
        begun = {name: value for name, value in known.items() if name not in _OF_A_FINISHED_DRIVE}
        before = self._drives[drive_id].play_ids if drive_id in self._drives else []
        if drive:
            self._drives[drive_id] = _Drive(begun, known, before + ids)

    def _take_plays(self, plays: list[dict[str, Any]]) -> list[str]:
        """Take in plays; return the ids of those that are new. One told again keeps its first place."""
        ids: list[str] = []
        for play in plays:
            play_id = word(play.get("id"))
            if play_id is None:
                continue
            if play_id not in self._plays:
                ids.append(play_id)
            self._plays[play_id] = play
            self._encoded[play_id] = msgspec.Raw(msgspec.json.encode(play))
        return ids

    def _placed(self, entries: list[dict[str, Any]], id_name: str) -> list[tuple[int, msgspec.Raw]]:
        """Return entries with the place of the play that each waits for; an unknown play waits for none."""
        placed, latest = [], 0
        for entry in entries:
            latest = max(latest, self._place.get(word(entry.get(id_name)) or "", latest))
            placed.append((latest, msgspec.Raw(msgspec.json.encode(entry))))
        return placed


def _move(holder: dict[str, Any], name: str, by_ns: int) -> None:
    stamp = stamp_ns(holder.get(name))
    if stamp is not None:
        holder[name] = iso(stamp + by_ns)
