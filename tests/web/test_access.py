"""The second screen for everybody: themes, sizes, text zoom, less motion, screen readers; with pictures."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Page, expect

from engine.core.events import FeedHealth, Market, Odds, Tracking
from tests.web.conftest import DESKTOP, PHONE, Opens
from tests.web.seen import settle
from tests.web.stage import Stage

SIZES = {"desktop": DESKTOP, "phone": PHONE}
GRAVE = {"serious", "critical"}
MOVING = "() => document.getAnimations().filter(each => each.playState === 'running').length"
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _grave(page: Page) -> list[str]:
    """Return axe's serious and critical findings, each with the element that it is about."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def _full(stage: Stage) -> str:
    """Bring a game to where every card has something to show; others are earlier, later and over."""
    ids = list(stage.games)
    for game_id, count in zip(ids, (130, 60, 1_000, 20, 100, 0), strict=True):
        stage.play(game_id, count)
    game_id = ids[0]
    for k in range(12):
        stage.play(game_id, 1)
        price = 0.1 + 0.8 * stage.newest(game_id).home_win_probability
        stage.tell(
            Odds(game_id=game_id, book="b", market=Market.LIVE, vendor_ns=k + 1, home_win_probability=price)
        )
    while stage.newest(game_id).decision is None:
        stage.play(game_id, 1)
    play_id = stage.games[game_id].game.entries[-1].play.play_id
    stage.tell(Tracking(game_id=game_id, play_id=play_id, top_speed_yd_s=9.4, distance_yd=22.0))
    return game_id


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(
    stage: Stage, opens: Opens, screenshots: Path, scheme: str, size: str
) -> None:
    """No serious or critical finding of axe, live and stale, list and table unfolded; each state pictured."""
    game_id = _full(stage)
    page = opens(f"{stage.address}/?game={game_id}", SIZES[size], color_scheme=scheme).page
    settle(page, stage, game_id)
    page.wait_for_selector(".play")
    page.screenshot(path=screenshots / f"{size}-{scheme}.png")
    page.screenshot(path=screenshots / f"{size}-{scheme}-whole.png", full_page=True)
    assert _grave(page) == []
    stage.feed(game_id, FeedHealth.STALE, 1)
    page.wait_for_selector("#game[data-stale='true']")
    page.screenshot(path=screenshots / f"{size}-{scheme}-stale.png")
    for summary in page.locator("summary").all():
        summary.click()
    page.locator("#plays-more").click()
    if size == "phone":
        page.locator("#games-toggle").click()
        page.screenshot(path=screenshots / f"{size}-{scheme}-games.png")
    assert _grave(page) == []


def test_axe_would_find_a_fault(stage: Stage, opens: Opens) -> None:
    """The same check fails on text that is too faint and on a button without a name."""
    page = opens(stage.address).page
    page.wait_for_selector("a.game")
    page.evaluate(
        """() => {
          document.querySelector('#games-title').style.color = 'rgb(225,226,224)';
          document.querySelector('#theme').replaceChildren();
        }"""
    )
    assert {text.split(":")[0] for text in _grave(page)} == {"color-contrast", "button-name"}


@pytest.mark.parametrize(
    ("size", "zoom"), [((320, 700), 100), (PHONE, 200), (DESKTOP, 200), ((768, 1024), 200)]
)
def test_nothing_is_wider_than_the_screen(
    stage: Stage, opens: Opens, screenshots: Path, size: tuple[int, int], zoom: int
) -> None:
    """At 320 pixels, and with text twice as large, nothing scrolls sideways and nothing is cut off."""
    game_id = _full(stage)
    page = opens(f"{stage.address}/?game={game_id}", size).page
    settle(page, stage, game_id)
    page.evaluate("zoom => { document.documentElement.style.fontSize = `${zoom}%`; }", zoom)
    page.wait_for_timeout(100)
    assert page.evaluate(TOO_WIDE) <= 0
    cut_off = page.evaluate(
        """() => [...document.querySelectorAll('main :is(h1, h2, p, span, strong, button)')]
          .filter(node => !node.closest('.visually-hidden') && node.getClientRects().length)
          .filter(node => node.getBoundingClientRect().right > innerWidth + 1)
          .map(node => node.className + ': ' + node.textContent)"""
    )
    assert cut_off == []
    page.screenshot(path=screenshots / f"zoom-{size[0]}-{zoom}.png", full_page=True)


def test_nothing_moves_for_those_who_asked_for_rest(stage: Stage, opens: Opens) -> None:
    """With reduced motion no animation runs; without, the live mark breathes."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 20)
    address = f"{stage.address}/?game={game_id}"
    still = opens(address, reduced_motion="reduce").page
    settle(still, stage, game_id)
    lively = opens(address, reduced_motion="no-preference").page
    settle(lively, stage, game_id)
    stage.play(game_id, 1)
    settle(still, stage, game_id)
    settle(lively, stage, game_id)
    assert lively.evaluate(MOVING) > 0
    assert still.evaluate(MOVING) == 0


def test_scores_and_key_plays_are_spoken(stage: Stage, opens: Opens) -> None:
    """A score is put into the polite live region, with the teams' names and the chance it leaves."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 10)
    page = opens(f"{stage.address}/?game={game_id}").page
    settle(page, stage, game_id)
    state = stage.newest(game_id).state
    while stage.newest(game_id).state.home_score == state.home_score:
        stage.play(game_id, 1)
    speaker = page.locator("#speaker")
    expect(speaker).to_have_attribute("aria-live", "polite")
    start = stage.games[game_id].game.start
    scored = stage.newest(game_id).state
    expect(speaker).to_contain_text(
        f"Score: {start.away.name} {scored.away_score}, {start.home.name} {scored.home_score}."
    )


def test_landmarks_lead_through_the_page(stage: Stage, opens: Opens) -> None:
    """One heading of the first rank, one main, one named navigation, and regions with names."""
    game_id = next(iter(stage.games))
    stage.play(game_id, 10)
    page = opens(f"{stage.address}/?game={game_id}").page
    settle(page, stage, game_id)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("navigation", name="Games")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for name in ("Score", "Win probability", "Fourth down", "Key plays", "Play by play"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("slider")).to_have_accessible_name("Win probability, play by play")
