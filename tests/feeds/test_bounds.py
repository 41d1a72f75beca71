"""Events that everything downstream can take."""

import math

import pytest

from engine.core.events import FeedHealth, FeedStatus, GameStart, Odds, Play, Team, Tracking
from engine.core.events import Market as _Market
from engine.feeds.bounds import bounded, clean

PLAY = Play(game_id="1", play_id="a", order=0)


def test_what_is_within_bounds_is_the_very_same() -> None:
    """An ordinary event is neither copied nor changed."""
    for event in (PLAY, GameStart(game_id="1"), FeedStatus(game_id="1", feed="espn", health=FeedHealth.LIVE)):
        kept, degraded = bounded(event)
        assert kept is event
        assert degraded == ()


def test_absurd_fields_are_left_out_and_named() -> None:
    """Numbers that no 64 bits hold, fractions that are none, texts without end: field by field."""
    kept, degraded = bounded(
        Play(game_id="1", play_id="a", order=0, down=2**63, text="x" * 3_000, home_score=3)
    )
    assert kept == Play(game_id="1", play_id="a", order=0, text="x" * 2_000, home_score=3)
    assert set(degraded) == {"down", "text"}
    odds = Odds(game_id="1", book="b", market=_Market.LIVE, total=math.inf, home_spread=math.nan)
    assert bounded(odds)[1] == ("home_spread", "total")
    assert bounded(Tracking(game_id="1", play_id="a", top_speed_yd_s=-math.inf))[1] == ("top_speed_yd_s",)


@pytest.mark.parametrize(
    "event",
    [
        Play(game_id="", play_id="a", order=0),
        Play(game_id="1", play_id="x" * 129, order=0),
        Play(game_id="1", play_id="\ud800", order=0),
        Play(game_id="1", play_id="a", order=2**53 + 1),
        Play(game_id="1", play_id="a", order=0, revision=-1),
        Play(game_id="1", play_id="a", order=0, received_ns=2**63),
        Odds(game_id="1", book="x" * 129, market=_Market.LIVE),
    ],
)
def test_what_names_or_places_a_statement_cannot_be_left_out(event: Play | Odds) -> None:
    """Without its id, its place or its revision a statement says nothing."""
    kept, degraded = bounded(event)
    assert kept is None
    assert len(degraded) == 1


def test_teams_are_cut_and_cleaned() -> None:
    """A team's name is cut, and half a character in it replaced."""
    kept, degraded = bounded(GameStart(game_id="1", home=Team("1", "Oh\udc00io" + "x" * 300, "OH")))
    assert kept is not None
    assert kept.home.name.startswith("Oh\ufffdio")
    assert len(kept.home.name) == 200
    assert degraded == ("home",)


def test_whole_characters_written_in_halves_are_joined() -> None:
    """A pair of surrogates is the character that it stands for; one alone is U+FFFD."""
    assert clean("\ud83c\udfc8!", 10) == "\U0001f3c8!"
    assert clean("a\ud83c", 10) == "a\ufffd"
