"""The gate lets the truth pass and catches each planted fault, by the criterion that is there for it.

How many games it takes, by `python -m tests.calibration.measure_gate` (share of 60 sets that fail at a
level of 5 %, with the truth as rival): sides swapped on 2 % of rows: all at 60 games. Sharpened by 1.3: 43
% at 250, 73 % at 500, 98 % at 900. A clock frozen in the last quarter: 50 % at 120, 73 % at 250, all at
500. The truth itself failed in 9 of 300 sets. The sizes below are those at which a fault is caught surely.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from calibration.gate import Criterion, Rival, judge_gate
from engine.core.models.catalogue import model
from engine.core.models.interface import Model, Pregame, Scorer
from engine.core.state import State
from simulator.replay.predictions import Predictions
from simulator.replay.run import replay
from simulator.season.reader import Season, open_season
from tests.calibration.martingale import saying, sharpened, sound, swapped
from tests.conftest import ROOT

BROWNIAN = model("brownian")


def _judge(
    plays: Predictions, rival: Rival | None = None, *, knows_line: bool = True
) -> tuple[Criterion, ...]:
    return judge_gate(plays, rival, fits=40, resamples=1_000, knows_line=knows_line)


def _failed(criteria: tuple[Criterion, ...]) -> dict[str, str]:
    return {criterion.name: criterion.reason for criterion in criteria if not criterion.passed}


def _truth(plays: Predictions) -> Rival:
    return Rival("truth", plays.home_win_probability)


@pytest.fixture(scope="module")
def many() -> Predictions:
    """The truth of 1,500 games."""
    return sound(1_500, 1)


@pytest.fixture(scope="module")
def generated() -> Predictions:
    """What the Brownian model says of the generated season that ships, 250 games."""
    return replay(open_season(ROOT / "data" / "sample_season.parquet"), model=BROWNIAN).predictions


def test_the_truth_passes(many: Predictions) -> None:
    """Exact probabilities pass all four, against a rival that is a little worse."""
    rival = Rival("blunt", many.home_win_probability * 0.96 + 0.02)
    criteria = _judge(many, rival)
    assert [criterion.name for criterion in criteria] == ["calibration", "miscalibration", "paired", "tails"]
    assert _failed(criteria) == {}


def test_sharpened_probabilities_are_too_bold(many: Predictions) -> None:
    """A temperature of 1.3 is found by every criterion: it is miscalibrated, worse, and breaks its word."""
    failed = _failed(_judge(sharpened(many), _truth(many)))
    assert failed.keys() == {"calibration", "miscalibration", "paired", "tails"}
    assert failed["calibration"].startswith("confidence")
    assert "too bold" in failed["calibration"]


def test_timid_probabilities_are_too_timid(many: Predictions) -> None:
    """The opposite fault breaks no word, and is found all the same."""
    failed = _failed(_judge(sharpened(many, 1 / 1.3), _truth(many)))
    assert "too timid" in failed["calibration"]
    assert "paired" in failed
    assert "tails" not in failed


def test_swapped_sides_lose_and_break_their_word() -> None:
    """Sixty games are enough for sides swapped on 2 % of rows."""
    plays = sound(60, 2)
    failed = _failed(_judge(swapped(plays, 2), _truth(plays)))
    assert {"paired", "tails"} <= failed.keys()
    assert _failed(_judge(plays, _truth(plays))) == {}


def test_a_clock_frozen_for_a_quarter_is_too_timid_in_it(many: Predictions) -> None:
    """A clock that stands at 15:00 all through the last quarter: timid there, and worse than the truth."""
    frozen = sound(1_500, 1, frozen_clock=True)
    assert (frozen.home_won == many.home_won).all()
    failed = _failed(_judge(frozen, _truth(many)))
    assert failed["calibration"].startswith("confidence in quarter 4: too timid")
    assert "paired" in failed


def test_a_home_bias_is_named(many: Predictions) -> None:
    """Three points of probability too many for the home side."""
    failed = _failed(_judge(saying(many, many.home_win_probability * 0.97 + 0.03)))
    assert "calibration" in failed
    assert "less often than said" in failed["calibration"]


def test_a_blind_model_is_not_blamed_for_the_line(many: Predictions) -> None:
    """The line is a direction only for a model that was told it: half the games' 50 % says nothing wrong."""
    coin = saying(many, np.full(len(many), float(many.home_won.mean())))
    told = _judge(coin)[0]
    blind = _judge(coin, knows_line=False)[0]
    assert told.figures["direction"] == "favourite by the line"
    assert abs(told.figures["t"]) > 10.0
    assert blind.figures["direction"] != "favourite by the line"


def test_a_rival_that_is_silent_fails_the_gate(many: Predictions) -> None:
    """Nothing to compare with is a reason, not a pass."""
    silent = Rival("silent", np.full(len(many), np.nan))
    assert "says nothing" in _failed(_judge(many, silent))["paired"]


def test_the_verdict_repeats_itself() -> None:
    """The same seed gives the same figures."""
    plays = sound(60, 3)
    assert _judge(plays, _truth(plays)) == _judge(plays, _truth(plays))


FAULTS: dict[str, Callable[[Predictions], Predictions]] = {
    "sharpened": sharpened,
    "swapped": lambda plays: swapped(plays, 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_caught_on_the_season_that_ships(fault: str, generated: Predictions) -> None:
    """250 generated games through the engine: the model passes as it is, and fails with the fault."""
    assert _failed(_judge(generated, _truth(generated))) == {}
    assert "tails" in _failed(_judge(FAULTS[fault](generated), _truth(generated)))


@dataclass(frozen=True)
class _StoppedClock:
    """A model that believes to stand at the start of the last quarter until it is over."""

    told: Model

    def __getattr__(self, name: str) -> Any:
        return getattr(self.told, name)

    def for_game(self, pregame: Pregame) -> "_StoppedScorer":
        return _StoppedScorer(self.told.for_game(pregame))


@dataclass(frozen=True)
class _StoppedScorer:
    told: Scorer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.told, name)

    def home_win_probability(self, state: State) -> float:
        if state.period == 4:
            state = replace(state, clock_s=900, plays_on_clock=0)
        return self.told.home_win_probability(state)


@pytest.mark.full_season
def test_a_stopped_clock_is_caught_on_a_real_season(real_season: Callable[[int], Season]) -> None:
    """857 real games of 2023: the same model passes the test of calibration with its clock, not without."""
    season = real_season(2023)
    moving = replay(season, model=BROWNIAN).predictions
    stopped = replay(season, model=_StoppedClock(BROWNIAN)).predictions
    assert "calibration" not in _failed(_judge(moving))
    assert "quarter 4: too timid" in _failed(_judge(stopped))["calibration"]


@pytest.mark.full_season
def test_no_more_false_alarms_than_asked_for() -> None:
    """At 5 % over all criteria, 200 sets of 120 games with exact probabilities fail at most 16 times."""
    alarms = 0
    for seed in range(200):
        plays = sound(120, 10_000 + seed)
        rival = Rival("blunt", plays.home_win_probability * 0.98 + 0.01)
        alarms += bool(_failed(judge_gate(plays, rival, fits=40, resamples=400, seed=seed)))
    assert alarms <= 16
