"""ESPN's feed: the `summary` of one game and the scoreboard of all, as JSON values."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from engine.core.events import GameStart, Play, Team
from engine.core.football import ADMINISTRATIVE, PlayKind, Side
from simulator.feed.drives import Drive, drives_of
from simulator.feed.espn_status import Stage, clock_text, scores_of, stage_of, status_of
from simulator.feed.espn_types import type_text
from simulator.feed.games import FeedGame, Standing
from simulator.feed.shown import Lie, Shown
from simulator.feed.stamps import iso, iso_minutes


class EspnGame:
    """One game in ESPN's words. Keeps the encoded form of plays, which most answers repeat."""

    def __init__(self, game: FeedGame) -> None:
        self._game = game
        self._encoded: dict[Play, msgspec.Raw] = {}

    def summary(self, standing: Standing, shown: Sequence[Shown]) -> dict[str, Any]:
        """Return the game's `summary` payload.

        Args:
            standing: what stands of the game.
            shown: its plays as they are told, in order.
        """
        raw = self._game.raw
        if raw is None:
            return self._from_events(standing, shown)
        if standing.over:
            header = raw.final_header()
        else:
            side = possession(standing)
            team_id = None if side is None else _team(standing.start, side).team_id
            header = raw.open_header(status_of(standing), scores_of(standing), team_id)
        told = [(entry.play.play_id, None if entry.lie is None else _patch(entry)) for entry in shown]
        return raw.cut(header, told, over=standing.over)

    def _from_events(self, standing: Standing, shown: Sequence[Shown]) -> dict[str, Any]:
        start = standing.start
        drives = [self._drive(drive, start) for drive in drives_of(start.game_id, shown)]
        body: dict[str, Any] = {
            "header": {
                "id": start.game_id,
                "season": {"year": start.season, "type": 2},
                "week": start.week,
                "competitions": [competition(standing)],
            },
            "pickcenter": _pickcenter(start),
            "winprobability": [],
        }
        if drives:
            body["drives"] = {"previous": drives}
            if not standing.over:
                body["drives"]["current"] = drives[-1]
        return body

    def _drive(self, drive: Drive, start: GameStart) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": drive.drive_id,
            "plays": [self._play(entry, start) for entry in drive.plays],
        }
        if drive.side is not None:
            team = _team(start, drive.side)
            told["team"] = {"id": team.team_id, "abbreviation": team.abbreviation, "displayName": team.name}
        return told

    def _play(self, entry: Shown, start: GameStart) -> msgspec.Raw:
        if entry.lie is not None:
            return msgspec.Raw(msgspec.json.encode(play_object(entry.told(), start)))
        encoded = self._encoded.get(entry.play)
        if encoded is None:
            encoded = msgspec.Raw(msgspec.json.encode(play_object(entry.play, start)))
            self._encoded[entry.play] = encoded
        return encoded


def scoreboard(standings: Iterable[tuple[FeedGame, Standing]]) -> dict[str, Any]:
    """Return the scoreboard of all games."""
    events = []
    for game, standing in standings:
        start = standing.start
        date = _date(standing)
        known = competition(standing)
        if game.raw is not None:
            header = game.raw.final_header()
            known["neutralSite"] = bool(header["competitions"][0].get("neutralSite"))
        events.append(
            {
                "id": start.game_id,
                "date": date,
                "name": f"{start.away.name} at {start.home.name}",
                "shortName": f"{start.away.abbreviation} @ {start.home.abbreviation}",
                "season": {"year": start.season, "type": 2},
                "week": {"number": start.week},
                "competitions": [known],
                "status": known["status"],
            }
        )
    return {"events": events}


