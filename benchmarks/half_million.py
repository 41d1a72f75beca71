"""Half a million real viewers on this machine: `python -m benchmarks.half_million [--clients 500000]`.

Gateways and swarm share the machine. A process may hold 20,000 files, so both are some 28 processes.
Events come at a rate that two cores can carry to everybody (each event goes to a fifteenth of the crowd on
average, to a third of it at worst); the latencies are what they are then, and tell of two saturated cores.
"""

import argparse
import sys
from typing import Final

from benchmarks.rehearsal import RUNS, SCALE_OBJECTIVES, Bar, conclude, rehearse
from loadtests.load import LoadPlan
from loadtests.objectives import read_objectives
from loadtests.season_push import MOST_GAMES

HOLD_S: Final = 300.0
MOST_RAMP_S: Final = 600.0
MOST_GIB: Final = 20.0


def main() -> int:
    """Measure, print and store; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.half_million", description=__doc__)
    parser.add_argument("--clients", type=int, default=500_000)
    parser.add_argument("--processes", type=int, default=28, help="of gateways, and as many of the swarm")
    parser.add_argument("--join", type=float, default=1_600.0, help="handshakes a second")
    parser.add_argument("--events", type=float, default=0.6, help="a second over all games")
    parser.add_argument("--hold", type=float, default=HOLD_S + 30.0, help="seconds after the ramp")
    chosen = parser.parse_args()
    plan = LoadPlan(
        clients=chosen.clients,
        folder=RUNS / "half_million",
        gateways=chosen.processes,
        workers=chosen.processes,
        seconds=chosen.clients / chosen.join * 1.15 + chosen.hold,
        join_a_second=chosen.join,
        events_a_second=chosen.events,
    )
    figures, _ = rehearse(plan, read_objectives(SCALE_OBJECTIVES))
    bars = [
        Bar("clients at once", figures["peak_clients"], chosen.clients, at_least=True),
        Bar("seconds of the ramp", figures["ramp_s"], MOST_RAMP_S),
        Bar("seconds with all of them there", figures["held_s"], HOLD_S, at_least=True),
        Bar("broken histories", figures["broken_histories"], 0),
        Bar("viewers with a proof", figures["proofs"]["viewers"], chosen.clients, at_least=True),
        Bar("GiB of memory at the peak, kernel and all", figures["system_peak_mb"] / 1024, MOST_GIB),
    ]
    command = f"python -m benchmarks.half_million --clients {chosen.clients} --events {chosen.events:g}"
    inputs = {"games": MOST_GAMES, "events_a_second": chosen.events, "join_a_second": chosen.join}
    return conclude("half_million", command, inputs, figures, bars)


if __name__ == "__main__":
    sys.exit(main())
