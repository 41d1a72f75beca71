"""Tracking frames folded into summaries: made plays, real plays, and rubbish."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Tracking
from engine.feeds.ball_carrier import MOST_SPEED_YD_S
from engine.feeds.tracking import MOST_COVERED_YD, MOST_PLAY_S, TrackingPlay
from engine.feeds.tracking_frames import MOST_OBJECTS, Frame, TrackedObject, read_frame
from tests.feeds.tracked_plays import START_NS, made_frame, read_play


def summed(frames: list[Frame]) -> Tracking:
    """The summary of some frames, which is there."""
    summary = folded(frames).summary(0)
    assert summary is not None
    return summary


def folded(frames: list[Frame]) -> TrackingPlay:
    """A play that has seen some frames."""
    play = TrackingPlay("401", "4017")
    for frame in frames:
        play.fold(frame)
    return play


def run_to(
    yards: float, *, speed: float | None = None, a_frame: float = 0.8, snap: bool = True
) -> list[Frame]:
    """A run straight ahead with the ball in hand: frames until so many yards are covered."""
    frames = []
    for number in range(round(yards / a_frame) + 1):
        x_yd = 30.0 + number * a_frame
        runner = (x_yd, 25.0) if speed is None else (x_yd, 25.0, speed)
        event = "ball_snap" if number == 0 and snap else None
        frames.append(
            made_frame(number, event, runner=runner, ball=(x_yd + 0.3, 25.0), d1=(x_yd + 6.0, 25.0))
        )
    return frames


def test_a_run_is_measured() -> None:
    """Distance and top speed are those of the runner's places where no speed is stated."""
    summary = summed(run_to(40.0))
    assert summary.distance_yd == pytest.approx(40.0)
    assert summary.top_speed_yd_s == pytest.approx(8.0)
    assert summary.vendor_ns == START_NS + 50 * 100_000_000
    assert (summary.time_to_throw_s, summary.time_to_contact_s) == (None, None)


def test_a_stated_speed_is_believed_where_the_places_agree() -> None:
    """A speed near to what the places say is taken; one that they contradict is not."""
    assert summed(run_to(40.0, speed=8.6)).top_speed_yd_s == 8.6
    assert summed(run_to(40.0, speed=12.9)).top_speed_yd_s == pytest.approx(8.0)
    assert summed(run_to(40.0, speed=40.0)).top_speed_yd_s == pytest.approx(8.0)
    assert summed(run_to(40.0, speed=-3.0)).top_speed_yd_s == pytest.approx(8.0)


def test_missing_frames_cost_no_distance() -> None:
    """With every other frame gone the runner covers the same ground at the same speed."""
    frames = run_to(40.0)
    summary = summed([frames[0], *frames[2::2]])
    assert summary.distance_yd == pytest.approx(40.0)
    assert summary.top_speed_yd_s == pytest.approx(8.0)


def test_late_and_repeated_frames_change_nothing() -> None:
    """A frame that comes after a later one, or twice, moves nobody back."""
    frames = run_to(40.0)
    jumbled = [frame for pair in zip(frames[1::2], frames[2::2], strict=False) for frame in reversed(pair)]
    play = folded([frames[0], *(frame for frame in jumbled for _ in range(2)), frames[-1]])
    summary = play.summary(0)
    assert summary is not None
    assert summary.distance_yd == pytest.approx(40.0)
    assert play.skipped > 0


def test_a_jump_is_no_run() -> None:
    """A tag that jumps across the field and back adds no distance and no speed."""
    frames = run_to(40.0)
    for number in (20, 21):
        frames[number].objects[0].x_yd = 95.0
    summary = summed(frames)
    assert summary.distance_yd == pytest.approx(40.0)
    assert summary.top_speed_yd_s == pytest.approx(8.0)


def test_a_ball_that_jumps_is_not_lost() -> None:
    """A ball that is elsewhere for a frame or two, or nowhere, is still its carrier's."""
    frames = run_to(40.0)
    for number in (15, 16, 30):
        frames[number].objects[1].y_yd = 50.0
    frames[40].objects[1].y_yd = None
    assert summed(frames).distance_yd == pytest.approx(40.0)


