"""The laws, as checkers: each looks at one game and returns what breaks the law, one line a violation.

A checker that found nothing has still looked: each returns how many times it had the chance to object, and
the tests demand that it had many. The planted faults of `test_laws_catch_faults.py` show that each can
object.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from engine.core.events import Event, GameEnd, GameStart, Outcome, Status
from engine.core.football import ADMINISTRATIVE, Phase
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.core.probability import millionths
from engine.core.state import State
from engine.core.update import Cause, Update
from tests.core.football_builders import mirrored


class Findings(NamedTuple):
    """What a checker saw of one game."""

    looked: int
    violations: list[str]


def replay(events: Sequence[Event], model: Model) -> tuple[Game, list[Update]]:
    """Return the game after its events, and every update on the way."""
    game = Game(events[0].game_id, model)
    updates = [update for event in events if (update := game.apply(event)) is not None]
    return game, updates


def complement(updates: Sequence[Update]) -> Findings:
    """Home and away add up to exactly 1, and both are probabilities."""
    violations = [
        f"{_where(update)}: {update.home_win_probability} + {update.away_win_probability}"
        for update in updates
        if update.home_win_probability + update.away_win_probability != 1.0
        or not 0.0 <= update.home_win_probability <= 1.0
    ]
    return Findings(len(updates), violations)


def final_certainty(events: Sequence[Event], updates: Sequence[Update]) -> Findings:
    """The last update of a game with a result is exactly 1 or 0 for the winner, or 0.5 for a tie."""
    ends = [event for event in events if isinstance(event, GameEnd)]
    if not ends or ends[-1].outcome is not Outcome.FINAL or ends[-1].status is Status.CANCELLED:
        return Findings(0, [])
    last, home, away = updates[-1], ends[-1].home_score, ends[-1].away_score
    if home is None or away is None:
        return Findings(0, [])
    expected = 0.5 if home == away else float(home > away)
    wrong = last.home_win_probability != expected or last.state.phase is not Phase.FINAL
    return Findings(
        1, [f"{_where(last)}: {last.home_win_probability} at the end, {home}-{away}"] if wrong else []
    )


def administrative_rows(updates: Sequence[Update]) -> Findings:
    """Nobody overtakes anybody on a row on which no ball was played."""
    looked, violations = 0, []
    before = 0.5
    for update in updates:
        after = update.home_win_probability
        if update.cause is Cause.PLAY and update.kind in ADMINISTRATIVE:
            looked += 1
            if (before - 0.5) * (after - 0.5) < 0.0:
                violations.append(f"{_where(update)}: {update.kind} took it from {before} to {after}")
        before = after
    return Findings(looked, violations)


def mirror(events: Sequence[Event], model: Model) -> Findings:
    """With the sides exchanged on neutral ground every probability is the other side's."""
    neutral = [
        replace(event, neutral_site=True) if isinstance(event, GameStart) else event for event in events
    ]
    _, updates = replay(neutral, model)
    _, reflected = replay([mirrored(event) for event in neutral], model)
    violations = [
        f"{_where(update)}: {update.home_win_probability}, mirrored {other.away_win_probability}"
        for update, other in zip(updates, reflected, strict=True)
        if update.home_win_probability != other.away_win_probability
    ]
    return Findings(len(updates), violations)


def more_lead_never_hurts(game: Game, updates: Sequence[Update]) -> Findings:
    """In the same situation a point more is never worth less, nor three, seven or eight."""
    scorer = game.model.for_game(game.pregame)
    violations = []
    for update in updates:
        state = update.state
        before = millionths(scorer.home_win_probability(state))
        for points in (1, 3, 7, 8):
            ahead = replace(state, home_score=state.home_score + points)
            after = millionths(scorer.home_win_probability(ahead))
            if after < before:
                violations.append(f"{_where(update)}: {points} points more took it from {before} to {after}")
            before = after
    return Findings(4 * len(updates), violations)


def valid_states(updates: Sequence[Update]) -> Findings:
    """Every state is one that football knows, whatever the feed said."""
    violations = [f"{_where(update)}: {update.state}" for update in updates if not _is_valid(update.state)]
    return Findings(len(updates), violations)


def intervals(updates: Sequence[Update]) -> Findings:
    """An interval holds its probability, and is a pair of probabilities."""
    looked, violations = 0, []
    for update in updates:
        low, high = update.home_win_probability_low, update.home_win_probability_high
        if low is None or high is None:
            continue
        looked += 1
        if not 0.0 <= low <= update.home_win_probability <= high <= 1.0:
            violations.append(f"{_where(update)}: {update.home_win_probability} not in [{low}, {high}]")
    return Findings(looked, violations)


def telescoping(updates: Sequence[Update]) -> Findings:
    """What plays added is all of the way from the opening to the end (in a game without corrections)."""
    violations = []
    before: float | None = None
    for update in updates:
        if update.cause in (Cause.PLAY, Cause.END) and before is not None:
            added = round(update.home_win_probability - before, 6)
            if added != update.win_probability_added:
                violations.append(f"{_where(update)}: {update.win_probability_added} added, {added} seen")
        before = update.home_win_probability
    return Findings(len(updates), violations)


def _is_valid(state: State) -> bool:
    return (
        1 <= state.period <= 25
        and 0 <= state.clock_s <= 900
        and state.plays_on_clock >= 0
        and 0 <= state.home_score <= 200
        and 0 <= state.away_score <= 200
        and (state.down is None or 1 <= state.down <= 4)
        and (state.yards_to_goal is None or 1 <= state.yards_to_goal <= 99)
        and (state.distance_yd is None or 1 <= state.distance_yd <= 99)
        and 0 <= state.home_timeouts <= 3
        and 0 <= state.away_timeouts <= 3
    )


def _where(update: Update) -> str:
    return f"game {update.game_id} offset {update.offset} play {update.play_id}"
