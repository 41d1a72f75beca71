"""The overlay as a browser source: live by WebSocket, then by polling, then nothing."""

import json
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from playwright.sync_api import Page, expect

from engine.core.events import FeedHealth, FeedStatus, GameStart
from engine.core.game import Game
from engine.core.models.catalogue import model
from engine.core.update import canonical_bytes
from engine.outputs.keyvalue import panel_of
from engine.outputs.panel import keys_of
from engine.told import Told
from simulator.season.reader import open_season, read_games
from tests.outputs.builders import GAME_ID, OPENING_KICK, TOUCHDOWN, again, run, withdrawn
from tests.outputs.overlay.conftest import QUICK, Opens
from tests.outputs.overlay.stage import Stage

STAMPS = ("epoch", "offset", "received_ns", "issued_ns", "air_delay_ms")


def shows(page: Page, key: str, value: str) -> None:
    """Wait until the overlay has drawn this."""
    page.wait_for_function("([key, value]) => wpsim.scene.keys()[key] === value", arg=[key, value])


def health(feed: FeedHealth, revision: int) -> FeedStatus:
    """A word about the feed."""
    return FeedStatus(game_id=GAME_ID, feed="espn", health=feed, revision=revision)


def cards_seen(page: Page) -> list[str]:
    """Note every card from now on; returns what was noted before."""
    seen: list[str] = page.evaluate(
        """() => {
          if (window.seen) return window.seen;
          window.seen = [];
          const card = document.getElementById("card");
          new MutationObserver(() => {
            if (card.classList.contains("on")) window.seen.push(wpsim.scene.keys().key_play_id);
          }).observe(card, {attributes: true, attributeFilter: ["class"]});
          return window.seen;
        }"""
    )
    return seen


def test_it_follows_the_game(stage: Stage, opens: Opens, screenshots: Path) -> None:
    """It opens with what stands, without a card for what is past; then each play moves it."""
    stage.begin(OPENING_KICK, run(2000), TOUCHDOWN)
    page = opens(stage.address, width=1920, height=1080)
    expect(page.locator("#odds")).to_be_visible()
    expect(page.locator(".team.home .score")).to_have_text("7")
    expect(page.locator("#card")).to_be_hidden()
    stage.tell(again(TOUCHDOWN, home_score=0, scoring=False))
    expect(page.locator(".team.home .score")).to_have_text("0")
    told = stage.tell(again(TOUCHDOWN, revision=2))
    expect(page.locator("#card")).to_be_visible()
    expect(page.locator(".card-text")).to_have_text(TOUCHDOWN.text)
    swing = round(told.update.win_probability_added * 100)
    expect(page.locator(".card-swing")).to_have_text(f"HRB +{swing}%")
    page.wait_for_function("getComputedStyle(document.getElementById('card')).opacity === '1'")
    page.screenshot(path=screenshots / "overlay_live.png")


def test_a_withdrawn_play_loses_its_card_at_once(stage: Stage, opens: Opens) -> None:
    """The word that withdraws the play takes the card away, long before its time."""
    stage.begin(OPENING_KICK, run(2000))
    page = opens(stage.address)
    shows(page, "situation_text", "2nd & 6 at HRB 29")
    stage.tell(TOUCHDOWN)
    expect(page.locator("#card")).to_be_visible()
    stage.tell(withdrawn(TOUCHDOWN))
    shows(page, "home_score", "0")
    assert page.evaluate("wpsim.scene.keys().key_play_on") == "false"
    expect(page.locator("#card")).not_to_have_class("on")


def test_an_old_key_play_has_no_card(stage: Stage, opens: Opens) -> None:
    """A key play that was received a minute ago moves the figures only."""
    stage.begin(OPENING_KICK, run(2000))
    page = opens(stage.address)
    shows(page, "situation_text", "2nd & 6 at HRB 29")
    cards_seen(page)
    stage.tell(TOUCHDOWN, age_s=60.0)
    shows(page, "home_score", "7")
    assert cards_seen(page) == []


def test_what_is_withdrawn_within_the_delay_is_never_seen(stage: Stage, opens: Opens) -> None:
    """With a delay, a touchdown and its withdrawal pass, and neither card nor score was ever drawn."""
    stage.begin(OPENING_KICK, run(2000))
    page = opens(f"{stage.address}&delay_ms=1500")
    shows(page, "situation_text", "2nd & 6 at HRB 29")
    cards_seen(page)
    page.evaluate(
        """() => { window.scores = []; const draw = wpsim.scene.draw;
        wpsim.scene.draw = keys => { window.scores.push(keys.home_score); return draw(keys); }; }"""
    )
    stage.tell(TOUCHDOWN)
    stage.tell(withdrawn(TOUCHDOWN))
    told = stage.tell(run(4000, gained=2))
    shows(page, "home_win_probability", f"{told.update.home_win_probability:.6f}")
    assert cards_seen(page) == []
    assert "7" not in page.evaluate("window.scores")
    told = stage.tell(replace(TOUCHDOWN, play_id="p5000", order=5000))
    assert told.update.key_play
    shows(page, "home_score", "7")
    assert set(cards_seen(page)) == {"p5000"}, "what is not withdrawn is seen"


def test_it_resumes_where_it_was(stage: Stage, opens: Opens) -> None:
    """After a cut it asks for what it missed by epoch and offset, and shows the newest."""
    stage.begin(OPENING_KICK)
    page = opens(stage.address, QUICK)
    shows(page, "situation_text", "1st & 10 at HRB 25")
    stage.cut(socket=False, polling=False)
    stage.tell(run(2000))
    stage.tell(run(3000, gained=9))
    stage.cut(socket=True, polling=False)
    shows(page, "situation_text", "2nd & 1 at HRB 34")
    assert stage.opened[0] == {}
    assert stage.opened[-1] == {"epoch": stage.telling.game.epoch, "offset": "1"}


