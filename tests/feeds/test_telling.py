"""What a payload adds to what was said: news, edits, withdrawals, and nothing from an old or half payload."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.events import ORDER_STEP, Event, GameEnd, GameStart, Odds, Play, Status, Team, content
from engine.core.events import Market as _Market
from engine.feeds.telling import MOST_PLAYS, Payload, Telling, Verdict

START = GameStart(game_id="g", season=2022, home=Team("1", "Ohio", "OHIO"), away=Team("2", "Texas", "TEX"))
END = GameEnd(game_id="g", home_score=7, away_score=3)


def plays(*ids: str) -> list[Play]:
    """Plays of these ids, each with its own words."""
    return [Play(game_id="g", play_id=play_id, order=0, text=f"play {play_id}") for play_id in ids]


def tell(telling: Telling, shown: Sequence[Play] | None, **also: object) -> list[Event]:
    """What a payload of these plays adds."""
    return telling.tell(Payload(START, shown, **also), 5)[1]  # type: ignore[arg-type]


def begun(*ids: str, over: bool = False) -> Telling:
    """A telling that has said these plays."""
    telling = Telling("g")
    tell(telling, plays(*ids), end=END if over else None)
    return telling


def summary(events: Sequence[Event]) -> list[tuple[object, ...]]:
    """What was said, in short."""
    return [
        (event.play_id, event.revision, event.status.value)
        if isinstance(event, Play)
        else (type(event).__name__, event.revision, event.status.value if isinstance(event, GameEnd) else "")
        for event in events
    ]


# --- news --------------------------------------------------------------------------------------------------


def test_a_first_payload_is_all_news_in_order() -> None:
    """Start, plays a step apart and end come in this order, first revisions, stamped as received."""
    telling = Telling("g")
    verdict, told = telling.tell(Payload(START, plays("a", "b"), END), 9)
    assert verdict is Verdict.GOOD
    assert summary(told) == [
        ("GameStart", 0, ""), ("a", 0, "official"), ("b", 0, "official"), ("GameEnd", 0, "official"),
    ]  # fmt: skip
    assert [event.order for event in told if isinstance(event, Play)] == [0, ORDER_STEP]
    assert {event.received_ns for event in told} == {9}


def test_what_was_said_is_not_said_again() -> None:
    """The same payload over and over says nothing."""
    telling = begun("a", "b", over=True)
    assert tell(telling, plays("a", "b"), end=END) == []


def test_an_edit_is_a_higher_revision_in_the_same_place() -> None:
    """Other content under a known id keeps its place, however late it comes."""
    telling = begun("a", "b", "c")
    edited = [*plays("a"), replace(plays("b")[0], home_score=7), *plays("c")]
    (told,) = tell(telling, edited)
    assert isinstance(told, Play)
    assert (told.play_id, told.revision, told.order, told.home_score) == ("b", 1, ORDER_STEP, 7)


def test_a_provisional_play_is_confirmed() -> None:
    """The same play made official is said again as official."""
    telling = Telling("g")
    tell(telling, [replace(plays("a")[0], status=Status.PROVISIONAL)])
    assert summary(tell(telling, plays("a"))) == [("a", 1, "official")]


def test_a_play_the_feed_itself_withdraws_is_withdrawn_at_once() -> None:
    """A play that the payload marks as cancelled needs no second witness."""
    telling = begun("a", "b")
    shown = [replace(plays("a")[0], status=Status.CANCELLED), *plays("b")]
    assert summary(tell(telling, shown)) == [("a", 1, "cancelled")]


def test_the_end_is_corrected_and_taken_back() -> None:
    """Another final score is a higher revision; a game with a new play after its end goes on."""
    telling = begun("a", over=True)
    assert summary(tell(telling, plays("a"), end=replace(END, home_score=8))) == [("GameEnd", 1, "official")]
    reopened = tell(telling, plays("a", "b"), under_way=True)
    assert summary(reopened) == [("GameEnd", 2, "cancelled"), ("b", 0, "official")]
    assert not telling.over
    assert summary(tell(telling, plays("a", "b"), end=END)) == [("GameEnd", 3, "official")]


def test_an_end_is_not_taken_back_by_silence() -> None:
    """A payload that no longer says that the game is over does not say that it is not."""
    telling = begun("a", over=True)
    assert [tell(telling, plays("a")) for _ in range(100)] == [[]] * 100


def test_a_start_forgets_nothing() -> None:
    """A line that moves is news; a header that has lost fields takes none of them back."""
    telling = Telling("g")
    telling.tell(Payload(replace(START, home_spread=-3.0)), 1)
    bare = GameStart(game_id="g")
    assert telling.tell(Payload(bare), 2) == (Verdict.GOOD, [])
    (told,) = telling.tell(Payload(replace(START, home_spread=-3.5)), 3)[1]
    assert isinstance(told, GameStart)
    assert (told.revision, told.home_spread, told.home.name) == (1, -3.5, "Ohio")


def test_stamps_never_fall() -> None:
    """A clock that is set back does not take the stamps with it."""
    telling = Telling("g")
    telling.tell(Payload(START, plays("a")), 100)
    (told,) = telling.tell(Payload(START, plays("a", "b")), 50)[1]
    assert told.received_ns == 100
    restarted = Telling("g")
    restarted.remember(told)
    assert {event.received_ns for event in restarted.tell(Payload(START, plays("a", "b")), 50)[1]} == {100}


# --- places ------------------------------------------------------------------------------------------------


def test_a_play_found_late_goes_between_its_neighbours() -> None:
    """A run of plays found between two known ones gets orders strictly between theirs, in its own order."""
    telling = begun("a", "z")
    told = tell(telling, plays("a", "m", "n", "o", "z"))
    orders = [event.order for event in told if isinstance(event, Play)]
    assert 0 < orders[0] < orders[1] < orders[2] < ORDER_STEP


def test_an_appended_play_comes_a_step_after_everything_known() -> None:
    """However the known plays are numbered, withdrawn ones included, the next one follows the last."""
    telling = Telling("g")
    for order, play in zip((-500, 5_500, 5_600), plays("a", "b", "c"), strict=True):
        telling.remember(replace(play, order=order))
    telling.remember(replace(plays("c")[0], order=5_600, revision=1, status=Status.CANCELLED))
    told = tell(telling, plays("a", "b", "d"))
    assert [event.order for event in told if isinstance(event, Play)] == [6_600]


def test_plays_found_before_the_first_come_before_it() -> None:
    """There is room before the first play too."""
    telling = begun("m")
    told = tell(telling, plays("a", "b", "m"))
    assert [event.order for event in told if isinstance(event, Play)] == [-2 * ORDER_STEP, -ORDER_STEP]


def test_a_late_drive_fits_however_it_comes() -> None:
    """Twenty plays that come one by one into one place keep the feed's order, each an order of its own."""
    telling = begun("a", "z")
    late = [f"m{number:02}" for number in range(20)]
    for number in range(len(late)):
        tell(telling, plays("a", *late[: number + 1], "z"))
    ordered = sorted(telling.plays.values(), key=lambda play: (play.order, play.play_id))
    assert [play.play_id for play in ordered] == ["a", *late, "z"]
    assert len({play.order for play in ordered}) == 22
    assert telling.crowded == 0


