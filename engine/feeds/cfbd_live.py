"""CollegeFootballData's live dialect: a scoreboard that lists the games, and the plays of each of them.

`{base}/live/scoreboard` is a list of `{"id", "startDate", "neutralSite", "status", "homeTeam", "awayTeam",
"betting"}`; it alone says when games of flat rows are over. `{base}/live/plays?gameId=ID` is either a list of
the flat rows of `/plays` (`cfbd.py` reads them), or the API's live game: `{"id", "status", "teams", "drives":
[{"plays"}]}`, whose plays carry the score and the situation as ESPN has them, and `teamId` for the offence.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from msgspec.structs import replace

from engine.core.events import GameEnd, GameStart, Outcome, Play, Team
from engine.feeds import cfbd
from engine.feeds.dialect import Listed
from engine.feeds.fields import flag, real, record, records, stamp_ns, whole, word
from engine.feeds.play_words import name_words
from engine.feeds.telling import MOST_PLAYS, Payload

_OVER: Final = frozenset(("completed", "final", "complete"))
_NO_CONTEST: Final = frozenset(("canceled", "cancelled", "forfeit"))
_UNDER_WAY: Final = frozenset(("in_progress", "in progress", "halftime", "end of period", "delayed"))
_NS: Final = 1_000_000_000
_MOST_GAMES: Final = 1_024
_MOST_ROWS: Final = 2 * MOST_PLAYS
_SEASON_BEGINS_MONTH: Final = 3
"""Games of January and February belong to the season that began the year before."""


class CfbdLive:
    """Where CFBD is asked, and what it says: a `Dialect`."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        """Args: token: the API's key, sent as a bearer token; never logged."""
        self._base_url = base_url.rstrip("/")
        self._token = token
        # The scoreboard's game objects by id, as last listed.
        self._games: dict[str, dict[str, Any]] = {}

    def list_url(self) -> str:
        """Where the day's games are listed."""
        return f"{self._base_url}/live/scoreboard"

    def listed(self, value: Any) -> list[Listed] | None:
        """Return the games of a scoreboard; None where the value is none."""
        if not isinstance(value, list):
            return None
        listed = []
        for game in records(value):
            game_id = word(game.get("id"))
            if game_id is not None and (game_id in self._games or len(self._games) < _MOST_GAMES):
                self._games[game_id] = game
                start = _start(game, game_id)
                said = start, _status(game), _points(game, "home"), _points(game, "away")
                listed.append(Listed(game_id, stamp_ns(_first(game, "startDate", "start_date")), said))
        return listed

    def game_url(self, game_id: str) -> str:
        """Where one game is told."""
        return f"{self._base_url}/live/plays?gameId={quote(game_id, safe='')}"

    def headers(self) -> dict[str, str]:
        """Return the bearer token, where there is one."""
        return {} if self._token is None else {"Authorization": f"Bearer {self._token}"}

    def payload(self, value: Any, game_id: str) -> Payload | None:
        """Return what a game's plays say, with the scoreboard's word on it; None where they are not its."""
        game = self._games.get(game_id, {})
        if isinstance(value, list):
            return _of_rows(records(value), game_id, game)
        if isinstance(value, dict) and word(value.get("id")) == game_id:
            return _of_live_game(value, game_id, game)
        return None


# --- flat rows ---------------------------------------------------------------------------------------------


