"""CFBD's scoreboard with both shapes of its plays, pure and from a server."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from engine.core.events import GameEnd, Outcome, Team
from engine.core.football import PlayKind, Side
from engine.feeds.cfbd_live import CfbdLive
from engine.feeds.poller import Poller, Polling
from tests.feeds.wire import json_answer, listening, served

GAME = {
    "id": 401, "startDate": "2023-01-02T19:30:00.000Z", "neutralSite": True, "status": "in_progress",
    "homeTeam": {"id": 10, "name": "Ohio", "points": 7}, "awayTeam": {"id": 20, "name": "Texas", "points": 3},
    "betting": {"spread": -3.5, "overUnder": 51.5},
}  # fmt: skip


def row(number: int, **fields: Any) -> dict[str, Any]:
    """A flat row of `/plays`."""
    return {
        "id": f"4011{number}", "gameId": 401, "driveNumber": 1, "playNumber": number, "offense": "Texas",
        "defense": "Ohio", "home": "Ohio", "away": "Texas", "offenseScore": 3, "defenseScore": 7, "period": 2,
        "clock": {"minutes": 12, "seconds": 31}, "down": 1, "distance": 10, "yardsToGoal": 75,
        "yardsGained": 3, "playType": "Rush", "playText": "Runner run for 3 yds", "scoring": False, **fields,
    }  # fmt: skip


def live_game(**fields: Any) -> dict[str, Any]:
    """A live game of two drives."""
    play = {
        "id": "a", "homeScore": 7, "awayScore": 3, "period": 2, "clock": "12:31", "teamId": 20,
        "wallClock": "2022-11-05T19:40:00Z", "team": "Texas", "down": 1, "distance": 10, "yardsToGoal": 75,
        "yardsGained": 3, "playType": "Rush", "playText": "Runner run for 3 yds",
    }  # fmt: skip
    teams = [
        {"teamId": 10, "team": "Ohio", "homeAway": "home", "points": 7},
        {"teamId": 20, "team": "Texas", "homeAway": "away", "points": 3},
    ]
    drives = [{"plays": [play]}, {"plays": [{**play, "id": "b", "teamId": 10, "team": "Ohio"}]}]
    return {"id": 401, "status": "In Progress", "teams": teams, "drives": drives, **fields}


def dialect(**fields: Any) -> CfbdLive:
    """The dialect after it has read the scoreboard."""
    read = CfbdLive("http://x/cfbd")
    (listed,) = read.listed([{**GAME, **fields}]) or []
    assert (listed.game_id, listed.scheduled_ns) == ("401", 1_672_687_800_000_000_000)
    return read


def test_the_scoreboard_tells_the_start() -> None:
    """Teams, site and line come from the scoreboard; a January game belongs to last year's season."""
    payload = dialect().payload([], "401")
    assert payload is not None
    start = payload.start
    assert start is not None
    assert (start.home, start.away) == (Team("10", "Ohio", "OHIO"), Team("20", "Texas", "TEXA"))
    assert (start.season, start.neutral_site, start.home_spread, start.total) == (2022, True, -3.5, 51.5)
    assert payload.under_way


def test_the_list_says_when_a_game_is_to_be_read_anew() -> None:
    """What a payload takes from the scoreboard is compared; its other fields are not."""
    said = [
        (CfbdLive("http://x").listed([{**GAME, **change}]) or [])[0].said
        for change in ({}, {"lastPlay": "a run"}, {"status": "completed"}, {"neutralSite": False})
    ]
    assert said[0] == said[1]
    assert said[0] != said[2]
    assert said[0] != said[3]


def test_flat_rows_are_plays_in_the_order_of_their_drives() -> None:
    """Rows are read as `/plays` has them, however they are sorted."""
    payload = dialect().payload([row(2), row(1)], "401")
    assert payload is not None
    first, second = payload.plays or ()
    assert (first.play_id, second.play_id) == ("40111", "40112")
    assert (first.home_score, first.away_score, first.possession, first.clock_s) == (7, 3, Side.AWAY, 751)
    unsorted = dialect().payload([row(2, playNumber=None), row(1)], "401")
    assert unsorted is not None
    assert [play.play_id for play in unsorted.plays or ()] == ["40112", "40111"]


def test_a_live_game_is_plays_with_the_score_by_side() -> None:
    """The score of a live play is the sides' own, whoever has the ball."""
    payload = dialect().payload(live_game(), "401")
    assert payload is not None
    first, second = payload.plays or ()
    assert (first.possession, first.home_score, first.away_score) == (Side.AWAY, 7, 3)
    assert (second.possession, second.home_score, second.away_score) == (Side.HOME, 7, 3)
    assert (first.kind, first.clock_s, first.down, first.yards_to_goal) == (PlayKind.RUN, 751, 1, 75)
    assert first.vendor_ns == 1_667_677_200_000_000_000
    assert payload.under_way


