"""The true win probability of generated football: the same machine, played on from a state many times."""

import random
from copy import copy
from math import sqrt

from engine.core.football import Phase
from engine.core.state import State
from simulator.synth.field import FINAL, RUNNING, STOPPED, Field, field_of
from simulator.synth.machine import Dice, Machine
from simulator.synth.matchup import Matchup

_RUNNING_SHARE = 0.62
"""Share of snaps before which the clock runs, where nobody says whether it does."""


def true_win_probability(
    state: State, matchup: Matchup, *, simulations: int = 1_000, seed: int = 0, clock_runs: bool | None = None
) -> tuple[float, float]:
    """Return the home side's true win probability from a state, and the standard error of the simulation.

    Args:
        state: a state between two plays of a generated game.
        matchup: the game's line.
        simulations: games played on from the state.
        seed: the same seed gives the same answer.
        clock_runs: whether the clock runs before the next snap. No state tells, and only the last minutes
            of a half care; None plays both, as often as they occur.
    """
    if state.phase is Phase.FINAL:
        lead = state.home_score - state.away_score
        return (1.0 if lead > 0 else 0.0 if lead < 0 else 0.5), 0.0
    machine = Machine(matchup)
    dice = random.Random(seed).random
    snapped = state.phase is Phase.SCRIMMAGE and state.period <= 4
    share = _RUNNING_SHARE if clock_runs is None else float(clock_runs)
    runs = round(simulations * share) if snapped else 0
    wins = _wins(field_of(state, RUNNING), machine, runs, dice)
    wins += _wins(field_of(state, STOPPED), machine, simulations - runs, dice)
    return _with_error(wins, simulations)


def true_from_field(field: Field, machine: Machine, *, simulations: int, seed: int) -> tuple[float, float]:
    """Return the same from the generator's own board, which knows whether the clock runs."""
    return _with_error(_wins(field, machine, simulations, random.Random(seed).random), simulations)


def _wins(start: Field, machine: Machine, games: int, dice: Dice) -> int:
    step = machine.step
    wins = 0
    for _ in range(games):
        field = copy(start)
        field.score = start.score.copy()
        field.timeouts = start.timeouts.copy()
        while field.phase != FINAL:
            step(field, dice)
        wins += field.score[0] > field.score[1]
    return wins


def _with_error(wins: int, games: int) -> tuple[float, float]:
    """Return the share of wins and its standard error, which is never quite zero."""
    smoothed = (wins + 0.5) / (games + 1)
    return wins / games, sqrt(smoothed * (1 - smoothed) / games)
