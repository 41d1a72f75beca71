"""The overlay as a CasparCG template: data come in as that server hands them on."""

import io
import json
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from engine.core.events import FeedHealth, Team
from engine.outputs.commands import win_probability
from engine.outputs.director import Director, Rules
from engine.outputs.markup import template_json, template_xml
from engine.outputs.panel import Panel, applied, keys_of
from tests.core.football_builders import start
from tests.outputs.builders import GAME_ID, NOON_NS, OPENING_KICK, TOUCHDOWN, Telling, run
from tests.outputs.overlay.conftest import Opens
from tests.outputs.overlay.stage import Stage

AWKWARD = [
    'A "quoted" \\ name',
    "back\\slash\\n",
    "</script><b>&amp;",
    "it's ü 𝄞",
    '\\"',
    "\\",
    "{}",
    "a\u2028b",
]
PITCH = "document.documentElement.style.background = 'linear-gradient(#3f7d3a, #2d5f2b 60%, #4a8a44)'"


def hand_on(page: Page, data: str) -> None:
    """Call update() as CasparCG's HTML producer does: quotes escaped, pasted between quotes, evaluated."""
    page.evaluate("call => window.eval(call)", 'update("{}")'.format(data.strip(' "').replace('"', '\\"')))


def keys_after(*events: object) -> dict[str, str]:
    """The keys that stand on the air after some statements."""
    telling = Telling(GAME_ID, OPENING_KICK, run(2000), *events)  # type: ignore[arg-type] # events
    director, panel = Director(Rules()), Panel(GAME_ID)
    for told in telling.told:
        for command in director.hear(told, telling.start, told.received_ns):
            panel = applied(panel, command)
    return keys_of(panel)


@pytest.mark.parametrize("encode", [template_xml, template_json])
def test_any_name_reaches_the_screen(stage: Stage, opens: Opens, encode: object) -> None:
    """Quotes, backslashes, markup and line separators go through CasparCG's call unharmed."""
    page = opens(f"{stage.url}/overlay")
    for name in AWKWARD:
        keys = {**keys_after(), "home_abbreviation": name, "key_play_text": name}
        hand_on(page, encode(keys))  # type: ignore[operator] # one of two functions
        page.evaluate("play()")
        expect(page.locator(".team.home .abbreviation")).to_have_text(name, use_inner_text=False)
        assert page.evaluate("wpsim.scene.keys().key_play_text") == name
        assert page.evaluate("wpsim.errors") == 0
    assert page.locator("#stage b, #stage script").count() == 2, "only the two percents are bold"


def test_what_is_not_escaped_would_not_arrive(stage: Stage, opens: Opens) -> None:
    """Plain JSON with a quote in it breaks CasparCG's call: the check above can fail."""
    page = opens(f"{stage.url}/overlay")
    with pytest.raises(Exception, match=r"SyntaxError|Invalid|Unexpected"):
        hand_on(page, json.dumps({"home_abbreviation": 'a "quoted" name'}))


def test_it_plays_shows_a_card_for_five_seconds_and_stops(stage: Stage, opens: Opens) -> None:
    """Nothing shows before play(); a card leaves after 5 s, for good; stop() takes all away."""
    page = opens(f"{stage.url}/overlay", "frozen")
    keys = keys_after(TOUCHDOWN)
    hand_on(page, template_xml(keys))
    for part in ("#odds", "#situation", "#card"):
        expect(page.locator(part)).to_be_hidden()
    page.evaluate("play()")
    for part in ("#odds", "#situation", "#card"):
        expect(page.locator(part)).to_be_visible()
    expect(page.locator(".card-headline")).to_have_text("TOUCHDOWN")
    expect(page.locator(".percent.home")).to_have_text(f"{keys['home_win_percent']}%")
    expect(page.locator("#situation .what")).to_have_text("Kickoff to SCS")
    page.clock.run_for(4_900)
    expect(page.locator("#card")).to_be_visible()
    page.clock.run_for(200)
    expect(page.locator("#card")).to_be_hidden()
    hand_on(page, template_xml(keys))
    expect(page.locator("#card")).to_be_hidden()
    expect(page.locator("#odds")).to_be_visible()
    page.evaluate("stop()")
    expect(page.locator("#odds")).to_be_hidden()


def test_next_takes_the_card_and_remove_takes_everything(stage: Stage, opens: Opens) -> None:
    """An operator can end a card early, and a withdrawn one leaves by data alone."""
    page = opens(f"{stage.url}/overlay")
    hand_on(page, template_xml(keys_after(TOUCHDOWN)))
    page.evaluate("play()")
    expect(page.locator("#card")).to_be_visible()
    page.evaluate("next()")
    expect(page.locator("#card")).to_be_hidden()
    hand_on(page, template_xml({**keys_after(TOUCHDOWN), "key_play_id": "another"}))
    expect(page.locator("#card")).to_be_visible()
    hand_on(page, template_xml(keys_after()))
    expect(page.locator("#card")).to_be_hidden()
    page.evaluate("remove()")
    expect(page.locator("#odds")).to_be_hidden()


