"""How often a play's text alone tells its class, season by season, stored for docs/play-classes.md.

    python -m benchmarks.play_classes PLAYS.parquet...

The play tables are real ones and do not ship, so this is no part of `make bench`; the result in
`results/play_classes.json` does. Printed tables and mistakes: `python -m calibration.play_classes`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measurement import store
from calibration.play_classes import rows_of, season_of, tally


def main(arguments: Sequence[str]) -> int:
    """Run the command line; 2 on bad input."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.play_classes", description=__doc__)
    parser.add_argument("plays", nargs="+", type=Path, metavar="PLAYS", help="ESPN play tables, one a season")
    chosen = parser.parse_args(arguments)
    try:
        counted = [tally(rows_of(path), season_of(path)) for path in chosen.plays]
    except (OSError, ValueError) as error:
        print(f"play_classes: {error}", file=sys.stderr)
        return 2
    names = [path.name for path in chosen.plays]
    command = f"python -m benchmarks.play_classes {' '.join(names)}"
    print(store("play_classes", command, {"plays": names}, {one.season: one.to_dict() for one in counted}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
