"""The second screen as a viewer meets it: the games, a game, its chart and its cards."""

import pytest
from msgspec.structs import replace
from playwright.sync_api import expect

from engine.core.events import Market, Odds, Status, Tracking
from engine.web import CONTENT_SECURITY_POLICY, STATIC, pages
from tests.web.conftest import Opens
from tests.web.seen import assert_engines_state, settle
from tests.web.stage import Stage

MOST_TABS = 40


def test_every_file_is_served_and_asks_nothing_of_others() -> None:
    """The table holds each file of the page once; none names another host or carries a script inside."""
    served = pages()
    names = {path.name for path in STATIC.iterdir() if path.suffix in {".js", ".css", ".svg"}}
    assert set(served) == {"/", *(f"/web/{name}" for name in names)}
    for path, page in served.items():
        text = page.body.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text, path
        assert "https://" not in text, path
        assert "innerHTML" not in text, path
    index = served["/"].body.decode()
    assert "style=" not in index
    assert "<style" not in index
    assert "'unsafe" not in CONTENT_SECURITY_POLICY


def test_a_request_elsewhere_is_refused_and_noticed(stage: Stage, opens: Opens) -> None:
    """The policy lets nothing of another host in, and the watch over each test sees the try."""
    watched = opens(stage.address)
    page = watched.page
    page.wait_for_selector("a.game")
    assert watched.unexpected() == []
    with page.expect_console_message(lambda said: "CSP" in said.text):
        page.evaluate(
            """() => {
              const picture = document.createElement('img');
              picture.src = 'http://127.0.0.2:9/elsewhere.png';
              document.body.append(picture);
              document.body.insertAdjacentHTML('beforeend', '<p style="color:red">inside</p>');
            }"""
        )
    assert any("img-src" in text or "default-src" in text for text in watched.unexpected())
    watched.allowed = ("CSP", "Content Security Policy", "127.0.0.2")


def test_the_chart_moves_by_itself(stage: Stage, opens: Opens) -> None:
    """Who opens the bare address sees a game's chart move, with nothing to click."""
    stage.run(8)
    page = opens(stage.address).page
    page.wait_for_function(
        """() => {
          const line = document.querySelector('.c-line')?.getAttribute('d') ?? '';
          window.seen ??= new Set();
          if (line.includes('L')) window.seen.add(line);
          return window.seen.size >= 3;
        }"""
    )
    stage.rest()


def test_all_games_are_listed_in_their_groups(stage: Stage, opens: Opens) -> None:
    """Every game of the day stands in the list, under way, to come or over, with its score."""
    ids = list(stage.games)
    stage.play(ids[0], 60)
    stage.play(ids[1], 1_000)
    page = opens(stage.address).page
    page.wait_for_selector("a.game")
    games = page.locator("a.game").evaluate_all("links => links.map(link => link.dataset.game)")
    assert sorted(games) == sorted(ids)
    assert page.locator(".group.live a.game").get_attribute("data-game") == ids[0]
    assert page.locator(".group.over a.game").get_attribute("data-game") == ids[1]
    assert page.locator(".group.later a.game").count() == len(ids) - 2
    state = stage.newest(ids[1]).state
    over = page.locator(f"a.game[data-game='{ids[1]}']")
    assert over.locator(".game-score").all_inner_texts() == [str(state.away_score), str(state.home_score)]
    stage.play(ids[2], 10)
    expect(page.locator(".group.live a.game")).to_have_count(2)


def test_the_list_is_not_sent_again_while_nothing_changes(stage: Stage, opens: Opens) -> None:
    """A second question about unchanged games is answered 304, and a hidden page asks nothing."""
    watched = opens(stage.address)
    page = watched.page
    page.wait_for_selector("a.game")
    with page.expect_response(lambda answer: answer.url.endswith("/api/games") and answer.status == 304):
        pass
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => window.away ?? false, configurable: true });"
        "window.away = true; document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_timeout(300)  # what was on its way arrives
    asked = sum(path == "/api/games" for path, _ in watched.statuses)
    page.wait_for_timeout(2_600)
    assert sum(path == "/api/games" for path, _ in watched.statuses) == asked
    with page.expect_response(lambda answer: answer.url.endswith("/api/games")):
        page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")


def test_a_game_is_opened_and_read_by_keyboard_alone(stage: Stage, opens: Opens) -> None:
    """Tab and Enter open a game and lead to its title; on the chart, arrow keys read out play after play."""
    ids = list(stage.games)
    for game_id in ids[:3]:
        stage.play(game_id, 50)
    page = opens(stage.address).page
    page.wait_for_selector("a.game")
    current = page.evaluate("window.wpsim.shown.gameId")
    wanted = next(game_id for game_id in ids[:3] if game_id != current)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.game ?? ''") == wanted:
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_function("id => window.wpsim.shown?.gameId === id", arg=wanted)
    assert page.evaluate("document.activeElement.id") == "title"
    assert f"game={wanted}" in page.url
    settle(page, stage, wanted)
    page.wait_for_selector(".play")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "plot":
            break
    plot = page.locator("#plot")
    newest = plot.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowLeft")
    one_back = plot.get_attribute("aria-valuetext")
    assert one_back != newest
    last = stage.games[wanted].plays()["plays"][-2]
    assert one_back is not None
    assert last["text"] in one_back
    page.keyboard.press("Home")
    assert plot.get_attribute("aria-valuenow") == "0"
    page.keyboard.press("Escape")
    assert plot.get_attribute("aria-valuetext") == newest
    page.go_back()
    page.wait_for_function("id => window.wpsim.shown?.gameId === id", arg=current)


