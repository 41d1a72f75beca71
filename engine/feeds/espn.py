"""ESPN's dialect: rows of its play tables and raw `summary` payloads, as core events.

A row is the state *after* its play: score (with the try) and clock are after it; `start_*` is the situation
before it, `end_*` the one after it. `end_down` is -1 after a score and after most returned kick-offs. Repairs
that need more than one row (a score that falls and recovers, a repeated drive) are not made here.
"""

from typing import Any, Final, NamedTuple

from engine.core.events import ORDER_STEP, GameEnd, GameStart, Outcome, Play, Team
from engine.core.football import (
    ADMINISTRATIVE,
    FIELD_YD,
    LONGEST_GAME_PERIODS,
    PERIOD_S,
    REGULATION_PERIODS,
    PlayKind,
    Side,
)
from engine.feeds.fields import (
    MOST_TEXT_CHARACTERS,
    clock_seconds,
    flag,
    real,
    record,
    records,
    stamp_ns,
    whole,
    word,
)
from engine.feeds.play_words import is_turnover, kind_of, timeout_side

NO_CONTEST: Final = frozenset(("STATUS_CANCELED", "STATUS_CANCELLED", "STATUS_FORFEIT"))


class Row(NamedTuple):
    """One row of play-by-play, field by field as the vendor has it; any field may hold anything."""

    play_id: Any
    drive_id: Any
    type_text: Any
    text: Any
    period: Any
    clock: Any
    home_score: Any
    away_score: Any
    scoring_play: Any
    wallclock: Any
    start_down: Any
    start_distance: Any
    start_yards_to_endzone: Any
    start_team_id: Any
    end_down: Any
    end_distance: Any
    end_yards_to_endzone: Any
    end_team_id: Any
    stat_yardage: Any


class Place(NamedTuple):
    """Where a row belongs, as its id tells."""

    period: int
    clock_s: int | None
    """Seconds left in the period; None where the row was entered without a clock."""
    number: int
    """The id's digits after the game's: they rise with the game."""


def place_of(play_id: str, game_id: str) -> Place | None:
    """Return where a row belongs by its id, or None where the id does not tell.

    An id is the game's and then nine digits: 1, two of the period, four of 9999 less the clock (12:31 is
    1231), two that number the rows of that second. Rows entered without a clock have small numbers in place
    of the four.
    """
    digits = play_id.removeprefix(game_id)
    if len(digits) != 9 or digits == play_id or not digits.isdecimal() or digits[0] != "1":
        return None
    period, number = int(digits[1:3]), int(digits)
    minutes, seconds = divmod(9_999 - int(digits[3:7]), 100)
    if not 1 <= period <= LONGEST_GAME_PERIODS:
        return None
    clock_s = minutes * 60 + seconds
    known = period <= REGULATION_PERIODS and seconds < 60 and clock_s <= PERIOD_S
    return Place(period, clock_s if known else None, number)


class Sides(NamedTuple):
    """Who plays: ids as text, and every name by which the feed may call each side."""

    home_id: str
    away_id: str
    home_names: tuple[str, ...] = ()
    away_names: tuple[str, ...] = ()

    def side(self, team_id: Any) -> Side | None:
        """Return the side of a team id, or None where it is neither's."""
        team_id = word(team_id)
        if team_id is None:
            return None
        if team_id == self.home_id:
            return Side.HOME
        return Side.AWAY if team_id == self.away_id else None


def play_of(row: Row, game_id: str, sides: Sides, index: int, received_ns: int = 0) -> Play | None:
    """Return what a row says, taken at its word; None where it has no id.

    Args:
        row: the vendor's row.
        game_id: the game it belongs to.
        sides: who plays.
        index: the row's place in the feed, from 0.
        received_ns: when it was received.
    """
    play_id = word(row.play_id)
    if play_id is None:
        return None
    text = row.text.strip() if isinstance(row.text, str) else ""
    type_text = word(row.type_text)
    period = whole(row.period)
    kind = kind_of(type_text, text, period)
    side = sides.side(row.start_team_id)
    down = distance = spot = next_down = next_distance = next_spot = None
    next_side = None
    if kind not in ADMINISTRATIVE:
        if kind not in (PlayKind.KICKOFF, PlayKind.TRY):
            down, distance = whole(row.start_down), whole(row.start_distance)
        spot = whole(row.start_yards_to_endzone)
        next_side, next_down, next_distance, next_spot = _next(row, kind, sides)
    return Play(
        game_id=game_id,
        received_ns=received_ns,
        play_id=play_id,
        order=index * ORDER_STEP,
        vendor_ns=stamp_ns(row.wallclock),
        kind=kind,
        period=period,
        clock_s=clock_seconds(row.clock),
        home_score=whole(row.home_score),
        away_score=whole(row.away_score),
        possession=side,
        down=down,
        distance_yd=distance,
        yards_to_goal=spot,
        yards_gained=whole(row.stat_yardage),
        scoring=flag(row.scoring_play),
        turnover=is_turnover(type_text),
        next_possession=next_side,
        next_down=next_down,
        next_distance_yd=next_distance,
        next_yards_to_goal=next_spot,
        timeout_by=timeout_side(text, sides.home_names, sides.away_names)
        if kind is PlayKind.TIMEOUT
        else None,
        text=text[:MOST_TEXT_CHARACTERS],
    )


def _next(row: Row, kind: PlayKind, sides: Sides) -> tuple[Side | None, int | None, int | None, int | None]:
    """Return who has the ball next, the down, the distance and the spot; all None where the row does not say.

    A returned kick-off names the receiving side and the spot with a down of -1: the down can only be the
    first.
    """
    side, down, spot = sides.side(row.end_team_id), whole(row.end_down), whole(row.end_yards_to_endzone)
    if side is None or down is None or spot is None or not 1 <= spot < FIELD_YD or flag(row.scoring_play):
        return None, None, None, None
    if down < 1 and kind is PlayKind.KICKOFF:
        return side, 1, min(10, spot), spot
    if not 1 <= down <= 4:
        return None, None, None, None
    return side, down, whole(row.end_distance), spot


