"""Fits one artefact a season on all the others: what a model says of a season that it has not seen.

`python -m calibration.fit.leave_one_out SEASON... -o DIR` writes `DIR/without_2021.json` and so on; a season
is then scored with the one named after it (`python -m benchmarks.model_evaluation`). They are measured and
thrown away, so they carry no ensemble.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from calibration.fit.artefact import Settings, make, write
from calibration.fit.older import none, read_older
from calibration.fit.plays import Plays, digest_of, merge, read_plays
from calibration.fit.run import Older
from calibration.fit.snaps import Snaps
from engine.core.models.fitted.artefact import Artefact
from simulator.season.errors import InputError
from simulator.season.reader import open_season


def name_of(season: int) -> str:
    """Return the name of the artefact that has not seen a season."""
    return f"without_{season}"


def leave_out(
    plays: Plays, season: int, older: Snaps, settings: Settings, *, data_sha256: str, command: str
) -> Artefact:
    """Return the artefact of all plays but those of one season."""
    return make(
        plays.where(plays.season != season),
        older,
        replace(settings, name=name_of(season), members=0),
        command=command,
        data_sha256=data_sha256,
    )


def leave_each_out(
    seasons: Sequence[Path], folder: Path, *, older: Older | None = None, settings: Settings | None = None
) -> Mapping[int, Path]:
    """Fit and write one artefact a season; return them by season.

    Raises:
        InputError: a file cannot be used, or there is only one season.
    """
    plays = merge_files([read_plays([open_season(path)]) for path in seasons])
    years = [int(year) for year in np.unique(plays.season)]
    if len(years) < 2:
        raise InputError(seasons[0], "", "all games are of one season", "name files of at least two seasons")
    early = none() if older is None else read_older(older.fourth_downs, older.lines, years)
    digest = digest_of(seasons)
    folder.mkdir(parents=True, exist_ok=True)
    command = " ".join(["python -m calibration.fit.leave_one_out", *(path.name for path in seasons)])
    written = {}
    for year in years:
        made = leave_out(plays, year, early, settings or Settings(), data_sha256=digest, command=command)
        written[year] = folder / f"{name_of(year)}.json"
        write(made, written[year])
        print(f"fitted without {year}", file=sys.stderr)
    return written


def merge_files(parts: Sequence[Plays]) -> Plays:
    """Return the plays of several files as one table, with game and series numbers of their own."""
    numbered, games = [], 0
    for part in parts:
        numbered.append(replace(part, game=part.game + games, series=part.series + games * 1_000))
        games += int(part.game.max(initial=-1)) + 1
    return merge(numbered)


def main(arguments: Sequence[str]) -> int:
    """Run the command line; 2 on bad input."""
    parser = argparse.ArgumentParser(prog="python -m calibration.fit.leave_one_out", description=__doc__)
    parser.add_argument("seasons", nargs="+", type=Path, metavar="SEASON")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--older", type=Path, help="fourth downs of older seasons")
    parser.add_argument("--lines", type=Path, help="the books' lines of those seasons")
    chosen = parser.parse_args(arguments)
    if (chosen.older is None) != (chosen.lines is None):
        parser.error("--older and --lines go together")
    older = None if chosen.older is None else Older(chosen.older, chosen.lines)
    try:
        leave_each_out(chosen.seasons, chosen.output, older=older)
    except InputError as error:
        print(f"wpsim: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
