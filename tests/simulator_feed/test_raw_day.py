"""The raw Saturday, cut by its stamps: plays only append, and nothing is told before its time."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import GameEnd, Play
from engine.feeds import espn as espn_dialect
from simulator.feed import espn
from simulator.feed.clock import SECOND_NS
from simulator.feed.games import FeedDay, FeedGame, align
from simulator.feed.shown import as_told
from simulator.feed.sources import read_games
from simulator.importers.payloads import read_json
from tests.conftest import shared_data_folder

SUMMARIES = shared_data_folder() / "feeds" / "espn_summary"

pytestmark = pytest.mark.usefixtures("shared_data")


@lru_cache(maxsize=1)
def saturday() -> list[FeedGame]:
    """Return the games of the raw Saturday."""
    return read_games([SUMMARIES / "saturday"])


def payload_at(game: FeedGame, position_ns: int) -> dict[str, Any]:
    """Return the summary of a game at a position, as its JSON is read."""
    standing = game.standing(game.told(position_ns))
    told = espn.EspnGame(game).summary(standing, as_told(standing.plays))
    return msgspec.json.decode(msgspec.json.encode(told), type=dict[str, Any])


def ids_of(payload: dict[str, Any]) -> list[Any]:
    """Return the ids of a payload's plays as a client reads them."""
    return [row.play_id for row in espn_dialect.rows_of_summary(payload)]


def state_of(payload: dict[str, Any]) -> str:
    """Return pre, in or post."""
    state: str = payload["header"]["competitions"][0]["status"]["type"]["state"]
    return state


@given(st.integers(0, 13), st.floats(0.0, 1.1), st.floats(0.0, 1.1))
def test_plays_only_append(number: int, one: float, other: float) -> None:
    """For any two moments the plays of the earlier are a prefix of the plays of the later."""
    game = saturday()[number]
    day = FeedDay([game])
    early, late = sorted((day.reached_ns(one), day.reached_ns(other)))
    before, after = ids_of(payload_at(game, early)), ids_of(payload_at(game, late))
    assert after[: len(before)] == before


def test_the_end_is_what_was_recorded() -> None:
    """When all is told every row, the header and ESPN's own probabilities are the recorded ones."""
    for game in saturday():
        recorded = read_json(SUMMARIES / "saturday" / f"{game.game_id}.json.gz")
        told = payload_at(game, game.due_ns[-1])
        assert espn_dialect.rows_of_summary(told) == espn_dialect.rows_of_summary(recorded)
        assert told["header"] == recorded["header"]
        assert told["winprobability"] == recorded["winprobability"]
        assert told["scoringPlays"] == recorded["scoringPlays"]
        assert "current" not in told["drives"]
        assert espn_dialect.end_of_summary(told, game.game_id) is not None


def test_nothing_is_told_before_its_time() -> None:
    """At no play's moment does the payload hold a later one's id, score, probability, result or winner."""
    game = saturday()[0]
    ids = [event.play_id for event in game.events if isinstance(event, Play)]
    for told in range(2, len(game.events), 7):
        payload = payload_at(game, game.due_ns[told - 1])
        shown = ids_of(payload)
        assert shown == ids[: len(shown)]
        text = msgspec.json.encode(payload).decode()
        assert not any(later in text for later in ids[len(shown) :])
        assert "winner" not in text
        under_way = payload["drives"]["current"]
        assert under_way == payload["drives"]["previous"][-1]
        last = payload["drives"]["current"]["plays"][-1]
        scores = {s["homeAway"]: s["score"] for s in payload["header"]["competitions"][0]["competitors"]}
        assert scores == {"home": str(last["homeScore"]), "away": str(last["awayScore"])}


def test_a_game_goes_from_scheduled_to_final() -> None:
    """A game is pre before its first play, in while plays come, and post shortly after the last."""
    for game in saturday():
        due_ns = (*game.due_ns[:9], *game.due_ns[9:-1:9], game.due_ns[-2], game.due_ns[-1])
        states = [state_of(payload_at(game, due)) for due in due_ns]
        assert states[0] == "pre"
        assert set(states[1:-1]) == {"in"}
        assert states[-1] == "post"
        assert isinstance(game.events[-1], GameEnd)
        assert 0 < game.due_ns[-1] - game.due_ns[-2] <= 60 * SECOND_NS


def test_no_stamp_holds_the_day_up() -> None:
    """A stamp far off its neighbours delays no play: none is due over 45 minutes after the one before it."""
    for game in saturday():
        steps = [later - earlier for earlier, later in zip(game.due_ns, game.due_ns[1:], strict=False)]
        assert min(steps) >= 0
        assert max(steps) < 45 * 60 * SECOND_NS


@pytest.mark.parametrize("path", sorted(SUMMARIES.glob("*.json.gz")), ids=lambda path: path.name[:-8])
def test_odd_payloads_can_be_rehearsed(path: Path) -> None:
    """Overtimes, cancelled games, games without plays or full of wrong stamps: all are told to the end."""
    (game,) = read_games([path])
    recorded = read_json(path)
    before: list[Any] = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        payload = payload_at(game, FeedDay([game]).reached_ns(share))
        ids = ids_of(payload)
        assert ids[: len(before)] == before
        before = ids
    assert before == [row.play_id for row in espn_dialect.rows_of_summary(recorded)]
    assert state_of(payload) == "post"
    assert FeedDay([game]).end_ns - FeedDay([game]).start_ns < 8 * 3_600 * SECOND_NS


def test_an_aligned_day_kicks_off_together() -> None:
    """Aligned games have their first play at one moment; stamps inside the payload move with them."""
    games = align(saturday())
    assert len({game.kickoff_ns for game in games}) == 1
    for game, recorded in zip(games, saturday(), strict=True):
        assert [due - game.moved_ns for due in game.due_ns] == list(recorded.due_ns)
        moved = payload_at(game, game.due_ns[-1])
        rows = espn_dialect.rows_of_summary(moved)
        for index, event in enumerate(event for event in game.events if isinstance(event, Play)):
            sides = espn_dialect.sides_of_summary(moved)
            back = espn_dialect.play_of(rows[index], game.game_id, sides, index)
            assert back is not None
            assert back == msgspec.structs.replace(event, received_ns=0)
