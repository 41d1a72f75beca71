"""Compares what viewers have proven with the engine's update log; half a million proofs are a few groups.

Viewers in the same place of a game's history have the same proof: each different one is computed once.
"""

import hashlib
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from loadtests.swarm.client import Client
from loadtests.swarm.history import Place

MOST_NAMED: Final = 50
"""Viewers of one group that are named; the others are counted."""
PAGE: Final = 1_000
ANSWER_S: Final = 30.0


class Group(msgspec.Struct, array_like=True):
    """Viewers with one proof."""

    game_id: str
    epoch: str
    first: int
    at: int
    chain: bytes
    viewers: int
    named: list[int]
    """Numbers of some of them."""


class _Row(msgspec.Struct):
    data: msgspec.Raw


class _Page(msgspec.Struct):
    updates: list[_Row]


def groups_of(clients: Iterable[Client]) -> list[Group]:
    """Return the proofs of viewers, equal ones together."""
    groups: dict[tuple[str, str, int, int, bytes], Group] = {}
    for client in clients:
        places: tuple[Place, ...] = client.past
        if client.place is not None and client.place.count:
            places = (*places, client.place)
        for place in places:
            key = (place.game_id, place.epoch, place.first, place.at, place.chain)
            group = groups.get(key)
            if group is None:
                group = groups[key] = Group(*key, 0, [])
            group.viewers += 1
            if len(group.named) < MOST_NAMED:
                group.named.append(client.number)
    return list(groups.values())


def judge_groups(groups: Sequence[Group], told: Mapping[str, Sequence[bytes]]) -> dict[int, list[str]]:
    """Return the faults of viewers, by number, whose proof is not what the log gives."""
    broken: dict[int, list[str]] = {}
    wanted: dict[tuple[str, int], set[int]] = {}
    for group in groups:
        wanted.setdefault((group.game_id, group.first), set()).add(group.at)
    chains = {key: _chains(told.get(key[0], ()), key[1], ats) for key, ats in wanted.items()}
    for group in groups:
        due = chains[group.game_id, group.first].get(group.at)
        if due != group.chain:
            what = "are beyond the log" if due is None else "are not those of the log"
            more = f" (and of {group.viewers - 1} others)" if group.viewers > 1 else ""
            for number in group.named:
                broken.setdefault(number, []).append(f"updates {group.first}-{group.at} {what}{more}")
    return broken


def _chains(updates: Sequence[bytes], first: int, ats: set[int]) -> dict[int, bytes]:
    """Return the chain from an offset on as it stands at each of some offsets."""
    chains, chain = {}, b""
    for offset in range(first, min(max(ats) + 1, len(updates))):
        chain = hashlib.blake2b(chain + updates[offset], digest_size=16).digest()
        if offset in ats:
            chains[offset] = chain
    return chains


def fetch(url: str) -> bytes:
    """Return the answer to a GET; under gevent others go on meanwhile.

    Raises:
        OSError: there is none, or it is no success.
    """
    if not url.startswith(("http://", "https://")):
        raise OSError(f"{url} is no address; write http://HOST:PORT")
    with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:  # noqa: S310 - checked above
        return bytes(answer.read())


def fetch_games(url: str) -> list[str]:
    """Return the ids of a server's games, sorted."""
    told: dict[str, Any] = msgspec.json.decode(fetch(f"{url}/api/games"))
    return sorted(game["game_id"] for game in told["games"])


def fetch_log(url: str, games: Iterable[str]) -> dict[str, list[bytes]]:
    """Return every update's canonical bytes by game, from offset 0 on, as the service's history has them."""
    told: dict[str, list[bytes]] = {}
    for game_id in games:
        updates: list[bytes] = []
        while True:
            asked = f"{url}/api/games/{game_id}/updates?from={len(updates)}&limit={PAGE}"
            page = msgspec.json.decode(fetch(asked), type=_Page).updates
            if not page:
                break
            updates += [bytes(row.data) for row in page]
        told[game_id] = updates
    return told
