"""What a delivery costs, against the named peers: `python -m benchmarks.fan_out [--rounds 9]`.

One update after the other to ten thousand clients, in bursts that no buffer outgrows, by our gateway, by
`websockets.broadcast`, by picows and, as the floor, by a bare loop of `os.write`. One server at a time, each
in a fresh process, in rounds; the bars are judged by the median of the rounds' ratios. A burst counts from
the first write until the last client has read the last byte, and each must have read exactly what was told.

How one knows that the clients are not the bottleneck: their CPU stays well below the wall clock while the
server's is close to it (`busy`), the last byte is read right after the last write (`tail_ms`), and the server
writes no faster while nobody reads at all (`writes_asleep`).
"""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.gateways.stage import Burst, Stage
from benchmarks.gateways.wire import FRAME_BYTES
from benchmarks.measurement import store

SERVERS: Final = {
    "gateway": "gateway_quiet",
    "websockets": "websockets_best",
    "picows": "picows",
    "bare": "bare",
}
"""What stands in the result, and how each server is set: no pings, and nothing compressed.

picows is fastest as it comes, on its own transports.
"""
UPDATES: Final = 8
"""A burst: 3,200 bytes a client, which every socket's buffers take."""
LEAST_OF_WEBSOCKETS: Final = 1.4
LEAST_OF_PICOWS: Final = 1.0
MOST_OF_BARE: Final = 1.25
FLOOR: Final = "bare"
"""Judged by its CPU alone, so that it may be held up by its clients."""
CLIENTS_BUSY: Final = 0.8
"""Clients that use more of a core than this may have held a server up."""
QUIET_BUSY: Final = 0.9
"""A server that writes without a pause and gets less of its core than this shares it with something else."""


@dataclass(frozen=True, slots=True)
class Run:
    """One server in one round."""

    measured: Burst
    """One update after the other; all that is judged."""
    asleep: Burst
    """The same while nobody reads."""
    at_once: Burst
    """All updates of a burst told at the same moment."""

    @property
    def deliveries_a_second(self) -> float:
        """Until the last client has read the last byte."""
        return self.measured.deliveries / self.measured.wall_s

    @property
    def tail_ms(self) -> float:
        """From the last write of a burst until the last client had read the last byte."""
        bursts = self.measured.deliveries / self.asleep.deliveries
        return (self.measured.wall_s - self.measured.writing_s) / bursts * 1e3

    @property
    def us_a_delivery(self) -> float:
        """The server's CPU, user and system."""
        return self.measured.server_cpu_s / self.measured.deliveries * 1e6


def measure(name: str, clients: int, bursts: int) -> Run:
    """Run one server once.

    Raises:
        RuntimeError: a client did not read exactly what was told.
    """
    with Stage(name, clients) as stage:
        stage.connect()
        stage.check(UPDATES)
        stage.burst(UPDATES)  # caches and buffers as they are in the middle of a day
        measured = [stage.burst(UPDATES) for _ in range(bursts)]
        asleep = stage.burst(UPDATES, asleep=True)
        return Run(_together(measured), asleep, stage.burst(UPDATES, at_once=True))


def _together(bursts: Sequence[Burst]) -> Burst:
    return Burst(
        deliveries=sum(each.deliveries for each in bursts),
        writing_s=sum(each.writing_s for each in bursts),
        wall_s=sum(each.wall_s for each in bursts),
        server_cpu_s=sum(each.server_cpu_s for each in bursts),
        clients_cpu_s=sum(each.clients_cpu_s for each in bursts),
        reads=sum(each.reads for each in bursts),
    )


def spread(values: Sequence[float], digits: int = 0) -> dict[str, float]:
    """Return median, least and most."""
    told = {"median": statistics.median(values), "least": min(values), "most": max(values)}
    return {name: round(value, digits) for name, value in told.items()}


def figures(rounds: Sequence[Mapping[str, Run]]) -> dict[str, Any]:
    """Return what is stored: each server's figures over the rounds, the ratios, and what falls short."""
    told = {name: _of_server([each[name] for each in rounds]) for name in SERVERS}
    ratios = {
        "of_websockets": _ratios(rounds, "websockets"),
        "of_picows": _ratios(rounds, "picows"),
        "cpu_of_bare": spread(
            [each["gateway"].us_a_delivery / each[FLOOR].us_a_delivery for each in rounds], 3
        ),
        "cpu_of_websockets": spread(
            [each["gateway"].us_a_delivery / each["websockets"].us_a_delivery for each in rounds], 3
        ),
    }
    return {"servers": told, "ratios": ratios, "reasons": shortfalls(told, ratios), "doubts": doubts(told)}


def _ratios(rounds: Sequence[Mapping[str, Run]], peer: str) -> dict[str, float]:
    return spread(
        [each["gateway"].deliveries_a_second / each[peer].deliveries_a_second for each in rounds], 3
    )


