"""One of four gateways killed under 10,000 viewers: `python -m benchmarks.shard_killed [--clients 10000]`.

SIGKILL in the middle of the run; the engine starts another in its place, and the viewers who were cut off
resume at whichever of the four the kernel gives them to. Each one's history is proven whole at the end.
"""

import argparse
import sys

from benchmarks.rehearsal import OBJECTIVES, RUNS, Bar, conclude, rehearse
from loadtests.load import LoadPlan
from loadtests.objectives import read_objectives
from loadtests.season_push import MOST_GAMES


def main() -> int:
    """Measure, print and store; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shard_killed", description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--events", type=float, default=20.0, help="a second over all games")
    chosen = parser.parse_args()
    plan = LoadPlan(
        clients=chosen.clients,
        folder=RUNS / "shard_killed",
        scenario="reconnect_storm",
        gateways=4,
        workers=2,
        seconds=chosen.seconds,
        join_a_second=1_000.0,
        events_a_second=chosen.events,
    )
    figures, verdict = rehearse(plan, read_objectives(OBJECTIVES))
    counts, latency = figures["counts"], figures["latency_ms"]
    bars = [
        Bar("clients at once", figures["peak_clients"], chosen.clients, at_least=True),
        Bar("viewers who lost their gateway", counts.get("losses", 0), chosen.clients / 8, at_least=True),
        Bar("of them not back", counts.get("losses", 0) - counts.get("reconnects", 0), 0),
        Bar("broken histories", figures["broken_histories"], 0),
        Bar("recovery p99, ms", latency["recovery"]["p99"], 5_000.0),
        Bar("seconds from the kill to the last recovered", figures["kill_to_last_recovered_s"], 5.0),
        Bar("reasons against the run", len(verdict.reasons), 0),
    ]
    command = f"python -m benchmarks.shard_killed --clients {chosen.clients} --seconds {chosen.seconds:g}"
    inputs = {"games": MOST_GAMES, "events_a_second": chosen.events, "gateways": 4}
    return conclude("shard_killed", command, inputs, figures, bars)


if __name__ == "__main__":
    sys.exit(main())
