"""Where the ball goes, by the feed's word or else by the rules."""

from typing import Any

import pytest

from engine.core.ball import Ball, after_missed_kick, ball_of, first_down, kickoff_to, stated_ball, try_by
from engine.core.doubts import Doubt
from engine.core.events import Play
from engine.core.football import Phase, PlayKind, Side
from engine.core.state import State
from tests.core.football_builders import after, kickoff, play, run, score, scrimmage

HOME, AWAY = Side.HOME, Side.AWAY
MIDFIELD = scrimmage()


def ball_after(state: State, one: Play) -> Ball:
    """Where the ball is after a play from a state."""
    return ball_of(after(state, one).state)


def doubted(state: State, one: Play) -> Doubt:
    """The doubts about a play from a state."""
    return Doubt(after(state, one).doubts)


def unplaced(kind: PlayKind = PlayKind.RUN, **said: Any) -> Play:
    """A home play from second and five at midfield, of which the feed does not say where it led."""
    return run(1, **{"gained": 3, "kind": kind, "down": 2, "distance_yd": 5, "yards_to_goal": 50, **said})


def by_rule(side: Side, down: int, distance_yd: int, yards_to_goal: int) -> Ball:
    """A situation from scrimmage."""
    return Ball(Phase.SCRIMMAGE, side, down, distance_yd, yards_to_goal)


# --- what the feed states ---


def test_the_feeds_next_situation_is_believed() -> None:
    """Where the feed says what comes next, no rule is applied."""
    stated: dict[str, Any] = {
        "next_possession": AWAY,
        "next_down": 3,
        "next_distance_yd": 7,
        "next_yards_to_goal": 33,
    }
    assert ball_after(MIDFIELD, unplaced(**stated)) == by_rule(AWAY, 3, 7, 33)
    assert not doubted(MIDFIELD, unplaced(**stated)) & (Doubt.NEXT_DERIVED | Doubt.NEXT_HELD)


def test_the_feeds_next_phase_is_believed() -> None:
    """A kick-off or a try that the feed announces is due; a try of nobody is not."""
    assert ball_after(MIDFIELD, unplaced(next_phase=Phase.KICKOFF, next_possession=AWAY)) == kickoff_to(AWAY)
    assert ball_after(MIDFIELD, unplaced(next_phase=Phase.TRY, next_possession=HOME)) == try_by(HOME)
    assert ball_after(MIDFIELD, unplaced(next_phase=Phase.TRY)) == by_rule(HOME, 3, 2, 47)


@pytest.mark.parametrize(
    ("distance_yd", "believed_yd", "doubt"),
    [(None, 10, 0), (0, 10, 0), (-3, 10, 0), (40, 30, 0), (100, 30, Doubt.DISTANCE_ABSURD), (7, 7, 0)],
)
def test_a_distance_ends_at_the_goal_line(distance_yd: int | None, believed_yd: int, doubt: int) -> None:
    """A distance beyond the goal is goal-to-go; a missing one is ten yards."""
    assert stated_ball(HOME, 1, distance_yd, 30) == (by_rule(HOME, 1, believed_yd, 30), doubt)


def test_ten_yards_inside_the_ten_are_goal_to_go() -> None:
    """Where no distance is stated inside the ten, the goal line is the line to gain."""
    assert stated_ball(HOME, 1, None, 4) == (by_rule(HOME, 1, 4, 4), 0)


@pytest.mark.parametrize(
    ("possession", "down", "yards_to_goal", "doubt"),
    [
        (None, 1, 50, Doubt.SITUATION_MISSING),
        (HOME, None, 50, Doubt.SITUATION_MISSING),
        (HOME, 1, None, Doubt.SITUATION_MISSING),
        (HOME, 0, 50, Doubt.SITUATION_ABSURD),
        (HOME, 5, 50, Doubt.SITUATION_ABSURD),
        (HOME, 1, 0, Doubt.SITUATION_ABSURD),
        (HOME, 1, 100, Doubt.SITUATION_ABSURD),
    ],
)
def test_no_situation_is_made_of_parts(
    possession: Side | None, down: int | None, yards_to_goal: int | None, doubt: Doubt
) -> None:
    """Without a side, a down or a spot, or with an absurd one, the situation is not taken."""
    assert stated_ball(possession, down, 10, yards_to_goal) == (None, doubt)
    missing = unplaced(possession=possession, down=down, yards_to_goal=yards_to_goal)
    assert doubted(MIDFIELD, missing) & doubt
    snapped = after(MIDFIELD, missing).snapped
    assert (snapped.down, snapped.yards_to_goal) == (MIDFIELD.down, MIDFIELD.yards_to_goal)


