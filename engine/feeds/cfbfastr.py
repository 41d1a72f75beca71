"""cfbfastR's dialect: a row of its released `play_by_play_YYYY` tables, as a CFBD row.

cfbfastR takes CFBD's plays and turns the kick-offs round: `pos_team` of a kick-off is the *receiving* side,
where CFBD's `offense` (kept as `offense_play`) is the kicking one. Its `pos_team_score` belongs to
`pos_team` and is, as in CFBD, the score after the row. Newer tables spell `clock.minutes` as
`clock_minutes`.
"""

import re
from typing import Any, Final, NamedTuple

from engine.core.football import PlayKind
from engine.feeds import cfbd
from engine.feeds.fields import real, word
from engine.feeds.play_words import kind_of, name_words


class Row(NamedTuple):
    """One row, field by field as the table has it; any field may hold anything."""

    id_play: Any
    drive_id: Any
    play_type: Any
    play_text: Any
    period: Any
    clock_minutes: Any
    clock_seconds: Any
    pos_team: Any
    def_pos_team: Any
    pos_team_score: Any
    def_pos_team_score: Any
    offense_play: Any
    defense_play: Any
    offense_score: Any
    defense_score: Any
    down: Any
    distance: Any
    yards_to_goal: Any
    yards_gained: Any
    scoring: Any
    wallclock: Any = None


_FORMATTED: Final = re.compile(r"(.+?)\s+([+-]?\d+(?:\.\d+)?)\s*")


def cfbd_row(row: Row) -> cfbd.Row:
    """Return the same row as CFBD has it: by the side that snaps or kicks."""
    offense, defense = row.offense_play, row.defense_play
    offense_score, defense_score = row.offense_score, row.defense_score
    if word(offense) is None or offense_score is None or defense_score is None:
        offense, defense = row.pos_team, row.def_pos_team
        offense_score, defense_score = row.pos_team_score, row.def_pos_team_score
        text = row.play_text if isinstance(row.play_text, str) else ""
        if kind_of(word(row.play_type), text) is PlayKind.KICKOFF:
            offense, defense = defense, offense
            offense_score, defense_score = defense_score, offense_score
    return cfbd.Row(
        row.id_play, row.drive_id, row.play_type, row.play_text, row.period, row.clock_minutes,
        row.clock_seconds, offense, defense, offense_score, defense_score, row.down, row.distance,
        row.yards_to_goal, row.yards_gained, row.scoring, row.wallclock,
    )  # fmt: skip


def home_spread(spread: Any, formatted: Any, home: str, away: str) -> float | None:
    """Return the home side's spread: by "TEAM -7.5" where that names a side, else by the number alone."""
    match = _FORMATTED.fullmatch(formatted) if isinstance(formatted, str) else None
    if match is not None:
        named, points = name_words(match[1]), float(match[2])
        if named == name_words(home):
            return points
        if named == name_words(away):
            return -points
    return real(spread)