def test_a_tag_that_jumped_for_good_is_followed_from_there() -> None:
    """A place that is stated over and over is believed, without the way to it."""
    frames = run_to(40.0)
    for frame in frames[25:]:
        for seen in frame.objects:
            seen.y_yd = 45.0
    summary = summed(frames)
    assert summary.distance_yd == pytest.approx(40.0 - 3 * 0.8)
    assert summary.top_speed_yd_s == pytest.approx(8.0)


@pytest.mark.parametrize("place", [(math.nan, 25.0), (math.inf, 25.0), (None, None), (1e9, 1e9)])
def test_a_player_who_stands_nowhere_is_not_followed(place: tuple[Any, Any]) -> None:
    """NaN, infinities and places off every map are left out, whoever has them."""
    frames = run_to(40.0)
    for number in (10, 11, 30):
        for seen in frames[number].objects[: 1 if number == 30 else 3]:
            seen.x_yd, seen.y_yd = place
    summary = summed(frames)
    assert summary.distance_yd == pytest.approx(40.0)
    assert summary.top_speed_yd_s == pytest.approx(8.0)


def hand_off() -> list[Frame]:
    """The passer hands off to the runner at frame 10, who goes 40 yards and is met by a defender."""
    frames = []
    for number in range(60):
        if number < 10:
            passer, runner, ball = (28.0, 25.0), (24.0 + 0.4 * number, 25.0), (28.2, 25.0)
        else:
            gone = 0.8 * (number - 10)
            passer, runner, ball = (28.0, 24.5), (28.0 + gone, 25.0), (28.3 + gone, 25.0)
        defender = (71.0, 25.0) if number < 50 else (ball[0] + 0.1, ball[1])
        event = {0: "ball_snap", 10: "handoff", 55: "first_contact", 59: "tackle"}.get(number)
        frames.append(made_frame(number, event, passer=passer, runner=runner, ball=ball, d1=defender))
    return frames


def test_the_carry_is_the_runners_and_not_the_tacklers() -> None:
    """After a hand-off the summary is the runner's, though a defender comes nearer to the ball than he is."""
    summary = summed(hand_off())
    assert summary.distance_yd == pytest.approx(39.2, abs=1.7)
    assert summary.top_speed_yd_s == pytest.approx(8.0)
    assert summary.time_to_contact_s == pytest.approx(5.5)


def test_what_happens_after_the_whistle_is_not_measured() -> None:
    """Walking the ball back adds nothing to a carry that has ended."""
    frames = hand_off()
    walk = [
        made_frame(60 + step, None, runner=(67.0 - step, 25.0), ball=(67.0 - step, 25.0))
        for step in range(60)
    ]
    assert summed(frames + walk).distance_yd == summed(frames).distance_yd


def pass_play(outcome: str) -> list[Frame]:
    """A throw at frame 25 over 20 yards; the receiver runs 16 yards after the catch at frame 35."""
    frames = []
    for number in range(60):
        receiver_x = 30.0 + 0.6 * min(number, 35) + max(0, number - 35) * 0.8
        if number < 25:
            passer, ball = (23.0 + 0.02 * number, 25.0), (23.2 + 0.02 * number, 25.0)
        elif number < 35:
            passer, ball = (23.5, 25.0), (23.5 + 2.75 * (number - 24), 25.0)
        else:
            passer, ball = (23.5, 25.0), (receiver_x + 0.2, 25.0)
        if outcome == "pass_outcome_incomplete" and number >= 35:
            ball = (51.0, 30.0)
        events = {0: "ball_snap", 25: "pass_forward", 34: "pass_arrived", 36: outcome, 50: "first_contact"}
        event = "tackle" if number == 56 else events.get(number)
        frames.append(
            made_frame(number, event, passer=passer, receiver=(receiver_x, 25.0), ball=ball, d1=(51.0, 30.5))
        )
    return frames


def test_a_pass_is_timed_from_the_snap_and_contact_from_the_catch() -> None:
    """The throw counts from the snap; the contact from the catch; the carry is the receiver's."""
    summary = summed(pass_play("pass_outcome_caught"))
    assert summary.time_to_throw_s == pytest.approx(2.5)
    assert summary.time_to_contact_s == pytest.approx(1.4)
    assert summary.distance_yd == pytest.approx(0.8 * 21, abs=1.7)


