"""How long a play takes to a viewer: `python -m benchmarks.live_latency [--clients 1000] [--seconds 120]`.

A served day on the loopback: fifteen games pushed at fifty events a second, open loop, to a thousand viewers.
The folder of the run keeps the `.hlog` files; `wpsim gate latency FOLDER` judges it.
"""

import argparse
from pathlib import Path
from typing import Any, Final

from benchmarks.measurement import store
from loadtests.objectives import read_objectives
from loadtests.recording import Load, record_run
from loadtests.season_push import MOST_GAMES, longest_games
from loadtests.verdict import judge_run

ROOT: Final = Path(__file__).resolve().parents[1]
SEASON: Final = ROOT / "data" / "sample_season.parquet"
OBJECTIVES: Final = ROOT / "data" / "objectives.toml"


def measure(folder: Path, load: Load, serve_options: tuple[str, ...] = ()) -> dict[str, Any]:
    """Record a run of the sample season's longest games, and return its verdict and figures."""
    run = record_run(longest_games(SEASON), load, folder, serve_options=serve_options)
    verdict = judge_run(folder, read_objectives(OBJECTIVES))
    kept = ("pushed", "accepted", "conflated", "reconnects")
    return {
        "verdict": str(verdict.outcome),
        "reasons": list(verdict.reasons),
        "games": MOST_GAMES,
        "peak_clients": verdict.run.peak_clients,
        "deliveries": verdict.run.deliveries,
        "broken_histories": len(verdict.run.broken_histories),
        "errors": verdict.run.errors,
        **{name: run[name] for name in kept},
        "latency_ms": verdict.latency_ms,
    }


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_latency", description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--rate", type=float, default=50.0, help="events a second over all games")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "live_latency")
    chosen = parser.parse_args()
    load = Load(chosen.clients, chosen.rate, chosen.seconds)
    figures = measure(chosen.folder, load)
    for stage, latency in figures["latency_ms"].items():
        told = "  ".join(f"{name} {latency[name]:9.3f}" for name in ("p50", "p95", "p99", "max"))
        print(f"{stage:18} {told}  ms")
    print(
        f"{figures['verdict']}: {figures['deliveries']:,} deliveries to {figures['peak_clients']:,} clients"
    )
    command = f"python -m benchmarks.live_latency --clients {chosen.clients} --seconds {chosen.seconds:g}"
    inputs = {"season": SEASON.name, "events_a_second": chosen.rate, "seconds": chosen.seconds}
    print(f"stored in {store('live_latency', command, inputs, figures)}; the run is {chosen.folder}")


if __name__ == "__main__":
    main()