def test_held_data_are_marked_and_cleared_data_leave(stage: Stage, opens: Opens) -> None:
    """Stale keys say as of when they are; keys that are not on the air take the graphic away."""
    page = opens(f"{stage.url}/overlay")
    hand_on(page, template_xml({**keys_after(), "stale": "true", "clock_text": "2nd 7:05"}))
    page.evaluate("play()")
    expect(page.locator(".label")).to_have_text("AS OF 2nd 7:05")
    hand_on(page, template_xml(keys_of(Panel(GAME_ID))))
    expect(page.locator("#odds")).to_be_hidden()
    hand_on(page, template_xml(keys_after()))
    expect(page.locator("#odds")).to_be_visible()
    expect(page.locator(".label")).to_have_text("WIN PROBABILITY")


def test_rubbish_changes_nothing(stage: Stage, opens: Opens) -> None:
    """Data that are neither XML nor a JSON object are counted, and what stands goes on standing."""
    page = opens(f"{stage.url}/overlay")
    hand_on(page, template_xml(keys_after()))
    page.evaluate("play()")
    rubbish = ["", "<templateData", "[1]", "null", "12", "nonsense", "{"]
    for data in rubbish:
        page.evaluate("data => update(data)", data)
    assert page.evaluate("wpsim.errors") == len(rubbish)
    expect(page.locator("#odds")).to_be_visible()


def test_only_the_layers_that_are_asked_for_are_shown(stage: Stage, opens: Opens) -> None:
    """?layer= leaves the other parts out, so that each can be a source of its own."""
    page = opens(f"{stage.url}/overlay?layer=keyplay,situation")
    hand_on(page, template_xml(keys_after(TOUCHDOWN)))
    page.evaluate("play()")
    expect(page.locator("#card")).to_be_visible()
    expect(page.locator("#situation")).to_be_visible()
    expect(page.locator("#odds")).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light", "minimal"])
def test_it_looks_as_it_should(stage: Stage, opens: Opens, screenshots: Path, theme: str) -> None:
    """The page is transparent where nothing stands, nothing leaves the title-safe area or its own box."""
    page = opens(f"{stage.url}/overlay?theme={theme}&home_color=7a1c2e", width=1920, height=1080)
    keys = {
        **keys_after(TOUCHDOWN),
        "down_distance_text": "4th & Goal at WWWWWW 12",
        "home_abbreviation": "WWWWWW",
    }
    hand_on(page, template_xml(keys))
    page.evaluate("play()")
    page.wait_for_function("getComputedStyle(document.getElementById('card')).opacity === '1'")
    page.wait_for_timeout(1_000)  # the bar's animation, for the picture's sake
    picture = matplotlib.image.imread(io.BytesIO(page.screenshot(omit_background=True)))
    assert picture.shape == (1080, 1920, 4)
    assert picture[0, 0, 3] == picture[540, 1800, 3] == picture[1079, 1919, 3] == 0.0
    assert picture[960, 700, 3] > 0.5
    rows, columns = np.nonzero(picture[:, :, 3] > 0.5)
    assert 54 <= rows.min() <= rows.max() < 1080 - 54
    assert 96 <= columns.min() <= columns.max() < 1920 - 96
    for place in (".abbreviation", ".score", ".what", ".card-headline"):
        for one in page.locator(f"#stage {place}").all():
            assert one.evaluate("box => box.scrollWidth <= box.clientWidth + 1"), place
    page.evaluate(PITCH)
    page.screenshot(path=screenshots / f"overlay_template_{theme}.png")


def test_it_fits_a_smaller_renderer(stage: Stage, opens: Opens) -> None:
    """In a 1280x720 source the whole stage is there, scaled."""
    page = opens(f"{stage.url}/overlay", width=1280, height=720)
    hand_on(page, template_xml(keys_after()))
    page.evaluate("play()")
    box = page.locator("#odds").bounding_box()
    assert box is not None
    assert round(box["width"]) == 933
    assert box["y"] + box["height"] < 720


def test_names_are_those_of_the_commands(stage: Stage, opens: Opens) -> None:
    """The overlay fits names in the same way as the commands do, whatever is in them."""
    page = opens(f"{stage.url}/overlay")
    told = Telling(GAME_ID).told[0]
    update = json.loads(told.encoded)
    for name in [*AWKWARD, "", " ", "x" * 100, "one two three " * 10, "tab\there", "zero\u200bwidth"]:
        home = win_probability(told, start(home=Team("1", name, name)), NOON_NS).home
        team = {"team_id": "1", "name": name, "abbreviation": name}
        keys = page.evaluate("([update, team]) => wpsim.keysOf(update, team, team)", [update, team])
        assert (keys["home_name"], keys["home_abbreviation"]) == (home.name, home.abbreviation)


def test_a_lost_feed_is_stale_but_not_after_the_game(stage: Stage, opens: Opens) -> None:
    """The overlay's rule about the feed's health is the director's."""
    page = opens(f"{stage.url}/overlay")
    stale = "([feed, phase]) => wpsim.isStale({feed: feed, state: {phase: phase}})"
    for health in FeedHealth:
        assert page.evaluate(stale, [health, "scrimmage"]) is (health is not FeedHealth.LIVE)
        assert page.evaluate(stale, [health, "final"]) is False