def test_a_side_is_believed_without_a_situation() -> None:
    """A play that names only its side is that side's."""
    assert after(MIDFIELD, play(1, possession=AWAY)).snapped.possession is AWAY


# --- what the rules say ---


@pytest.mark.parametrize(
    ("one", "then"),
    [
        (unplaced(), by_rule(HOME, 3, 2, 47)),
        (unplaced(gained=-4), by_rule(HOME, 3, 9, 54)),
        (unplaced(gained=5), by_rule(HOME, 1, 10, 45)),
        (unplaced(gained=44), by_rule(HOME, 1, 6, 6)),
        (unplaced(gained=50), by_rule(HOME, 1, 1, 1)),
        (unplaced(gained=-80), by_rule(HOME, 3, 85, 99)),
        (unplaced(down=4), by_rule(AWAY, 1, 10, 53)),
        (unplaced(down=4, gained=6), by_rule(HOME, 1, 10, 44)),
        (unplaced(turnover=True), by_rule(AWAY, 1, 10, 53)),
        (unplaced(PlayKind.PASS, turnover=True, gained=None), by_rule(AWAY, 1, 10, 50)),
        (unplaced(PlayKind.PUNT), by_rule(AWAY, 1, 10, 88)),
        (unplaced(PlayKind.PUNT, yards_to_goal=38), by_rule(AWAY, 1, 10, 80)),
        (unplaced(PlayKind.PUNT, yards_to_goal=99), by_rule(AWAY, 1, 10, 39)),
        (unplaced(PlayKind.FIELD_GOAL, yards_to_goal=30), by_rule(AWAY, 1, 10, 70)),
        (unplaced(PlayKind.FIELD_GOAL, yards_to_goal=10), by_rule(AWAY, 1, 10, 80)),
    ],
)
def test_what_follows_is_derived_by_the_rules(one: Play, then: Ball) -> None:
    """Downs, first downs, turnovers, punts and missed field goals lead on by rule."""
    assert ball_after(MIDFIELD, one) == then
    assert doubted(MIDFIELD, one) & Doubt.NEXT_DERIVED


@pytest.mark.parametrize(
    "one", [unplaced(gained=None), unplaced(PlayKind.PENALTY), play(1, PlayKind.UNKNOWN)]
)
def test_what_does_not_follow_is_held(one: Play) -> None:
    """A run of unknown length and a penalty leave the situation they started from."""
    step = after(MIDFIELD, one)
    assert ball_of(step.state) == ball_of(step.snapped)
    assert Doubt(step.doubts) & Doubt.NEXT_HELD


def test_nobodys_ball_stays_where_it_is() -> None:
    """Where nobody is known to have the ball, nothing is derived."""
    nowhere = scrimmage(possession=None, down=None, distance_yd=None, yards_to_goal=None)
    for kind in (PlayKind.RUN, PlayKind.KICKOFF, PlayKind.TRY, PlayKind.PUNT):
        assert ball_after(nowhere, play(1, kind)) == ball_of(nowhere)
        assert doubted(nowhere, play(1, kind)) & Doubt.NEXT_HELD


def test_a_spot_outside_the_field_is_moved_into_it() -> None:
    """A first down is never on or behind a goal line."""
    assert first_down(HOME, 0) == by_rule(HOME, 1, 1, 1)
    assert first_down(HOME, 130) == by_rule(HOME, 1, 10, 99)


# --- kicks, tries and scores ---


@pytest.mark.parametrize(
    ("spot", "theirs"), [(1, 80), (19, 80), (20, 80), (21, 79), (35, 65), (60, 40), (99, 1)]
)
def test_a_missed_kick_goes_over_at_the_previous_spot_or_the_twenty(spot: int, theirs: int) -> None:
    """The other side snaps where the kick was snapped, and never from within its own twenty (rule 8-4-2)."""
    assert after_missed_kick(spot) == theirs
    missed = unplaced(PlayKind.FIELD_GOAL, down=4, yards_to_goal=spot, gained=None)
    assert ball_after(MIDFIELD, missed) == first_down(AWAY, theirs)


