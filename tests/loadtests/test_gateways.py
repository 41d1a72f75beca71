"""How many processes a crowd needs: those that are chosen hold it, and what cannot is refused with advice."""

from collections import Counter
from random import Random

import pytest

from loadtests.gateways import MOST_FILES, gateways_for, most_connections, workers_for


@pytest.mark.parametrize("clients", [10_001, 20_000, 39_000, 100_000, 500_000])
@pytest.mark.parametrize("one_is_killed", [False, True])
def test_the_chosen_gateways_hold_what_the_kernel_deals_them(clients: int, one_is_killed: bool) -> None:
    """However a hash deals the clients out, no gateway is over its limit, not even while one is gone."""
    gateways = gateways_for(clients, None, MOST_FILES, one_is_killed=one_is_killed)
    limit = most_connections(clients, gateways, MOST_FILES, one_is_killed=one_is_killed)
    assert limit < MOST_FILES
    there = gateways - one_is_killed
    for seed in range(3):
        dice = Random(seed)
        dealt = Counter(dice.randrange(there) for _ in range(clients))
        assert max(dealt.values()) <= limit


def test_few_need_no_gateways_and_a_kill_needs_others() -> None:
    """Ten thousand are left to the engine's process; where one gateway is to be killed there are four."""
    assert gateways_for(10_000, None, MOST_FILES) == 0
    assert gateways_for(10_000, None, MOST_FILES, one_is_killed=True) == 4
    assert gateways_for(2_000, None, 1_024) == 4


@pytest.mark.parametrize(
    ("clients", "asked", "killed", "words"),
    [
        (45_000, 2, False, "--gateways 3"),
        (25_000, 0, False, "one process of 20,000 files; use --gateways 2"),
        (500_000, 26, False, "--gateways 27"),
        (30_000, 2, True, "while one of them is gone; use --gateways 3"),
        (100, 0, True, "--gateways 2 or more"),
    ],
)
def test_gateways_that_cannot_hold_the_clients_are_refused(
    clients: int, asked: int, killed: bool, words: str
) -> None:
    """What does not fit is refused with the number that does, and that number is taken."""
    with pytest.raises(ValueError, match=words):
        gateways_for(clients, asked, MOST_FILES, one_is_killed=killed)
    needed = int(words.rpartition("--gateways ")[2].partition(" ")[0])
    assert gateways_for(clients, needed, MOST_FILES, one_is_killed=killed) == needed


def test_workers_are_as_many_as_are_needed() -> None:
    """Eighteen thousand clients a worker; fewer workers, or more than clients, are refused."""
    assert [workers_for(clients, 0) for clients in (1, 18_000, 18_001, 500_000)] == [1, 1, 2, 28]
    assert workers_for(100, 5) == 5
    with pytest.raises(ValueError, match="--workers 28"):
        workers_for(500_000, 27)
    with pytest.raises(ValueError, match="fewer workers"):
        workers_for(2, 3)