def _of_rows(rows: list[dict[str, Any]], game_id: str, game: dict[str, Any]) -> Payload | None:
    """Return what a list of `/plays` rows says; None where it holds another game's rows."""
    if any(word(_first(row, "gameId", "game_id")) not in (None, game_id) for row in rows):
        return None
    home, away = _side_name(game, "home"), _side_name(game, "away")
    for row in rows:
        home, away = home or word(row.get("home")), away or word(row.get("away"))
    if home is None or away is None:
        return None  # without its sides every play would lose its possession
    teams = cfbd.Teams(home, away)
    plays = []
    for index, row in enumerate(_in_order(rows)[:_MOST_ROWS]):
        play = cfbd.play_of(cfbd.row_of_json(row), game_id, teams, index)
        if play is not None:
            plays.append(play)
    status = _status(game)
    end = _end(game_id, status, _points(game, "home"), _points(game, "away"))
    return Payload(_start(game, game_id), plays, end, end is None and status in _UNDER_WAY)


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows by drive and place in it, where every row tells both; else as they came."""
    keys = [
        (whole(_first(row, "driveNumber", "drive_number")), whole(_first(row, "playNumber", "play_number")))
        for row in rows
    ]
    if any(drive is None or number is None for drive, number in keys):
        return rows
    order = sorted(range(len(rows)), key=lambda place: (keys[place][0] or 0, keys[place][1] or 0, place))
    return [rows[place] for place in order]


# --- the live game -----------------------------------------------------------------------------------------


def _of_live_game(value: dict[str, Any], game_id: str, game: dict[str, Any]) -> Payload | None:
    sides = {word(team.get("homeAway")): team for team in records(value.get("teams"))}
    names = {
        word(team.get("teamId")): name
        for team in sides.values()
        if (name := word(team.get("team"))) is not None
    }
    home, away = (word(sides.get(side, {}).get("team")) for side in ("home", "away"))
    if home is None or away is None:
        return None
    teams = cfbd.Teams(home, away)
    plays: list[Play] | None = None
    if isinstance(value.get("drives"), list) or isinstance(value.get("plays"), list):
        told = list(islice(_live_plays(value), _MOST_ROWS))
        made = (_live_play(play, game_id, teams, names, index) for index, play in enumerate(told))
        plays = [play for play in made if play is not None]
    start = _start(game, game_id)
    if start is None:
        start = GameStart(game_id=game_id, home=_team(sides["home"], home), away=_team(sides["away"], away))
    status = (word(value.get("status")) or "").lower()
    points = [whole(sides[side].get("points")) for side in ("home", "away")]
    end = _end(game_id, status, *points)
    return Payload(start, plays, end, end is None and status in _UNDER_WAY)


def _live_plays(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the play objects: those of the drives, or those beside them in older answers."""
    drives = records(value.get("drives"))
    for drive in drives:
        yield from records(drive.get("plays"))
    if not drives:
        yield from records(value.get("plays"))


def _live_play(
    play: dict[str, Any], game_id: str, teams: cfbd.Teams, names: Mapping[str | None, str], index: int
) -> Play | None:
    """Return a play of the live game; its score is by side and not by who has the ball."""
    offense = names.get(word(play.get("teamId"))) or word(play.get("team"))
    row = cfbd.row_of_json({**play, "offense": offense, "wallclock": _first(play, "wallClock", "wallclock")})
    made = cfbd.play_of(row, game_id, teams, index)
    if made is None:
        return None
    return replace(made, home_score=whole(play.get("homeScore")), away_score=whole(play.get("awayScore")))


# --- the scoreboard's word ---------------------------------------------------------------------------------


def _start(game: dict[str, Any], game_id: str) -> GameStart | None:
    """Return the start as the scoreboard has it; None where it has not listed the game."""
    home, away = _side_name(game, "home"), _side_name(game, "away")
    if home is None or away is None:
        return None
    scheduled_ns = stamp_ns(_first(game, "startDate", "start_date"))
    betting = record(game.get("betting"))
    return GameStart(
        game_id=game_id,
        season=whole(game.get("season")) or _season(scheduled_ns),
        home=_team(_side(game, "home"), home),
        away=_team(_side(game, "away"), away),
        neutral_site=flag(_first(game, "neutralSite", "neutral_site")),
        home_spread=real(betting.get("spread")),
        total=real(_first(betting, "overUnder", "over_under")),
        scheduled_ns=scheduled_ns,
        week=whole(game.get("week")),
    )


def _season(scheduled_ns: int | None) -> int | None:
    """Return the year in which a game's season began."""
    if scheduled_ns is None:
        return None
    try:
        moment = datetime.fromtimestamp(scheduled_ns // _NS, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.year - (moment.month < _SEASON_BEGINS_MONTH)


def _end(game_id: str, status: str, home: int | None, away: int | None) -> GameEnd | None:
    if status in _NO_CONTEST:
        return GameEnd(game_id=game_id, outcome=Outcome.NO_CONTEST)
    over = status in _OVER or status.startswith("final")
    if not over or home is None or away is None:
        return None
    return GameEnd(game_id=game_id, home_score=home, away_score=away)


def _status(game: dict[str, Any]) -> str:
    return (word(game.get("status")) or "").lower()


def _side(game: dict[str, Any], side: str) -> dict[str, Any]:
    return record(_first(game, f"{side}Team", f"{side}_team"))


def _side_name(game: dict[str, Any], side: str) -> str | None:
    return word(_side(game, side).get("name"))


def _points(game: dict[str, Any], side: str) -> int | None:
    return whole(_side(game, side).get("points"))


def _team(side: dict[str, Any], name: str) -> Team:
    """Return a team; CFBD gives no abbreviation, so it is the initials of a long name or four letters."""
    words = name_words(name)
    short = "".join(part[0] for part in words) if len(words) > 2 else "".join(words)[:4]
    told = word(side.get("abbreviation")) or short.upper() or name[:4]
    return Team(word(_first(side, "id", "teamId")) or name, name, told)


def _first(values: Mapping[str, Any], *names: str) -> Any:
    """Return the first of several spellings of a field that is there."""
    return next((values[name] for name in names if name in values), None)