def test_a_kickoff_is_a_touchback_unless_the_feed_says_otherwise() -> None:
    """The receiver starts at its own 25 (rule 8-6-1), whoever was thought to receive."""
    for due in (kickoff_to(HOME), kickoff_to(AWAY), kickoff_to(None), by_rule(HOME, 1, 10, 50), try_by(AWAY)):
        state = scrimmage(**due._asdict())
        step = after(state, kickoff(1, by=AWAY))
        assert ball_of(step.snapped) == kickoff_to(HOME)
        assert ball_of(step.state) == first_down(HOME, 75)
    returned = kickoff(1, by=AWAY, next_possession=HOME, next_down=1, next_yards_to_goal=40)
    assert ball_after(scrimmage(**kickoff_to(HOME)._asdict()), returned) == first_down(HOME, 40)


def test_a_kickoff_by_nobody_goes_to_whom_it_was_due() -> None:
    """Without a kicker the side that awaited the kick-off has it; after a try, the side that defended it."""
    assert ball_after(scrimmage(**kickoff_to(AWAY)._asdict()), kickoff(1, by=None)) == first_down(AWAY, 75)
    assert ball_after(scrimmage(**try_by(HOME)._asdict()), kickoff(1, by=None)) == first_down(AWAY, 75)


def test_after_a_score_the_scorer_kicks_off() -> None:
    """Touchdowns with their try, and field goals, are followed by the scorer's kick-off."""
    for points in (3, 6, 7, 8):
        assert ball_after(MIDFIELD, score(1, points, 0)) == kickoff_to(AWAY)
        assert ball_after(MIDFIELD, score(1, 0, points)) == kickoff_to(HOME)


def test_a_try_is_due_where_the_feed_has_it_apart() -> None:
    """Six points with a try announced leave the try to come, and the try's own row leads to the kick-off."""
    touchdown = score(1, 6, 0, next_phase=Phase.TRY)
    assert ball_after(MIDFIELD, touchdown) == try_by(HOME)
    for good in (score(2, 7, 0, kind=PlayKind.TRY), score(2, 8, 0, kind=PlayKind.TRY), play(2, PlayKind.TRY)):
        assert ball_of(after(MIDFIELD, touchdown, good).state) == kickoff_to(AWAY)


def test_the_side_that_concedes_a_safety_kicks() -> None:
    """Two points from scrimmage are the defence's, and the offence kicks to it (rule 8-5-1)."""
    assert ball_after(MIDFIELD, score(1, 0, 2, possession=HOME)) == kickoff_to(AWAY)
    assert ball_after(MIDFIELD, score(1, 2, 0, possession=AWAY)) == kickoff_to(HOME)


@pytest.mark.parametrize("named", [HOME, None])
def test_the_side_that_tried_kicks_off_even_when_its_try_is_returned(named: Side | None) -> None:
    """A try returned for two is followed by the kick-off of the side that tried, as every try is."""
    try_due = scrimmage(home_score=6, **try_by(HOME)._asdict())
    returned = score(1, 6, 2, kind=PlayKind.TRY, possession=named)
    converted = score(1, 8, 0, kind=PlayKind.TRY, possession=named)
    assert ball_after(try_due, returned) == ball_after(try_due, converted) == kickoff_to(AWAY)


def test_a_try_that_was_not_announced_is_its_sides() -> None:
    """A failed try after a touchdown that seemed complete still leads to the scorer's kick-off."""
    touchdown = score(1, 6, 0)
    for failed in (play(2, PlayKind.TRY, possession=HOME), play(2, PlayKind.TRY)):
        assert ball_of(after(MIDFIELD, touchdown, failed).state) == kickoff_to(AWAY)
    assert after(MIDFIELD, touchdown, play(2, PlayKind.TRY, possession=HOME)).snapped.phase is Phase.TRY


@pytest.mark.parametrize(("home", "away"), [(2, 2), (14, 0), (7, 3)])
def test_points_that_no_play_brings_are_a_correction(home: int, away: int) -> None:
    """Points that only a second witness made believed say nothing of who kicks off: the ball is played on."""
    corrected = unplaced(home_score=home, away_score=away)
    step = after(MIDFIELD, corrected, corrected)
    assert (step.state.home_score, step.state.away_score) == (home, away)
    assert ball_of(step.state) == by_rule(HOME, 3, 2, 47)