def test_a_live_game_that_is_not_listed_tells_its_own_start() -> None:
    """Without a scoreboard the teams are those of the game itself."""
    payload = CfbdLive("http://x").payload(live_game(), "401")
    assert payload is not None
    assert payload.start is not None
    assert payload.start.home.team_id == "10"


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("completed", GameEnd(game_id="401", home_score=7, away_score=3)),
        ("Final/OT", GameEnd(game_id="401", home_score=7, away_score=3)),
        ("canceled", GameEnd(game_id="401", outcome=Outcome.NO_CONTEST)),
        ("scheduled", None),
        (None, None),
    ],
)
def test_the_status_ends_the_game(status: str | None, end: GameEnd | None) -> None:
    """Both shapes: the scoreboard's status for rows, the game's own for a live game."""
    for told in (
        dialect(status=status).payload([row(1)], "401"),
        dialect().payload(live_game(status=status), "401"),
    ):
        assert told is not None
        assert told.end == end


@pytest.mark.parametrize(
    "value", [None, 3, "x", {}, live_game(id=402), live_game(teams=[]), [row(1, gameId=402)], {"id": 401}]
)
def test_what_is_not_about_the_game_is_none(value: Any) -> None:
    """Other games, other shapes and games without sides are not believed."""
    assert dialect().payload(value, "401") is None


def test_rows_name_the_sides_where_the_scoreboard_does_not() -> None:
    """Flat rows carry home and away themselves; rows without either cannot be read."""
    assert CfbdLive("http://x").payload([row(1)], "401") is not None
    assert CfbdLive("http://x").payload([row(1, home=None, away=None)], "401") is None


def test_a_served_game_day_is_told() -> None:
    """Listed, polled with the key, told in order, and ended by the scoreboard."""
    board = dict(GAME)
    rows = [row(1)]
    keys = set()

    async def scoreboard(_request: web.Request) -> web.StreamResponse:
        return json_answer([board])

    async def plays(request: web.Request) -> web.StreamResponse:
        keys.add(request.headers.get("Authorization"))
        assert request.query["gameId"] == "401"
        return json_answer(rows)

    async def run() -> list[str]:
        routes = {"/cfbd/live/scoreboard": scoreboard, "/cfbd/live/plays": plays}
        async with served(routes) as url:
            dialect = CfbdLive(f"{url}/cfbd", token="secret")
            source = Poller("cfbd", dialect, Polling(poll_s=0.01, discover_s=0.05))
            async with asyncio.timeout(20), listening(source) as ear:
                await ear.until(lambda: len(ear.events) == 2)
                rows.append(row(2))
                await ear.until(lambda: len(ear.events) == 3)
                rows[0] = row(1, yardsGained=4)
                board["status"] = "completed"
                await ear.until(lambda: len(ear.events) == 5)
                return ear.told()

    assert asyncio.run(run()) == [
        "start/0", "40111/0/official", "40112/0/official", "40111/1/official", "end/0/official",
    ]  # fmt: skip
    assert keys == {"Bearer secret"}


def test_an_end_that_is_listed_while_a_request_is_under_way_is_not_missed() -> None:
    """Plays that have not changed are read anew with the list's new word, though a slow 304 comes between."""
    board = dict(GAME)

    async def scoreboard(_request: web.Request) -> web.StreamResponse:
        return json_answer([board])

    async def plays(request: web.Request) -> web.StreamResponse:
        if "If-None-Match" in request.headers:
            await asyncio.sleep(0.1)  # twice as long as it takes to read the list again
            return web.Response(status=304)
        return json_answer([row(1)], ETag='"x"')

    async def run() -> list[str]:
        async with served({"/cfbd/live/scoreboard": scoreboard, "/cfbd/live/plays": plays}) as url:
            source = Poller("cfbd", CfbdLive(f"{url}/cfbd"), Polling(poll_s=0.01, discover_s=0.05))
            async with asyncio.timeout(20), listening(source) as ear:
                await ear.until(lambda: len(ear.events) == 2)
                await asyncio.sleep(0.05)
                board["status"] = "completed"
                await ear.until(lambda: len(ear.events) == 3)
                return ear.told()

    assert asyncio.run(run())[-1] == "end/0/official"


def test_the_shared_sample_is_read(shared_data: Path) -> None:
    """Half a real season's rows of one game, as JSON, become plays with clocks, scores and situations."""
    import pandas as pd

    table = pd.read_parquet(
        shared_data / "cfbd/plays_2021_wk1_12.parquet", filters=[("game_id", "==", 401281942)]
    )
    rows = json.loads(table.to_json(orient="records"))
    payload = CfbdLive("http://x").payload(rows, "401281942")
    assert payload is not None
    plays = list(payload.plays or ())
    assert len(plays) == len(rows) > 100
    assert all(play.period and play.possession for play in plays)
    assert sum(play.home_score is not None for play in plays) == len(plays)


def test_the_other_shared_shape_is_not_mistaken(shared_data: Path) -> None:
    """What is no live game and no list of rows is none, and raises nothing."""
    value = json.loads(gzip.decompress((shared_data / "feeds/cfbd/plays_400934497.json.gz").read_bytes()))
    assert CfbdLive("http://x").payload(value, "400934497") is None
