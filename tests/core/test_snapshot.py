"""What a client sees who joins late."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import Play
from engine.core.football import Side
from engine.core.probability import ONE
from engine.core.snapshot import CHART_POINTS, KEY_PLAYS
from engine.core.update import KEY_PLAY_WPA
from tests.core.football_builders import again, end, game, kickoff, run, score, speak, start
from tests.core.strategies import football_plays


def test_the_chart_holds_the_last_hundred_plays() -> None:
    """Of a long game the last hundred points are shown, oldest first."""
    told = game(told=[kickoff(0), *(run(place, text="a run") for place in range(1, 131))])
    chart = told.chart()
    assert [point.order for point in chart] == list(range(31, 131))
    assert len(chart) == CHART_POINTS
    assert chart[-1].home_win_probability == told.home_win_probability
    assert (chart[0].play_id, chart[0].period, chart[0].clock_s) == ("p31", 1, 900)


def test_the_five_biggest_plays_come_first_and_the_earlier_of_two_equals() -> None:
    """Key plays are ordered by how far they moved the probability, then by when they came."""
    scores = [(7, 0), (7, 7), (14, 7), (14, 14), (21, 14), (21, 21), (28, 21)]
    told = game(told=[score(place, *at, period=4, text=f"{at}") for place, at in enumerate(scores, 1)])
    plays = told.snapshot().key_plays
    moves = [abs(one.win_probability_added) for one in plays]
    assert len(plays) == KEY_PLAYS
    assert moves == sorted(moves, reverse=True)
    for one, other in pairwise(plays):
        assert abs(one.win_probability_added) > abs(other.win_probability_added) or one.order < other.order
    first = plays[-1]
    assert first.text == f"{(first.home_score, first.away_score)}"


@given(st.lists(football_plays(), max_size=12))
def test_key_plays_are_those_of_the_chart(plays: list[Play]) -> None:
    """A key play's move is the chart's step at its place, and no greater step is missing."""
    told = game(told=[start(neutral_site=True), *plays])
    snapshot = told.snapshot()
    opening = game(told=[start(neutral_site=True)]).home_win_probability
    steps, before = {}, opening
    for point in snapshot.chart:
        steps[point.play_id] = round((point.home_win_probability - before) * ONE) / ONE
        before = point.home_win_probability
    big = {play_id for play_id, step in steps.items() if abs(step) >= KEY_PLAY_WPA}
    told_of = {one.play_id: one.win_probability_added for one in snapshot.key_plays}
    assert told_of.keys() <= big
    assert len(told_of) == min(len(big), KEY_PLAYS)
    assert all(steps[play_id] == added for play_id, added in told_of.items())


def test_the_snapshot_is_the_games_present() -> None:
    """Teams, line, state, offset and probabilities of a snapshot are those of the last update."""
    told = game()
    assert told.snapshot().offset == -1
    update = [speak(told, event) for event in (start(home_spread=-3.0), kickoff(1), run(2))][-1]
    snapshot = told.snapshot()
    assert (snapshot.game_id, snapshot.epoch) == (update.game_id, update.epoch)
    assert (snapshot.offset, snapshot.state) == (update.offset, update.state)
    assert snapshot.home_win_probability == update.home_win_probability
    assert snapshot.away_win_probability == update.away_win_probability
    assert snapshot.pregame.home_spread == -3.0


def test_the_snapshot_of_a_final_game_is_certain() -> None:
    """After the end the snapshot shows the result, and the chart ends with the last play."""
    told = game(told=[kickoff(1), score(2, 7, 0), end(7, 0)])
    assert told.snapshot().home_win_probability == 1.0
    assert told.snapshot().chart[-1].home_win_probability < 1.0


def test_a_correction_redraws_the_chart() -> None:
    """An edit of an older play moves the points after it."""
    told = game(told=[kickoff(1), score(2, 7, 0), run(3, possession=Side.AWAY)])
    before = told.chart()
    speak(told, again(score(2, 7, 0), home_score=3))
    assert [point.play_id for point in told.chart()] == [point.play_id for point in before]
    assert told.chart()[0] == before[0]
    assert told.chart()[2].home_win_probability < before[2].home_win_probability
