"""Measures `interval_scale`: what widens the ensemble's spread so that it holds the truth nine times in ten.

Real football has no true win probability; the generated has. The recipe is fitted on generated seasons of
about as many games as the real ones, and scores states of other generated games whose truth is simulated.
The scale is the least with which 90 % of the intervals, widened by the simulation's own error, hold the
simulated truth. Generated football is not of the model's form, so the scale also covers what the recipe
cannot express there.

`python -m benchmarks.interval_scale` generates the seasons, measures the scale and stores it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from calibration.fit.artefact import Settings, make
from calibration.fit.older import none
from calibration.fit.plays import Flags, Floats, Unpriced, digest_of, read_plays
from engine.core.football import REGULATION_PERIODS, Phase
from engine.core.game import Game
from engine.core.models.fitted.artefact import Artefact
from engine.core.models.fitted.ensemble import INTERVAL_Z
from engine.core.models.fitted.model import Fitted
from simulator.season.errors import InputError
from simulator.season.reader import open_season, read_games
from simulator.synth.season import REFERENCE

NOMINAL: Final = 0.90
SIMULATIONS: Final = 400
"""Continuations a simulated truth is the mean of, as `generate_season` makes them by default."""
LAST_S: Final = 300.0
MOST_SCALE: Final = 50.0


@dataclass(frozen=True, slots=True)
class Known:
    """States with a known truth: arrays of one length."""

    said: Floats
    sd: Floats
    """Spread of the ensemble, as a probability."""
    truth: Floats
    error: Floats
    """Standard error of the simulated truth, never quite zero."""
    late: Flags
    """In the last five minutes of regulation."""

    def coverage(self, scale: float, chosen: Flags | None = None) -> float:
        """Return the share of intervals of a scale, widened by the truth's own error, that hold the truth."""
        width = INTERVAL_Z * np.sqrt((scale * self.sd) ** 2 + self.error**2)
        held = np.abs(self.said - self.truth) <= width
        return float(np.mean(held if chosen is None else held[chosen]))


def scale_of(known: Known) -> float:
    """Return the least scale with which the intervals hold the truth as often as they promise."""
    low, high = 0.0, MOST_SCALE
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if known.coverage(middle) >= NOMINAL else (middle, high)
    return high


def known_states(artefact: Artefact, season: Path) -> Known:
    """Score the states of a generated season whose truth it holds.

    Raises:
        InputError: the file cannot be used, or holds no truth.
    """
    rows = list(_rows(Fitted(artefact), season))
    if not rows:
        raise InputError(season, "", f"it has no column reference_{REFERENCE}", "generate it with the truth")
    said, odds_sd, truth, late = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    smoothed = (truth * SIMULATIONS + 0.5) / (SIMULATIONS + 1.0)
    error = np.sqrt(smoothed * (1.0 - smoothed) / SIMULATIONS)
    return Known(said, odds_sd * said * (1.0 - said), truth, error, late > 0.0)


def _rows(model: Fitted, season: Path) -> Iterator[tuple[float, float, float, bool]]:
    """Yield the probability, the ensemble's spread in log-odds, the truth, and whether it is late."""
    for recorded in read_games(open_season(season)):
        truths = recorded.references.get(REFERENCE, [])
        game = Game(recorded.game_id, Unpriced())
        for event, truth in zip(recorded.events, truths, strict=False):
            state = game.state
            known = state.period <= REGULATION_PERIODS and state.phase is Phase.SCRIMMAGE
            if truth is not None and known:
                scorer = model.for_game(game.pregame)
                said = scorer.home_win_probability(state)
                low, high = scorer.interval(state)
                if 0.0 < low < said < high < 1.0:
                    wide = np.log(high / (1.0 - high)) - np.log(low / (1.0 - low))
                    sd = float(wide) / (2.0 * INTERVAL_Z)
                    late = state.period == REGULATION_PERIODS and state.clock_s <= LAST_S
                    yield said, sd, truth, late
            game.apply(event)


def measure(seasons: Sequence[Path], truth: Path) -> dict[str, Any]:
    """Fit on generated seasons, judge on one that holds its truth, and return the scale with its coverage.

    Raises:
        InputError: a file cannot be used, or holds no truth.
    """
    plays = read_plays([open_season(path) for path in seasons])
    settings = Settings(name="generated")
    made = make(plays, none(), settings, command="", data_sha256=digest_of(seasons))
    known = known_states(made, truth)
    scale = scale_of(known)
    return {
        "games": made.provenance.games,
        "states": len(known.said),
        "late_states": int(known.late.sum()),
        "interval_scale": round(scale, 2),
        "coverage_at_1": round(known.coverage(1.0), 3),
        "coverage": round(known.coverage(scale), 3),
        "coverage_late": round(known.coverage(scale, known.late), 3),
        "coverage_early": round(known.coverage(scale, ~known.late), 3),
        "mean_error": round(float(np.mean(np.abs(known.said - known.truth))), 4),
        "mean_sd": round(float(np.mean(known.sd)), 4),
    }
