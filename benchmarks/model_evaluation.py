"""The fitted model's bars: every season scored by a model that has not seen it, against those one can buy.

    python -m calibration.fit.leave_one_out SEASON... -o DIR
    python -m benchmarks.model_evaluation SEASON... --models DIR [--fourth-downs TABLE]

The seasons are real ones and do not ship, so this is no part of `make bench`; the result in
`results/model_evaluation.json` does, and docs/model.md is written from it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measurement import store
from calibration.fit.evaluation import judge, score
from calibration.fit.fourth_downs import compare
from calibration.fit.leave_one_out import name_of
from calibration.fit.plays import digest_of
from simulator.season.errors import InputError
from simulator.season.reader import open_season, read_games


def season_of(path: Path) -> int:
    """Return the season of a file, by the start of its first game."""
    first = next(read_games(open_season(path)))
    return next((year for event in first.events if (year := getattr(event, "season", None))), 0)


def main(arguments: Sequence[str]) -> int:
    """Run the command line; 2 on bad input."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model_evaluation", description=__doc__)
    parser.add_argument("seasons", nargs="+", type=Path, metavar="SEASON")
    parser.add_argument("--models", type=Path, required=True, metavar="DIR", help="of leave_one_out")
    parser.add_argument("--fourth-downs", type=Path, help="another model's choices, 2019-2021")
    chosen = parser.parse_args(arguments)
    try:
        models = {path: chosen.models / f"{name_of(season_of(path))}.json" for path in chosen.seasons}
        figures = judge(score(models))
        if chosen.fourth_downs is not None:
            figures["fourth_downs"] = compare(models, chosen.fourth_downs)
    except (InputError, ValueError) as error:
        print(f"wpsim: {error}", file=sys.stderr)
        return 2
    names = [path.name for path in chosen.seasons]
    command = f"python -m benchmarks.model_evaluation {' '.join(names)} --models DIR"
    inputs = {"seasons": names, "data_sha256": digest_of(chosen.seasons)}
    print(store("model_evaluation", command, inputs, figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
