"""A season's football through ESPN's and CFBD's shapes and back: what those can carry comes back the same."""

from functools import lru_cache
from typing import Any

import msgspec

from engine.core.events import GameEnd, GameStart, Play
from engine.core.football import ADMINISTRATIVE, Phase, PlayKind
from engine.feeds import cfbd as cfbd_dialect
from engine.feeds import espn as espn_dialect
from simulator.feed import cfbd, espn
from simulator.feed.games import FeedGame
from simulator.feed.shown import as_told
from simulator.feed.sources import read_games
from tests.simulator_feed.feeds import SAMPLE

GAMES = 25
NEITHER_CARRIES = ("game_id", "received_ns", "order", "revision", "status", "next_phase")
NEXT = ("next_possession", "next_down", "next_distance_yd", "next_yards_to_goal")


@lru_cache(maxsize=1)
def sample() -> list[FeedGame]:
    """Return the first games of the sample season."""
    return read_games([SAMPLE], limit=GAMES)


def compared(play: Play, *without: str) -> dict[str, Any]:
    """Return a play's fields by name, but for those that the vendor has no place for."""
    fields = msgspec.structs.asdict(play)
    return {name: value for name, value in fields.items() if name not in (*NEITHER_CARRIES, *without)}


def states_next(play: Play) -> bool:
    """Whether ESPN has a place for what the play says comes next: a snap, and no score before it."""
    return play.next_phase is Phase.SCRIMMAGE and not play.scoring


def test_a_season_comes_back_from_espn() -> None:
    """Every play of the sample read back from its summary is the play, in all that ESPN can say."""
    kinds = set()
    for game in sample():
        standing = game.standing(len(game.events))
        payload = espn.EspnGame(game).summary(standing, as_told(standing.plays))
        payload = msgspec.json.decode(msgspec.json.encode(payload))
        sides = espn_dialect.sides_of_summary(payload)
        rows = espn_dialect.rows_of_summary(payload)
        assert len(rows) == len(standing.plays)
        for index, (row, play) in enumerate(zip(rows, standing.plays, strict=True)):
            back = espn_dialect.play_of(row, game.game_id, sides, index)
            assert back is not None
            assert not play.scoring or row.end_down == -1
            without = () if states_next(play) else NEXT
            assert compared(back, *without) == compared(play, *without)
            kinds.add(play.kind)
    assert kinds >= {PlayKind.RUN, PlayKind.PASS, PlayKind.SACK, PlayKind.PUNT, PlayKind.KICKOFF}


def test_start_and_end_come_back_from_espn() -> None:
    """Teams, line, week and kick-off, and the final score, are read back as they were."""
    for game in sample():
        standing = game.standing(len(game.events))
        payload = msgspec.json.decode(msgspec.json.encode(espn.EspnGame(game).summary(standing, ())))
        begun = next(event for event in game.events if isinstance(event, GameStart))
        ended = next(event for event in game.events if isinstance(event, GameEnd))
        assert espn_dialect.start_of_summary(payload) == msgspec.structs.replace(begun, received_ns=0)
        assert espn_dialect.end_of_summary(payload, game.game_id) == msgspec.structs.replace(
            ended, received_ns=0, vendor_ns=None
        )


def test_a_season_comes_back_from_cfbd() -> None:
    """Every play read back from the flat rows is the play; what comes next CFBD does not say."""
    for game in sample():
        standing = game.standing(len(game.events))
        rows = msgspec.json.decode(msgspec.json.encode(cfbd.plays(game, standing, as_told(standing.plays))))
        begun = standing.start
        teams = cfbd_dialect.Teams(
            begun.home.name, begun.away.name, (begun.home.abbreviation,), (begun.away.abbreviation,)
        )
        for index, (row, play) in enumerate(zip(rows, standing.plays, strict=True)):
            back = cfbd_dialect.play_of(cfbd_dialect.row_of_json(row), game.game_id, teams, index)
            assert back is not None
            # A row must name an offence, or its scores belong to nobody.
            without = (*NEXT, "possession") if play.kind in ADMINISTRATIVE else NEXT
            assert compared(back, *without) == compared(play, *without)


def test_timeouts_left_fall_with_the_timeouts() -> None:
    """CFBD's rows count each side's timeouts down from three, anew in each half."""
    least = 3
    for game in sample()[:5]:
        standing = game.standing(len(game.events))
        rows = cfbd.plays(game, standing, as_told(standing.plays))
        half = 1
        left = {standing.start.home.name: 3, standing.start.away.name: 3}
        for row, play in zip(rows, standing.plays, strict=True):
            if (play.period or 1) > 2 and half == 1:
                half, left = 2, dict.fromkeys(left, 3)
            if play.timeout_by is not None:
                caller = standing.start.home if play.timeout_by == "home" else standing.start.away
                left[caller.name] -= 1
            assert (row["offenseTimeouts"], row["defenseTimeouts"]) == (
                max(0, left[row["offense"]]), max(0, left[row["defense"]]),
            )  # fmt: skip
            least = min(least, *left.values())
    assert least <= 1


def test_a_season_only_appends() -> None:
    """What a summary told after n statements stands unchanged at the front of what it tells after more."""
    for game in sample()[:6]:
        made = espn.EspnGame(game)
        before: list[Any] = []
        for told in range(len(game.events) + 1):
            standing = game.standing(told)
            drives = made.summary(standing, as_told(standing.plays)).get("drives", {}).get("previous", [])
            plays = [(drive["id"], bytes(play)) for drive in drives for play in drive["plays"]]
            assert plays[: len(before)] == before
            before = plays
        assert len(before) > 100


def test_drives_change_with_the_ball() -> None:
    """Within a drive only one side snaps the ball, and a kick-off is never anywhere but at its front."""
    for game in sample()[:20]:
        standing = game.standing(len(game.events))
        by_id = {play.play_id: play for play in standing.plays}
        payload = espn.EspnGame(game).summary(standing, as_told(standing.plays))
        drives = payload["drives"]["previous"]
        assert 10 < len(drives) < 80
        for drive in drives:
            plays = [by_id[msgspec.json.decode(play)["id"]] for play in drive["plays"]]
            snaps = [play for play in plays if play.kind not in (*ADMINISTRATIVE, PlayKind.KICKOFF)]
            assert len({play.possession for play in snaps} - {None}) <= 1
            assert all(play.kind is not PlayKind.KICKOFF for play in plays[1:])
