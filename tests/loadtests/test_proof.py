"""The proof of a viewer's history: whole ones pass, and each way of being broken is named."""

import pytest

from loadtests.proof import Proof, judge

TOLD = {"g": [b"update %d" % offset for offset in range(10)]}


def _watched(offsets: range, *, first: int = -1) -> Proof:
    """Return the proof of a viewer who joined by a snapshot of `first` and saw these updates."""
    proof = Proof("viewer", "g")
    proof.snapshot("g", "e", first)
    for offset in offsets:
        proof.update("g", "e", offset, TOLD["g"][offset])
    return proof


def test_a_whole_history_passes() -> None:
    """A snapshot and every update after it, in order, is whole."""
    assert judge([_watched(range(10)), _watched(range(4, 8), first=3)], TOLD) == {}


def test_a_resumed_history_passes() -> None:
    """A viewer that was away and was sent what it missed has a whole history."""
    proof = _watched(range(4))
    proof.resumed("e", 4)
    for offset in range(4, 10):
        proof.update("g", "e", offset, TOLD["g"][offset])
    assert judge([proof], TOLD) == {}


def test_an_announced_conflation_passes() -> None:
    """Updates that a snapshot took the place of are accounted for."""
    proof = _watched(range(4))
    proof.snapshot("g", "e", 7)
    for offset in (8, 9):
        proof.update("g", "e", offset, TOLD["g"][offset])
    assert judge([proof], TOLD) == {}
    assert sum(stretch.count for stretch in proof.stretches) == 6


@pytest.mark.parametrize(
    ("offsets", "words"),
    [
        ([0, 1, 3], "gap"),
        ([0, 1, 1, 2], "duplicate"),
        ([0, 2, 1], "gap"),
    ],
)
def test_what_is_missing_doubled_or_out_of_order_is_named(offsets: list[int], words: str) -> None:
    """A gap, a duplicate and a reordering each break the history."""
    proof = Proof("viewer", "g")
    proof.snapshot("g", "e", -1)
    for offset in offsets:
        proof.update("g", "e", offset, TOLD["g"][offset])
    assert words in judge([proof], TOLD)["viewer"][0]


def test_other_bytes_than_the_logs_are_named() -> None:
    """One changed byte in one update breaks the history."""
    proof = _watched(range(4))
    proof.update("g", "e", 4, TOLD["g"][4].upper())
    assert "not those of the log" in judge([proof], TOLD)["viewer"][0]


def test_two_swapped_updates_are_named() -> None:
    """Bytes under each other's offsets break the history, though nothing is missing."""
    proof = _watched(range(4))
    proof.update("g", "e", 4, TOLD["g"][5])
    proof.update("g", "e", 5, TOLD["g"][4])
    assert judge([proof], TOLD)


def test_the_wrong_game_a_stale_snapshot_and_another_epoch_are_named() -> None:
    """A viewer is told of its own game, never of an older state, and under one epoch."""
    other = _watched(range(2))
    other.update("h", "e", 2, TOLD["g"][2])
    stale = _watched(range(5))
    stale.snapshot("g", "e", 2)
    epoch = _watched(range(2))
    epoch.update("g", "f", 2, TOLD["g"][2])
    for proof, words in ((other, "was sent game h"), (stale, "stale after new"), (epoch, "of epoch f")):
        assert any(words in fault for fault in judge([proof], TOLD)["viewer"])


def test_a_game_that_the_log_does_not_have_is_named() -> None:
    """A history that cannot be compared is no proof."""
    assert "not in the update log" in judge([_watched(range(2))], {})["viewer"][0]
