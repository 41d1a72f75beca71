"""The tracking feed: frames that bodies could have made, of the play that was played."""

import asyncio
import time
from collections import Counter
from functools import lru_cache
from typing import Any

import msgspec
import pytest

from engine.core.events import Play
from engine.core.football import PlayKind
from simulator.feed.sources import read_games
from simulator.feed.tracked_play import FRAME_NS, TRACKED, WIDTH_YD, Clip, draw_clip
from tests.simulator_feed.feeds import SAMPLE, client_of, end, game, run, run_play, start

FASTEST_YD_S = 11.0
FASTEST_BALL_YD_S = 25.0
EVENTS = {"ball_snap", "pass_forward", "handoff", "pass_arrived", "first_contact", "tackle"}


@lru_cache(maxsize=1)
def plays() -> list[Play]:
    """Return the plays of two games that are tracked."""
    games = read_games([SAMPLE], limit=2)
    return [
        event
        for known in games
        for event in known.events
        if isinstance(event, Play) and event.kind in TRACKED
    ]


def frames_of(clip: Clip) -> list[dict[str, Any]]:
    """Return a clip's frames as a client reads them."""
    return [msgspec.json.decode(clip.frame(number, number)) for number in range(len(clip.frames))]


@lru_cache(maxsize=1)
def drawn() -> list[tuple[Play, list[dict[str, Any]]]]:
    """Return plays with their frames."""
    return [(play, frames_of(draw_clip(play))) for play in plays()[::5]]


def test_every_frame_has_22_players_and_a_ball() -> None:
    """Each frame names the play, counts up, and holds 11 of each side and the ball, on the field."""
    for play, frames in drawn():
        for number, frame in enumerate(frames):
            assert (frame["game_id"], frame["play_id"], frame["frame"]) == (
                play.game_id,
                play.play_id,
                number,
            )
            assert frame["last"] == (number == len(frames) - 1)
            sides = Counter(thing["side"] for thing in frame["objects"])
            assert sides == {"home": 11, "away": 11, None: 1}
            assert len({thing["id"] for thing in frame["objects"]}) == 23
            for thing in frame["objects"]:
                assert 0 <= thing["x_yd"] <= 120
                assert 0 <= thing["y_yd"] <= WIDTH_YD


def test_nobody_is_faster_than_a_body_can_be() -> None:
    """No player exceeds 11 yards a second nor jumps, the ball flies below 25, and stated speeds are true."""
    fastest = 0.0
    for _, frames in drawn():
        before: dict[str, dict[str, float]] = {}
        for frame in frames:
            for thing in frame["objects"]:
                limit = FASTEST_BALL_YD_S if thing["role"] == "ball" else FASTEST_YD_S
                known = before.get(thing["id"], thing)
                far = ((thing["x_yd"] - known["x_yd"]) ** 2 + (thing["y_yd"] - known["y_yd"]) ** 2) ** 0.5
                assert far * 10 == pytest.approx(thing["speed_yd_s"], abs=0.3)
                assert thing["speed_yd_s"] < limit
                before[thing["id"]] = thing
                fastest = max(fastest, thing["speed_yd_s"] if thing["role"] != "ball" else 0.0)
    assert fastest > 8.0


def test_events_tell_the_play() -> None:
    """Every play is snapped; a run is handed off, a pass thrown and arrived, a catch ends in a tackle."""
    for play, frames in drawn():
        events = [frame["event"] for frame in frames if frame["event"] is not None]
        assert set(events) <= EVENTS
        assert len(set(events)) == len(events)
        assert events[0] == "ball_snap"
        if play.kind is PlayKind.RUN:
            assert events == ["ball_snap", "handoff", "first_contact", "tackle"]
        elif play.kind is PlayKind.SACK:
            assert events == ["ball_snap", "first_contact", "tackle"]
        else:
            ends = ["first_contact", "tackle"] if play.yards_gained or play.turnover else []
            assert events == ["ball_snap", "pass_forward", "pass_arrived", *ends]
            times = {frame["event"]: frame["frame"] for frame in frames}
            assert 15 <= times["pass_forward"] - times["ball_snap"] <= 40


def test_the_ball_gains_what_the_play_gained() -> None:
    """On a run the ball ends as many yards beyond the snap as the play says, toward one end of the field."""
    ways = set()
    for play, frames in drawn():
        if play.kind is not PlayKind.RUN or play.yards_gained is None or play.turnover:
            continue
        first, last = frames[0]["objects"][-1], frames[-1]["objects"][-1]
        gained = last["x_yd"] - first["x_yd"]
        assert abs(gained) == pytest.approx(abs(play.yards_gained), abs=0.6)
        if abs(play.yards_gained) > 2:
            ways.add((play.possession, (play.period or 0) % 2, (gained > 0) == (play.yards_gained > 0)))
    assert len(ways) == 4  # sides and periods have their ways, and keep them


def test_the_seed_decides() -> None:
    """The same seed draws the same frames, another seed others."""
    play = plays()[3]
    assert draw_clip(play, 1) == draw_clip(play, 1)
    assert draw_clip(play, 1) != draw_clip(play, 2)


def test_frames_come_ten_a_second_whatever_the_speed() -> None:
    """A listener gets all frames of a play in order, stamped 100 ms apart, not faster than they happen."""

    async def test() -> None:
        told = game(start(), run_play(1, 60, vendor_ns=5_000), run_play(2, 61), end(120))
        async with client_of([told], tracking=True) as client:
            async with client.session.ws_connect(f"{client.running.socket_url}/tracking") as socket:
                client.running.clock.set(client.running.day.start_ns + 60 * 10**9)
                began = time.monotonic()
                frames = [await socket.receive_json() for _ in range(12)]
                took_s = time.monotonic() - began
            assert [frame["frame"] for frame in frames] == list(range(12))
            assert {frame["play_id"] for frame in frames} == {"1001"}
            assert [frame["time_ns"] for frame in frames] == [5_000 + n * FRAME_NS for n in range(12)]
            assert took_s >= 1.0
            while client.running.feed._tracking._listeners:  # type: ignore[union-attr]
                await asyncio.sleep(0.01)
            assert client.running.feed._tracking._filming is None  # type: ignore[union-attr]

    run(test)


def test_plays_that_would_overlap_are_dropped() -> None:
    """Of plays that become due together the newest is shown; one that is due meanwhile is not begun."""

    async def test() -> None:
        told = game(start(), run_play(1, 60), run_play(2, 60), run_play(3, 61), end(120))
        async with client_of([told], tracking=True) as client:
            day = client.running.day
            async with client.session.ws_connect(f"{client.running.socket_url}/tracking") as socket:
                client.running.clock.set(day.start_ns + 60 * 10**9)
                first = await socket.receive_json()
                client.running.clock.set(day.start_ns + 61 * 10**9)
                later = [await socket.receive_json() for _ in range(3)]
            assert first["play_id"] == "1002"
            assert {frame["play_id"] for frame in later} == {"1002"}

    run(test)
