"""One hash, live: `python -m benchmarks.live_one_hash SOURCE [--speed 60] [--kills 20] [--seed 1]`.

A recorded day through `wpsim feed` and `wpsim serve`, whose process is killed by SIGKILL at seeded moments
and started again, archived and replayed; and, beside it, the same without a kill. All digests must be one,
`wpsim diff` of live against replay must be empty, and viewers that resumed must have seen every offset once.
"""

import argparse
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks.measurement import store
from loadtests.crash_day import CrashDay, CrashReport, rehearse

ROOT: Final = Path(__file__).resolve().parents[1]


def _figures(report: CrashReport) -> dict[str, Any]:
    figures = asdict(report)
    figures["broken_histories"] = len(report.broken_histories)
    return {**figures, "good": report.good}


def main() -> None:
    """Rehearse the day with and without kills, print and store; exit 1 where anybody could tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_one_hash", description=__doc__)
    parser.add_argument("source", type=Path, help="a season file, or a folder of raw summaries")
    parser.add_argument("--speed", type=float, default=60.0)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "one_hash")
    chosen = parser.parse_args()
    plans = {"calm": 0, "killed": chosen.kills}
    shutil.rmtree(chosen.folder, ignore_errors=True)
    chosen.folder.mkdir(parents=True)

    def rehearsed(name: str, kills: int) -> dict[str, Any]:
        day = CrashDay(chosen.source, chosen.folder / name, chosen.speed, kills, seed=chosen.seed)
        figures = _figures(rehearse(day))
        print(f"{name}: digest {figures['digest_live']}, replayed {figures['digest_replayed']}")
        return figures

    with ThreadPoolExecutor() as pool:
        runs = {name: pool.submit(rehearsed, name, kills) for name, kills in plans.items()}
        told = {name: run.result() for name, run in runs.items()}
    same = told["calm"]["digest_live"] == told["killed"]["digest_live"]
    good = same and told["calm"]["good"] and told["killed"]["good"]
    print(f"killed {told['killed']['kills']} times; one hash: {'yes' if good else 'NO'}")
    command = f"python -m benchmarks.live_one_hash SOURCE --speed {chosen.speed:g} --kills {chosen.kills}"
    inputs = {"source": chosen.source.name, "speed": chosen.speed, "seed": chosen.seed}
    store("live_one_hash", command, inputs, {"one_hash": good, **told})
    if not good:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
