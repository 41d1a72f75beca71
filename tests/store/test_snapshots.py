"""The snapshot cache: the newest of each game, within a number of games and of bytes."""

from hypothesis import given
from hypothesis import strategies as st

from engine.store.snapshots import CachedSnapshot, MemorySnapshots, SnapshotCache


def test_the_newest_snapshot_of_a_game_is_kept() -> None:
    """A later offset replaces an earlier one, an earlier one nothing; another epoch begins anew."""
    cache: SnapshotCache = MemorySnapshots()
    assert cache.get("g") is None
    cache.put("g", "e", 5, b"five")
    cache.put("g", "e", 4, b"four")
    assert cache.get("g") == ("e", 5, b"five")
    cache.put("g", "e", 5, b"five again")
    assert cache.get("g") == CachedSnapshot("e", 5, b"five again")
    cache.put("g", "f", 0, b"other")
    assert cache.get("g") == ("f", 0, b"other")


def test_the_game_that_nobody_asks_for_makes_room() -> None:
    """A game that was asked for stays, the one that was longest alone goes."""
    cache = MemorySnapshots(most_games=2)
    cache.put("a", "e", 0, b"a")
    cache.put("b", "e", 0, b"b")
    assert cache.get("a") is not None
    cache.put("c", "e", 0, b"c")
    assert (cache.get("a") is None, cache.get("b") is None, len(cache)) == (False, True, 2)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.binary(max_size=40)), max_size=60))
def test_it_never_holds_more_than_it_may(puts: list[tuple[int, int, bytes]]) -> None:
    """After any puts its games and bytes are within their bounds, and it knows how many bytes it holds."""
    cache = MemorySnapshots(most_games=4, most_bytes=60)
    for game, offset, encoded in puts:
        cache.put(str(game), "e", offset, encoded)
        held = [found.encoded for found in map(cache.get, map(str, range(6))) if found is not None]
        assert len(held) == len(cache) <= 4
        assert sum(map(len, held)) == cache.kept_bytes <= 60


def test_a_snapshot_that_is_too_long_is_not_kept_and_takes_the_old_one_with_it() -> None:
    """An old snapshot must not be given for a newer one that did not fit."""
    cache = MemorySnapshots(most_bytes=10)
    cache.put("g", "e", 0, b"short")
    cache.put("g", "e", 1, b"x" * 11)
    assert (cache.get("g"), cache.kept_bytes) == (None, 0)