def _of_server(runs: Sequence[Run]) -> dict[str, Any]:
    bursts = [run.measured for run in runs]
    return {
        "deliveries_a_second": spread([run.deliveries_a_second for run in runs]),
        "us_a_delivery": spread([run.us_a_delivery for run in runs], 2),
        "clients_us_a_delivery": spread([each.clients_cpu_s / each.deliveries * 1e6 for each in bursts], 2),
        "busy": spread([each.server_cpu_s / each.wall_s for each in bursts], 3),
        "clients_busy": spread([each.clients_cpu_s / each.wall_s for each in bursts], 3),
        "tail_ms": spread([run.tail_ms for run in runs], 1),
        "reads_a_delivery": spread([each.reads / each.deliveries for each in bursts], 3),
        "writes": spread([each.deliveries / each.writing_s for each in bursts]),
        "writes_asleep": spread([run.asleep.deliveries / run.asleep.writing_s for run in runs]),
        "at_once_deliveries_a_second": spread([run.at_once.deliveries / run.at_once.wall_s for run in runs]),
    }


def shortfalls(servers: Mapping[str, Any], ratios: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return which bars are not held, and where the clients may have been what was measured."""
    reasons = []
    for name, least in (("of_websockets", LEAST_OF_WEBSOCKETS), ("of_picows", LEAST_OF_PICOWS)):
        if ratios[name]["median"] < least:
            reasons.append(f"deliveries/s {name} {ratios[name]['median']}, expected at least {least}")
    if ratios["cpu_of_bare"]["median"] > MOST_OF_BARE:
        reasons.append(
            f"CPU a delivery of bare {ratios['cpu_of_bare']['median']}, expected at most {MOST_OF_BARE}"
        )
    reasons += [
        f"{name}: the clients used {server['clients_busy']['median']} of a core and may have held it up"
        for name, server in servers.items()
        if name != FLOOR and server["clients_busy"]["median"] > CLIENTS_BUSY
    ]
    return reasons


def doubts(servers: Mapping[str, Any]) -> list[str]:
    """Return which servers did not have their core to themselves; measure again on a quiet machine."""
    return [
        f"{name} was given only {server['busy']['median']} of a core"
        for name, server in servers.items()
        if server["busy"]["median"] < QUIET_BUSY
    ]


def show(told: Mapping[str, Any]) -> None:
    """Print the table: medians, and the spread of what is judged."""
    print(
        f"{'':11}{'deliveries/s':>13}{'least..most':>19}{'us each':>9}{'busy':>6}  "
        f"{'clients:':8}{'us each':>8}{'busy':>6}{'tail ms':>9}{'writes/s':>10}{'asleep':>9}"
    )
    for name, server in told["servers"].items():
        median = {key: value["median"] for key, value in server.items()}
        rate = server["deliveries_a_second"]
        print(
            f"{name:11}{median['deliveries_a_second']:13,.0f}{rate['least']:10,.0f}..{rate['most']:7,.0f}"
            f"{median['us_a_delivery']:9.2f}{median['busy']:6.2f}  "
            f"{'':8}{median['clients_us_a_delivery']:8.2f}{median['clients_busy']:6.2f}{median['tail_ms']:9.1f}"
            f"{median['writes']:10,.0f}{median['writes_asleep']:9,.0f}"
        )
    for name, ratio in told["ratios"].items():
        print(f"gateway {name:18} {ratio['median']:6.3f}  ({ratio['least']:.3f}..{ratio['most']:.3f})")
    for reason in told["reasons"] or ["every bar is held"]:
        print(reason)
    for doubt in told["doubts"]:
        print(f"in doubt: {doubt}")


def main() -> None:
    """Measure, print and store; exit with 1 where a bar is not held or the measurement is in doubt."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fan_out", description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000, help="at most 19,000")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--bursts", type=int, default=10, help="measured bursts of a server in a round")
    parser.add_argument("--try", action="store_true", dest="trial", help="store nothing")
    asked = parser.parse_args()
    rounds = []
    for turn in range(asked.rounds):
        names = list(SERVERS)
        order = names[turn % len(names) :] + names[: turn % len(names)]  # nobody always comes first
        runs = {name: measure(SERVERS[name], asked.clients, asked.bursts) for name in order}
        rounds.append(runs)
        rates = "  ".join(f"{name} {runs[name].deliveries_a_second:,.0f}" for name in names)
        print(f"round {turn + 1}: deliveries/s  {rates}", flush=True)
    told = figures(rounds)
    show(told)
    if not asked.trial:
        inputs = {
            "clients": asked.clients,
            "frame_bytes": FRAME_BYTES,
            "updates_a_burst": UPDATES,
            "bursts": asked.bursts,
            "rounds": asked.rounds,
            "servers": SERVERS,
        }
        sizes = f"--clients {asked.clients} --rounds {asked.rounds} --bursts {asked.bursts}"
        print(f"stored in {store('fan_out', f'python -m benchmarks.fan_out {sizes}', inputs, told)}")
    sys.exit(1 if told["reasons"] or told["doubts"] else 0)


if __name__ == "__main__":
    main()