def test_the_page_says_what_the_engine_says(stage: Stage, opens: Opens) -> None:
    """From the first statement to the last, what is shown is the engine's state, play for play."""
    game_id = next(iter(stage.games))
    page = opens(f"{stage.address}/?game={game_id}").page
    page.wait_for_selector("#bug:visible")
    for count in (1, 20, 80, 1_000):
        stage.play(game_id, count)
        assert_engines_state(page, stage, game_id)
    state = stage.newest(game_id).state
    expect(page.locator(".bug-side.home .bug-score")).to_have_text(str(state.home_score))
    expect(page.locator(".bug-side.away .bug-score")).to_have_text(str(state.away_score))
    expect(page.locator(".bug-when")).to_have_text("Final")
    expect(page.locator("#chip-text")).to_have_text("Final")
    snapshot = stage.games[game_id].game.snapshot()
    expect(page.locator(".key-play .play-text")).to_have_text([play.text for play in snapshot.key_plays])
    page.locator("#plays-more").click()
    expect(page.locator("li.play")).to_have_count(len(stage.games[game_id].game.entries))
    page.locator("#chart-data summary").click()
    expect(page.locator("#chart-data tbody tr")).to_have_count(len(stage.games[game_id].game.entries))


def test_withdrawn_and_edited_plays_are_shown_as_such(stage: Stage, opens: Opens) -> None:
    """A play that is withdrawn is struck out, a provisional one says so, and an edit changes what stands."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 40)
    page = opens(f"{stage.address}/?game={game_id}").page
    assert_engines_state(page, stage, game_id)
    entries = stage.games[game_id].game.entries
    newest, older = entries[-1].play, entries[-5].play
    stage.tell(replace(newest, revision=1, status=Status.PROVISIONAL, text="Under review"))
    expect(page.locator(f"[data-play='{newest.play_id}']")).to_contain_text("Provisional")
    stage.tell(replace(newest, revision=2, status=Status.OFFICIAL, text="Under review"))
    expect(page.locator(f"[data-play='{newest.play_id}']")).not_to_contain_text("Provisional")
    stage.tell(replace(older, revision=1, text="Edited", next_down=3, next_distance_yd=7))
    assert_engines_state(page, stage, game_id)
    stage.tell(replace(newest, revision=3, status=Status.CANCELLED))
    assert_engines_state(page, stage, game_id)
    expect(page.locator(f"[data-play='{newest.play_id}'] s")).to_have_text("Under review")


def test_choices_market_and_tracking_stand_beside_the_chart(stage: Stage, opens: Opens) -> None:
    """A due fourth down shows its options with the best first; price and tracking come as they are told."""
    game_id = next(iter(stage.games))
    page = opens(f"{stage.address}/?game={game_id}").page
    page.wait_for_selector("#bug:visible")
    while stage.newest(game_id).decision is None:
        stage.play(game_id, 1)
    settle(page, stage, game_id)
    decision = stage.newest(game_id).decision
    assert decision is not None
    expect(page.locator("#decision-state")).to_have_text("Now")
    chances = [f"{option.win_probability * 100:.1f}%" for option in decision.options]
    expect(page.locator(".option-wp")).to_have_text(chances)
    stage.play(game_id, 1)
    expect(page.locator("#decision-state")).to_have_text("Last")
    stage.tell(Odds(game_id=game_id, book="b", market=Market.LIVE, vendor_ns=1, home_win_probability=0.625))
    expect(page.locator("#market-body")).to_contain_text("62.5%")
    expect(page.locator(".market-line")).to_have_count(1)
    play_id = stage.games[game_id].game.entries[-1].play.play_id
    stage.tell(Tracking(game_id=game_id, play_id=play_id, top_speed_yd_s=9.0, distance_yd=30.0))
    expect(page.locator(f"[data-play='{play_id}']")).to_contain_text("top speed 18.4 mph")


def test_sections_in_view_are_counted_without_a_name(stage: Stage, opens: Opens) -> None:
    """Leaving the page tells the seconds of each section in view, and nothing else."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 30)
    page = opens(f"{stage.address}/?game={game_id}").page
    settle(page, stage, game_id)
    page.wait_for_timeout(1_500)
    page.goto("about:blank")
    for _ in range(50):
        if any(told["section"] == "chart" for told in stage.usage):
            break
        page.wait_for_timeout(100)
    assert {told["section"] for told in stage.usage} <= {
        "games",
        "chart",
        "plays",
        "key_plays",
        "decision",
        "market",
    }
    assert "chart" in {told["section"] for told in stage.usage}
    assert all(set(told) == {"section", "seconds"} and told["seconds"] >= 1 for told in stage.usage)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chosen_theme_is_kept(stage: Stage, opens: Opens, scheme: str) -> None:
    """The page follows the system until the viewer chooses; the choice outlives a reload."""
    page = opens(stage.address, color_scheme=scheme).page
    ground = "getComputedStyle(document.body).backgroundColor"
    button = page.locator("#theme")
    assert button.get_attribute("aria-pressed") == str(scheme == "dark").lower()
    before = page.evaluate(ground)
    button.click()
    chosen = page.evaluate(ground)
    assert chosen != before
    page.reload()
    assert page.evaluate(ground) == chosen