def competition(standing: Standing) -> dict[str, Any]:
    """Return the competition object: who plays, the score, the status."""
    start, (home, away) = standing.start, scores_of(standing)
    stage, side = stage_of(standing), possession(standing)
    sides = []
    for who, team, points in ((Side.HOME, start.home, home), (Side.AWAY, start.away, away)):
        competitor: dict[str, Any] = {
            "id": team.team_id,
            "homeAway": who.value,
            "score": str(points),
            "team": {
                "id": team.team_id,
                "location": team.name,
                "displayName": team.name,
                "abbreviation": team.abbreviation,
            },
        }
        if stage is Stage.FINAL:
            competitor["winner"] = points > (away if who is Side.HOME else home)
        elif stage.state == "in":
            competitor["possession"] = side is who
        sides.append(competitor)
    return {
        "id": start.game_id,
        "date": _date(standing),
        "neutralSite": start.neutral_site,
        "competitors": sides,
        "status": status_of(standing),
    }


def possession(standing: Standing) -> Side | None:
    """Return who has the ball, by the newest play that says so."""
    for play in reversed(standing.plays):
        if play.next_possession is not None:
            return play.next_possession
        if play.possession is not None:
            return play.possession
    return None


def play_object(play: Play, start: GameStart) -> dict[str, Any]:
    """Return a play of the core as ESPN's play object; what it does not know is left out."""
    told: dict[str, Any] = {
        "id": play.play_id,
        "sequenceNumber": str(play.order),
        "type": {"text": type_text(play)},
        "text": play.text,
        "awayScore": play.away_score,
        "homeScore": play.home_score,
        "period": {"number": play.period},
        "scoringPlay": play.scoring,
        "start": _start(play, start),
    }
    if play.clock_s is not None:
        told["clock"] = {"displayValue": clock_text(play.clock_s)}
    if play.vendor_ns is not None:
        told["wallclock"] = iso(play.vendor_ns)
    if play.yards_gained is not None:
        told["statYardage"] = play.yards_gained
    if play.kind not in ADMINISTRATIVE:
        told["end"] = _end(play, start)
    return told


def _start(play: Play, start: GameStart) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if play.possession is not None:
        told["team"] = {"id": _team(start, play.possession).team_id}
    if play.kind in ADMINISTRATIVE:
        return told
    if play.kind is PlayKind.KICKOFF:
        told |= {"down": 1, "distance": 10}  # as ESPN fills it
    else:
        told |= _given(down=play.down, distance=play.distance_yd)
    return told | _given(yardsToEndzone=play.yards_to_goal)


def _end(play: Play, start: GameStart) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if play.next_possession is not None:
        told["team"] = {"id": _team(start, play.next_possession).team_id}
    told["down"] = -1 if play.scoring or play.next_down is None else play.next_down
    return told | _given(distance=play.next_distance_yd, yardsToEndzone=play.next_yards_to_goal)


def _given(**fields: int | None) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _team(start: GameStart, side: Side) -> Team:
    return start.home if side is Side.HOME else start.away


def _date(standing: Standing) -> str:
    scheduled = standing.start.scheduled_ns
    return iso_minutes(standing.start.received_ns if scheduled is None else scheduled)


def _pickcenter(start: GameStart) -> list[dict[str, Any]]:
    if start.home_spread is None and start.total is None:
        return []
    favourite = start.home if (start.home_spread or 0.0) <= 0 else start.away
    details = f"{favourite.abbreviation} -{abs(start.home_spread or 0.0):g}"
    return [
        {
            "provider": {"id": "1004", "name": "consensus", "priority": 0},
            "details": details,
            "spread": start.home_spread,
            "overUnder": start.total,
        }
    ]


def _patch(entry: Shown) -> Any:
    """Return what turns the recorded play object into the one that is told."""
    lie = entry.lie or Lie()

    def patch(recorded: dict[str, Any]) -> dict[str, Any]:
        told = dict(recorded)
        if lie.play_id is not None:
            told["id"] = lie.play_id
        if lie.text is not None:
            told["text"] = lie.text
        if lie.yards_gained is not None:
            told["statYardage"] = lie.yards_gained
        if lie.clock_s is not None:
            told["clock"] = {"displayValue": clock_text(lie.clock_s)}
        if lie.scores is not None:
            told["homeScore"], told["awayScore"] = lie.scores
        return told

    return patch
