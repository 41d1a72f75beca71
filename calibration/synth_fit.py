"""Counts the generator's frequencies: `python -m calibration.synth_fit PLAYS... --games GAMES`.

PLAYS are ESPN play tables, one a season; GAMES is the table of games. The file holds counts and rates only.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calibration import synth_clock, synth_count, synth_real
from calibration.synth_plays import overtime_share, read_plays, sound_games


def fit(play_tables: Sequence[Path], games_table: Path, seasons: Sequence[int]) -> dict[str, Any]:
    """Return the frequency table of the seasons, with what it was made from."""
    games = sound_games(games_table, seasons)
    plays = read_plays(play_tables, games)
    rows = synth_count.classed(plays)
    return {
        "made": {
            "by": "python -m calibration.synth_fit",
            "seasons": sorted(seasons),
            "games": len(games),
            "rows": len(plays),
            "clean_clock_games": int(games["clock_stuck_share"].lt(0.10).sum()),
        },
        "real": synth_real.figures(plays, games, overtime_share(games_table, seasons)),
        "lines": synth_clock.lines(games),
        "run_share": synth_count.run_share(rows),
        "outcomes": synth_count.outcomes(rows),
        "fourth": synth_count.fourth_downs(rows),
        "penalties": synth_count.penalties(rows),
        "lost": synth_count.lost_balls(rows),
        "punts": synth_count.punts(rows),
        "field_goals": synth_count.field_goals(rows),
        "kickoffs": synth_count.kickoffs(plays),
        "tries": synth_count.tries(plays),
        "clock": synth_clock.clock(plays, rows),
        "timeouts": synth_clock.timeouts(plays, games),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m calibration.synth_fit", description=__doc__)
    parser.add_argument(
        "plays", nargs="+", type=Path, help="ESPN play tables, one a season: plays_YEAR.parquet"
    )
    parser.add_argument("--games", type=Path, required=True, help="the table of games")
    parser.add_argument("--seasons", type=int, nargs="+", default=[2018, 2019, 2020, 2021, 2022])
    parser.add_argument("-o", "--out", type=Path, default=Path("data/synth/frequencies.json"))
    given = parser.parse_args(arguments)
    table = fit(given.plays, given.games, given.seasons)
    blocks = (
        f"{json.dumps(name)}: {json.dumps(block, separators=(',', ':'))}" for name, block in table.items()
    )
    given.out.write_text("{\n" + ",\n".join(blocks) + "\n}\n")
    sys.stdout.write(f"{table['made']['games']} games, {table['made']['rows']} rows -> {given.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
