"""The words on a graphic: clock, period, down and distance, headlines, whole percents.

Everything here is a pure function of the state, short enough for a lower third, and English.
"""

import math
from typing import Final

from engine.core.events import Team
from engine.core.football import HALF_PERIODS, REGULATION_PERIODS, Phase, Side, opponent
from engine.core.play_class import PlayClass
from engine.core.state import State

LONGEST_TEXT: Final = 160
"""Characters of a play's text that a card shows: three lines of a lower third."""
LONGEST_NAME: Final = 40
"""Characters of a team's name."""
LONGEST_ABBREVIATION: Final = 6

_ORDINALS: Final = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th"}
_HEADLINES: Final = {
    PlayClass.INTERCEPTION: "INTERCEPTION",
    PlayClass.FUMBLE_LOST: "FUMBLE",
    PlayClass.SACK: "SACK",
    PlayClass.SAFETY: "SAFETY",
}
KEY_PLAY_HEADLINE: Final = "KEY PLAY"
HALFTIME: Final = "Halftime"


def percents(home_probability: float) -> tuple[int, int]:
    """Return home and away as whole percents that add up to 100.

    100 and 0 are kept for what is certain: a game that still can be lost shows 99 at most.
    """
    if home_probability >= 1.0:
        return 100, 0
    if home_probability <= 0.0:
        return 0, 100
    home = min(99, max(1, nearest(home_probability * 100)))
    return home, 100 - home


def nearest(value: float) -> int:
    """Return the nearest whole number, halves upwards: the same rule as the overlay's JavaScript has."""
    return math.floor(value + 0.5)


def one_line(text: str, most: int = LONGEST_TEXT) -> str:
    """Return a text on one line without control characters, cut at a word where it is longer than `most`."""
    plain = " ".join("".join(mark if mark.isprintable() else " " for mark in text[: most * 8]).split())
    if len(plain) <= most:
        return plain
    cut = plain[: most - 1]
    head, blank, _ = cut.rpartition(" ")
    return f"{(head if blank and len(head) > most // 2 else cut).rstrip(' ,;:.-')}…"


def team_on_air(team: Team) -> Team:
    """Return a team with names that fit."""
    name = one_line(team.name, LONGEST_NAME) or one_line(team.team_id, LONGEST_NAME)
    short = one_line(team.abbreviation, LONGEST_ABBREVIATION)
    return Team(team.team_id, name, short or one_line(name[:4].upper(), LONGEST_ABBREVIATION))


def clock_text(state: State) -> str:
    """Return the game clock, such as `7:05`; empty where no clock runs (before, after, overtime)."""
    if state.phase in {Phase.PREGAME, Phase.FINAL} or state.period > REGULATION_PERIODS:
        return ""
    minutes, seconds = divmod(max(0, state.clock_s), 60)
    return f"{minutes}:{seconds:02}"


def period_text(state: State) -> str:
    """Return the period in an announcer's words: `2nd`, `End 3rd`, `Halftime`, `2OT`, `Final/OT`."""
    if state.phase is Phase.PREGAME:
        return "Pregame"
    overtime = _overtime_text(state.period)
    if state.phase is Phase.FINAL:
        return f"Final/{overtime}" if overtime else "Final"
    if overtime:
        return overtime
    if state.clock_s <= 0 and state.phase is Phase.KICKOFF and state.period == HALF_PERIODS:
        return HALFTIME
    period = _ORDINALS.get(state.period, str(state.period))
    ended = state.clock_s <= 0 and state.period in {1, 3} and state.phase is not Phase.TRY
    return f"End {period}" if ended else period


def _overtime_text(period: int) -> str:
    number = period - REGULATION_PERIODS
    if number <= 0:
        return ""
    return "OT" if number == 1 else f"{number}OT"


def down_distance_text(state: State, home: Team, away: Team) -> str:
    """Return what is due, such as `3rd & 7 at UGA 32`; empty before and after the game."""
    teams = {Side.HOME: home.abbreviation, Side.AWAY: away.abbreviation}
    side = state.possession
    if state.phase is Phase.KICKOFF:
        return "Kickoff" if side is None else f"Kickoff to {teams[side]}"
    if state.phase is Phase.TRY:
        return "Try" if side is None else f"{teams[side]} try"
    if state.phase is not Phase.SCRIMMAGE:
        return ""
    spot = ball_text(state, home, away)
    down = _ORDINALS.get(state.down or 0, "")
    if not down or state.distance_yd is None:
        return f"Ball at {spot}" if spot else ""
    goal = state.yards_to_goal is not None and state.distance_yd >= state.yards_to_goal
    text = f"{down} & {'Goal' if goal else max(1, state.distance_yd)}"
    return f"{text} at {spot}" if spot else text


def ball_text(state: State, home: Team, away: Team) -> str:
    """Return the spot by its side of the field, such as `UGA 32`; `50` is midfield, empty is unknown."""
    yards, side = state.yards_to_goal, state.possession
    if yards is None or side is None or state.phase is not Phase.SCRIMMAGE:
        return ""
    if yards == 50:
        return "50"
    teams = {Side.HOME: home.abbreviation, Side.AWAY: away.abbreviation}
    own = yards > 50
    return f"{teams[side if own else opponent(side)]} {100 - yards if own else yards}"


def headline(play_class: PlayClass | None, points: int) -> str:
    """Return the headline of a key play.

    Args:
        play_class: what the text tells.
        points: that either side scored on it; 0 where unknown.
    """
    if points >= 6:
        return "TOUCHDOWN"
    if points == 3:
        return "FIELD GOAL"
    return KEY_PLAY_HEADLINE if play_class is None else _HEADLINES.get(play_class, KEY_PLAY_HEADLINE)
