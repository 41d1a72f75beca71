"""The live odds feed, asked for real over HTTP: what reaches the games, and what a lying server does not."""

import asyncio
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from engine.core.events import Event, FeedHealth, GameEnd, GameStart, Market, Odds, Status, Team
from engine.feeds import odds_live
from engine.feeds.catalogue import open_source
from engine.feeds.odds_live import OddsLive
from engine.feeds.poller import Polling
from engine.feeds.tracking_live import TrackingLive
from tests.core.football_builders import kickoff

OURS = {
    "401": GameStart(
        game_id="401",
        home=Team("194", "Ohio State", "OSU"),
        away=Team("84", "Indiana", "IU"),
        scheduled_ns=1_765_069_200_000_000_000,
    )
}
FAST = Polling(
    poll_s=0.005, back_off_first_s=0.005, back_off_most_s=0.02, total_timeout_s=1.0, stale_after_s=0.1,
    lost_after_s=0.25, most_body_bytes=100_000,
)  # fmt: skip


def two_way(home: int, away: int, live: bool = False) -> list[dict[str, Any]]:
    """A money line."""
    return [
        {"side": "home", "odds": home, "value": 0, "is_live": live},
        {"side": "away", "odds": away, "value": 0, "is_live": live},
    ]


def spread(points: float) -> list[dict[str, Any]]:
    """A spread at even prices."""
    return [
        {"side": "home", "odds": -110, "value": points, "is_live": False},
        {"side": "away", "odds": -110, "value": -points, "is_live": False},
    ]


def scoreboard(status: str = "scheduled", **books: dict[str, Any]) -> dict[str, Any]:
    """A scoreboard of one game; books as `book_68=...`."""
    return {
        "games": [
            {
                "id": 282941,
                "status": status,
                "start_time": "2025-12-07T01:00:00.000Z",
                "home_team_id": 295,
                "away_team_id": 294,
                "teams": [
                    {"id": 294, "abbr": "IU", "full_name": "Indiana Hoosiers", "location": "Indiana"},
                    {"id": 295, "abbr": "OSU", "full_name": "Ohio State Buckeyes", "location": "Ohio State"},
                ],
                "markets": {name.removeprefix("book_"): {"event": kinds} for name, kinds in books.items()},
            }
        ]
    }


class OddsServer:
    """A server whose answer the test sets: a JSON value, bytes, a status, or a way to answer."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.asked = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer as told."""
        self.asked += 1
        if isinstance(self.answer, int):
            return web.Response(status=self.answer)
        if callable(self.answer):
            return await self.answer(request)  # type: ignore[no-any-return]
        body = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return web.Response(body=body, content_type="application/json")


class Room:
    """A running odds feed: the server behind it, and what it has said."""

    def __init__(self, server: OddsServer, source: OddsLive) -> None:
        self.server, self.source = server, source
        self.said: list[Odds] = []
        self.games: dict[str, GameStart] = dict(OURS)

    def take(self, event: Event) -> None:
        """The service's ear."""
        assert isinstance(event, Odds)
        self.said.append(event)

    async def serve(self, answer: Any) -> None:
        """Set the answer, and wait until it has been served twice."""
        self.server.answer, seen = answer, self.server.asked
        await until(lambda: self.server.asked >= seen + 3)

    def live(self) -> list[tuple[str, Any]]:
        """Who said which live probability."""
        return [(odds.book, odds.home_win_probability) for odds in self.said if odds.market is Market.LIVE]


async def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true; the test's own time-out ends a vain wait."""
    while not true():
        await asyncio.sleep(0.002)


