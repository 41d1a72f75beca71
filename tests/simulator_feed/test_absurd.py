"""Whatever a season file can hold, the feed tells something, and something that its readers can read."""

from typing import Any

import msgspec
from hypothesis import given

from engine.core.events import Event, Play
from engine.feeds import cfbd as cfbd_dialect
from engine.feeds import espn as espn_dialect
from engine.feeds.action_network import read_scoreboard
from simulator.feed.faults import FaultPlan, read_faults
from simulator.feed.games import FeedDay, make_game
from simulator.feed.tracked_play import TRACKED, draw_clip
from simulator.feed.vendors import Vendors
from tests.core.strategies import sets_of_statements


@given(sets_of_statements())
def test_any_statements_can_be_told(events: list[Event]) -> None:
    """At every moment of any game, with and without lies, all vendors answer JSON that their readers take."""
    if not events:
        return
    game = make_game(events[0].game_id, events)
    day = FeedDay([game])
    for names in ([], ["late-edit", "clock-back", "duplicate", "phantom"]):
        faults = FaultPlan(read_faults(names), day, 1.0)
        vendors = Vendors(day, faults, 0)
        for position in (day.start_ns - 1, *sorted(set(game.due_ns))):
            summary = value(vendors.espn_summary(game, position).body)
            assert value(vendors.espn_scoreboard(position).body)["events"]
            assert value(vendors.cfbd_scoreboard(position).body)
            assert list(read_scoreboard(value(vendors.odds_scoreboard(position).body), {}))
            sides = espn_dialect.sides_of_summary(summary)
            rows = espn_dialect.rows_of_summary(summary)
            standing = {play.play_id for play in game.standing(game.told(position)).plays}
            assert standing <= {row.play_id for row in rows}
            assert names or len(rows) == len(standing)
            for index, row in enumerate(rows):
                espn_dialect.play_of(row, game.game_id, sides, index)
            for row in value(vendors.cfbd_plays(game, position).body):
                cfbd_dialect.row_of_json(row)


@given(sets_of_statements())
def test_any_play_can_be_tracked(events: list[Event]) -> None:
    """A run, a pass or a sack with any figures at all has frames, and not without bound."""
    for event in events:
        if isinstance(event, Play) and event.kind in TRACKED:
            clip = draw_clip(event)
            assert 12 < len(clip.frames) < 400
            assert msgspec.json.decode(clip.frame(0, 1))["play_id"] == event.play_id


def value(body: bytes) -> Any:
    """Return a JSON body's value."""
    return msgspec.json.decode(body)
