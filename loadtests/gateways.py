"""How many processes a crowd needs, and how many of it each of them must be able to hold.

A process has so many files, and a viewer costs one. Gateways share one port and the kernel deals connections
out by a hash, so some get more than their share; and when one is killed, the others hold its viewers.
"""

import math
import resource
from typing import Final

from engine.gateway.shard import MOST_FILES_BESIDE
from loadtests.swarm.options import WORKER_CLIENTS

MOST_FILES: Final = 20_000
"""A run asks for no more files a process than this, whatever the machine would give."""
SINGLE_CLIENTS: Final = 10_000
"""So many are left to the engine's own process where nobody says otherwise."""
STORM_GATEWAYS: Final = 4
"""Where one is to be killed, there are at least so many."""
SPARE_CONNECTIONS: Final = 500
_SIGMAS: Final = 6.0
_SPARE_FILES: Final = 100


def raise_file_limit() -> int:
    """Let this process, and all that it starts, have as many files as they may; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return MOST_FILES if soft == resource.RLIM_INFINITY else min(soft, MOST_FILES)


def workers_for(clients: int, asked: int) -> int:
    """Return how many workers hold the clients: as asked, or (0) as many as are needed.

    Raises:
        ValueError: those asked for cannot hold them.
    """
    needed = -(-clients // WORKER_CLIENTS)
    if asked and asked < needed:
        raise ValueError(
            f"{clients:,} clients and {asked} workers, which hold {WORKER_CLIENTS:,} each; "
            f"use --workers {needed}"
        )
    if clients < asked:
        raise ValueError(f"{clients} clients for {asked} workers; use fewer workers")
    return asked or needed


def gateways_for(clients: int, asked: int | None, files: int, *, one_is_killed: bool = False) -> int:
    """Return how many gateways the clients need: as asked, or (None) as many as are needed; 0: none.

    Args:
        clients: all together.
        asked: by the user.
        files: that a process may have.
        one_is_killed: the others must hold its viewers.

    Raises:
        ValueError: those asked for cannot hold them, or one is to be killed where there is none.
    """
    most = files - MOST_FILES_BESIDE
    needed = STORM_GATEWAYS if one_is_killed else 0 if clients <= min(SINGLE_CLIENTS, most) else 2
    if needed:
        needed = _enough(clients, needed, most, one_is_killed)
    if asked is None:
        return needed
    if one_is_killed and not asked:
        raise ValueError("the scenario kills a gateway, and --gateways is 0; use --gateways 2 or more")
    holds = clients + _SPARE_FILES if not asked else _crowded(clients, asked, one_is_killed)
    if holds > most:
        least = _enough(clients, 2, most, one_is_killed)
        who = f"{asked} gateways" if asked else "one process"
        lost = " while one of them is gone" if one_is_killed else ""
        raise ValueError(
            f"{clients:,} clients do not fit into {who} of {files:,} files{lost}; use --gateways {least}"
        )
    return asked


def most_connections(clients: int, gateways: int, files: int, *, one_is_killed: bool = False) -> int:
    """Return what `--max-connections` of each process is: its share and a tenth, within its files."""
    share = clients / max(1, gateways - one_is_killed)
    return min(files - MOST_FILES_BESIDE, round(share * 1.1) + SPARE_CONNECTIONS)


def _crowded(clients: int, gateways: int, one_is_killed: bool) -> int:
    """Return what the fullest of some gateways holds; six deviations above the mean happen to nobody."""
    mean = clients / max(1, gateways - one_is_killed)
    return round(mean + _SIGMAS * math.sqrt(mean)) + _SPARE_FILES


def _enough(clients: int, least: int, most: int, one_is_killed: bool) -> int:
    gateways = least
    while _crowded(clients, gateways, one_is_killed) > most:
        gateways += 1
    return gateways