def play_out(
    scenario: Callable[[Room], Any], *, remembered: tuple[Event, ...] = (), polling: Polling = FAST
) -> Room:
    """Run a scenario against a real server and a real feed."""

    async def main() -> Room:
        server = OddsServer()
        app = web.Application()
        app.router.add_get("/scoreboard", server.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        source = OddsLive("odds", f"http://127.0.0.1:{port}", polling)
        for event in remembered:
            source.remember(event)
        room = Room(server, source)
        async with asyncio.timeout(20):
            running = asyncio.create_task(source.run(room.take, lambda: room.games))
            try:
                await scenario(room)
                assert not running.done()
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await runner.cleanup()
        return room

    return asyncio.run(main())


BEFORE = scoreboard(book_68={"spread": spread(-3.5), "moneyline": two_way(-185, 150)})


def test_lines_reach_our_game_once() -> None:
    """A listing's line arrives under our game's id, once, and again with the next revision if it moves."""

    async def scenario(room: Room) -> None:
        await room.serve(BEFORE)
        await room.serve(scoreboard(book_68={"spread": spread(-4.0), "moneyline": two_way(-185, 150)}))

    room = play_out(scenario)
    assert [(odds.game_id, odds.book, odds.home_spread, odds.revision) for odds in room.said] == [
        ("401", "DraftKings", -3.5, 0),
        ("401", "DraftKings", -4.0, 1),
    ]
    assert room.source.counts.events == 2
    assert room.source.counts.unchanged > 0


def test_a_swapped_listing_is_turned_round() -> None:
    """Where the feed has the sides the other way round, the line is the home side's as we know it."""
    listed = copy.deepcopy(BEFORE)
    game = listed["games"][0]
    game["home_team_id"], game["away_team_id"] = game["away_team_id"], game["home_team_id"]

    async def scenario(room: Room) -> None:
        await room.serve(listed)

    (odds,) = play_out(scenario).said
    assert odds.home_spread == 3.5
    assert odds.home_win_probability == pytest.approx(1.0 - 0.624561)


def test_after_a_restart_nothing_is_said_twice() -> None:
    """Reminded of the recorded line, the feed says it not again."""

    async def scenario(room: Room) -> None:
        await room.serve(BEFORE)

    first = play_out(scenario)
    assert len(first.said) == 1
    assert play_out(scenario, remembered=(first.said[0],)).said == []


def test_after_kickoff_no_pregame_line_is_said() -> None:
    """By the feed's own status, or by a recorded play, a price from after kick-off is not a pre-game line."""

    async def under_way(room: Room) -> None:
        await room.serve(scoreboard("inprogress", book_68={"spread": spread(-14.0)}))
        await room.serve(scoreboard("complete", book_68={"spread": spread(-17.0)}))

    async def not_yet(room: Room) -> None:
        await room.serve(BEFORE)

    assert play_out(under_way).said == []
    assert play_out(not_yet, remembered=(kickoff(1, game_id="401"),)).said == []


def test_one_voice_speaks_for_the_live_market(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best-known book's price is told; gone for good it is withdrawn, and the next one speaks."""
    monkeypatch.setattr(odds_live, "GONE_AFTER_NS", 50_000_000)
    monkeypatch.setattr("engine.feeds.odds.LIVE_EVERY_NS", 0)
    draftkings, rivers = (
        {"moneyline": two_way(-300, 240, live=True)},
        {"moneyline": two_way(-200, 170, live=True)},
    )

    async def scenario(room: Room) -> None:
        await room.serve(scoreboard("inprogress", book_71=rivers, book_68=draftkings))
        for turn in range(1_000):  # bodies must differ, or they are not looked at
            await room.serve({**scoreboard("inprogress", book_71=rivers), "turn": turn})
            if len(room.said) >= 3:
                break

    assert play_out(scenario).live() == [
        ("DraftKings", pytest.approx(0.727941)),
        ("DraftKings", None),
        ("BetRivers", pytest.approx(0.648148)),
    ]


def test_a_short_suspension_is_not_shown() -> None:
    """A live price that is missing for a moment stands as it was."""

    async def scenario(room: Room) -> None:
        live = {"moneyline": two_way(-300, 240, live=True)}
        await room.serve(scoreboard("inprogress", book_68=live))
        await room.serve(scoreboard("inprogress"))
        await room.serve(scoreboard("inprogress", book_68=live))

    assert play_out(scenario).live() == [("DraftKings", pytest.approx(0.727941))]


def test_a_lost_feed_takes_its_live_price_back() -> None:
    """A feed that fails for long is lost and its price withdrawn, until the next good answer."""

    async def scenario(room: Room) -> None:
        board = scoreboard("inprogress", book_68={"moneyline": two_way(-300, 240, live=True)})
        await room.serve(board)
        room.server.answer = 503
        await until(lambda: room.source.counts.health is FeedHealth.STALE)
        await until(lambda: room.source.counts.health is FeedHealth.LOST)
        assert room.live()[-1] == ("DraftKings", None)
        await room.serve(board)
        await until(lambda: room.source.counts.health is FeedHealth.LIVE)

    room = play_out(scenario)
    assert room.source.counts.errors["status_5xx"] > 0


def test_a_finished_games_price_stays() -> None:
    """When a game is over its last live price is history, whatever becomes of the feed."""

    async def scenario(room: Room) -> None:
        await room.serve(scoreboard("inprogress", book_68={"moneyline": two_way(-300, 240, live=True)}))
        await room.serve(scoreboard("complete"))
        room.server.answer = 500
        await until(lambda: room.source.counts.health is FeedHealth.LOST)

    assert len(play_out(scenario).said) == 1
    stated = Odds(game_id="401", book="DraftKings", market=Market.LIVE, home_win_probability=0.7)
    over = GameEnd(game_id="401")

    async def dead(room: Room) -> None:
        room.server.answer = 500
        await until(lambda: room.source.counts.health is FeedHealth.LOST)

    assert play_out(dead, remembered=(stated, over)).said == []
    reopened = GameEnd(game_id="401", revision=1, status=Status.CANCELLED)
    assert len(play_out(dead, remembered=(stated, over, reopened)).said) == 1


def test_a_game_that_becomes_known_later_gets_its_line() -> None:
    """A line listed before the game is known is told once the game is."""

    async def scenario(room: Room) -> None:
        room.games = {}
        await room.serve(BEFORE)
        assert room.said == []
        assert room.source.counts.degraded["unknown_game"] == 1
        room.games = dict(OURS)
        await until(lambda: len(room.said) == 1)

    play_out(scenario)


async def _hang(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(1.0)
    return web.Response(text=str(request.url))


async def _half(request: web.Request) -> web.StreamResponse:
    body = json.dumps(BEFORE).encode()
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


@pytest.mark.parametrize(
    ("lie", "kind"),
    [
        (500, "status_5xx"),
        (404, "status_4xx"),
        (b"", "body"),
        (b'{"games": [', "body"),
        (b"[" * 50_000, "body"),
        (b"x" * 200_000, "too_large"),
        (_hang, "timeout"),
        (_half, "body"),
    ],
)
def test_a_server_that_lies_is_counted_and_asked_again(lie: Any, kind: str) -> None:
    """Whatever a server does, the feed lives on, counts it by kind, and hears the next good answer."""

    async def scenario(room: Room) -> None:
        room.server.answer = lie
        await until(lambda: room.source.counts.errors.get(kind, 0) > 0)
        room.server.answer = BEFORE
        await until(lambda: len(room.said) == 1)

    play_out(scenario)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"games": {"a": 1}}', b'{"games": [NaN, 3, {}]}'])
def test_an_empty_body_is_good_and_says_nothing(body: bytes) -> None:
    """Empty bodies, as this feed really serves them, are no failure and no news."""

    async def scenario(room: Room) -> None:
        await room.serve(body)

    room = play_out(scenario)
    assert room.said == []
    assert room.source.counts.errors == {}
    assert room.source.counts.health is FeedHealth.LIVE


def test_the_catalogue_knows_odds_and_tracking() -> None:
    """Both kinds can be opened by name; an unknown kind is refused with the list of kinds."""
    assert isinstance(open_source("odds", "books", "http://127.0.0.1:9/odds"), OddsLive)
    assert isinstance(open_source("tracking", "cameras", "ws://127.0.0.1:9/tracking"), TrackingLive)
    with pytest.raises(ValueError, match="odds, tracking"):
        open_source("tea_leaves", "x", "http://127.0.0.1:9/")
