"""Generated football against the real seasons that it was fitted on (their figures stand in `data/synth`)."""

import random
from pathlib import Path
from typing import Any

import pytest

from calibration.synth_compare import GAMES, SEED, between_markers, rows, table
from simulator.synth.field import FINAL, Field
from simulator.synth.figures import figures
from simulator.synth.machine import Machine
from simulator.synth.matchup import Matchup
from simulator.synth.tables import read_table

# How far a generated figure may be from the real one, as a share of it; what is not named may be 8 % off.
TOLERANCES = {
    "overtime_share": 0.45,
    "safeties_a_game": 0.5,
    "one_score_games": 0.12,
    "drive_ends.clock": 0.3,
    "drive_ends.missed": 0.25,
    "drive_ends.turnover": 0.25,
    "drive_ends.downs": 0.15,
    "drive_ends.field_goal": 0.12,
    "a_game.penalty": 0.15,
    "a_game.fumble_lost": 0.2,
    "a_game.field_goal": 0.12,
    "a_game.interception": 0.12,
    "turnovers_a_game": 0.12,
}
DEFAULT = 0.08


@pytest.fixture(scope="module")
def generated() -> dict[str, Any]:
    """Figures of generated games."""
    return figures(SEED, GAMES)


def test_the_generated_game_is_like_the_real_one(generated: dict[str, Any]) -> None:
    """Points, plays of each kind, turnovers, drive ends and overtimes a game are those of real seasons."""
    off = {
        name: (real, made)
        for name, real, made in rows(read_table("frequencies")["real"], generated)
        if name != "margin_about_spread_mean" and abs(made - real) > TOLERANCES.get(name, DEFAULT) * abs(real)
    }
    assert off == {}


def test_the_table_in_the_readme_is_this_one(generated: dict[str, Any], project_root: Path) -> None:
    """The figures in data/README.md are those of the generator as it is."""
    readme = (project_root / "data" / "README.md").read_text(encoding="utf-8")
    assert between_markers(readme).strip() == table(generated).strip()


def test_a_dented_generator_is_noticed() -> None:
    """Sides that are all far too strong fall outside the tolerances: the comparison can fail."""
    real = read_table("frequencies")["real"]
    machine, dice, games = Machine(Matchup(0.0, 80.0)), random.Random(2).random, 300
    points = 0
    for _ in range(games):
        field = Field()
        while field.phase != FINAL:
            machine.step(field, dice)
        points += sum(field.score)
    assert abs(points / games / 2 - real["points_a_team"]) > DEFAULT * real["points_a_team"]


def test_margins_scatter_about_the_spread_as_real_ones_do(generated: dict[str, Any]) -> None:
    """The mean margin is minus the spread, and the deviation about it is 15 to 17 points."""
    assert abs(generated["margin_about_spread_mean"]) < 1.0
    assert 15.0 < generated["margin_about_spread_sd"] < 17.0


@pytest.mark.parametrize(
    ("spread", "total"), [(0.0, 56.0), (-14.0, 56.0), (-28.0, 60.0), (10.0, 45.0), (-3.0, 70.0)]
)
def test_the_line_is_what_the_game_comes_to(spread: float, total: float) -> None:
    """Whatever the line, the mean margin and the mean total are the line's, within three points."""
    machine, dice, games = Machine(Matchup(spread, total)), random.Random(8).random, 700
    margin, points = 0, 0
    for _ in range(games):
        field = Field()
        while field.phase != FINAL:
            machine.step(field, dice)
        margin += field.score[0] - field.score[1]
        points += field.score[0] + field.score[1]
    assert abs(margin / games + spread) < 3
    assert abs(points / games - total) < 3
