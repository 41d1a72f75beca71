"""The required latencies with 20,000 viewers: `python -m benchmarks.twenty_thousand [--seconds 120]`.

Fifteen games as recorded, fifty events a second, four gateway processes and the swarm on the same machine.
"""

import argparse
import sys

from benchmarks.rehearsal import OBJECTIVES, RUNS, Bar, conclude, rehearse
from loadtests.load import LoadPlan
from loadtests.objectives import read_objectives
from loadtests.season_push import MOST_GAMES


def main() -> int:
    """Measure, print and store; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twenty_thousand", description=__doc__)
    parser.add_argument("--clients", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=120.0, help="of the whole run, ramp and all")
    parser.add_argument("--events", type=float, default=50.0, help="a second over all games")
    parser.add_argument("--gateways", type=int, default=4)
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--join", type=float, default=1_000.0, help="handshakes a second")
    chosen = parser.parse_args()
    plan = LoadPlan(
        clients=chosen.clients,
        folder=RUNS / "twenty_thousand",
        gateways=chosen.gateways,
        workers=chosen.workers,
        seconds=chosen.seconds,
        join_a_second=chosen.join,
        events_a_second=chosen.events,
    )
    figures, verdict = rehearse(plan, read_objectives(OBJECTIVES))
    latency = figures["latency_ms"]
    bars = [
        Bar("clients at once", figures["peak_clients"], chosen.clients, at_least=True),
        Bar("broken histories", figures["broken_histories"], 0),
        Bar("play_to_display p99, ms", latency["play_to_display"]["p99"], 500.0),
        Bar("dashboard_update p99, ms", latency["dashboard_update"]["p99"], 200.0),
        Bar("the run counts: generator_lag p99, ms", latency["generator_lag"]["p99"], 50.0),
        Bar("reasons against the run", len(verdict.reasons), 0),
    ]
    command = f"python -m benchmarks.twenty_thousand --clients {chosen.clients} --seconds {chosen.seconds:g}"
    inputs = {"games": MOST_GAMES, "events_a_second": chosen.events, "join_a_second": chosen.join}
    return conclude("twenty_thousand", command, inputs, figures, bars)


if __name__ == "__main__":
    sys.exit(main())
