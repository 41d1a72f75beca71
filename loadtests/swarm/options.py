"""What the swarm is told on Locust's command line; the master's word reaches every worker."""

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import Final

GROUP_SIZE: Final = 2_000
WORKER_CLIENTS: Final = 18_000
"""What a process can hold with 20,000 descriptors."""


@dataclass(frozen=True, slots=True)
class Share:
    """The clients of one group (one Locust user)."""

    numbers: range
    source: str
    """The loopback address they connect from: one a group, so no address runs out of ports."""


def add_options(parser: ArgumentParser) -> None:
    """Add the swarm's options to Locust's."""
    group = parser.add_argument_group("swarm")
    group.add_argument("--scenario", default="steady_saturday", help="A name, or the path of a TOML file.")
    group.add_argument("--swarm-seconds", type=float, default=0.0, help="How long; 0: as the scenario says.")
    group.add_argument("--clients", type=int, default=0, help="Of all groups together; 0: --group-size each.")
    group.add_argument("--groups", type=int, default=0, help="How many groups --clients are split into.")
    group.add_argument("--group-size", type=int, default=GROUP_SIZE, help="Clients of a user.")
    group.add_argument("--join-rate", type=float, default=500.0, help="Handshakes a second, all together.")
    group.add_argument("--swarm-workers", type=int, default=1, help="How many workers there are.")
    group.add_argument("--run-folder", default="", help="Where the run is written, for `wpsim gate latency`.")
    group.add_argument("--server-pid", type=int, action="append", default=[], help="Whose memory is watched.")
    group.add_argument("--kill-pid", type=int, default=0, help="What the moment kill_gateway kills.")
    group.add_argument("--kill-own", action="store_true", help="It kills a gateway of --server-pid, by seed.")
    group.add_argument("--used-mb", type=float, default=0.0, help="Of the machine's memory, before it all.")
    group.add_argument("--plant-worker-lag", type=float, default=0.0, help="A fault, for tests: seconds.")
    group.add_argument("--swarm-progress", action="store_true", help="A line of JSON a second on stdout.")


def share_of(options: Namespace, group: int) -> Share:
    """Return the clients of a group, by its number among all groups."""
    if options.clients and options.groups:
        size, rest = divmod(options.clients, options.groups)
        first = group * size + min(group, rest)
        numbers = range(first, first + size + (group < rest))
    else:
        numbers = range(group * options.group_size, (group + 1) * options.group_size)
    return Share(numbers, f"127.{1 + group // 62_500}.{group // 250 % 250}.{2 + group % 250}")