def test_where_there_is_no_room_the_closest_place_is_taken_and_counted() -> None:
    """With consecutive orders recorded, a play between them shares one, on the side that its id allows."""
    telling = Telling("g")
    for order, play in enumerate(plays("a", "c")):
        telling.remember(replace(play, order=order))
    tell(telling, plays("a", "b", "c"))
    assert telling.crowded == 1
    ordered = sorted(telling.plays.values(), key=lambda play: (play.order, play.play_id))
    assert [play.play_id for play in ordered] == ["a", "b", "c"]


@given(st.lists(st.permutations(list("abcdefgh")).map(tuple), min_size=1, max_size=6), st.randoms())
def test_a_place_never_changes(payloads: list[tuple[str, ...]], dice: random.Random) -> None:
    """Whatever order a feed lists its plays in, a play keeps the order it was first said with."""
    telling, first = Telling("g"), dict[str, int]()
    for ids in payloads:
        for event in tell(telling, plays(*ids[: dice.randint(1, 8)])):
            if isinstance(event, Play):
                assert first.setdefault(event.play_id, event.order) == event.order
    assert len(set(first.values())) == len(first)


def test_a_game_of_endless_plays_is_bounded() -> None:
    """Plays beyond the bound are counted and not told; the known ones still are."""
    telling = Telling("g")
    told = tell(telling, plays(*(str(number) for number in range(MOST_PLAYS + 10))))
    assert sum(isinstance(event, Play) for event in told) == MOST_PLAYS
    assert telling.refused == 10


