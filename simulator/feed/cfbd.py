"""CollegeFootballData's feed: the scoreboard of all games, and one game's plays as flat rows."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from engine.core.events import GameStart, Play, Team
from engine.core.football import ADMINISTRATIVE, HALF_PERIODS, HOME, TIMEOUTS_A_HALF, PlayKind, Side, opponent
from simulator.feed.drives import drives_of
from simulator.feed.espn import possession
from simulator.feed.espn_status import clock_of, clock_text, scores_of, stage_of
from simulator.feed.espn_types import type_text
from simulator.feed.games import FeedGame, Standing
from simulator.feed.shown import Shown
from simulator.feed.stamps import iso, iso_milliseconds

_STATUSES: Final = {"pre": "scheduled", "in": "in_progress", "post": "completed"}


def scoreboard(standings: Iterable[tuple[FeedGame, Standing]]) -> list[dict[str, Any]]:
    """Return the scoreboard of all games."""
    return [_listed(standing) for _, standing in standings]


def _listed(standing: Standing) -> dict[str, Any]:
    start, (home, away) = standing.start, scores_of(standing)
    state = stage_of(standing).state
    period, clock_s = clock_of(standing)
    under_way = state == "in"
    side = possession(standing)
    scheduled = start.received_ns if start.scheduled_ns is None else start.scheduled_ns
    return {
        "id": start.game_id,
        "startDate": iso_milliseconds(scheduled),
        "startTimeTBD": False,
        "neutralSite": start.neutral_site,
        "status": _STATUSES[state],
        "period": period if under_way else None,
        "clock": clock_text(clock_s) if under_way else None,
        "possession": side if under_way else None,
        "lastPlay": standing.plays[-1].text if under_way else None,
        "homeTeam": _team(start.home, None if state == "pre" else home),
        "awayTeam": _team(start.away, None if state == "pre" else away),
        "betting": {"spread": start.home_spread, "overUnder": start.total},
    }


def _team(team: Team, points: int | None) -> dict[str, Any]:
    return {"id": team.team_id, "name": team.name, "abbreviation": team.abbreviation, "points": points}


def plays(game: FeedGame, standing: Standing, shown: Sequence[Shown]) -> list[dict[str, Any]]:
    """Return a game's plays, oldest first.

    Args:
        game: the game; where it was recorded as ESPN's payload, its play types are the recorded ones.
        standing: what stands of it.
        shown: its plays as they are told, in order.
    """
    start = standing.start
    rows: list[dict[str, Any]] = []
    teller = _Teller(start)
    for drive in drives_of(start.game_id, shown):
        for number, entry in enumerate(drive.plays, start=1):
            play = entry.told()
            kind = type_text(play) if game.raw is None else game.raw.type_text(entry.play.play_id)
            row = teller.row(play, kind)
            rows.append({**row, "driveId": drive.drive_id, "driveNumber": drive.number, "playNumber": number})
    return rows


class _Teller:
    """Tells rows one after the other: who has the ball, and the timeouts that are left, carry over."""

    def __init__(self, start: GameStart) -> None:
        self._start = start
        self._offense: Side = HOME
        self._half = 1
        self._timeouts = dict.fromkeys(Side, TIMEOUTS_A_HALF)

    def row(self, play: Play, kind: str | None) -> dict[str, Any]:
        """Return the row of a play."""
        if play.possession is not None:
            self._offense = play.possession
        half = 1 if (play.period or 1) <= HALF_PERIODS else 2
        if half != self._half:
            self._half, self._timeouts = half, dict.fromkeys(Side, TIMEOUTS_A_HALF)
        if play.timeout_by is not None:
            self._timeouts[play.timeout_by] = max(0, self._timeouts[play.timeout_by] - 1)
        start, offense, defense = self._start, self._offense, opponent(self._offense)
        names = {Side.HOME: start.home.name, Side.AWAY: start.away.name}
        points = {Side.HOME: play.home_score, Side.AWAY: play.away_score}
        snap = play.kind not in ADMINISTRATIVE and play.kind not in (PlayKind.KICKOFF, PlayKind.TRY)
        minutes, seconds = (None, None) if play.clock_s is None else divmod(play.clock_s, 60)
        return {
            "id": play.play_id,
            "gameId": start.game_id,
            "home": start.home.name,
            "away": start.away.name,
            "offense": names[offense],
            "defense": names[defense],
            "offenseScore": points[offense],
            "defenseScore": points[defense],
            "period": play.period,
            "clock": {"minutes": minutes, "seconds": seconds},
            "offenseTimeouts": self._timeouts[offense],
            "defenseTimeouts": self._timeouts[defense],
            "yardsToGoal": play.yards_to_goal,
            "down": play.down if snap else None,
            "distance": play.distance_yd if snap else None,
            "yardsGained": play.yards_gained,
            "scoring": play.scoring,
            "playType": kind,
            "playText": play.text,
            "wallclock": None if play.vendor_ns is None else iso(play.vendor_ns),
        }
