"""The key/value snapshots: stable keys, strings only, nothing shown that may not be."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from engine.core.events import FeedHealth
from engine.outputs.commands import Reason, Target, clear
from engine.outputs.director import Director, Rules
from engine.outputs.fallback import file_stem, write_panels
from engine.outputs.keyvalue import keyvalue_json, keyvalue_xml, panel_json, panel_xml
from engine.outputs.panel import KEYS, Panel, applied, card_over, keys_of
from tests.outputs.builders import GAME_ID, OPENING_KICK, TOUCHDOWN, S, Telling, run


def aired(telling: Telling) -> tuple[Director, Panel]:
    """A director who heard everything, and the panel after it."""
    director, panel = Director(Rules()), Panel(telling.game_id)
    for told in telling.told:
        for command in director.hear(told, telling.start, told.received_ns):
            panel = applied(panel, command)
    return director, panel


def test_the_keys_say_what_is_on_the_air() -> None:
    """After a touchdown the keys hold teams, score, percents, situation and the card, all as strings."""
    _, panel = aired(Telling(GAME_ID, OPENING_KICK, run(2000), TOUCHDOWN))
    keys = json.loads(panel_json(panel))
    assert tuple(keys) == KEYS
    assert all(isinstance(value, str) for value in keys.values())
    assert keys["home_abbreviation"] == "HRB"
    assert keys["away_name"] == 'Sunder "Creek" & Sons <State>'
    assert (keys["home_score"], keys["away_score"]) == ("7", "0")
    assert int(keys["home_win_percent"]) + int(keys["away_win_percent"]) == 100
    assert keys["clock_text"] == "1st 13:20"
    assert keys["down_distance_text"] == "Kickoff to SCS"
    assert (keys["key_play_on"], keys["key_play_text"]) == ("true", TOUCHDOWN.text)
    assert (keys["on_air"], keys["stale"]) == ("true", "false")


def test_xml_and_json_say_the_same() -> None:
    """The XML holds the keys of the JSON with the same values, in the same order."""
    _, panel = aired(Telling(GAME_ID, OPENING_KICK, run(2000), TOUCHDOWN))
    root = ET.fromstring(panel_xml(panel))
    assert {child.tag: child.text or "" for child in root} == json.loads(panel_json(panel))


def test_what_was_cleared_is_empty() -> None:
    """After a hold is over only the teams and stamps are left; every text and number that aired is empty."""
    telling = Telling(GAME_ID, OPENING_KICK, run(2000), TOUCHDOWN)
    director, _ = aired(telling)
    panel = aired(telling)[1]
    for command in director.hear(telling.health(FeedHealth.LOST, 1), telling.start, telling.now_ns):
        panel = applied(panel, command)
    assert keys_of(panel)["stale"] == "true"
    assert keys_of(panel)["home_win_percent"] != ""
    for command in director.tick(telling.now_ns + 60 * S):
        panel = applied(panel, command)
    keys = keys_of(panel)
    told = {"game_id", "epoch", "offset", "received_ns", "issued_ns", "air_delay_ms", "on_air", "stale"}
    kept = told | {"home_name", "home_abbreviation", "away_name", "away_abbreviation", "key_play_on"}
    assert {name for name, value in keys.items() if value} == kept
    assert (keys["on_air"], keys["stale"], keys["key_play_on"]) == ("false", "true", "false")


def test_a_card_is_over_after_its_time() -> None:
    """A panel that is shown again after five seconds has no card on it."""
    telling = Telling(GAME_ID, OPENING_KICK, run(2000), TOUCHDOWN)
    _, panel = aired(telling)
    assert card_over(panel, telling.now_ns + 5 * S - 1) is panel
    assert keys_of(card_over(panel, telling.now_ns + 5 * S))["key_play_on"] == "false"


def test_a_clearing_takes_the_card_it_names() -> None:
    """The clearing of another play's card leaves the one that is on."""
    _, panel = aired(Telling(GAME_ID, OPENING_KICK, run(2000), TOUCHDOWN))
    assert panel.key_play is not None
    other = clear(panel.key_play, 0, Target.KEY_PLAY, Reason.OVER, "another play")
    assert applied(panel, other).key_play is panel.key_play
    its_own = clear(panel.key_play, 0, Target.KEY_PLAY, Reason.OVER, panel.key_play.play_id)
    assert applied(panel, its_own).key_play is None


def test_one_update_alone_makes_a_snapshot() -> None:
    """A game that is only read back from its log can be polled, marked as stale where its feed was."""
    telling = Telling(GAME_ID, OPENING_KICK, run(2000))
    told = telling.told[-1]
    assert json.loads(keyvalue_json(told, telling.start))["situation_text"] == "2nd & 6 at HRB 29"
    told = telling.health(FeedHealth.STALE, 1)
    assert ET.fromstring(keyvalue_xml(told, telling.start)).findtext("stale") == "true"


def test_the_fallback_replaces_whole_files(tmp_path: Path) -> None:
    """Both files of a game are there after each writing, and nothing else is left behind."""
    folder = tmp_path / "new" / "folder"
    telling = Telling(GAME_ID, OPENING_KICK)
    for event in (run(2000), TOUCHDOWN):
        telling.tell(event)
        _, panel = aired(telling)
        write_panels(folder, {GAME_ID: panel})
        assert (folder / f"{GAME_ID}.json").read_bytes() == panel_json(panel)
        assert (folder / f"{GAME_ID}.xml").read_bytes() == panel_xml(panel)
    assert len(list(folder.iterdir())) == 2


def test_no_game_writes_outside_its_folder(tmp_path: Path) -> None:
    """A game's name becomes a plain file name, whatever is in it, and two games never share one."""
    names = [
        "../../etc/passwd",
        "..",
        ".",
        "a/b",
        "a\\b",
        "a%2Fb",
        "C:",
        "ü\n",
        "\ud800",
        "x" * 300,
        "x" * 301,
        "401520000",
    ]
    write_panels(tmp_path, {name: Panel(name) for name in names})
    stems = {file_stem(name) for name in names}
    assert len(stems) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_~%-]+", stem) for stem in stems)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{s}.{kind}" for s in stems for kind in ("json", "xml")
    }
    assert (tmp_path / "401520000.json").exists()


def test_every_key_is_documented(project_root: Path) -> None:
    """docs/graphics.md names each key, and no key that is not there."""
    text = (project_root / "docs" / "graphics.md").read_text(encoding="utf-8")
    table = text.split("<!-- keys -->")[1].split("<!-- /keys -->")[0]
    assert set(re.findall(r"`([a-z_]+)`", table)) >= set(KEYS)
    first = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`([a-z_]+)`", row.split("|")[1] if "|" in row else "")
    }
    assert first == set(KEYS)