# --- partitions and restarts -------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(0, 2**32), st.booleans())
def test_polls_and_restarts_change_nothing_that_is_said(count: int, seed: int, ends: bool) -> None:
    """However a growing game is cut into polls, and whenever the process is killed, it is told the same."""
    dice = random.Random(seed)
    ids = [f"{dice.randrange(10**6)}-{number}" for number in range(count)]
    whole = Telling("g")
    expected = list(whole.tell(Payload(START, plays(*ids), END if ends else None), 1)[1])
    telling, recorded = Telling("g"), list[Event]()
    shown = 0
    while shown < count or not recorded:
        shown = min(count, shown + dice.randrange(4))
        payload = Payload(START, plays(*ids[:shown]), END if ends and shown == count else None)
        told = telling.tell(payload, 1)[1]
        if dice.random() < 0.3:  # killed: only a part of what was said has reached the log
            told = told[: dice.randint(0, len(told))]
            telling = Telling("g")
            for event in [*recorded, *told]:
                telling.remember(event)
        recorded += told
    recorded += telling.tell(Payload(START, plays(*ids), END if ends else None), 1)[1]
    assert [content(event) for event in recorded] == [content(event) for event in expected]
    assert [event.revision for event in recorded] == [event.revision for event in expected]


@given(st.data())
def test_whatever_payloads_come_the_last_one_wins(data: st.DataObject) -> None:
    """After any payloads, one that is repeated long enough and is not half is what stands."""
    telling = Telling("g")
    ids = st.lists(st.sampled_from("abcdefghij"), unique=True, min_size=1)
    fullest = 0
    for _ in range(data.draw(st.integers(0, 6))):
        shown = [replace(play, down=data.draw(st.integers(1, 3))) for play in plays(*data.draw(ids))]
        tell(telling, shown, under_way=data.draw(st.booleans()))
        fullest = max(fullest, len(shown))
    last = [replace(play, down=4) for play in plays(*data.draw(ids))]
    assume(len(last) * 2 >= fullest)
    for _ in range(20):
        tell(telling, last)
    stand = {play.play_id: play for play in telling.plays.values() if play.status is not Status.CANCELLED}
    assert set(stand) == {play.play_id for play in last}
    assert all(play.down == 4 for play in stand.values())


def test_a_game_whose_plays_all_get_other_ids_is_told_once() -> None:
    """Plays entered again under other ids, one fewer than before, replace the old ones in the end."""
    telling = begun(*"abcdefghij")
    for _ in range(20):
        tell(telling, plays(*"ABCDEFGHI"))
    standing = [play.play_id for play in telling.plays.values() if play.status is not Status.CANCELLED]
    assert standing == list("ABCDEFGHI")


def test_only_what_is_said_of_the_game_is_remembered() -> None:
    """Other games' statements, odds and late copies of old statements change nothing."""
    telling = begun("a")
    telling.remember(replace(plays("b")[0], game_id="other"))
    telling.remember(Odds(game_id="g", book="x", market=_Market.LIVE))
    edited = replace(plays("a")[0], down=1)
    assert summary(tell(telling, [edited])) == [("a", 1, "official")]
    telling.remember(plays("a")[0])
    assert tell(telling, [edited]) == []


def test_what_nobody_took_is_said_again() -> None:
    """A statement taken back is said again by the next payload, at the same revision."""
    telling = begun("a")
    for _ in range(2):
        told = tell(telling, [replace(plays("a")[0], down=1), *plays("b")], end=END)
        assert summary(told) == [("a", 1, "official"), ("b", 0, "official"), ("GameEnd", 0, "official")]
        for event in reversed(told):
            telling.forget(event)


# --- old and half payloads ---------------------------------------------------------------------------------


def test_a_vanished_play_is_withdrawn_by_its_second_absence() -> None:
    """A play missing from two payloads in a row is withdrawn; one that was there in between is not."""
    telling = begun("a", "b", "c")
    assert tell(telling, plays("a", "c")) == []
    assert tell(telling, plays("a", "b", "c")) == []
    assert tell(telling, plays("a", "c")) == []
    assert summary(tell(telling, plays("a", "c"))) == [("b", 1, "cancelled")]


