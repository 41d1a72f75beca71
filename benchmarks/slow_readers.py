"""What slow readers cost the others: `python -m benchmarks.slow_readers [--clients 10000] [--rounds 3]`.

Pairs of runs: in one everybody reads at once, in the other one viewer in a hundred reads a kilobyte a second.
The others' p99 is compared pair by pair and the median of the ratios judged, because one run on a shared
machine says little; the order within a pair changes from pair to pair. The rate is such that a slow reader
falls behind by more than the gateway keeps for it: where nothing is left out for it, nothing was shown.
"""

import argparse
import statistics
import sys
from dataclasses import replace
from typing import Any, Final

from benchmarks.rehearsal import OBJECTIVES, RUNS, Bar, conclude, rehearse
from loadtests.load import LoadPlan
from loadtests.objectives import read_objectives
from loadtests.season_push import MOST_GAMES

SCENARIOS: Final = ("steady_saturday", "slow_readers")
MOST_RATIO: Final = 1.10
MOST_MORE_MIB: Final = 64.0
"""What bounded buffers of the slow may add to the server: 100 of 16 KiB are 1.6 MiB, the rest is noise."""


def main() -> int:
    """Measure, print and store; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slow_readers", description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs")
    parser.add_argument("--events", type=float, default=50.0, help="a second over all games")
    chosen = parser.parse_args()
    plan = LoadPlan(
        clients=chosen.clients,
        folder=RUNS / "slow_readers",
        gateways=2,
        workers=2,
        seconds=chosen.seconds,
        join_a_second=1_000.0,
        events_a_second=chosen.events,
    )
    objectives = read_objectives(OBJECTIVES)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in SCENARIOS}
    reasons: list[str] = []
    for number in range(chosen.rounds):
        for name in SCENARIOS if number % 2 else reversed(SCENARIOS):
            folder = plan.folder / f"{name}_{number}"
            figures, verdict = rehearse(replace(plan, scenario=name, folder=folder), objectives)
            runs[name].append(figures)
            reasons += [f"{name} {number}: {reason}" for reason in verdict.reasons]
    steady, slow = (runs[name] for name in SCENARIOS)
    ratios = [_p99(with_slow) / _p99(without) for with_slow, without in zip(slow, steady, strict=True)]
    median_ratio = round(statistics.median(ratios), 3)
    more_mib = max(run["server_rss_mb"] for run in slow) - max(run["server_rss_mb"] for run in steady)
    bars = [
        Bar("p99 of the others with slow readers, of that without", median_ratio, MOST_RATIO),
        Bar("MiB more of the server", more_mib, MOST_MORE_MIB),
        Bar("updates left out for slow readers", _conflated(slow), 1, at_least=True),
        Bar("updates left out without them", _conflated(steady), 0),
        Bar("broken histories", sum(run["broken_histories"] for run in (*slow, *steady)), 0),
        Bar("reasons against the runs", len(reasons), 0),
    ]
    for reason in reasons:
        print(reason)
    command = f"python -m benchmarks.slow_readers --clients {chosen.clients} --rounds {chosen.rounds}"
    inputs = {"games": MOST_GAMES, "events_a_second": chosen.events, "seconds": chosen.seconds}
    answer = {"median_ratio": median_ratio, "ratios": ratios, "reasons": reasons, **runs}
    return conclude("slow_readers", command, inputs, answer, bars)


def _p99(figures: dict[str, Any]) -> float:
    return float(figures["latency_ms"]["play_to_display"]["p99"])


def _conflated(runs: list[dict[str, Any]]) -> int:
    return sum(run["counts"].get("conflated_updates", 0) for run in runs)


if __name__ == "__main__":
    sys.exit(main())
