"""Small football: statements about one game, written as briefly as a claim about them.

Every builder fills in a plain default and takes any field of its struct by name.
"""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from engine.core.advance import OPENING_STEP, Step, advance
from engine.core.events import Event, GameEnd, GameStart, Market, Odds, Play, Status, Team
from engine.core.football import OvertimeRules, Phase, PlayKind, Side, opponent
from engine.core.game import Game
from engine.core.models.catalogue import model as model_of
from engine.core.models.interface import Model
from engine.core.state import State
from engine.core.update import Update

GAME_ID = "401520000"
NEWEST_RULES = OvertimeRules.FROM_2021


def play(order: int, kind: PlayKind = PlayKind.RUN, **said: Any) -> Play:
    """A statement about a play that says nothing but its kind."""
    return Play(**{"game_id": GAME_ID, "play_id": f"p{order}", "order": order, "kind": kind, **said})


def run(order: int, gained: int | None = 4, **said: Any) -> Play:
    """A run on first and ten at the home side's own 25, unless something else is said."""
    situation = {"possession": Side.HOME, "down": 1, "distance_yd": 10, "yards_to_goal": 75}
    return play(order, **{**situation, "yards_gained": gained, **said})


def kickoff(order: int, by: Side | None = Side.AWAY, **said: Any) -> Play:
    """A kick-off by a side."""
    return play(order, PlayKind.KICKOFF, possession=by, **said)


def score(order: int, home: int, away: int, **said: Any) -> Play:
    """A scoring pass after which the score stands at this."""
    stated = {
        "kind": PlayKind.PASS,
        "possession": Side.HOME,
        "home_score": home,
        "away_score": away,
        "scoring": True,
    }
    return play(order, **{**stated, "home_score": home, "away_score": away, **said})


def timeout(order: int, by: Side | None, **said: Any) -> Play:
    """A timeout row."""
    return play(order, PlayKind.TIMEOUT, timeout_by=by, **said)


def start(**said: Any) -> GameStart:
    """A statement about the start."""
    return GameStart(**{"game_id": GAME_ID, "season": 2023, **said})


def end(home: int | None = None, away: int | None = None, **said: Any) -> GameEnd:
    """A statement about the end."""
    return GameEnd(**{"game_id": GAME_ID, "home_score": home, "away_score": away, **said})


def line(book: str = "book", **said: Any) -> Odds:
    """A pre-game line of a book."""
    return Odds(**{"game_id": GAME_ID, "book": book, "market": Market.PREGAME, **said})


def price(home: float | None, book: str = "book", **said: Any) -> Odds:
    """A live price of a book."""
    return Odds(
        **{"game_id": GAME_ID, "book": book, "market": Market.LIVE, "home_win_probability": home, **said}
    )


def again(event: Play, revision: int = 1, **said: Any) -> Play:
    """The same play stated again at a higher revision."""
    return replace(event, revision=revision, **said)


def withdrawn(event: Play, revision: int = 1) -> Play:
    """The play withdrawn."""
    return replace(event, revision=revision, status=Status.CANCELLED)


def game(model: Model | str = "brownian", told: Iterable[Event] = ()) -> Game:
    """A game that was told some events."""
    new = Game(GAME_ID, model_of(model) if isinstance(model, str) else model)
    for event in told:
        new.apply(event)
    return new


def tell(told: Game, events: Iterable[Event]) -> list[Update]:
    """Apply events, and return what was said."""
    return [update for event in events if (update := told.apply(event)) is not None]


def speak(told: Game, event: Event) -> Update:
    """Apply an event that must cause an update, and return that."""
    update = told.apply(event)
    assert update is not None, f"nothing was said about {event}"
    return update


def scrimmage(**fields: Any) -> State:
    """A state on first and ten at midfield, home ball, level, at the start of the second quarter."""
    situation = {"possession": Side.HOME, "down": 1, "distance_yd": 10, "yards_to_goal": 50}
    return State(**{"phase": Phase.SCRIMMAGE, "period": 2, **situation, **fields})


def overtime(**fields: Any) -> State:
    """A state in the first series of the first overtime, home ball on the 25, 20-20."""
    situation = {
        "overtime_series": 1,
        "yards_to_goal": 25,
        "clock_s": 0,
        "home_timeouts": 1,
        "away_timeouts": 1,
    }
    return scrimmage(**{"period": 5, "home_score": 20, "away_score": 20, **situation, **fields})


def after(state: State, *plays: Play, rules: OvertimeRules = NEWEST_RULES) -> Step:
    """Fold plays from a state."""
    step = OPENING_STEP._replace(snapped=state, state=state)
    for one in plays:
        step = advance(step, one, rules)
    return step


def folded(*plays: Play, rules: OvertimeRules = NEWEST_RULES) -> Step:
    """Fold plays from the opening of a game."""
    return after(OPENING_STEP.state, *plays, rules=rules)


def mirrored(event: Event) -> Event:
    """The same statement about the game with its sides exchanged."""
    if isinstance(event, Play):
        return replace(
            event,
            home_score=event.away_score,
            away_score=event.home_score,
            possession=_other(event.possession),
            next_possession=_other(event.next_possession),
            timeout_by=_other(event.timeout_by),
        )
    if isinstance(event, GameStart):
        return replace(event, home=event.away, away=event.home, home_spread=_negated(event.home_spread))
    if isinstance(event, GameEnd):
        return replace(event, home_score=event.away_score, away_score=event.home_score)
    if isinstance(event, Odds):
        price = event.home_win_probability
        return replace(
            event,
            home_spread=_negated(event.home_spread),
            home_win_probability=None if price is None else 1.0 - price,
        )
    return event


def _other(side: Side | None) -> Side | None:
    return None if side is None else opponent(side)


def _negated(points: float | None) -> float | None:
    return None if points is None else 0.0 - points


MICHIGAN = Team("130", "Michigan Wolverines", "MICH")
OHIO_STATE = Team("194", "Ohio State Buckeyes", "OSU")