def test_a_payload_that_has_not_changed_is_a_second_absence() -> None:
    """An answer "not modified" says once more what the last one said."""
    telling = begun("a", "b", "c")
    tell(telling, plays("a", "c"))
    assert summary(telling.again(6)[1]) == [("b", 1, "cancelled")]
    assert telling.again(7) == (Verdict.GOOD, [])


def test_a_withdrawn_play_comes_back() -> None:
    """A play that is listed again stands again, beside a new play at once."""
    telling = begun("a", "b", "c")
    for _ in range(2):
        tell(telling, plays("a", "c"))
    assert summary(tell(telling, plays("a", "b", "c", "d"))) == [("b", 2, "official"), ("d", 0, "official")]


def test_the_last_play_entered_again_under_another_id_replaces_it() -> None:
    """The new one is told at once, the old one goes by its second absence, though nothing else changed."""
    telling = begun("a", "b")
    assert summary(tell(telling, plays("a", "c"))) == [("c", 0, "official")]
    assert summary(telling.again(6)[1]) == [("b", 1, "cancelled")]


def test_an_old_payload_is_ignored() -> None:
    """Fewer plays, older words and a game not yet over: nothing of it is told, and it is counted as old."""
    telling = begun("a", "b")
    old = plays("a", "b")
    new = [replace(old[0], down=2), old[1], *plays("c", "d")]
    tell(telling, new)
    tell(telling, new, end=END)
    for shown in (old, [new[0], *new[1:3]]):
        assert telling.tell(Payload(START, shown, under_way=True), 7) == (Verdict.STALE, [])
    assert telling.tell(Payload(START, new, END), 8) == (Verdict.GOOD, [])


def test_caches_of_two_ages_do_not_make_a_play_flicker() -> None:
    """Answers that alternate between old and new say nothing, however long they do."""
    telling = begun("a", "b")
    edited = [plays("a")[0], replace(plays("b")[0], down=2)]
    tell(telling, edited)
    for _ in range(100):
        assert tell(telling, plays("a", "b")) == []
        assert tell(telling, edited) == []
        assert tell(telling, plays("a")) == []


def test_an_old_state_that_persists_is_believed() -> None:
    """A last play that stays away is withdrawn by the fourth payload without it: three, and one for it."""
    telling = begun("a", "b", "c")
    for _ in range(3):
        assert telling.tell(Payload(START, plays("a", "b")), 6) == (Verdict.STALE, [])
    assert summary(telling.again(7)[1]) == [("c", 1, "cancelled")]


def test_a_correction_of_a_correction_is_believed_when_it_persists() -> None:
    """A play that is set back to its first words is told so, after four payloads that say it."""
    telling = begun("a", "b")
    tell(telling, [replace(plays("a")[0], down=2), *plays("b")])
    for _ in range(3):
        assert tell(telling, plays("a", "b")) == []
    assert summary(tell(telling, plays("a", "b"))) == [("a", 2, "official")]


@pytest.mark.parametrize("shown", [None, [], plays("a"), plays("a", "b")])
def test_half_a_payload_withdraws_nothing(shown: list[Play] | None) -> None:
    """Drives that are missing, empty or cut short take no play back, however often they come."""
    telling = begun("a", "b", "c", "d", "e")
    for _ in range(100):
        assert telling.tell(Payload(START, shown), 6) == (Verdict.HALF, [])
    assert len(telling.plays) == 5


def test_the_drive_under_way_alone_adds_its_new_play() -> None:
    """Half a payload that ends in a new play says that play, and takes nothing back."""
    telling = begun("a", "b", "c", "d", "e")
    assert summary(tell(telling, plays("e", "f"))) == [("f", 0, "official")]
    assert [tell(telling, plays("e", "f")) for _ in range(100)] == [[]] * 100


def test_many_plays_need_many_witnesses_to_go() -> None:
    """Four plays that vanish from the middle at once go only by their seventh absence."""
    telling = begun(*"abcdefghij")
    for _ in range(6):
        assert tell(telling, plays(*"aghij"[:1], *"fghij")) == []
    assert len(tell(telling, plays("a", *"fghij"))) == 4


def test_the_end_is_not_reopened_by_one_odd_payload() -> None:
    """A game that is said to go on, without a new play, is believed by the fourth payload."""
    telling = begun("a", over=True)
    for _ in range(3):
        assert tell(telling, plays("a"), under_way=True) == []
    assert summary(tell(telling, plays("a"), under_way=True)) == [("GameEnd", 1, "cancelled")]
