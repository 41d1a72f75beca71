"""Asks a server for its games and for the engine's update log, which `proofs` compares histories with."""

import urllib.request
from collections.abc import Iterable
from typing import Any, Final

import msgspec

PAGE: Final = 1_000
ANSWER_S: Final = 30.0


class _Row(msgspec.Struct):
    data: msgspec.Raw


class _Page(msgspec.Struct):
    updates: list[_Row]


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