def note_draws(page: Page) -> None:
    """Note how the picture stands after every drawing."""
    page.evaluate(
        """() => { window.draws = []; const draw = wpsim.scene.draw;
        wpsim.scene.draw = keys => {
          draw(keys);
          const shown = document.getElementById("odds").classList.contains("on");
          const line = (shown ? document.querySelector(".label").textContent : "nothing");
          if (line !== window.draws[window.draws.length - 1]) window.draws.push(line);
        }; }"""
    )


def test_without_a_socket_it_polls_and_without_that_it_holds_and_clears(stage: Stage, opens: Opens) -> None:
    """No socket: polled keys go on moving it. No keys either: held, marked, cleared. Then it recovers."""
    stage.begin(OPENING_KICK)
    page = opens(stage.address, QUICK)
    shows(page, "situation_text", "1st & 10 at HRB 25")
    note_draws(page)
    stage.cut(socket=False, polling=True)
    stage.tell(run(2000))
    shows(page, "situation_text", "2nd & 6 at HRB 29")
    assert stage.polls > 0
    stage.cut(socket=False, polling=False)
    shows(page, "on_air", "false")
    expect(page.locator("#odds")).to_be_hidden()
    stage.cut(socket=True, polling=True)
    shows(page, "on_air", "true")
    shows(page, "stale", "false")
    expect(page.locator("#odds")).to_be_visible()
    draws = page.evaluate("window.draws")
    assert draws[-4:] == ["WIN PROBABILITY", "AS OF 1st 15:00", "nothing", "WIN PROBABILITY"]


def test_a_lost_connection_that_missed_nothing_is_made_good(stage: Stage, opens: Opens) -> None:
    """After a cut in which nothing was said, what was cleared for want of a connection stands again."""
    stage.begin(OPENING_KICK)
    page = opens(stage.address, QUICK)
    shows(page, "situation_text", "1st & 10 at HRB 25")
    stage.cut(socket=False, polling=False)
    shows(page, "on_air", "false")
    stage.cut(socket=True, polling=False)
    shows(page, "on_air", "true")
    shows(page, "stale", "false")
    expect(page.locator("#odds")).to_be_visible()


def test_a_page_that_opens_without_a_socket_polls(stage: Stage, opens: Opens) -> None:
    """The static fallback also serves a page that never had a socket."""
    stage.begin(OPENING_KICK)
    stage.cut(socket=False, polling=True)
    page = opens(stage.address, QUICK)
    shows(page, "situation_text", "1st & 10 at HRB 25")
    expect(page.locator("#odds")).to_be_visible()


def test_a_lost_feed_is_held_and_cleared_and_comes_back(stage: Stage, opens: Opens) -> None:
    """The feed's health in the updates holds the picture, clears it after a while, and brings it back."""
    stage.begin(OPENING_KICK)
    page = opens(stage.address, QUICK)
    shows(page, "situation_text", "1st & 10 at HRB 25")
    stage.tell(health(FeedHealth.LOST, 1))
    shows(page, "stale", "true")
    stage.tell(run(2000))
    shows(page, "on_air", "false")
    assert page.evaluate("wpsim.scene.keys().situation_text") == "1st & 10 at HRB 25", (
        "the last good word held"
    )
    stage.tell(health(FeedHealth.LIVE, 2))
    shows(page, "on_air", "true")
    shows(page, "situation_text", "2nd & 6 at HRB 29")
    expect(page.locator("#odds")).to_be_visible()


def test_new_teams_are_asked_for(stage: Stage, opens: Opens) -> None:
    """A changed statement about the start brings the new names to the screen."""
    stage.begin(OPENING_KICK)
    page = opens(stage.address)
    expect(page.locator(".team.home .abbreviation")).to_have_text("HRB")
    start: GameStart = stage.telling.start
    renamed = {"team_id": "9", "name": "Renamed", "abbreviation": "NEW"}
    stage.tell(_renamed(start, renamed))
    expect(page.locator(".team.home .abbreviation")).to_have_text("NEW")


def _renamed(start: GameStart, team: dict[str, str]) -> GameStart:
    return replace(start, home=type(start.home)(**team), revision=start.revision + 1)


def test_the_words_are_those_of_the_commands(stage: Stage, opens: Opens, project_root: Path) -> None:
    """Over every update of two games the page's keys are those of /graphics/ID.json, letter by letter."""
    page = opens(f"{stage.url}/overlay")
    season = open_season(project_root / "data" / "sample_season.parquet")
    compared = 0
    for recorded in read_games(season, season.spans[:2]):
        game = Game(recorded.game_id, model("brownian"))
        updates: list[Any] = []
        expected: list[dict[str, str]] = []
        for event in recorded.events:
            update = game.apply(event)
            if update is not None:
                told = Told(update, game.encoded, "", 0, 0)
                updates.append(json.loads(canonical_bytes(update)))
                expected.append(keys_of(panel_of(told, game.start)))
        teams = [json.loads(canonical_bytes(team)) for team in (game.start.home, game.start.away)]
        drawn = page.evaluate(
            "([updates, home, away]) => updates.map(one => wpsim.keysOf(one, home, away))", [updates, *teams]
        )
        for one, keys in zip(drawn[1:], expected[1:], strict=True):
            assert one == {name: value for name, value in keys.items() if name not in STAMPS}
        compared += len(drawn)
    assert compared > 200
