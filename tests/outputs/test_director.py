"""What is on the air of one game: updates, cards, hold-and-clear, all against a clock that the test moves."""

import itertools
from typing import Any

import pytest
from msgspec.structs import replace

from engine.core.events import FeedHealth, FeedStatus, Status
from engine.core.football import Phase, PlayKind, Side
from engine.outputs.commands import ShowKeyPlay
from engine.outputs.director import NEXT, Act, Air, Director, News, Rules
from tests.core.football_builders import end
from tests.outputs.builders import (
    CARD,
    GAME_ID,
    NOON_NS,
    ODDS,
    OPENING_KICK,
    TOUCHDOWN,
    WHERE,
    S,
    Telling,
    again,
    named,
    play,
    run,
    withdrawn,
)

RULES = Rules(hold_s=30, silent_s=100, break_s=2_000, fresh_s=15)


class Booth:
    """A game and its director, at one clock."""

    def __init__(self, *events: Any, rules: Rules = RULES) -> None:
        self.telling = Telling(GAME_ID)
        self.director = Director(rules)
        self.hear()
        for event in events:
            self.say(event)

    def hear(self) -> list[str]:
        """Let the director hear the newest word."""
        told = self.telling.told[-1]
        self.commands = self.director.hear(told, self.telling.start, self.telling.now_ns)
        return named(self.commands)

    def say(self, event: Any) -> list[str]:
        """Tell an event now."""
        self.telling.tell(event)
        return self.hear()

    def feed(self, health: FeedHealth, revision: int) -> list[str]:
        """Tell the feed's health now."""
        return self.say(FeedStatus(game_id=GAME_ID, feed="espn", health=health, revision=revision))

    def air(self) -> Air:
        """What stands."""
        return self.director.air

    def wait(self, seconds: float) -> list[str]:
        """Let time pass, and let the director do what is due then."""
        self.telling.now_ns += round(seconds * S)
        return named(self.director.tick(self.telling.now_ns))


def test_the_table_knows_what_to_do_in_every_case() -> None:
    """Each kind of news has an answer in each state of the air, and no answer shows without news."""
    assert set(NEXT) == set(itertools.product(Air, News))
    for (air, news), (then, act) in NEXT.items():
        assert (act is Act.SHOW) == (news is News.FRESH)
        assert (act is Act.CLEAR) == (air is Air.HOLD and then is Air.OFF)
        assert (act is Act.MARK) == (air is Air.ON and then is Air.HOLD)


def test_news_that_changes_the_picture_is_sent() -> None:
    """The first update shows both states, a play both, and a word that changes nothing on the screen none."""
    booth = Booth()
    assert named(booth.commands) == [ODDS, WHERE]
    assert booth.say(OPENING_KICK) == [ODDS, WHERE]
    assert booth.feed(FeedHealth.LIVE, 1) == []


def test_a_key_play_is_shown_for_five_seconds() -> None:
    """A fresh key play brings a card, and a clearing follows when its five seconds are over, not before."""
    booth = Booth(OPENING_KICK, run(2000))
    assert booth.say(TOUCHDOWN) == [ODDS, WHERE, CARD]
    card = booth.commands[-1]
    assert isinstance(card, ShowKeyPlay)
    assert (card.headline, card.display_ms, card.side) == ("TOUCHDOWN", 5_000, Side.HOME)
    assert card.swing_text == f"HRB +{card.swing_percent}%"
    assert booth.director.next_ns == booth.telling.now_ns + 5 * S
    assert booth.wait(4.999) == []
    assert booth.wait(0.001) == ["CLEAR key_play over"]
    assert booth.wait(1) == []


def test_an_old_key_play_is_not_shown() -> None:
    """A key play that could air only 16 s after its time brings the states and no card; one of 15 s does."""
    for age_s, expected in ((16, [ODDS, WHERE]), (15, [ODDS, WHERE, CARD])):
        booth = Booth(OPENING_KICK, run(2000))
        booth.telling.tell(TOUCHDOWN)
        booth.telling.now_ns += age_s * S
        assert booth.hear() == expected


def test_the_air_delay_does_not_make_a_key_play_old() -> None:
    """Ages count from when a thing could air: a play heard 20 s late by a delay of 20 s is fresh."""
    booth = Booth(OPENING_KICK, run(2000), rules=replace_rules(air_delay_s=20.0))
    booth.telling.tell(TOUCHDOWN)
    booth.telling.now_ns += 20 * S
    assert booth.hear() == [ODDS, WHERE, CARD]


def replace_rules(**changed: float) -> Rules:
    """The rules of these tests with some changed."""
    rules = {"hold_s": 30, "silent_s": 100, "break_s": 2_000, "fresh_s": 15, "air_delay_s": 0.0}
    return Rules(**{**rules, **changed})


