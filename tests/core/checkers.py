"""The laws as checkers: each returns what breaks it, so that a planted fault can show that it sees."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from msgspec.structs import replace

from engine.core.advance import OPENING_STEP, advance
from engine.core.events import Event, Play, Status, Tracking, supersedes
from engine.core.football import ADMINISTRATIVE, OvertimeRules, Phase
from engine.core.game import Game
from engine.core.ledger import Entry
from engine.core.models.interface import Model, Pregame, Scorer, mirror_pregame
from engine.core.probability import EVEN, ONE, millionths
from engine.core.state import OPENING, State, mirror
from engine.core.update import Update, canonical_bytes
from tests.core.football_builders import GAME_ID, mirrored, start


def complement_faults(updates: Iterable[Update]) -> list[Update]:
    """The updates whose two probabilities do not add up to exactly 1, or are no probabilities."""
    return [
        update
        for update in updates
        if update.home_win_probability + update.away_win_probability != 1.0
        or not 0.0 <= update.home_win_probability <= 1.0
    ]


def mirror_faults(model: Model, pregame: Pregame, states: Iterable[State]) -> list[State]:
    """The states whose probability is not the mirror's exact complement."""
    scorer, reversed_scorer = model.for_game(pregame), model.for_game(mirror_pregame(pregame))
    return [
        state
        for state in states
        if millionths(scorer.home_win_probability(state))
        != ONE - millionths(reversed_scorer.home_win_probability(mirror(state)))
    ]


def mirrored_game_faults(model: Model, told: Sequence[Event]) -> list[int]:
    """The places at which a game at a neutral site and its mirror are not each other's exact complement."""
    game, reversed_game = Game(GAME_ID, model), Game(GAME_ID, model)
    faults = []
    for place, event in enumerate([start(neutral_site=True, revision=9), *told]):
        game.apply(event)
        reversed_game.apply(mirrored(event))
        if round(game.home_win_probability * ONE) != ONE - round(reversed_game.home_win_probability * ONE):
            faults.append(place)
    return faults


def lead_faults(scorer: Scorer, state: State, points: int) -> list[int]:
    """The leads, of up to some points more, at which one more point lowered the home side's probability."""
    chances = [
        millionths(scorer.home_win_probability(replace(state, home_score=state.home_score + more)))
        for more in range(points + 1)
    ]
    return [more for more in range(points) if chances[more + 1] < chances[more]]


def crossings(entries: Iterable[Entry], opening_millionths: int) -> list[Entry]:
    """The administrative rows on which the favourite changed."""
    crossed, before = [], opening_millionths
    for entry in entries:
        now = entry.home_millionths
        if entry.play.kind in ADMINISTRATIVE and (before - EVEN) * (now - EVEN) < 0:
            crossed.append(entry)
        before = now
    return crossed


def what_stands(game: Game) -> dict[str, Any]:
    """All that the set of statements decides, by name; the next update stands for what no property shows."""
    stands: dict[str, Any] = {
        "state": game.state_digest(),
        "chart": game.chart(),
        "snapshot": canonical_bytes(_timeless(game)),
        "probability": game.home_win_probability,
        "doubts": game.doubts(),
        "ended": game.ended,
    }
    probe = game.apply(Tracking(game_id=GAME_ID, play_id="probe", revision=10**9 + game.offset))
    assert probe is not None
    stands["next update"] = canonical_bytes(replace(probe, offset=0, tracking=None))
    return stands


def _timeless(game: Game) -> Any:
    return replace(game.snapshot(), offset=0)


def divergences(model: Model, said: Sequence[Event], otherwise: Sequence[Event]) -> list[str]:
    """The names of what stands otherwise when the same set of statements comes in another order."""
    stands, stands_otherwise = (
        what_stands(_told(model, in_this_order)) for in_this_order in (said, otherwise)
    )
    return [name for name in stands if stands[name] != stands_otherwise[name]]


def _told(model: Model, events: Iterable[Event]) -> Game:
    game = Game(GAME_ID, model)
    for event in events:
        game.apply(event)
    return game


def winners(plays: Iterable[Play]) -> list[Play]:
    """The plays that stand, in their order: of each the winning statement, without those withdrawn."""
    by_id: dict[str, list[Play]] = {}
    for play in plays:
        by_id.setdefault(play.play_id, []).append(play)
    won = [reduce(_firmer, statements) for statements in by_id.values()]
    standing = [play for play in won if play.status is not Status.CANCELLED]
    return sorted(standing, key=lambda play: (play.order, play.play_id))


def _firmer(old: Play, new: Play) -> Play:
    return new if supersedes(new, old) else old


def plain_fold(plays: Iterable[Play], scorer: Scorer, rules: OvertimeRules) -> list[tuple[str, State, int]]:
    """Fold plays from kick-off in one go: what the ledger's incremental folding must come to."""
    step, before, fold = OPENING_STEP, millionths(scorer.home_win_probability(OPENING)), []
    for play in plays:
        step = advance(step, play, rules)
        after = millionths(scorer.home_win_probability(step.state))
        if play.kind in ADMINISTRATIVE and (before - EVEN) * (after - EVEN) < 0:
            after = EVEN
        fold.append((play.play_id, step.state, after))
        before = after
    return fold


def state_faults(state: State) -> list[str]:
    """What is not as every state must be."""
    downs, spots = (None, 1, 2, 3, 4), (None, *range(1, 100))
    valid = {
        "phase": isinstance(state.phase, Phase),
        "period": 1 <= state.period <= 25,
        "clock_s": 0 <= state.clock_s <= 900 and (state.period <= 4 or state.clock_s == 0),
        "plays_on_clock": state.plays_on_clock >= 0,
        "scores": 0 <= state.home_score <= 200 and 0 <= state.away_score <= 200,
        "down": state.down in downs,
        "distance_yd": state.distance_yd in spots,
        "yards_to_goal": state.yards_to_goal in spots,
        "timeouts": 0 <= state.home_timeouts <= 3 and 0 <= state.away_timeouts <= 3,
        "overtime_series": state.overtime_series >= 0,
    }
    return [name for name, holds in valid.items() if not holds]
