"""The second screen when things go wrong: it says so, and comes back without a gap."""

import json

from playwright.sync_api import expect

from engine.core.events import FeedHealth
from tests.web.conftest import Opens
from tests.web.seen import assert_engines_state, connection, history, settle
from tests.web.stage import Stage

SWITCHED_OFF = (
    "WebSocket connection to",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
)


def test_a_cut_connection_is_said_and_resumed_without_a_gap(stage: Stage, opens: Opens) -> None:
    """After a cut the page resumes by epoch and offset: every offset once, the engine's state at the end."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 30)
    watched = opens(f"{stage.address}/?game={game_id}")
    watched.allowed = SWITCHED_OFF
    page = watched.page
    settle(page, stage, game_id)
    # What the page says is noted as it says it: it may be back before anybody could look.
    page.evaluate(
        """() => {
            const game = document.querySelector("#game");
            window.said = new Set();
            new MutationObserver(() => window.said.add(`${game.dataset.connection} ${game.dataset.stale}`))
                .observe(game, { attributes: true });
        }"""
    )
    for _ in range(3):
        page.evaluate("() => window.said.clear()")
        stage.cut(game_id)
        page.wait_for_function("() => window.said.has('reconnecting true')")
        stage.play(game_id, 10)
        connection(page, "live")
        assert_engines_state(page, stage, game_id)
    lived = history(page)
    assert lived["resumes"] == 3
    assert (lived["gaps"], lived["duplicates"], lived["snapshots"]) == (0, 0, 1)
    assert lived["ranges"] == [[30, 60]]
    assert {"game_id": game_id, "epoch": lived["epoch"], "offset": "30"} in stage.handshakes


def test_a_server_that_is_away_is_waited_for(stage: Stage, opens: Opens) -> None:
    """While the server is gone the page says since when it shows what; it comes back by itself, resumed."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 30)
    watched = opens(f"{stage.address}/?game={game_id}")
    watched.allowed = SWITCHED_OFF
    page = watched.page
    settle(page, stage, game_id)
    stage.stop()
    connection(page, "reconnecting")
    expect(page.locator("#banner-text")).to_contain_text("Connection lost. What you see is as of")
    expect(page.locator("#speaker")).to_contain_text("Connection lost")
    page.wait_for_function("() => window.wpsim.history.reconnects >= 2")
    expect(page.locator("#games-note")).to_contain_text("cannot be reached")
    stage.start()
    stage.play(game_id, 25)
    page.locator("#retry").click()
    connection(page, "live")
    assert_engines_state(page, stage, game_id)
    expect(page.locator("#banner")).to_be_hidden()
    lived = history(page)
    assert lived["ranges"] == [[30, 55]]
    assert lived["gaps"] == lived["duplicates"] == 0
    expect(page.locator("#games-note")).to_be_empty()


def test_a_restart_that_is_announced_is_obeyed(stage: Stage, opens: Opens) -> None:
    """A draining server's hint is waited out, and said; then the page resumes."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 30)
    page = opens(f"{stage.address}/?game={game_id}").page
    settle(page, stage, game_id)
    stage.drain(game_id, 1_500)
    connection(page, "draining")
    expect(page.locator("#banner-text")).to_contain_text("The server is restarting.")
    stage.play(game_id, 5)
    assert len(stage.handshakes) == 1
    connection(page, "live")
    assert_engines_state(page, stage, game_id)
    assert history(page)["ranges"] == [[30, 35]]


def test_a_quiet_feed_is_said(stage: Stage, opens: Opens) -> None:
    """Stale and lost feeds are told in words and marked; a feed that is live again clears both."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 30)
    page = opens(f"{stage.address}/?game={game_id}").page
    settle(page, stage, game_id)
    game = page.locator("#game")
    expect(game).to_have_attribute("data-stale", "false")
    stage.feed(game_id, FeedHealth.STALE, 1)
    expect(game).to_have_attribute("data-stale", "true")
    expect(page.locator("#banner-text")).to_contain_text("The feed has gone quiet")
    expect(page.locator("#chip-text")).to_contain_text("Feed stale")
    expect(page.locator(f"a.game[data-game='{game_id}']")).to_contain_text("Feed stale")
    stage.feed(game_id, FeedHealth.LOST, 2)
    expect(page.locator("#chip-text")).to_contain_text("Feed lost")
    stage.feed(game_id, FeedHealth.LIVE, 3)
    expect(game).to_have_attribute("data-stale", "false")
    expect(page.locator("#banner")).to_be_hidden()