def test_a_correction_of_an_older_play_is_no_key_play() -> None:
    """A touchdown that is found to have happened before the newest play changes the states, with no card."""
    booth = Booth(OPENING_KICK, run(2000), run(4000, yards_to_goal=30))
    assert CARD not in booth.say(TOUCHDOWN)
    assert booth.telling.told[-1].update.key_play, "the correction does move the probability"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": Status.CANCELLED}, "withdrawn"),
        ({"home_score": 0, "scoring": False, "yards_gained": 2}, "corrected"),
    ],
)
def test_a_card_leaves_at_once_when_its_play_is_taken_back(change: dict[str, Any], reason: str) -> None:
    """A withdrawn or corrected play's card is cleared, before anything else is sent."""
    booth = Booth(OPENING_KICK, run(2000), TOUCHDOWN)
    booth.wait(1)
    sent = booth.say(again(TOUCHDOWN, **change))
    assert sent[0] == f"CLEAR key_play {reason}"
    assert ODDS in sent
    assert CARD not in sent
    assert booth.wait(10) == [], "the card is not cleared twice"


def test_a_key_play_that_becomes_another_key_play_is_shown_anew() -> None:
    """A touchdown that turns into a pick-six of the other side is cleared, and the new card follows."""
    booth = Booth(OPENING_KICK, run(2000), TOUCHDOWN)
    booth.wait(1)
    pick_six = again(TOUCHDOWN, home_score=0, away_score=7, turnover=True, text="Intercepted, TOUCHDOWN")
    sent = booth.say(pick_six)
    assert sent[0] == "CLEAR key_play corrected"
    assert sent[-1] == CARD
    card = booth.commands[-1]
    assert isinstance(card, ShowKeyPlay)
    assert card.side is Side.AWAY


def test_a_confirmed_key_play_keeps_its_card() -> None:
    """The same play made official, or told in other words, neither clears the card nor shows it again."""
    provisional = replace(TOUCHDOWN, status=Status.PROVISIONAL)
    booth = Booth(OPENING_KICK, run(2000), provisional)
    booth.wait(1)
    assert booth.say(again(TOUCHDOWN)) == []
    assert booth.say(again(TOUCHDOWN, revision=2, text="Long pass, TOUCHDOWN")) == []
    assert booth.wait(4) == ["CLEAR key_play over"]
    assert CARD not in booth.say(again(TOUCHDOWN, revision=3, text="A very long pass, TOUCHDOWN"))


def test_a_correction_before_the_card_s_play_clears_the_card() -> None:
    """A changed earlier play makes the card's figure doubtful; a changed later one does not."""
    booth = Booth(OPENING_KICK, run(2000), TOUCHDOWN, run(4000))
    booth.wait(1)
    assert "CLEAR key_play corrected" not in booth.say(again(run(4000), 1, yards_gained=9))
    assert booth.say(again(run(2000), yards_gained=40))[0] == "CLEAR key_play corrected"


def test_stale_data_are_held_marked_and_cleared() -> None:
    """A feed that is lost holds the last for 30 s, marked as stale; then everything goes, once."""
    booth = Booth(OPENING_KICK, run(2000))
    assert booth.feed(FeedHealth.LOST, 1) == [f"{ODDS} stale", f"{WHERE} stale"]
    assert booth.air() is Air.HOLD
    assert booth.say(run(4000, yards_to_goal=30)) == [], "what comes from a feed that is lost changes nothing"
    assert booth.wait(29.999) == []
    assert booth.wait(0.001) == ["CLEAR all stale"]
    assert booth.air() is Air.OFF
    assert booth.wait(1_000) == []
    assert booth.director.next_ns is None


@pytest.mark.parametrize("held_s", [10, 40])
def test_a_feed_that_comes_back_brings_everything_back(held_s: int) -> None:
    """After a hold, and after a clearing too, the first fresh word shows both states again, unmarked."""
    booth = Booth(OPENING_KICK, run(2000))
    booth.feed(FeedHealth.STALE, 1)
    booth.wait(held_s)
    assert booth.feed(FeedHealth.LIVE, 2) == [ODDS, WHERE]
    assert booth.air() is Air.ON


def test_a_second_failure_is_held_for_its_own_time() -> None:
    """The time of a hold does not run on through a recovery."""
    booth = Booth(OPENING_KICK, run(2000))
    booth.feed(FeedHealth.STALE, 1)
    booth.wait(20)
    booth.feed(FeedHealth.LIVE, 2)
    booth.feed(FeedHealth.STALE, 3)
    assert booth.wait(20) == []
    assert booth.wait(10) == ["CLEAR all stale"]


def test_no_key_play_airs_from_stale_data() -> None:
    """A key play that is told while the feed is stale brings nothing, not even later."""
    booth = Booth(OPENING_KICK, run(2000))
    booth.feed(FeedHealth.STALE, 1)
    assert booth.say(TOUCHDOWN) == []
    assert CARD not in booth.feed(FeedHealth.LIVE, 2)


