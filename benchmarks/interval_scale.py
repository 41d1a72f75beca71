"""Measures the fitted model's `interval_scale` on generated football, whose true probability is known.

    python -m benchmarks.interval_scale [--folder DIR]

It generates six seasons to fit on and one with its truth, which takes a quarter of an hour; files that the
folder holds already are not generated again. docs/model.md is written from the result.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.measurement import store
from calibration.fit.interval import SIMULATIONS, measure
from simulator.synth.season import generate_season

SEASONS: Final = range(2018, 2024)
GAMES: Final = 800
"""A season; six of them are about as many games as the real fit has."""
SEED: Final = 5_000
JUDGED_GAMES: Final = 120
JUDGED_SEED: Final = 9_001
EVERY: Final = 12
"""The truth is simulated before every twelfth row."""


def generated(folder: Path) -> tuple[list[Path], Path]:
    """Return the seasons to fit on and the one with its truth, generating those that are not there."""
    seasons = [folder / f"{year}.parquet" for year in SEASONS]
    for year, path in zip(SEASONS, seasons, strict=True):
        if not path.exists():
            generate_season(path, seed=SEED + year, games=GAMES, season=year)
    truth = folder / "truth.parquet"
    if not truth.exists():
        generate_season(
            truth,
            seed=JUDGED_SEED,
            games=JUDGED_GAMES,
            season=SEASONS[-1],
            true_probability_every=EVERY,
            simulations=SIMULATIONS,
        )
    return seasons, truth


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interval_scale", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the generated seasons are kept")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(*generated(folder))
    inputs = {"fit_games": GAMES * len(SEASONS), "judged_games": JUDGED_GAMES, "simulations": SIMULATIONS}
    print(store("interval_scale", "python -m benchmarks.interval_scale", inputs, figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
