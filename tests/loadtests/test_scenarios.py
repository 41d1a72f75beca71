"""The named scenarios: all can be read, and their crowd is spread as they say."""

from collections import Counter
from pathlib import Path

import pytest

from loadtests.season_push import check_lasts, longest_games
from loadtests.swarm.scenario import FOLDER, Manner, behaviour_of, game_of, read_scenario
from simulator.season.errors import InputError

NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_named_scenario_can_be_read(name: str) -> None:
    """Each file is a scenario of its own name whose ramp stays between nobody and everybody."""
    scenario = read_scenario(name)
    assert scenario.name == name
    assert all(0.0 <= scenario.share_at(at / 100) <= 1.0 for at in range(120))


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_season_lasts_as_long_as_a_named_scenario(name: str) -> None:
    """Who names a scenario and nothing else has something pushed until its end."""
    scenario = read_scenario(name)
    sample = FOLDER.parents[1] / "data" / "sample_season.parquet"
    check_lasts(longest_games(sample), sample, scenario.events_a_second, scenario.seconds)


def test_one_game_has_the_crowd() -> None:
    """Of 15 games the k-th has a share of 1 / k, in the whole and in every group of 2,000."""
    scenario = read_scenario("steady_saturday")
    whole = sum(1 / rank for rank in range(1, 16))
    for first in (0, 46_000):
        seats = Counter(game_of(scenario, 15, number) for number in range(first, first + 2_000))
        assert all(abs(seats[rank] / 2_000 - 1 / (rank + 1) / whole) < 0.01 for rank in range(15))


def test_the_few_are_as_many_as_is_said() -> None:
    """One in a hundred reads slowly, of the big game as of the others."""
    scenario = read_scenario("slow_readers")
    slow = [number for number in range(10_000) if behaviour_of(scenario, number) is not None]
    assert 95 <= len(slow) <= 105
    assert {behaviour.manner for number in slow if (behaviour := behaviour_of(scenario, number))} == {
        Manner.SLOW
    }
    assert len({game_of(scenario, 15, number) for number in slow}) > 8


def test_the_ramp_rises_in_straight_lines() -> None:
    """Between two points of a ramp the share is on the line between them."""
    scenario = read_scenario("kickoff_ramp")
    assert scenario.share_at(0.0) == pytest.approx(0.1)
    assert scenario.share_at(0.1) == pytest.approx(0.15)
    assert scenario.share_at(0.9) == 1.0


@pytest.mark.parametrize(
    "written",
    [
        "name = 1",
        'name = "x"\nabout = ""\nramp = [{at = 2.0, share = 0.5}]',
        "[",
        'name = "x"\nabot = ""',
        'name = "x"\nabout = ""\nevents_a_second = 0.0',
        'name = "x"\nabout = ""\nseconds = -1.0',
    ],
)
def test_what_is_no_scenario_is_refused(tmp_path: Path, written: str) -> None:
    """A misspelt or impossible scenario is an error, and so is a name that is none."""
    path = tmp_path / "mine.toml"
    path.write_text(written)
    with pytest.raises(InputError):
        read_scenario(str(path))
    with pytest.raises(InputError, match="steady_saturday"):
        read_scenario("saturday")
