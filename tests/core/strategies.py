"""What hypothesis draws: valid states, plays from plausible to absurd, whole sets of statements."""

import math
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.advance import Step
from engine.core.events import (
    Event,
    FeedHealth,
    FeedStatus,
    GameEnd,
    GameStart,
    Market,
    Odds,
    Outcome,
    Play,
    Status,
    Team,
    Tracking,
)
from engine.core.football import OvertimeRules, Phase, PlayKind, Side
from engine.core.readings import Unconfirmed
from engine.core.state import State
from tests.core.football_builders import GAME_ID

sides = st.sampled_from(Side)
maybe_sides = st.none() | sides
rules = st.sampled_from(OvertimeRules)
huge = st.sampled_from([2**31, -(2**31), 2**63, 10**30, -(10**30)])
stamps = st.none() | st.integers(0, 3)
names = st.sampled_from(["", "a", "b", "ü\n\0"])


_PHASES: Final = st.sampled_from(Phase)
_PERIODS: Final = st.integers(1, 5) | st.integers(1, 25)
_CLOCKS: Final = st.integers(0, 900)
_SCORES: Final = st.integers(0, 60) | st.integers(0, 200)
_DOWNS: Final = st.none() | st.integers(1, 4)
_SPOTS: Final = st.none() | st.integers(1, 99)
_TIMEOUTS: Final = st.integers(0, 3)
_SMALL: Final = st.integers(0, 60)
_WAITING_SCORES: Final = st.none() | st.tuples(_SCORES, _SCORES)
_WAITING_TIMES: Final = st.none() | st.tuples(_PERIODS, _CLOCKS)


def absurd(low: int, high: int) -> st.SearchStrategy[int | None]:
    """Integers of a range and a little beyond it, missing ones, and now and then a huge one."""
    return st.one_of(st.none(), st.integers(low - 2, high + 2), huge)


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any state that a game can be in, likely or not."""
    period = draw(_PERIODS)
    overtime = period > 4
    return State(
        draw(_PHASES),
        period,
        0 if overtime else draw(_CLOCKS),
        draw(_SMALL),
        draw(_SCORES),
        draw(_SCORES),
        draw(maybe_sides),
        draw(_DOWNS),
        draw(_SPOTS),
        draw(_SPOTS),
        draw(_TIMEOUTS),
        draw(_TIMEOUTS),
        draw(maybe_sides),
        draw(_SMALL) if overtime else 0,
    )


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Any checkpoint, with readings that may wait for a second witness."""
    state = draw(states())
    return Step(state, state, Unconfirmed(draw(_WAITING_SCORES), draw(_WAITING_TIMES)), 0)


# What a field of a play can say: football first, then what is late, absurd or missing.
_ABSURD: Final = (None, -1, 0, 2**31, 10**30, -(10**30))
_SIDES: Final = (Side.HOME, Side.AWAY, None)
_SAYINGS: Final[dict[str, Sequence[Any]]] = {
    "kind": tuple(PlayKind),
    "vendor_ns": (None, 0, 1, 2),
    "period": (1, 2, 3, 4, 5, 6, 7, 25, 26, *_ABSURD),
    "clock_s": (900, 600, 300, 299, 26, 1, 901, *_ABSURD),
    "home_score": (0, 2, 3, 6, 7, 8, 14, 17, 200, 201, *_ABSURD),
    "away_score": (0, 2, 3, 6, 7, 8, 14, 17, 200, 201, *_ABSURD),
    "possession": _SIDES,
    "down": (1, 2, 3, 4, 5, *_ABSURD),
    "distance_yd": (10, 1, 25, 99, 100, *_ABSURD),
    "yards_to_goal": (75, 50, 38, 3, 1, 99, 100, *_ABSURD),
    "yards_gained": (4, 12, 60, -3, -99, *_ABSURD),
    "scoring": (False, True),
    "turnover": (False, True),
    "next_phase": (None, *Phase),
    "next_possession": _SIDES,
    "next_down": (1, 2, 3, 4, 5, *_ABSURD),
    "next_distance_yd": (10, 1, 25, 99, 100, *_ABSURD),
    "next_yards_to_goal": (75, 50, 38, 3, 1, 99, 100, *_ABSURD),
    "timeout_by": _SIDES,
    "text": ("", "a", "ü\n\0"),
}
_FOOTBALL: Final[dict[str, Sequence[Any]]] = {
    "kind": tuple(PlayKind),
    "vendor_ns": (None, 0, 1),
    "period": (1, 1, 2, 2, 3, 4, 4, 5, None),
    "clock_s": (900, 600, 300, 100, 26, 0, 0, 0, None),
    "home_score": (0, 0, 0, 3, 6, 7, 14, None),
    "away_score": (0, 0, 0, 3, 7, None),
    "possession": _SIDES[:2],
    "down": (1, 2, 3, 4, None),
    "distance_yd": (10,),
    "yards_to_goal": (75, 40, 10, 1, None),
    "yards_gained": (0, 4, 12, None),
    "turnover": (False, False, True),
    "next_phase": (None, None, Phase.KICKOFF, Phase.TRY),
    "next_possession": _SIDES,
    "timeout_by": _SIDES,
}


def _pool(sayings: dict[str, Sequence[Any]], size: int) -> list[Play]:
    """Many plays of such sayings, the same in every run: drawing one is cheap, drawing its fields is not."""
    dice = Random(size)
    return [
        Play(
            game_id=GAME_ID,
            play_id="p0",
            order=0,
            **{field: dice.choice(values) for field, values in sayings.items()},
        )
        for _ in range(size)
    ]


