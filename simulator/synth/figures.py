"""Figures of generated football, by the names that `data/synth/frequencies.json` has for the real ones."""

import random
from collections import Counter
from statistics import fmean, pstdev
from typing import Any, Final

from simulator.synth import happened as h
from simulator.synth.field import FINAL, SCRIMMAGE, Field
from simulator.synth.machine import Dice, Machine
from simulator.synth.season import fixture, game_seed

_KINDS: Final = {
    h.RUSH: "run",
    h.KNEEL: "run",
    h.CATCH: "complete",
    h.DROP: "incomplete",
    h.QUARTERBACK_SACK: "sack",
    h.PICK: "interception",
    h.LOST_RUN: "fumble_lost",
    h.LOST_CATCH: "fumble_lost",
    h.PUNT: "punt",
    h.FIELD_GOAL: "field_goal",
    h.KICK: "kickoff",
    h.FOUL: "penalty",
    h.TIME_OUT: "timeout",
}
_SNAPS: Final = ("run", "complete", "incomplete", "sack", "interception", "fumble_lost")
_TOUCHDOWNS: Final = (h.SCORED, h.RETURNED_FOR_TOUCHDOWN)


def figures(seed: int, games: int, season: int = 2022) -> dict[str, Any]:
    """Play games and return the mean counts a game, drive ends, and how scores scatter about the lines."""
    counts: Counter[str] = Counter()
    drives: Counter[str] = Counter()
    yards: Counter[str] = Counter()
    scores: list[list[int]] = []
    lines: list[tuple[float, float]] = []
    for number in range(games):
        matchup = fixture(seed, number, season).matchup
        field = _play(Machine(matchup), random.Random(game_seed(seed, number)).random, counts, drives, yards)
        counts["overtime"] += field.period > 4
        scores.append(field.score)
        lines.append((matchup.home_spread, matchup.total))
    margins = [home - away for home, away in scores]
    about = [margin + spread for margin, (spread, _) in zip(margins, lines, strict=True)]
    beyond = [home + away - total for (home, away), (_, total) in zip(scores, lines, strict=True)]
    close = [error for error, (spread, _) in zip(about, lines, strict=True) if abs(spread) < 7]
    points = [score for pair in scores for score in pair]
    ended = sum(drives.values())
    return {
        "points_a_team": round(fmean(points), 2),
        "points_sd_a_team": round(pstdev(points), 2),
        "overtime_share": round(counts["overtime"] / games, 4),
        "snaps_a_game": round(sum(counts[kind] for kind in _SNAPS) / games, 1),
        "turnovers_a_game": round((counts["interception"] + counts["fumble_lost"]) / games, 2),
        "touchdowns_a_game": round(counts["touchdown"] / games, 2),
        "field_goals_good_a_game": round(counts["field_goal_good"] / games, 2),
        "safeties_a_game": round(counts["safety"] / games, 3),
        "a_game": {kind: round(counts[kind] / games, 2) for kind in dict.fromkeys(_KINDS.values())},
        "yards_a_run": round(yards["run"] / counts["run"], 2),
        "yards_a_catch": round(yards["complete"] / counts["complete"], 2),
        "drives_a_game": round(ended / games, 2),
        "drive_ends": {name: round(count / ended, 4) for name, count in sorted(drives.items())},
        "margin_about_spread_mean": round(fmean(about), 2),
        "margin_about_spread_sd": round(pstdev(about), 2),
        "points_about_total_sd": round(pstdev(beyond), 2),
        "margin_sd_close_line": round(pstdev(close), 2),
        "one_score_games": round(sum(abs(margin) <= 8 for margin in margins) / games, 4),
        "home_win_share": round(sum(margin > 0 for margin in margins) / games, 4),
    }


def _play(
    machine: Machine, dice: Dice, counts: "Counter[str]", drives: "Counter[str]", yards: "Counter[str]"
) -> Field:
    """Play one game to its end and count."""
    field = Field()
    while field.phase != FINAL:
        machine.prepare(field, dice)
        phase, side, down = field.phase, field.possession, field.down
        what, gained, end, _ = machine.step(field, dice)
        kind = _KINDS.get(what)
        if kind is not None:
            counts[kind] += 1
            yards[kind] += gained
        counts["touchdown"] += end in _TOUCHDOWNS and what != h.TIME_OUT
        counts["field_goal_good"] += what == h.FIELD_GOAL and end == h.GOOD
        counts["safety"] += end == h.SAFETY
        if phase == SCRIMMAGE:
            ended = _drive_end(what, end, down, kept=field.possession == side and field.phase == SCRIMMAGE)
            if ended:
                drives[ended] += 1
    return field


def _drive_end(what: int, end: int, down: int, *, kept: bool) -> str:
    """Return how the row ended the drive, or nothing where it goes on."""
    if what == h.FIELD_GOAL:
        return "field_goal" if end == h.GOOD else "missed"
    if what in (h.PUNT, h.PICK, h.LOST_RUN, h.LOST_CATCH):
        return "punt" if what == h.PUNT else "turnover"
    if what in (h.END_OF_HALF, h.END_OF_GAME, h.END_OF_REGULATION):
        return "clock"
    if what in (h.TIME_OUT, h.END_OF_PERIOD, h.FOUL):
        return ""
    if end in (h.SCORED, h.SAFETY):
        return "touchdown" if end == h.SCORED else ""
    return "downs" if down == 4 and not kept else ""
