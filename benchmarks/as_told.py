"""What hindsight is worth: seasons imported with its repairs and as they were told, under one model each.

`python -m benchmarks.as_told MODEL TOLD REPAIRED` for each season: a model that has not seen it, the season
imported with `wpsim import --as-told`, and the same without that option. Results of several seasons stand
side by side.
"""

import json
import subprocess
import sys
from typing import Any

from benchmarks.measurement import RESULTS, store


def main(arguments: list[str]) -> int:
    """Score one season both ways and add it to the stored measurement."""
    if len(arguments) != 3:
        print("usage: python -m benchmarks.as_told MODEL TOLD REPAIRED", file=sys.stderr)
        return 2
    model, told, repaired = arguments
    season = model.removesuffix(".json").rsplit("_", 1)[-1]
    path = RESULTS / "as_told.json"
    figures = json.loads(path.read_text())["figures"] if path.exists() else {}
    figures[f"season_{season}"] = {"told": _scored(told, model), "repaired": _scored(repaired, model)}
    store(
        "as_told", "python -m benchmarks.as_told MODEL TOLD REPAIRED", {"seasons": sorted(figures)}, figures
    )
    return 0


def _scored(season: str, model: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "wpsim", "calibrate", season, "--model", model, "--json"]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    espn = answer["versus"]["espn"]
    return {
        "plays": answer["n"],
        "brier": round(answer["brier"], 5),
        "espn": round(espn["brier"], 5),
        "diff": round(espn["diff"], 5),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