def test_of_an_incomplete_pass_the_carry_is_the_passers() -> None:
    """Nobody carries a ball that lies on the ground, however near he stands."""
    summary = summed(pass_play("pass_outcome_incomplete"))
    assert summary.time_to_throw_s == pytest.approx(2.5)
    assert summary.distance_yd is not None
    assert summary.distance_yd < 1.0


def test_a_catch_counts_however_short_the_carry() -> None:
    """A catch in the end zone that ends the play at once is the receiver's carry, not the passer's."""
    frames = [frame for frame in pass_play("touchdown") if frame.frame <= 36]
    summary = summed(frames)
    assert summary.top_speed_yd_s == pytest.approx(6.0, abs=2.1)


def test_a_named_carrier_needs_no_guess() -> None:
    """Where the feed names the carrier, his numbers are taken, wherever the ball is said to be."""
    frames = run_to(40.0)
    for frame in frames:
        frame.objects[0].role = "carrier"
        frame.objects[1].x_yd = 5.0
    assert summed(frames).distance_yd == pytest.approx(40.0)


def test_a_play_joined_in_its_middle_has_no_summary() -> None:
    """Half a carry would be a wrong number, so a play without its beginning has none."""
    frames = run_to(40.0, snap=False)
    assert folded(frames[20:]).summary(0) is None
    assert folded(frames).summary(0) is not None


def test_a_repeated_event_counts_once() -> None:
    """Feeds that hold an event over several frames move no clock."""
    frames = pass_play("pass_outcome_caught")
    for number in range(26, 30):
        frames[number].event = "pass_forward"
    frames[1].event = frames[2].event = "ball_snap"
    assert summed(frames).time_to_throw_s == pytest.approx(2.5)


def test_stamps_that_make_no_sense_are_replaced_by_the_count() -> None:
    """With stamps that stand still, leap or run backwards, a frame is a tenth of a second."""
    for stamp in (START_NS, 0, -5, 2**62, None):
        frames = run_to(40.0)
        for frame in frames[1:]:
            frame.time_ns = stamp
        assert summed(frames).top_speed_yd_s == pytest.approx(8.0)


def test_a_play_takes_the_same_memory_however_long_it_is() -> None:
    """Frames are folded and forgotten: nothing in a play grows with their number."""

    def size(play: TrackingPlay) -> int:
        seen: list[object] = [play]
        for one in seen:
            slots = getattr(type(one), "__slots__", ())
            seen += [value for name in slots if (value := getattr(one, name, None)) is not None]
        return sum(map(sys.getsizeof, seen))

    frames = [made_frame(number, None, runner=(30.0, 25.0), ball=(30.0, 25.0)) for number in range(3_000)]
    assert size(folded(frames[:100])) == pytest.approx(size(folded(frames)), abs=100)


@pytest.mark.parametrize(
    ("name", "distance_yd", "top_speed_yd_s", "to_throw_s", "to_contact_s"),
    [
        ("2018_GB_2018111103_817", (67, 90), (10, 11), None, 9.5),  # a run of 67 yards
        ("2018_TB_2018123010_683", (0, 6), (7, 9), 2.2, None),  # caught in the end zone
        ("2018_WAS_2018092309_138", (4, 14), (7, 10), 3.2, 1.2),  # caught with some yards to go
        ("2018_WAS_2018110406_2636", (1, 10), (6, 9), 2.9, 0.2),
        ("2019_NO_2019121600_2402", (0, 3), (4, 9), 2.4, None),  # caught at the line
        ("2019_NYJ_2019101310_4178", (0, 8), (2, 7), 1.7, None),  # incomplete: the passer's
    ],
)
def test_real_plays_are_plausible(
    shared_data: Path,
    name: str,
    distance_yd: tuple[float, float],
    top_speed_yd_s: tuple[float, float],
    to_throw_s: float | None,
    to_contact_s: float | None,
) -> None:
    """Six real plays give what their descriptions and event marks tell."""
    summary = summed(list(read_play(shared_data / "tracking" / f"{name}.tsv.gz")))
    assert summary.distance_yd is not None
    assert summary.top_speed_yd_s is not None
    assert distance_yd[0] <= summary.distance_yd <= distance_yd[1]
    assert top_speed_yd_s[0] <= summary.top_speed_yd_s <= top_speed_yd_s[1]
    assert summary.time_to_throw_s == to_throw_s
    assert summary.time_to_contact_s == to_contact_s


