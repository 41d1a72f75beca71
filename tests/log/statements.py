"""Statements to record: plain ones by number, and hypothesis strategies for every field of every kind."""

from typing import Any

from hypothesis import strategies as st

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
from engine.core.football import Phase, PlayKind, Side


def play(number: int, game_id: str = "g", text: str = "Smith runs for 3 yds") -> Play:
    """A play that is told apart from others by its number."""
    return Play(
        game_id=game_id,
        received_ns=1_700_000_000_000_000_000 + number,
        play_id=str(number),
        order=1_000 * number,
        text=text,
    )


def word(number: int) -> FeedStatus:
    """A short statement, for logs of which every byte is tried."""
    return FeedStatus(game_id="g", revision=number, feed="f", health=FeedHealth.LIVE)


_ints = st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9)
_maybe_ints = st.none() | _ints
_reals = st.none() | st.floats(-1e9, 1e9, exclude_min=True, exclude_max=True)
_words = st.text(max_size=12) | st.sampled_from(["", "\0", "é\n", '{"event":"play"', "WPSIMLOG", "a" * 500])
_teams = st.builds(Team, _words, _words, _words)
_sides = st.none() | st.sampled_from(Side)


def recordable_events(game_ids: st.SearchStrategy[str] = _words) -> st.SearchStrategy[Event]:
    """Statements of every kind with anything in their fields that a log and a season file can hold."""
    common: dict[str, Any] = {"game_id": game_ids, "received_ns": _ints, "revision": _ints}
    return st.one_of(
        st.builds(
            GameStart, **common, season=_maybe_ints, home=_teams, away=_teams, neutral_site=st.booleans(),
            home_spread=_reals, total=_reals, scheduled_ns=_maybe_ints, week=_maybe_ints,
        ),
        st.builds(
            Play, **common, play_id=_words, order=_ints, status=st.sampled_from(Status),
            vendor_ns=_maybe_ints, kind=st.sampled_from(PlayKind), period=_maybe_ints, clock_s=_maybe_ints,
            home_score=_maybe_ints, away_score=_maybe_ints, possession=_sides, down=_maybe_ints,
            distance_yd=_maybe_ints, yards_to_goal=_maybe_ints, yards_gained=_maybe_ints,
            scoring=st.booleans(), turnover=st.booleans(), next_phase=st.none() | st.sampled_from(Phase),
            next_possession=_sides, next_down=_maybe_ints, next_distance_yd=_maybe_ints,
            next_yards_to_goal=_maybe_ints, timeout_by=_sides, text=_words,
        ),
        st.builds(
            Odds, **common, book=_words, market=st.sampled_from(Market), vendor_ns=_maybe_ints,
            home_spread=_reals, total=_reals, home_win_probability=_reals,
        ),
        st.builds(
            Tracking, **common, play_id=_words, vendor_ns=_maybe_ints, top_speed_yd_s=_reals,
            distance_yd=_reals, time_to_throw_s=_reals, time_to_contact_s=_reals,
        ),
        st.builds(FeedStatus, **common, feed=_words, health=st.sampled_from(FeedHealth)),
        st.builds(
            GameEnd, **common, status=st.sampled_from(Status), outcome=st.sampled_from(Outcome),
            home_score=_maybe_ints, away_score=_maybe_ints, vendor_ns=_maybe_ints,
        ),
    )  # fmt: skip
