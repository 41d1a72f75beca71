"""Fits strength as a function of the line, by playing: `python -m calibration.synth_strength`.

Games are played on a grid of pairs of strengths; the mean points of each pair then say, by least squares on a
cubic, which strength a side needs in order to score a given mean against another.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simulator.synth.field import FINAL, Field
from simulator.synth.machine import Machine
from simulator.synth.matchup import FixedStrengths

_GRID = (-0.9, -0.7, -0.5, -0.3, -0.15, 0.0, 0.15, 0.3, 0.5, 0.7, 0.9)


def mean_points(home: float, away: float, games: int, seed: int) -> tuple[float, float]:
    """Return the mean points of two strengths against each other."""
    machine = Machine(FixedStrengths(0.0, 0.0, home=home, away=away))
    dice = random.Random(seed).random
    points = [0, 0]
    for _ in range(games):
        field = Field()
        while field.phase != FINAL:
            machine.step(field, dice)
        points[0] += field.score[0]
        points[1] += field.score[1]
    return points[0] / games, points[1] / games


def fit(games: int) -> tuple[list[float], float]:
    """Return the ten coefficients of the cubic, and the deviation of its residuals."""
    rows, wanted = [], []
    for i, home in enumerate(_GRID):
        for j, away in enumerate(_GRID[: i + 1]):
            a, b = mean_points(home, away, games, seed=100 * i + j)
            for own, other, t in ((a, b, home), (b, a, away)):
                x, y = (own - 28) / 10, (other - 28) / 10
                rows.append([1, x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3])
                wanted.append(t)
    design, strengths = np.array(rows), np.array(wanted)
    coefficients, *_ = np.linalg.lstsq(design, strengths, rcond=None)
    return [round(float(c), 6) for c in coefficients], float((design @ coefficients - strengths).std())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m calibration.synth_strength", description=__doc__)
    parser.add_argument("--games", type=int, default=1_500, help="games a pair of strengths")
    parser.add_argument("-o", "--out", type=Path, default=Path("data/synth/strength.json"))
    given = parser.parse_args(arguments)
    coefficients, deviation = fit(given.games)
    made = {
        "by": f"python -m calibration.synth_strength --games {given.games}",
        "residual_sd": round(deviation, 4),
    }
    given.out.write_text(json.dumps({"made": made, "coefficients": coefficients}, indent=1) + "\n")
    sys.stdout.write(f"residual deviation {deviation:.4f} -> {given.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
