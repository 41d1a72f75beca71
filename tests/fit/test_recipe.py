"""What holds of a fit: it says what the engine will say, keeps the laws, and comes out the same again."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.fit import late, recipe
from calibration.fit.artefact import Settings, encode, make
from calibration.fit.older import none
from calibration.fit.plays import Plays, Unpriced, is_snap
from calibration.fit.snaps import regulation
from engine.core.events import Event
from engine.core.football import HOME
from engine.core.game import Game
from engine.core.models.fitted.artefact import Artefact
from engine.core.models.fitted.model import Fitted, decode_artefact
from simulator.season.reader import open_season, read_games

ROUNDING = 2e-6
"""Coefficients are written with six digits."""


def played(events: tuple[Event, ...]) -> Game:
    """A game with everything applied."""
    game = Game(events[0].game_id, Unpriced())
    for event in events:
        game.apply(event)
    return game


@pytest.mark.parametrize("with_line", [True, False])
def test_the_engine_says_what_the_fit_says(
    generated: Path, plays: Plays, artefact: Artefact, *, with_line: bool
) -> None:
    """The scorer of the run time and the designs of the fit agree on every snap of regulation."""
    in_regulation, snaps = regulation(plays)
    line = recipe.fit(snaps, none(), with_line=True)
    layers = line if with_line else recipe.fit(snaps, none(), with_line=False, ep=line.ep)
    fitted = layers.probability(snaps)
    model, said = Fitted(artefact), []
    for recorded in read_games(open_season(generated)):
        game = played(recorded.events)
        known = game.pregame
        if not with_line:
            known = type(known)(known.season, known.neutral_site, None, None)
        scorer = model.for_game(known)
        for entry in game.entries:
            if is_snap(entry) and entry.step.snapped.period <= 4:
                home = scorer.home_win_probability(entry.step.snapped)
                said.append(home if entry.step.snapped.possession is HOME else 1.0 - home)
    assert len(said) == int(in_regulation.sum())
    told = np.array(said)
    sure = (told == 0.0) | (told == 1.0) | (snaps.left_s == 0.0)  # certain, or run out: the engine's to know
    assert sure.mean() < 0.02
    assert np.abs(told - np.clip(fitted, 1e-6, 1.0 - 1e-6))[~sure].max() < ROUNDING


def test_more_lead_never_hurts(plays: Plays) -> None:
    """Whatever the time, the spot, the down and the timeouts."""
    _, snaps = regulation(plays)
    layers = recipe.fit(snaps, none(), with_line=True)
    before = layers.log_odds(snaps)
    for points in (1.0, 2.0, 3.0, 7.0):
        more = replace(snaps, lead=snaps.lead + points)
        assert (layers.log_odds(more) - before).min() > -1e-9


def test_a_jump_below_its_floor_would_be_caught(plays: Plays) -> None:
    """The law above can fail: the same check finds a planted fall."""
    _, snaps = regulation(plays)
    layers = recipe.fit(snaps, none(), with_line=True)
    jumps = layers.jumps.copy()
    jumps[[place for place, jump in enumerate(late.JUMPS) if jump.kind == "step" and jump.reached == 10]] -= (
        9.0
    )
    faulty = replace(layers, jumps=jumps)
    level = snaps.where((snaps.lead == 0.0) & (snaps.left_s < 400.0))
    assert len(level) > 0
    more = replace(level, lead=level.lead + 1.0)
    assert (faulty.log_odds(more) - faulty.log_odds(level)).min() < 0.0


def test_exchanging_the_sides_changes_nothing(plays: Plays, artefact: Artefact) -> None:
    """A season in which home and away are exchanged at neutral sites gives the same coefficients."""
    neutral = replace(plays, neutral=np.ones(len(plays), dtype=np.bool_))
    mirrored = replace(
        neutral,
        home_score=plays.away_score,
        away_score=plays.home_score,
        home_ball=~plays.home_ball,
        home_timeouts=plays.away_timeouts,
        away_timeouts=plays.home_timeouts,
        second_half=-plays.second_half,
        home_spread=-plays.home_spread,
        home_won=~plays.home_won,
        next_points=-plays.next_points,
    )
    made = [
        make(table, none(), Settings(members=1), command="", data_sha256="") for table in (neutral, mirrored)
    ]
    assert encode(made[0]) == encode(made[1])
    assert made[0].regulation.line.base == artefact.regulation.line.base


def test_the_same_data_and_seed_give_the_same_bytes(
    generated: Path, tmp_path: Path, project_root: Path
) -> None:
    """In processes with other hash seeds and other numbers of threads."""
    written = []
    for threads in ("1", "2"):
        out = tmp_path / threads / "fitted.json"
        out.parent.mkdir()
        command = [sys.executable, "wpsim.py", "fit", str(generated), "-o", str(out), "--members", "2"]
        environment = os.environ | {
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "PYTHONHASHSEED": threads,
        }
        subprocess.run(command, check=True, cwd=project_root, env=environment, capture_output=True)
        written.append(out.read_bytes())
    assert written[0] == written[1]
    assert decode_artefact(written[0]).provenance.games > 0


def test_another_seed_draws_other_games(plays: Plays, artefact: Artefact) -> None:
    """The seed moves the ensemble and nothing else."""
    other = make(plays, none(), Settings(members=3, seed=1), command="test", data_sha256="0")
    assert other.regulation.line.members != artefact.regulation.line.members
    assert other.regulation.line.base == artefact.regulation.line.base
    assert other.choices == artefact.choices


def test_an_artefact_is_read_as_it_was_written(artefact: Artefact) -> None:
    """Its JSON holds every number to the last digit."""
    assert decode_artefact(encode(artefact)) == artefact


def test_the_provenance_says_what_was_fitted(plays: Plays, artefact: Artefact) -> None:
    """Seasons, games, plays, seed and the scores on its own data."""
    told = artefact.provenance
    assert told.seasons == (2022,)
    assert told.plays == len(plays)
    assert told.games == len(np.unique(plays.game))
    assert 0.0 < told.scores["brier_in_sample"] < told.scores["brier_in_sample_no_line"] < 0.25
