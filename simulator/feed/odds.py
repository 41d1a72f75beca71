"""An odds feed in the shape of Action Network's scoreboard: ids of its own, American prices with a margin."""

from typing import Any, Final
from zlib import crc32

from engine.core.events import Team
from engine.feeds.action_network import BOOKS
from simulator.feed.espn_status import Stage, clock_of, clock_text, scores_of, stage_of
from simulator.feed.games import Standing
from simulator.feed.market import Line
from simulator.feed.stamps import iso_milliseconds

MARGIN: Final = 0.045
"""How much the inverse prices of both sides add up to beyond one."""
_FLAT_PRICE: Final = -110
"""Of either side of a spread or a total."""
_IDS: Final = {name: book_id for book_id, name in BOOKS.items()}
_FIRST_GAME_ID: Final = 300_000
_STATUSES: Final = {
    "pre": ("scheduled", "scheduled"),
    "in": ("inprogress", "inprogress"),
    "post": ("complete", "closed"),
}


def listed_game(number: int, standing: Standing, lines: list[Line]) -> dict[str, Any]:
    """Return one game of the scoreboard.

    Args:
        number: the game's place in the day: the feed's ids are none of ours, as with the real one.
        standing: what stands of the game.
        lines: what the books ask.
    """
    start, (home, away) = standing.start, scores_of(standing)
    stage = stage_of(standing)
    status, real_status = _STATUSES[stage.state]
    period, clock_s = clock_of(standing)
    game_id = _FIRST_GAME_ID + number
    home_id, away_id = _team_id(start.home), _team_id(start.away)
    scheduled = start.received_ns if start.scheduled_ns is None else start.scheduled_ns
    markets: dict[str, Any] = {}
    for line in lines:
        event = _event(line, game_id, home_id, away_id)
        if event:
            markets[book_id(line.book)] = {"event": event}
    return {
        "id": game_id,
        "status": status,
        "real_status": real_status,
        "status_display": "Final" if stage is Stage.FINAL else None,
        "start_time": iso_milliseconds(scheduled),
        "season": start.season,
        "week": start.week,
        "type": "reg",
        "league_name": "ncaaf",
        "home_team_id": home_id,
        "away_team_id": away_id,
        "teams": [_team(start.away, away_id), _team(start.home, home_id)],
        "boxscore": {
            "period": period,
            "clock": clock_text(clock_s),
            "total_home_points": home,
            "total_away_points": away,
        },
        "markets": markets,
    }


def scoreboard(games: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the scoreboard of the games."""
    live = sum(game["status"] == "inprogress" for game in games)
    return {"league": {"id": 2, "name": "ncaaf"}, "content_live_count": live, "games": games}


def american(probability: float) -> int:
    """Return the American price whose inverse is a probability, to the nearest whole."""
    held = min(0.9999, max(0.0001, probability))
    if held >= 0.5:
        return -max(100, round(100.0 * held / (1.0 - held)))
    return max(100, round(100.0 * (1.0 - held) / held))


def book_id(name: str) -> str:
    """Return a book's number in the feed."""
    known = _IDS.get(name) or name.removeprefix("book ")
    return known if known.isdecimal() else str(1_000 + crc32(name.encode()) % 9_000)


def _event(line: Line, game_id: int, home_id: int, away_id: int) -> dict[str, Any]:
    book = int(book_id(line.book))

    def outcome(kind: str, side: str, price: int, value: float) -> dict[str, Any]:
        told: dict[str, Any] = {
            "book_id": book,
            "event_id": game_id,
            "event_type": "game",
            "is_live": line.live,
            "line_status": "normal",
            "odds": price,
            "period": "event",
            "side": side,
            "type": kind,
            "value": value,
        }
        if side in ("home", "away"):
            told["team_id"] = home_id if side == "home" else away_id
        return told

    event: dict[str, Any] = {}
    if line.home_win_probability is not None:
        home = line.home_win_probability
        event["moneyline"] = [
            outcome("moneyline", side, american(min(0.998, fair + MARGIN / 2)), 0)
            for side, fair in (("away", 1.0 - home), ("home", home))
        ]
    if line.home_spread is not None:
        event["spread"] = [
            outcome("spread", "away", _FLAT_PRICE, 0.0 - line.home_spread),
            outcome("spread", "home", _FLAT_PRICE, line.home_spread),
        ]
    if line.total is not None:
        event["total"] = [outcome("total", side, _FLAT_PRICE, line.total) for side in ("over", "under")]
    return event


def _team(team: Team, team_id: int) -> dict[str, Any]:
    return {
        "id": team_id,
        "location": team.name,
        "display_name": team.name,
        "full_name": team.name,
        "abbr": team.abbreviation,
    }


def _team_id(team: Team) -> int:
    return crc32(f"{team.team_id}/{team.name}".encode()) % 1_000_000
