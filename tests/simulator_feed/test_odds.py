"""The made-up market: what the odds client reads from it."""

from statistics import median
from typing import Any

import pytest

from engine.core.football import Side
from engine.feeds.action_network import read_scoreboard
from engine.feeds.margin import implied_by_american
from simulator.feed.odds import american
from simulator.feed.sources import read_games
from tests.simulator_feed.feeds import SAMPLE, client_of, end, game, run, run_play, start


def test_before_kickoff_the_books_agree_with_the_line() -> None:
    """The median of the books is the season's spread and total, and no price is live."""

    async def test() -> None:
        async with client_of(read_games([SAMPLE], limit=15)) as client:
            degraded: dict[str, int] = {}
            payload = await client.json("/odds/scoreboard")
            listed = list(read_scoreboard(payload, degraded))
            assert degraded == {}
            for priced, known in zip(listed, client.running.day.games.values(), strict=True):
                line = known.standing(1).start
                assert priced.before_kickoff
                assert median(one.home_spread or 0.0 for one in priced.lines) == line.home_spread
                assert median(one.total or 0.0 for one in priced.lines) == line.total
                assert not any(one.live for one in priced.lines)
                assert all(one.home_win_probability is not None for one in priced.lines)

    run(test)


@pytest.mark.parametrize("side", list(Side))
def test_live_prices_follow_the_score(side: Side) -> None:
    """During the game prices are live, and the side that is far ahead has the better of them."""
    ahead: dict[str, Any] = {f"{side.value}_score": 17, "period": 3}
    later = (run_play(number, 60.0 * number, **ahead) for number in (2, 3, 4))  # witnesses of the jump
    told = game(start(), run_play(1, 60), *later, end(300))

    async def test() -> None:
        async with client_of([told]) as client:
            client.at(0.85)
            (priced,) = read_scoreboard(await client.json("/odds/scoreboard"), {})
            assert len(priced.lines) == 3
            assert all(line.live for line in priced.lines)
            for line in priced.lines:
                assert line.home_win_probability is not None
                better = line.home_win_probability if side is Side.HOME else 1 - line.home_win_probability
                assert better > 0.8
            client.at(1.0)
            (priced,) = read_scoreboard(await client.json("/odds/scoreboard"), {})
            assert priced.over
            assert not any(line.live for line in priced.lines)

    run(test)


def test_prices_move_without_plays_and_again_the_same() -> None:
    """Between two plays the market drifts; a seed and a moment have their prices, another seed others."""
    told = game(start(), run_play(1, 60), run_play(2, 1_200), end(1_300))

    async def test() -> None:
        bodies: dict[int, list[bytes]] = {}
        for seed in (1, 1, 2):
            async with client_of([told], seed=seed) as client:
                seen = []
                for share in (0.1, 0.3, 0.5):
                    client.at(share)
                    seen.append((await client.get("/odds/scoreboard"))[2])
                assert len(set(seen)) == 3
                assert bodies.setdefault(seed, seen) == seen
        assert bodies[1] != bodies[2]

    run(test)


@pytest.mark.parametrize("chance", [0.01, 0.2, 0.5, 0.524, 0.8, 0.99])
def test_a_price_is_its_probability(chance: float) -> None:
    """An American price read back is the probability that it was made for, to a whole price."""
    assert implied_by_american(american(chance)) == pytest.approx(chance, abs=0.003)


def test_the_books_move_together() -> None:
    """Between plays the market as a whole drifts: the mean of the books moves by two percent or more."""
    told = game(start(), run_play(1, 60), run_play(2, 4_000), end(4_100))

    async def test() -> None:
        async with client_of([told], seed=4) as client:
            means = []
            for share in (0.05, 0.25, 0.45, 0.65, 0.85):
                client.at(share)
                (priced,) = read_scoreboard(await client.json("/odds/scoreboard"), {})
                chances = [line.home_win_probability or 0.0 for line in priced.lines]
                assert max(chances) - min(chances) < 0.06
                means.append(sum(chances) / len(chances))
            assert 0.02 < max(means) - min(means) < 0.15

    run(test)