def test_the_carrier_is_found_without_being_named(shared_data: Path) -> None:
    """On the real run, who is found from places alone is the runner: named, he has the same carry."""
    frames = list(read_play(shared_data / "tracking" / "2018_GB_2018111103_817.tsv.gz"))
    found = summed(frames)
    team = [seen for frame in frames for seen in frame.objects if seen.side == "home"]
    fastest = max(team, key=lambda seen: seen.speed_yd_s or 0.0).id
    for frame in frames[71:]:
        for seen in frame.objects:
            seen.role = "carrier" if seen.id == fastest else None
    named = summed(frames)
    assert found.top_speed_yd_s == named.top_speed_yd_s
    assert found.distance_yd == pytest.approx(named.distance_yd, abs=1.0)


# --- the wire ---


def test_a_good_frame_is_read() -> None:
    """A frame as the wire has it is read field by field."""
    frame = run_to(1.0)[0]
    degraded: dict[str, int] = {}
    assert read_frame(msgspec.json.encode(frame).decode(), degraded) == frame
    assert degraded == {}


def test_one_bad_object_does_not_cost_the_frame() -> None:
    """A frame with a field of the wrong kind, or NaN, is read without that field, and counted."""
    degraded: dict[str, int] = {}
    text = (
        '{"game_id":"401","play_id":4017,"frame":3.0,"last":1,"event":5,"objects":[{"id":"ball","x_yd":NaN},'
        '{"id":7,"x_yd":"12.5","side":[]},{"x_yd":1},null]}'
    )
    assert read_frame(text, degraded) == Frame(
        "401", "4017", 3, [TrackedObject("ball"), TrackedObject("7", 12.5)], None, "5", True
    )
    assert degraded == {"frame": 1}


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"game_id":"401","play_id":"4017"}', "[" * 9_999, "\ud800"]
)
def test_a_message_that_is_no_frame_is_none(text: str) -> None:
    """Without game, play or number there is no frame."""
    degraded: dict[str, int] = {}
    assert read_frame(text, degraded) is None
    assert degraded == {"frame": 1}


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
NUMBERS = st.floats() | st.floats(-10, 130) | st.none()
MARKS = "ball_snap handoff pass_forward pass_arrived first_contact tackle pass_outcome_incomplete fumble"
EVENTS = st.none() | st.sampled_from(MARKS.split())
OBJECTS = st.builds(
    TrackedObject,
    st.sampled_from(["ball", "1", "2", "3"]),
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.sampled_from(["home", "away", None]),
    st.sampled_from(["carrier", "QB", None]),
)
FRAMES = st.builds(
    Frame,
    st.just("401"),
    st.just("4017"),
    st.integers(0, 60) | st.integers(-(2**63), 2**63 - 1),
    st.lists(OBJECTS, max_size=5),
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(START_NS, START_NS + 10**11),
    EVENTS,
    st.booleans(),
)


@given(
    st.text()
    | ANYTHING.map(json.dumps)
    | st.dictionaries(st.sampled_from(Frame.__struct_fields__), ANYTHING).map(json.dumps)
)
def test_no_message_raises(text: str) -> None:
    """Whatever text comes, it is a frame or none."""
    frame = read_frame(text, {})
    if frame is not None:
        assert len(frame.objects) <= MOST_OBJECTS
        folded([frame]).summary(0)


@given(st.lists(FRAMES, max_size=25))
def test_no_frames_make_an_absurd_summary(frames: list[Frame]) -> None:
    """Whatever numbers the frames hold, only what a play can be leaves, and it can be recorded."""
    summary = folded(frames).summary(0)
    if summary is None:
        return
    assert summary.top_speed_yd_s is None or 0.0 <= summary.top_speed_yd_s <= MOST_SPEED_YD_S
    assert summary.distance_yd is None or 0.0 <= summary.distance_yd <= MOST_COVERED_YD
    for seconds in (summary.time_to_throw_s, summary.time_to_contact_s):
        assert seconds is None or 0.0 <= seconds <= MOST_PLAY_S
    assert summary.vendor_ns is None or 0 < summary.vendor_ns < 2**63
    assert msgspec.json.decode(msgspec.json.encode(summary), type=Tracking) == summary
