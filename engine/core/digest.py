"""One hash: a chain over a game's updates, and a season's digest over its games.

A game's chain starts from its identity and takes in the canonical bytes of each update in turn; a season's
digest takes in the games in the order of their ids, so it does not matter which process replayed which game,
or when.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

CHAIN_FORMAT: Final = b"wpsim-chain-1\0"


def chain_start(game_id: str) -> bytes:
    """Return the chain of a game that has said nothing yet, 32 bytes."""
    return hashlib.sha256(CHAIN_FORMAT + game_id.encode()).digest()


def chain_next(chain: bytes, update: bytes) -> bytes:
    """Return the chain after one more update, given as its canonical bytes."""
    return hashlib.sha256(chain + update).digest()


def season_digest(game_digests: Mapping[str, str]) -> str:
    """Return the hexadecimal digest of a season from its games' hexadecimal digests by game id."""
    digest = hashlib.sha256()
    for game_id in sorted(game_digests):
        digest.update(f"{game_id} {game_digests[game_id]}\n".encode())
    return digest.hexdigest()
