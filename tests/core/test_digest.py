"""One hash over a game's updates, and one over a season's games."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from engine.core.digest import chain_next, chain_start, season_digest


def test_the_chain_is_the_documented_one() -> None:
    """Anyone can recompute a chain: SHA-256 over the chain before and the update's bytes."""
    first = hashlib.sha256(b"wpsim-chain-1\x00401").digest()
    assert chain_start("401") == first
    assert chain_next(first, b"update") == hashlib.sha256(first + b"update").digest()


@given(st.lists(st.binary(max_size=3), min_size=2, max_size=4, unique=True))
def test_the_chain_depends_on_the_order(updates: list[bytes]) -> None:
    """The same updates in another order give another chain."""

    def chain(order: list[bytes]) -> bytes:
        digest = chain_start("401")
        for update in order:
            digest = chain_next(digest, update)
        return digest

    assert chain(updates) != chain(updates[::-1])


@given(st.permutations(["401", "402", "403"]))
def test_a_season_does_not_depend_on_who_was_first(order: list[str]) -> None:
    """A season's digest is that of its games by id, in whatever order they were replayed."""
    assert season_digest({game: game * 2 for game in order}) == season_digest(
        {"401": "401401", "402": "402402", "403": "403403"}
    )


def test_a_season_tells_its_games_apart() -> None:
    """Two games that exchange their digests, or one game more, change a season's digest."""
    digests = {season_digest(games) for games in ({}, {"a": "1"}, {"a": "1", "b": "2"}, {"a": "2", "b": "1"})}
    assert len(digests) == 4
