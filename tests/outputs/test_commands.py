"""The commands' bodies: every field that docs/graphics.md promises, and nothing that contradicts it."""

import json

import pytest

from engine.core.events import FeedHealth
from engine.core.football import Side
from engine.outputs.commands import (
    Command,
    Reason,
    Target,
    clear,
    decode_command,
    encode_command,
    key_play,
    situation,
    win_probability,
)
from tests.core.football_builders import end
from tests.outputs.builders import GAME_ID, NOON_NS, OPENING_KICK, TOUCHDOWN, Telling, run

HEAD = {"command", "game_id", "epoch", "offset", "received_ns", "issued_ns", "home", "away"}
FIELDS = {
    "UPDATE_WIN_PROBABILITY": {
        "home_win_percent", "away_win_percent", "home_win_probability", "away_win_probability",
        "home_win_probability_low", "home_win_probability_high", "market_home_win_probability", "stale",
    },
    "UPDATE_SITUATION": {
        "text", "phase", "period", "period_text", "clock_s", "clock", "home_score", "away_score",
        "home_timeouts", "away_timeouts", "down_distance_text", "ball_text", "possession", "down",
        "distance_yd", "yards_to_goal", "stale",
    },
    "SHOW_KEY_PLAY": {
        "play_id", "headline", "text", "win_probability_added", "side", "swing_percent", "swing_text",
        "home_win_percent", "away_win_percent", "display_ms",
    },
    "CLEAR": {"target", "reason", "play_id"},
}  # fmt: skip


def commands_of(telling: Telling) -> list[Command]:
    """One command of each name about the newest play."""
    told, start, now_ns = telling.told[-1], telling.start, telling.now_ns + 5
    card = key_play(told, start, now_ns, points=7)
    return [
        win_probability(told, start, now_ns),
        situation(told, start, now_ns),
        card,
        clear(card, now_ns, Target.KEY_PLAY, Reason.OVER, card.play_id),
    ]


def test_each_command_has_the_fields_it_promises() -> None:
    """Each body holds exactly the documented fields, says who, when and why, and decodes to itself."""
    telling = Telling(GAME_ID, OPENING_KICK, run(2000), TOUCHDOWN)
    for command in commands_of(telling):
        body = json.loads(encode_command(command))
        assert set(body) == HEAD | FIELDS.pop(body["command"])
        assert body["game_id"] == GAME_ID
        assert (body["epoch"], body["offset"]) == (telling.game.epoch, telling.game.offset)
        assert (body["received_ns"], body["issued_ns"]) == (NOON_NS, NOON_NS + 5)
        assert body["home"] == {"team_id": "1", "name": "Harbor State", "abbreviation": "HRB"}
        assert decode_command(encode_command(command)) == command
    assert not FIELDS, "every command was made"


def test_the_situation_is_that_of_the_next_snap() -> None:
    """After a run the text says what is due, with score, clock and both halves of the figures."""
    body = commands_of(Telling(GAME_ID, OPENING_KICK, TOUCHDOWN, run(4000)))[1]
    assert json.loads(encode_command(body))["text"] == "2nd & 6 at HRB 29"


def test_nobody_has_the_ball_when_the_game_is_over() -> None:
    """The result stands without the possession and the down of the last snap."""
    telling = Telling(GAME_ID, OPENING_KICK, TOUCHDOWN, run(4000), end(7, 0))
    over = situation(telling.told[-1], telling.start, 0)
    assert situation(telling.told[-2], telling.start, 0).possession is Side.HOME
    assert (over.text, over.home_score) == ("Final", 7)
    assert (over.possession, over.down, over.distance_yd, over.yards_to_goal) == (None, None, None, None)


def test_a_card_tells_whom_the_play_helped() -> None:
    """A touchdown of the home side says so in words, percent and sign."""
    card = key_play(Telling(GAME_ID, OPENING_KICK, TOUCHDOWN).told[-1], Telling(GAME_ID).start, 0, points=7)
    assert (card.headline, card.text) == ("TOUCHDOWN", TOUCHDOWN.text)
    assert card.win_probability_added > 0
    assert card.swing_text == f"HRB +{card.swing_percent}%"
    assert card.display_ms == 5_000


def test_an_update_without_a_play_is_no_key_play() -> None:
    """A card of a feed's status is refused, with what came instead."""
    telling = Telling(GAME_ID)
    told = telling.health(FeedHealth.LIVE, 1)
    with pytest.raises(ValueError, match="has no play to show: feed"):
        key_play(told, telling.start, 0)
