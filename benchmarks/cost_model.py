"""What a crowd costs, by the stored measurements: `python -m benchmarks.cost_model [--clients 500000]`.

Each gateway process is a queue with one server. Events come at random (Poisson), each in one of the games;
its work is the viewers of the game at that process times what a delivery costs. Pollaczek and Khinchine give
the mean wait; its tail is taken as exponential. The p99 of `dashboard_update` is then about that tail
plus the pass over the biggest game's viewers. Costs of a delivery were measured on the loopback, where the
sender's system call also does the receiver's TCP: on a network the sender pays less than this.
"""

import argparse
import json
import math
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.measurement import RESULTS

OBJECTIVE_MS: Final = 200.0
"""`dashboard_update` p99: the tightest of the required ones that a gateway is part of."""
CLIENTS_A_PROCESS: Final = 18_000
UPDATE_BYTES: Final = 880
"""A mean update of the sample season as a WebSocket frame."""
COMPRESSED: Final = 0.52
HEADER_BYTES: Final = 66
"""Ethernet, IP and TCP around one frame."""
PING_INTERVAL_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured."""

    delivery_us: float
    """CPU of a gateway for one frame to one viewer."""
    swarm_delivery_us: float
    """CPU of the swarm for the same frame."""
    connection_bytes: float
    """User-space memory of a gateway."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who watches, and how much there is to see."""

    clients: int
    games: int = 15
    events_a_second: float = 50.0
    zipf: float = 1.0
    """Of n games the k-th most watched has a share of 1 / k ** zipf."""

    def audiences(self) -> list[float]:
        """Return how many watch each game, the biggest first."""
        weights = [1.0 / (rank + 1) ** self.zipf for rank in range(self.games)]
        return [self.clients * weight / sum(weights) for weight in weights]


def stored_costs() -> Costs:
    """Return the costs as `benchmarks/results` has them."""
    fan_out, swarm, memory = (_figures(name) for name in ("fan_out", "swarm_cost", "gateway_memory"))
    return Costs(
        delivery_us=fan_out["servers"]["gateway"]["us_a_delivery"]["median"],
        swarm_delivery_us=swarm["us_a_delivery"],
        connection_bytes=memory["servers"]["gateway"]["own_after"],
    )


def dashboard_p99_ms(crowd: Crowd, costs: Costs, processes: int) -> float:
    """Return the p99 of a delivery that so many gateway processes reach, a core each; infinite if too few."""
    passes_s = [audience / processes * costs.delivery_us / 1e6 for audience in crowd.audiences()]
    mean_s = sum(passes_s) / len(passes_s)
    square_s = sum(each * each for each in passes_s) / len(passes_s)
    busy = crowd.events_a_second * mean_s
    if busy >= 1.0:
        return math.inf
    wait_s = square_s / (2.0 * mean_s * (1.0 - busy))
    tail_s = wait_s * max(0.0, math.log(busy / 0.01))
    return 1e3 * (tail_s + max(passes_s))


def processes_needed(crowd: Crowd, costs: Costs, objective_ms: float = OBJECTIVE_MS) -> int:
    """Return the fewest gateway processes, a core each, that reach an objective and hold all sockets."""
    processes = max(1, -(-crowd.clients // CLIENTS_A_PROCESS))
    while dashboard_p99_ms(crowd, costs, processes) > objective_ms:
        processes += 1
    return processes


def needs(crowd: Crowd, costs: Costs) -> dict[str, float]:
    """Return what a crowd needs."""
    deliveries = crowd.events_a_second * crowd.clients / crowd.games
    processes = processes_needed(crowd, costs)
    wire = deliveries * 8e-9
    return {
        "deliveries a second": deliveries,
        "gateway CPU, cores": deliveries * costs.delivery_us / 1e6,
        "gateway processes, a core each": processes,
        "how busy each is": deliveries * costs.delivery_us / 1e6 / processes,
        "dashboard_update p99 by the model, ms": dashboard_p99_ms(crowd, costs, processes),
        "gateway memory, GiB": crowd.clients * costs.connection_bytes / 2**30,
        "network out, Gbit/s": wire * (UPDATE_BYTES + HEADER_BYTES),
        "the same compressed, Gbit/s": wire * (UPDATE_BYTES * COMPRESSED + HEADER_BYTES),
        "pings a second": crowd.clients / PING_INTERVAL_S,
        "swarm CPU, cores": deliveries * costs.swarm_delivery_us / 1e6,
    }


def table(crowds: list[Crowd], costs: Costs) -> str:
    """Return a Markdown table: a row for what is needed, a column for a crowd."""
    columns = [needs(crowd, costs) for crowd in crowds]
    heads = [f"{crowd.clients:,} at {crowd.events_a_second:g}/s" for crowd in crowds]
    lines = ["", f"| | {' | '.join(heads)} |", f"|---{'|---:' * len(crowds)}|"]
    lines += [
        f"| {name} | {' | '.join(_rounded(column[name]) for column in columns)} |" for name in columns[0]
    ]
    return "\n".join([*lines, ""])


def stored_table() -> str:
    """Return the table of the document: the crowds that are measured here, and those that are required."""
    crowds = [Crowd(20_000), Crowd(100_000), Crowd(500_000, events_a_second=1.0), Crowd(500_000)]
    return table(crowds, stored_costs())


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 or value == int(value) else f"{value:,.2f}"


def _figures(name: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())["figures"]
    return figures


def main() -> None:
    """Print what a crowd needs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost_model", description=__doc__)
    parser.add_argument("--clients", type=int, default=500_000)
    parser.add_argument("--games", type=int, default=15)
    parser.add_argument("--events", type=float, default=50.0, help="a second over all games")
    parser.add_argument("--zipf", type=float, default=1.0, help="0: all games have the same audience")
    chosen = parser.parse_args()
    crowd = Crowd(chosen.clients, chosen.games, chosen.events, chosen.zipf)
    for name, value in needs(crowd, stored_costs()).items():
        print(f"{name:40} {_rounded(value):>14}")


if __name__ == "__main__":
    main()
