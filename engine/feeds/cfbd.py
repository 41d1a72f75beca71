"""CollegeFootballData's dialect: a row of `/plays`, flat or in the JSON's own shape, as a core play.

Checked against ESPN's rows of the same ids (2021, 130,000 rows): the ids, clocks (99.98 %), scores (97.8 %,
the rest corrected later) and situations are ESPN's, and so is their meaning. Score and clock are those
*after* the play, the down, distance and spot those before it; the offence of a kick-off is the kicking
side. Timeouts left are those after the row. What comes next is not stated.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from engine.core.events import ORDER_STEP, Play
from engine.core.football import ADMINISTRATIVE, PlayKind, Side
from engine.feeds.fields import MOST_TEXT_CHARACTERS, clock_seconds, flag, record, stamp_ns, whole, word
from engine.feeds.play_words import is_turnover, kind_of, timeout_side


class Row(NamedTuple):
    """One row, field by field as the vendor has it; any field may hold anything."""

    play_id: Any
    drive_id: Any
    play_type: Any
    play_text: Any
    period: Any
    minutes: Any
    seconds: Any
    offense: Any
    defense: Any
    offense_score: Any
    defense_score: Any
    down: Any
    distance: Any
    yards_to_goal: Any
    yards_gained: Any
    scoring: Any
    wallclock: Any = None
    offense_timeouts: Any = None
    defense_timeouts: Any = None


class Teams(NamedTuple):
    """Who plays, by the names that the rows use, and by others that a timeout's text may use."""

    home: str
    away: str
    home_also: tuple[str, ...] = ()
    away_also: tuple[str, ...] = ()

    def side(self, name: Any) -> Side | None:
        """Return the side of a team's name, or None where it is neither's."""
        if name is None or self.home == self.away:
            return None
        if name == self.home:
            return Side.HOME
        return Side.AWAY if name == self.away else None


_NAMES: Final = {
    "play_id": ("id", "play_id", "playId", "id_play"),
    "drive_id": ("drive_id", "driveId"),
    "play_type": ("play_type", "playType"),
    "play_text": ("play_text", "playText"),
    "period": ("period",),
    "minutes": ("minutes", "clock.minutes", "clock_minutes"),
    "seconds": ("seconds", "clock.seconds", "clock_seconds"),
    "offense": ("offense",),
    "defense": ("defense",),
    "offense_score": ("offense_score", "offenseScore"),
    "defense_score": ("defense_score", "defenseScore"),
    "down": ("down",),
    "distance": ("distance",),
    "yards_to_goal": ("yards_to_goal", "yardsToGoal"),
    "yards_gained": ("yards_gained", "yardsGained"),
    "scoring": ("scoring",),
    "wallclock": ("wallclock", "wall_clock", "wallClock"),
    "offense_timeouts": ("offense_timeouts", "offenseTimeouts"),
    "defense_timeouts": ("defense_timeouts", "defenseTimeouts"),
}


def row_of_json(play: Mapping[str, Any]) -> Row:
    """Return the row of a JSON object of `/plays`: in snake or camel case, its clock flat or nested."""
    clock = play.get("clock")
    fields = {field: next((play[n] for n in names if n in play), None) for field, names in _NAMES.items()}
    if isinstance(clock, dict):
        fields["minutes"], fields["seconds"] = record(clock).get("minutes"), record(clock).get("seconds")
    elif isinstance(clock, str):
        left = clock_seconds(clock)
        fields["minutes"], fields["seconds"] = (None, None) if left is None else divmod(left, 60)
    return Row(**fields)


def play_of(row: Row, game_id: str, teams: Teams, index: int, received_ns: int = 0) -> Play | None:
    """Return what a row says, taken at its word; None where it has no id.

    Args:
        row: the vendor's row.
        game_id: the game it belongs to.
        teams: who plays.
        index: the row's place in the feed, from 0.
        received_ns: when it was received.
    """
    play_id = word(row.play_id)
    if play_id is None:
        return None
    text = row.play_text.strip() if isinstance(row.play_text, str) else ""
    type_text, period = word(row.play_type), whole(row.period)
    kind = kind_of(type_text, text, period)
    side = teams.side(word(row.offense))
    snap = kind not in ADMINISTRATIVE and kind not in (PlayKind.KICKOFF, PlayKind.TRY)
    offense, defense = whole(row.offense_score), whole(row.defense_score)
    home, away = (offense, defense) if side is Side.HOME else (defense, offense)
    minutes, seconds = whole(row.minutes), whole(row.seconds)
    return Play(
        game_id=game_id,
        received_ns=received_ns,
        play_id=play_id,
        order=index * ORDER_STEP,
        vendor_ns=stamp_ns(row.wallclock),
        kind=kind,
        period=period,
        clock_s=None if minutes is None or seconds is None else minutes * 60 + seconds,
        home_score=None if side is None else home,
        away_score=None if side is None else away,
        possession=side,
        down=whole(row.down) if snap else None,
        distance_yd=whole(row.distance) if snap else None,
        yards_to_goal=None if kind in ADMINISTRATIVE else whole(row.yards_to_goal),
        yards_gained=whole(row.yards_gained),
        scoring=flag(row.scoring),
        turnover=is_turnover(type_text),
        timeout_by=_timeout_side(text, teams) if kind is PlayKind.TIMEOUT else None,
        text=text[:MOST_TEXT_CHARACTERS],
    )


def _timeout_side(text: str, teams: Teams) -> Side | None:
    return timeout_side(text, (teams.home, *teams.home_also), (teams.away, *teams.away_also))
