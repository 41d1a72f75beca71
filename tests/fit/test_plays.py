"""What holds of the plays a fit sees: they are the engine's states, and look ahead in their targets alone."""

from pathlib import Path

import numpy as np

from calibration.fit import choices, series
from calibration.fit.plays import Plays, plays_of_game, read_plays
from simulator.season.reader import open_season, read_games


def test_what_is_known_before_a_play_does_not_depend_on_what_comes_after(generated: Path) -> None:
    """A game cut short in the middle has the same states up to there."""
    recorded = next(read_games(open_season(generated)))
    whole = plays_of_game(recorded.game_id, recorded.events, 0)
    cut = (*recorded.events[: len(recorded.events) // 2], recorded.events[-1])
    half = plays_of_game(recorded.game_id, cut, 0)
    assert 20 < len(half) < len(whole)
    for name in (
        "clock_s",
        "home_score",
        "away_score",
        "down",
        "yards_to_goal",
        "home_timeouts",
        "second_half",
    ):
        assert np.array_equal(getattr(half, name), getattr(whole, name)[: len(half)])


def test_a_game_that_nobody_won_is_left_out(generated: Path) -> None:
    """Without its end a game has no outcome to fit on."""
    recorded = next(read_games(open_season(generated)))
    assert len(plays_of_game(recorded.game_id, recorded.events[:-1], 0)) == 0


def test_the_next_points_are_those_of_the_same_half(plays: Plays) -> None:
    """A play that scores is its own next score; points never reach over half-time."""
    scored = (np.abs(plays.points) <= 8) & (plays.points != 0)
    sign = np.where(plays.home_ball, 1, -1)
    assert np.array_equal(plays.next_points[scored], (sign * plays.points)[scored])
    last = np.flatnonzero(np.diff(plays.game, append=-1))
    quiet = last[plays.points[last] == 0]
    assert (plays.next_points[quiet] == 0).mean() > 0.9  # a try may follow the last snap


def test_a_series_is_one_side_s(plays: Plays) -> None:
    """Within a series the ball does not change hands, and only its last snap scores."""
    same = plays.series[1:] == plays.series[:-1]
    assert (plays.home_ball[1:] == plays.home_ball[:-1])[same].all()
    assert (plays.points[:-1][same] == 0).all()
    touchdown, field_goal = series._outcomes(plays)
    assert (touchdown + field_goal <= 1.0).all()
    assert 0.1 < touchdown.mean() < 0.6


def test_choices_are_as_hard_as_they_are(plays: Plays) -> None:
    """Longer kicks and fourth downs come off less often, and punts from further back end further back."""
    tables = choices.fit(plays)
    lengths = np.array([22.0, 35.0, 50.0])
    kicks = choices.kick_terms(lengths) @ np.array(tables.field_goal)
    assert (np.diff(kicks) < 0.0).all()
    goes = choices.go_terms(np.array([1.0, 4.0, 10.0]), np.full(3, 50.0)) @ np.array(tables.go)
    assert (np.diff(goes) < 0.0).all()
    assert tables.punt_end[2] > tables.punt_end[-2]
    assert 0.3 < tables.two_point < 0.6 < tables.kick < 1.0


def test_reading_a_file_twice_counts_its_games_twice(generated: Path, plays: Plays) -> None:
    """Games are numbered over all files, so each is drawn for itself."""
    opened = open_season(generated)
    twice = read_plays([opened, opened])
    assert len(twice) == 2 * len(plays)
    assert len(np.unique(twice.game)) == 2 * len(np.unique(plays.game))