# --- raw `summary` payloads --------------------------------------------------------------------------------


def row_of_summary(play: dict[str, Any], drive_id: Any = None) -> Row:
    """Return the row of one play object of a `summary` payload."""
    start, end = record(play.get("start")), record(play.get("end"))
    return Row(
        play.get("id"),
        drive_id,
        record(play.get("type")).get("text"),
        play.get("text"),
        record(play.get("period")).get("number"),
        record(play.get("clock")).get("displayValue"),
        play.get("homeScore"),
        play.get("awayScore"),
        play.get("scoringPlay"),
        play.get("wallclock"),
        start.get("down"),
        start.get("distance"),
        start.get("yardsToEndzone"),
        record(start.get("team")).get("id"),
        end.get("down"),
        end.get("distance"),
        end.get("yardsToEndzone"),
        record(end.get("team")).get("id"),
        play.get("statYardage"),
    )


def is_summary(payload: Any) -> bool:
    """Whether a JSON value looks like a `summary` (or an older `playbyplay`): it names a competition."""
    return bool(records(_header(record(payload)).get("competitions")))


def rows_of_summary(payload: dict[str, Any]) -> list[Row]:
    """Return the rows of a payload in the feed's order, those of the drive under way last.

    A live payload repeats the drive under way among the previous ones: a drive is taken once, by its id.
    """
    drives = record(payload.get("drives"))
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for drive in [*records(drives.get("previous")), record(drives.get("current"))]:
        drive_id = word(drive.get("id"))
        for play in records(drive.get("plays")):
            row = row_of_summary(play, drive_id)
            play_id = word(row.play_id)
            if play_id is not None and play_id in seen:
                rows[seen[play_id]] = row
                continue
            if play_id is not None:
                seen[play_id] = len(rows)
            rows.append(row)
    return rows


def sides_of_summary(payload: dict[str, Any]) -> Sides:
    """Return who plays, with every name that the header gives them."""
    home, away = _competitors(payload)
    return Sides(_team_id(home) or "home", _team_id(away) or "away", _names(home), _names(away))


def start_of_summary(payload: dict[str, Any]) -> GameStart | None:
    """Return the start of a payload's game; None where the payload does not say which game it is."""
    header = _header(payload)
    competition = _competition(payload)
    game_id = word(header.get("id")) or word(competition.get("id"))
    if game_id is None:
        return None
    home, away = _competitors(payload)
    season = record(header.get("season"))
    spread, total = _line(payload)
    return GameStart(
        game_id=game_id,
        season=whole(season.get("year")),
        home=_team(home, "home"),
        away=_team(away, "away"),
        neutral_site=flag(competition.get("neutralSite")),
        home_spread=spread,
        total=total,
        scheduled_ns=stamp_ns(competition.get("date")),
        week=whole(header.get("week")),
    )


def end_of_summary(payload: dict[str, Any], game_id: str) -> GameEnd | None:
    """Return the end of a payload's game: final, no contest, or None where it is not over."""
    kind = record(record(_competition(payload).get("status")).get("type"))
    if word(kind.get("name")) in NO_CONTEST:
        return GameEnd(game_id=game_id, outcome=Outcome.NO_CONTEST)
    completed = kind.get("completed")
    over = flag(completed) if completed is not None else word(kind.get("state")) == "post"
    home, away = (whole(side.get("score")) for side in _competitors(payload))
    if not over or home is None or away is None:
        return None
    return GameEnd(game_id=game_id, home_score=home, away_score=away)


def probabilities_of_summary(payload: dict[str, Any]) -> dict[str, float]:
    """Return ESPN's home win probability after each play, by play id."""
    found: dict[str, float] = {}
    for point in records(payload.get("winprobability")):
        play_id, probability = word(point.get("playId")), real(point.get("homeWinPercentage"))
        if play_id is not None and probability is not None and 0 <= probability <= 1:
            found[play_id] = probability
    return found


def _header(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the header; older payloads have its fields at the top."""
    header = record(payload.get("header"))
    return header if header else payload


def _competition(payload: dict[str, Any]) -> dict[str, Any]:
    competitions = records(_header(payload).get("competitions"))
    return competitions[0] if competitions else {}


def _competitors(payload: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    by_side = {word(side.get("homeAway")): side for side in records(_competition(payload).get("competitors"))}
    return by_side.get("home", {}), by_side.get("away", {})


def _team_id(competitor: dict[str, Any]) -> str | None:
    return word(competitor.get("id")) or word(record(competitor.get("team")).get("id"))


def _team(competitor: dict[str, Any], side: str) -> Team:
    team = record(competitor.get("team"))
    name = word(team.get("location")) or word(team.get("displayName")) or side.capitalize()
    return Team(_team_id(competitor) or side, name, word(team.get("abbreviation")) or name[:4].upper())


def _names(competitor: dict[str, Any]) -> tuple[str, ...]:
    team = record(competitor.get("team"))
    named = (word(team.get(key)) for key in ("location", "displayName", "abbreviation", "nickname"))
    return tuple(name for name in named if name is not None)


def _line(payload: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return spread and total of the first book that gives a spread; the spread is the home side's."""
    books = records(payload.get("pickcenter"))
    for book in books:
        spread = real(book.get("spread"))
        if spread is not None:
            return spread, real(book.get("overUnder"))
    totals = (real(book.get("overUnder")) for book in books)
    return None, next((total for total in totals if total is not None), None)
