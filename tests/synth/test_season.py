"""The generated season file: the same from the same seed, whole, clean, and stamped like a real day."""

import hashlib
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from engine.core.events import GameEnd, GameStart, Play, encode_event
from simulator.season.reader import open_season, read_games
from simulator.synth.season import fixture, generate_game, generate_season

SAMPLE_SEED = 2024
SAMPLE_GAMES = 250
HOUR_NS = 3_600_000_000_000
# Of game 0 of seed 7: changes only with the generator, never with the interpreter. A new one is a new STREAM.
DIGEST = "be5c472045caa2f7b913b1b7d638a376a453aa7e793d90ec4efdb5d325090698"


def digest(seed: int, number: int) -> str:
    """The SHA-256 of a game's events."""
    events, _ = generate_game(seed, number)
    return hashlib.sha256(b"\n".join(encode_event(event) for event in events)).hexdigest()


def test_the_same_seed_gives_the_same_bytes_everywhere() -> None:
    """A game's events have the digest that was stored when the bit stream was last changed."""
    assert digest(7, 0) == DIGEST
    assert digest(7, 1) != digest(7, 0) != digest(8, 0)


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_the_hash_seed_does_not_matter(hash_seed: str, project_root: Path) -> None:
    """Another process with another PYTHONHASHSEED generates the same game."""
    code = "from tests.synth.test_season import digest; print(digest(7, 0))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project_root,
        env={"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == DIGEST


def test_a_season_is_written_and_read_back(tmp_path: Path) -> None:
    """The file holds the generated games; the report counts them; progress is told after each."""
    told: list[tuple[int, int]] = []
    out = tmp_path / "season.parquet"
    report = generate_season(
        out,
        seed=5,
        games=4,
        progress=lambda *done: told.append(done),
        true_probability_every=90,
        simulations=5,
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    season = open_season(out)
    assert season.references == ("true",)
    games = list(read_games(season))
    assert report.games == len(games) == 4
    assert report.events == sum(len(game.events) for game in games) == season.rows
    assert report.true_probabilities == sum(
        value is not None for game in games for value in game.references["true"]
    )
    for number, game in enumerate(games):
        assert list(game.events) == generate_game(5, number)[0]


def test_the_shipped_season_is_the_generated_one(project_root: Path) -> None:
    """Games of data/sample_season.parquet, generated again, are the same events; the file stays small."""
    path = project_root / "data" / "sample_season.parquet"
    assert path.stat().st_size <= 2_500_000
    season = open_season(path)
    assert len(season.spans) == SAMPLE_GAMES
    for number in (0, 1, 77, SAMPLE_GAMES - 1):
        (game,) = read_games(season, [season.spans[number]])
        assert list(game.events) == generate_game(SAMPLE_SEED, number)[0]


def test_games_last_as_long_as_real_ones() -> None:
    """A game takes about 3.3 hours; receipt never goes back and lags the vendor by 2 to 60 seconds."""
    hours = []
    for number in range(40):
        events, _ = generate_game(9, number)
        received = [event.received_ns for event in events]
        assert all(early <= later for early, later in pairwise(received))
        plays = [event for event in events if isinstance(event, Play)]
        for play in plays:
            assert play.vendor_ns is not None
            assert 2e9 <= play.received_ns - play.vendor_ns <= 60e9
        assert isinstance(events[0], GameStart)
        assert isinstance(events[-1], GameEnd)
        assert events[0].scheduled_ns is not None
        hours.append((events[-1].received_ns - events[0].scheduled_ns) / HOUR_NS)
    assert 3.0 < sum(hours) / len(hours) < 3.6
    assert all(2.4 < hour < 5.0 for hour in hours)


def test_fixtures_fill_saturdays() -> None:
    """Up to fifteen games kick off in a slot, no college plays twice in one, and none plays itself."""
    fixtures = [fixture(1, number) for number in range(90)]
    for slot in range(6):
        some = fixtures[15 * slot : 15 * slot + 15]
        colleges = [team.team_id for game in some for team in (game.home, game.away)]
        assert len(set(colleges)) == 30
        kick_offs = [game.scheduled_ns for game in some]
        assert max(kick_offs) - min(kick_offs) < HOUR_NS
    assert len({game.game_id for game in fixtures}) == 90
    assert {game.week for game in fixtures} == {1, 2}
