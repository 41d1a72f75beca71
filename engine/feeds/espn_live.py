"""ESPN's live dialect: a scoreboard that lists the day's games, and a `summary` for each of them.

`{base}/scoreboard` is `{"events": [{"id", "date", ...}]}`; `{base}/summary?event=ID` is the whole game each
time: header, drives, plays. What a summary's rows mean is `espn.py`'s.
"""

from typing import Any, Final, NamedTuple
from urllib.parse import quote

from engine.core.events import Play
from engine.feeds import espn
from engine.feeds.dialect import Listed
from engine.feeds.fields import record, records, stamp_ns, word
from engine.feeds.telling import MOST_PLAYS, Payload

_ALL_GAMES: Final = "groups=80&limit=500"
"""Group 80 is the FBS; a scoreboard asked for without it lists ranked teams' games only."""
_MOST_ROWS: Final = 2 * MOST_PLAYS
_NOT_OVER: Final = frozenset(("pre", "in"))


class EspnLive:
    """Where ESPN is asked, and what it says: a `Dialect`."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        # What each game's last payload gave.
        self._read: dict[str, Read] = {}

    def list_url(self) -> str:
        """Where the day's games are listed."""
        return f"{self._base_url}/scoreboard?{_ALL_GAMES}"

    def listed(self, value: Any) -> list[Listed] | None:
        """Return the games of a scoreboard; None where the value is none."""
        if not isinstance(value, dict) or not isinstance(value.get("events"), list):
            return None
        listed = []
        for event in records(value["events"]):
            game_id = word(event.get("id"))
            if game_id is not None:
                listed.append(Listed(game_id, stamp_ns(event.get("date"))))
        return listed

    def game_url(self, game_id: str) -> str:
        """Where one game is told."""
        return f"{self._base_url}/summary?event={quote(game_id, safe='')}"

    def headers(self) -> dict[str, str]:
        """Nothing but what every client sends."""
        return {}

    def payload(self, value: Any, game_id: str) -> Payload | None:
        """Return what a summary says; None where it is none, or another game's, or names no sides."""
        told = payload_of_summary(value, game_id, self._read.get(game_id))
        if told is None:
            return None
        payload, self._read[game_id] = told
        return payload


class Read(NamedTuple):
    """Plays as they were last read, with their rows: most rows of a payload have not changed since."""

    sides: espn.Sides
    plays: dict[str, tuple[espn.Row, Play]]


def payload_of_summary(
    value: Any, game_id: str | None, read: Read | None = None
) -> tuple[Payload, Read] | None:
    """Return what a summary says, and its plays with their rows; None where it is no such summary.

    Args:
        value: the JSON value.
        game_id: the game it should be about; None takes any.
        read: what the game's last payload gave.
    """
    if not isinstance(value, dict) or not espn.is_summary(value):
        return None
    start = espn.start_of_summary(value)
    if start is None or game_id not in (None, start.game_id) or not _names_sides(value):
        return None
    sides = espn.sides_of_summary(value)
    known = read.plays if read is not None and read.sides == sides else {}
    plays: list[Play] | None = None
    now_read = Read(sides, {})
    if isinstance(value.get("drives"), dict):
        plays = []
        for index, row in enumerate(espn.rows_of_summary(value)[:_MOST_ROWS]):
            before = known.get(word(row.play_id) or "")
            play = before[1] if before is not None and before[0] == row else None
            play = play or espn.play_of(row, start.game_id, sides, index)
            if play is not None:
                plays.append(play)
                now_read.plays[play.play_id] = row, play
    end = espn.end_of_summary(value, start.game_id)
    return Payload(start, plays, end, end is None and _is_under_way(value)), now_read


def _competition(value: dict[str, Any]) -> dict[str, Any]:
    header = record(value.get("header")) or value
    return next(iter(records(header.get("competitions"))), {})


def _names_sides(value: dict[str, Any]) -> bool:
    """Whether a summary says who plays: without its sides every play would lose its possession."""
    named = {
        word(side.get("homeAway"))
        for side in records(_competition(value).get("competitors"))
        if word(side.get("id")) or word(record(side.get("team")).get("id"))
    }
    return named >= {"home", "away"}


def _is_under_way(value: dict[str, Any]) -> bool:
    """Whether a summary says that its game is not over, which is more than not saying that it is."""
    kind = record(record(_competition(value).get("status")).get("type"))
    return kind.get("completed") is False and word(kind.get("state")) in _NOT_OVER