def test_a_play_withdrawn_while_held_loses_its_card() -> None:
    """Held states stay, but a card whose play is withdrawn goes at once."""
    booth = Booth(OPENING_KICK, run(2000), TOUCHDOWN)
    booth.feed(FeedHealth.STALE, 1)
    assert booth.say(withdrawn(TOUCHDOWN)) == ["CLEAR key_play withdrawn"]


def test_silence_of_a_feed_of_unknown_health_is_stale() -> None:
    """A game in play that says nothing for 100 s is held, then cleared; a word brings it back."""
    booth = Booth(OPENING_KICK, run(2000))
    assert booth.wait(99.999) == []
    assert booth.wait(0.001) == [f"{ODDS} stale", f"{WHERE} stale"]
    assert booth.director.next_ns == booth.telling.now_ns + 30 * S, "nothing is due before the hold ends"
    assert booth.wait(30) == ["CLEAR all stale"]
    assert booth.say(run(4000)) == [ODDS, WHERE]


def test_silence_of_a_feed_that_is_known_to_live_is_only_silence() -> None:
    """A feed that has spoken of its health is trusted to say when it fails."""
    booth = Booth(OPENING_KICK, run(2000))
    booth.feed(FeedHealth.STALE, 1)
    booth.feed(FeedHealth.LIVE, 2)
    assert booth.wait(10_000) == []


def test_silence_between_the_halves_is_expected() -> None:
    """After the half has ended nothing is stale for as long as a half-time may last."""
    half = play(5000, PlayKind.HALF_END, period=2, clock_s=0)
    booth = Booth(OPENING_KICK, run(2000), replace(run(4000), period=2, clock_s=0), half)
    state = booth.telling.told[-1].update.state
    assert (state.phase, state.period, state.clock_s) == (Phase.KICKOFF, 2, 0), "this is half-time"
    assert booth.wait(1_999) == []
    assert booth.wait(1) == [f"{ODDS} stale", f"{WHERE} stale"]


def test_before_and_after_the_game_nothing_is_stale_by_silence() -> None:
    """Pre-game figures and a result stand for as long as nobody says otherwise."""
    booth = Booth()
    assert booth.wait(100_000) == []
    booth = Booth(OPENING_KICK, run(2000), TOUCHDOWN)
    booth.say(end(7, 0))
    booth.wait(10)
    assert booth.wait(100_000) == []
    assert booth.feed(FeedHealth.LOST, 1) == [], "a result is certain, whatever becomes of the feed"


def test_what_is_old_at_the_start_is_not_held_as_if_it_were_new() -> None:
    """A word received an hour before it is heard counts as silent for that hour."""
    telling = Telling(GAME_ID, OPENING_KICK, run(2000))
    director = Director(RULES)
    now_ns = NOON_NS + 3_600 * S
    assert named(director.hear(telling.told[-1], telling.start, now_ns)) == [ODDS, WHERE]
    assert named(director.tick(now_ns)) == [f"{ODDS} stale", f"{WHERE} stale"]


def test_a_stale_feed_at_the_start_shows_nothing() -> None:
    """Nothing goes on the air before a first fresh word."""
    telling = Telling(GAME_ID, OPENING_KICK)
    told = telling.health(FeedHealth.STALE, 1)
    director = Director(RULES)
    assert director.hear(told, telling.start, telling.now_ns) == []
    assert director.air is Air.OFF


def test_the_same_word_twice_is_heard_once() -> None:
    """An update that was heard, or an older one, changes nothing."""
    booth = Booth(OPENING_KICK, run(2000), TOUCHDOWN)
    for told in booth.telling.told:
        assert booth.director.hear(told, booth.telling.start, booth.telling.now_ns) == []


@pytest.mark.parametrize(
    "steps", list(itertools.product(("stale", "live", "wait", "play"), repeat=4)), ids="-".join
)
def test_every_sequence_of_news_keeps_the_promise(steps: tuple[str, ...]) -> None:
    """Whatever happens in whatever order, stale data never stand unmarked, and not for more than a hold."""
    booth = Booth(OPENING_KICK, run(2000))
    shown, marked = True, False
    for number, step in enumerate(steps, 1):
        for name in _one_step(booth, step, number):
            shown = (shown or name.startswith("UPDATE")) and name != "CLEAR all stale"
            marked = name.endswith(" stale") if name.startswith("UPDATE") else marked
        stale = booth.telling.told[-1].update.feed is not FeedHealth.LIVE
        assert not (stale and shown and not marked), f"shown unmarked after step {number}"
        assert not (stale and step == "wait" and shown), f"held for too long after step {number}"
        assert stale or shown or step == "wait", f"not shown after step {number}, though it is fresh"


def _one_step(booth: Booth, step: str, number: int) -> list[str]:
    if step == "wait":
        return booth.wait(31)
    if step == "play":
        order = 3000 + 1000 * number
        return booth.say(replace(TOUCHDOWN, play_id=f"p{order}", order=order, home_score=7 * number))
    if step == booth.telling.told[-1].update.feed.value:
        return []
    return booth.feed(FeedHealth(step), number)
