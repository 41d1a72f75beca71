"""What hypothesis draws: valid states, plays from plausible to absurd, whole sets of statements."""

import math

from hypothesis import strategies as st

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


def absurd(low: int, high: int) -> st.SearchStrategy[int | None]:
    """Integers of a range and a little beyond it, missing ones, and now and then a huge one."""
    return st.one_of(st.none(), st.integers(low, high), st.integers(low - 2, high + 2), huge)


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any state that a game can be in, likely or not."""
    period = draw(st.integers(1, 5) | st.integers(1, 25))
    overtime = period > 4
    return State(
        draw(st.sampled_from(Phase)),
        period,
        0 if overtime else draw(st.integers(0, 900)),
        draw(st.integers(0, 30)),
        draw(st.integers(0, 60) | st.integers(0, 200)),
        draw(st.integers(0, 60) | st.integers(0, 200)),
        draw(maybe_sides),
        draw(st.none() | st.integers(1, 4)),
        draw(st.none() | st.integers(1, 99)),
        draw(st.none() | st.integers(1, 99)),
        draw(st.integers(0, 3)),
        draw(st.integers(0, 3)),
        draw(maybe_sides),
        draw(st.integers(0, 60)) if overtime else 0,
    )


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Any checkpoint, with readings that may wait for a second witness."""
    state = draw(states())
    score = draw(st.none() | st.tuples(st.integers(0, 200), st.integers(0, 200)))
    time = draw(st.none() | st.tuples(st.integers(1, 25), st.integers(0, 900)))
    return Step(state, state, Unconfirmed(score, time), 0)


def junk_plays() -> st.SearchStrategy[Play]:
    """Plays with anything in their fields."""
    return st.builds(
        Play,
        game_id=st.just(GAME_ID),
        play_id=st.sampled_from(["p1", "p2", "p3", "p4", "p5"]),
        order=st.integers(0, 5),
        revision=st.integers(0, 2),
        status=st.sampled_from(Status),
        vendor_ns=stamps,
        kind=st.sampled_from(PlayKind),
        period=absurd(1, 7),
        clock_s=absurd(0, 900),
        home_score=absurd(0, 60) | st.integers(0, 210),
        away_score=absurd(0, 60) | st.integers(0, 210),
        possession=maybe_sides,
        down=absurd(1, 4),
        distance_yd=absurd(1, 99),
        yards_to_goal=absurd(1, 99),
        yards_gained=absurd(-99, 99),
        scoring=st.booleans(),
        turnover=st.booleans(),
        next_phase=st.none() | st.sampled_from(Phase),
        next_possession=maybe_sides,
        next_down=absurd(1, 4),
        next_distance_yd=absurd(1, 99),
        next_yards_to_goal=absurd(1, 99),
        timeout_by=maybe_sides,
        text=names,
    )


@st.composite
def football_plays(draw: st.DrawFn) -> Play:
    """Plays as a feed states them: mostly in step with each other, sometimes late, stale or wrong."""
    place = draw(st.integers(1, 8))
    kind = draw(st.sampled_from(PlayKind))
    side = draw(sides)
    return Play(
        game_id=GAME_ID,
        play_id=f"p{draw(st.sampled_from([place, 1, 2, 3]))}",
        order=place,
        revision=draw(st.integers(0, 2)),
        status=draw(st.sampled_from(Status)),
        vendor_ns=draw(stamps),
        kind=kind,
        period=draw(st.sampled_from([(place + 1) // 2, 4, 5, None])),
        clock_s=draw(st.sampled_from([900 - 100 * place, 300, 0, 0, None])),
        home_score=draw(st.sampled_from([0, 0, 3, 6, 7, 14, None])),
        away_score=draw(st.sampled_from([0, 0, 3, 7, None])),
        possession=side,
        down=draw(st.sampled_from([1, 2, 3, 4, None])),
        distance_yd=10,
        yards_to_goal=draw(st.sampled_from([75, 40, 10, None])),
        yards_gained=draw(st.sampled_from([0, 4, 12, None])),
        turnover=draw(st.booleans()),
        next_phase=draw(st.sampled_from([None, None, Phase.KICKOFF, Phase.TRY])),
        next_possession=draw(maybe_sides),
        timeout_by=draw(maybe_sides),
    )


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


@st.composite
def sets_of_statements(draw: st.DrawFn) -> list[Event]:
    """What was ever said about a game: plays above all, some of it twice, and the rest in between."""
    said: list[Event] = list(draw(st.lists(football_plays() | junk_plays(), max_size=14)))
    others = st.one_of(starts(), ends(), odds(), trackings(), feed_statuses())
    said += draw(st.lists(others, max_size=5))
    if said:
        said += draw(st.lists(st.sampled_from(said), max_size=3))
    return said
