"""The true win probability: sure where the game is, fair where it is even, and worth calibrating against."""

import random

import pytest

from engine.core.events import Play
from engine.core.football import Phase, Side
from engine.core.state import OPENING, State
from simulator.synth.field import field_of, state_of
from simulator.synth.matchup import Matchup
from simulator.synth.season import fixture, generate_game, states
from simulator.synth.truth import true_win_probability

EVEN = Matchup(0.0, 56.0)


def late(lead: int, clock_s: int = 40) -> State:
    """Home ball on its own 40 late in the game, ahead by `lead`; nobody has a timeout."""
    return State(
        Phase.SCRIMMAGE, 4, clock_s, 0, 20 + lead, 20, Side.HOME, 1, 10, 60, 0, 0, Side.HOME, 0
    )  # fmt: skip


def test_an_even_game_is_even() -> None:
    """Before kick-off on a level line each side wins half the games."""
    p, error = true_win_probability(OPENING, EVEN, simulations=1_000, seed=3)
    assert abs(p - 0.5) < 4 * error
    assert error == pytest.approx(0.0158, abs=0.001)


def test_a_favourite_wins_as_often_as_real_ones() -> None:
    """A favourite by seven wins about two games in three, one by 21 about nine in ten."""
    seven, _ = true_win_probability(OPENING, Matchup(-7.0, 56.0), simulations=400, seed=1)
    twenty_one, _ = true_win_probability(OPENING, Matchup(-21.0, 56.0), simulations=400, seed=1)
    assert 0.60 < seven < 0.75
    assert 0.86 < twenty_one < 0.96


def test_a_side_that_can_kneel_has_won() -> None:
    """Ahead with the ball, no time and no timeouts against it, a side cannot lose."""
    assert true_win_probability(late(1), EVEN, simulations=200, seed=1)[0] == 1.0
    assert true_win_probability(late(-30), EVEN, simulations=200, seed=1)[0] == 0.0


def test_a_final_state_is_certain() -> None:
    """After the end the score decides, without error."""
    final = State(phase=Phase.FINAL, home_score=1, away_score=2)
    assert true_win_probability(final, EVEN) == (0.0, 0.0)


def test_the_same_seed_gives_the_same_answer() -> None:
    """The simulation is a function of state, line and seed."""
    assert true_win_probability(late(-3, 100), EVEN, simulations=100, seed=9) == true_win_probability(
        late(-3, 100), EVEN, simulations=100, seed=9
    )


def test_every_state_of_a_game_can_be_played_on() -> None:
    """Each state that generated games pass through goes to the board and back unchanged."""
    for number in range(20):
        for event, state in states(6, number):
            if isinstance(event, Play) and state.phase is not Phase.FINAL:
                assert state_of(field_of(state)) == state


def test_the_truth_is_calibrated() -> None:
    """Where the truth says p, the home side wins p of the games: at one state of each of 100."""
    said, won, variance = 0.0, 0, 0.0
    dice = random.Random(1).random
    for number in range(100):
        rows = [(event, state) for event, state in states(12, number) if state.period <= 4]
        _, state = rows[int(dice() * (len(rows) - 2))]
        end = list(states(12, number))[-1][1]
        p, _ = true_win_probability(state, fixture(12, number).matchup, simulations=40, seed=number)
        said += p
        won += end.home_score > end.away_score
        variance += p * (1 - p) + 1 / 160
    assert abs(said - won) < 3 * variance**0.5


def test_the_reference_column_holds_the_truth_of_every_nth_play() -> None:
    """Asked for, the truth stands before every n-th row, null elsewhere, and the game is the same with it."""
    plain, none = generate_game(3, 1)
    events, truths = generate_game(3, 1, true_probability_every=50, simulations=20)
    assert events == plain
    assert set(none) == {None}
    told = [place for place, truth in enumerate(truths) if truth is not None]
    assert told == list(range(50, len(events), 50))[: len(told)]
    assert len(told) >= 2