def test_a_viewer_who_is_slow_gets_the_newest_state(stage: Stage, opens: Opens) -> None:
    """After `conflated` the snapshot's state is shown, and the plays that were left out are fetched."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 30)
    page = opens(f"{stage.address}/?game={game_id}").page
    settle(page, stage, game_id)
    stage.conflate(game_id, 50)
    assert_engines_state(page, stage, game_id)
    stage.play(game_id, 5)
    assert_engines_state(page, stage, game_id)
    lived = history(page)
    assert lived["conflations"] == 1
    assert lived["gaps"] == 0
    assert lived["ranges"] == [[30, 30], [80, 85]]


def test_missing_updates_are_noticed_and_mended(stage: Stage, opens: Opens) -> None:
    """An offset that is left out is noticed at the next one, and a second hole right after the first, too."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 30)
    page = opens(f"{stage.address}/?game={game_id}").page
    settle(page, stage, game_id)
    for hole in (1, 2):
        stage.swallow[game_id] = 2
        stage.play(game_id, 6)
        assert_engines_state(page, stage, game_id)
        assert history(page)["gaps"] == hole
    lived = history(page)
    assert lived["ranges"][0] == [30, 30]
    assert lived["ranges"][-1][1] == 42


def test_a_hole_is_mended_by_a_resume_too(stage: Stage, opens: Opens) -> None:
    """Cut while it waits for a snapshot, the page gets what it missed by its resume."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 30)
    watched = opens(f"{stage.address}/?game={game_id}")
    watched.allowed = SWITCHED_OFF
    page = watched.page
    settle(page, stage, game_id)
    stage.mute = True
    stage.swallow[game_id] = 1
    stage.play(game_id, 3)
    expect(page.locator("#chip-text")).to_have_text("Catching up")
    stage.cut(game_id)
    assert_engines_state(page, stage, game_id)
    assert history(page)["ranges"] == [[30, 33]]


def test_what_is_old_or_makes_no_sense_is_not_shown(stage: Stage, opens: Opens) -> None:
    """Repeated updates, an older snapshot and broken frames change nothing that is shown."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 20)
    older = stage.games[game_id].snapshot().decode()
    stage.play(game_id, 20)
    page = opens(f"{stage.address}/?game={game_id}").page
    settle(page, stage, game_id)
    stage.repeat(game_id, 10)
    stage.send(game_id, older)
    for broken in ("{", "null", "[]", '{"type":"update"}', json.dumps({"type": "snapshot", "data": {}}), ""):
        stage.send(game_id, broken)
    stage.play(game_id, 1)
    assert_engines_state(page, stage, game_id)
    lived = history(page)
    assert lived["duplicates"] >= 10
    assert lived["behind"] == 1
    assert lived["malformed"] >= 5
    assert lived["gaps"] == 0


def test_an_unknown_game_is_said_to_be_unknown(stage: Stage, opens: Opens) -> None:
    """A game that the server does not have is named as missing, and the other games can be opened."""
    page = opens(f"{stage.address}/?game=nowhere").page
    connection(page, "missing")
    expect(page.locator("#banner-text")).to_contain_text("This server has no such game")
    page.locator("a.game").first.click()
    connection(page, "live")
    expect(page.locator("#bug")).to_be_visible()