_IDENTITIES: Final = [
    {"play_id": f"p{place}", "order": order, "revision": revision, "status": status}
    for revision in range(3)
    for status in (Status.OFFICIAL, Status.PROVISIONAL, Status.CANCELLED)
    for place in range(1, 8)
    for order in (place, place % 3)
]
_WITNESSES: Final[dict[str, Sequence[Any]]] = {
    "kind": (PlayKind.RUN,),
    "period": (1,),
    "clock_s": (900, 500, 700, None),
    "home_score": (0, 14, None),
    "away_score": (0,),
    "possession": (Side.HOME,),
}
_JUNK: Final = _pool(_SAYINGS, 500)
_PLAUSIBLE: Final = _pool(_FOOTBALL, 1_000)
_WAITING: Final = _pool(_WITNESSES, 12)
_SAID: Final = [(field, value) for field, values in _SAYINGS.items() for value in values]
identities = st.sampled_from(_IDENTITIES)


def _said_of(one: Play, identity: dict[str, Any], said: list[tuple[str, Any]]) -> Play:
    return replace(one, **identity, **dict(said))


def junk_plays() -> st.SearchStrategy[Play]:
    """Plays with anything in their fields."""
    said = st.lists(st.sampled_from(_SAID), max_size=3)
    return st.builds(_said_of, st.sampled_from(_JUNK), identities, said)


_STEPS_OF_A_SCORE: Final = st.none() | st.integers(-9, 9) | st.integers(0, 2)


@st.composite
def plays_after(draw: st.DrawFn, state: State) -> Play:
    """Plays with a score, a period and a clock near those of a state, and anything else."""
    home, away = draw(_STEPS_OF_A_SCORE), draw(_STEPS_OF_A_SCORE)
    return replace(
        draw(junk_plays()),
        home_score=None if home is None else state.home_score + home,
        away_score=None if away is None else state.away_score + away,
        period=state.period + draw(st.integers(-1, 1)),
        clock_s=state.clock_s + draw(st.integers(-9, 9)),
    )


@st.composite
def steps_and_plays(draw: st.DrawFn) -> tuple[Step, Play]:
    """Any checkpoint, and a play that may or may not fit it."""
    step = draw(steps())
    return step, draw(junk_plays() | football_plays() | plays_after(step.state))


def football_plays() -> st.SearchStrategy[Play]:
    """Plays as a feed states them: mostly in step with each other, sometimes late, stale or wrong."""
    return st.builds(_said_of, st.sampled_from(_PLAUSIBLE), identities, st.just([]))


def witnesses() -> st.SearchStrategy[Play]:
    """Plays that differ in their readings alone, so that one often waits for the next."""
    return st.builds(_said_of, st.sampled_from(_WAITING), identities, st.just([]))


def statements() -> st.SearchStrategy[list[Play]]:
    """Statements about the plays of a game: of all sorts, or such as bear each other witness."""
    return st.lists(football_plays() | junk_plays(), max_size=14) | st.lists(witnesses(), max_size=8)


def points() -> st.SearchStrategy[float | None]:
    """Lines of a book, among them what is no line."""
    return st.none() | st.sampled_from([-7.0, 3.5, 0.0, -0.0, math.nan, math.inf, -math.inf, 1e9])


def starts() -> st.SearchStrategy[GameStart]:
    """Statements about the start."""
    return st.builds(
        GameStart,
        game_id=st.just(GAME_ID),
        revision=st.integers(-2, 2),
        season=st.sampled_from([None, 2018, 2019, 2023]),
        home=st.builds(Team, names, names, names),
        neutral_site=st.booleans(),
        home_spread=points(),
        total=points(),
    )


def ends() -> st.SearchStrategy[GameEnd]:
    """Statements about the end."""
    return st.builds(
        GameEnd,
        game_id=st.just(GAME_ID),
        revision=st.integers(0, 2),
        status=st.sampled_from(Status),
        outcome=st.sampled_from(Outcome),
        home_score=absurd(0, 60),
        away_score=absurd(0, 60),
        vendor_ns=stamps,
    )


def odds() -> st.SearchStrategy[Odds]:
    """Lines and prices."""
    return st.builds(
        Odds,
        game_id=st.just(GAME_ID),
        revision=st.integers(0, 1),
        book=names,
        market=st.sampled_from(Market),
        vendor_ns=stamps,
        home_spread=points(),
        total=points(),
        home_win_probability=st.sampled_from([None, 0.25, 0.5, 1.0, -1.0, 7.0, math.nan]),
    )


def trackings() -> st.SearchStrategy[Tracking]:
    """Summaries of tracking."""
    return st.builds(
        Tracking,
        game_id=st.just(GAME_ID),
        revision=st.integers(0, 1),
        play_id=names,
        vendor_ns=stamps,
        top_speed_yd_s=st.none() | st.floats(0, 12),
    )


def feed_statuses() -> st.SearchStrategy[FeedStatus]:
    """Words about a feed's health."""
    return st.builds(
        FeedStatus,
        game_id=st.just(GAME_ID),
        revision=st.integers(0, 2),
        feed=names,
        health=st.sampled_from(FeedHealth),
    )


def events() -> st.SearchStrategy[Event]:
    """Statements of every kind."""
    return st.one_of(junk_plays(), football_plays(), starts(), ends(), odds(), trackings(), feed_statuses())


_PLAYS: Final = statements()
_OTHERS: Final = st.lists(st.one_of(starts(), ends(), odds(), trackings(), feed_statuses()), max_size=5)


@st.composite
def sets_of_statements(draw: st.DrawFn) -> list[Event]:
    """What was ever said about a game: plays above all, some of it twice, and the rest in between."""
    said: list[Event] = [*draw(_PLAYS), *draw(_OTHERS)]
    return said + (draw(st.lists(st.sampled_from(said), max_size=3)) if said else [])
