"""Run the benchmarks: `python -m benchmarks [core] [season] [--season FILE]`; all of them by default."""

import argparse
from pathlib import Path

from benchmarks import core_cost, season_replay

BENCHMARKS = {"core": core_cost.run, "season": season_replay.run}
SAMPLE = Path(__file__).parent.parent / "data" / "sample_season.parquet"


def main() -> None:
    """Run the benchmarks that were named and store what they measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)}; default all"
    )
    parser.add_argument(
        "--season", type=Path, default=SAMPLE, help="season file; the shipped generated season by default"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    for name in arguments.names or BENCHMARKS:
        BENCHMARKS[name](arguments.season, arguments.season.stem)


if __name__ == "__main__":
    main()
