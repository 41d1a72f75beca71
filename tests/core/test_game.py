"""A game: statements in, updates out, and one state for one set of statements."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.digest import chain_next, chain_start
from engine.core.events import Event, FeedHealth, FeedStatus, Outcome, Play, Status, Tracking
from engine.core.football import ADMINISTRATIVE, Phase, PlayKind, Side
from engine.core.game import Game, epoch_of
from engine.core.ledger import Ledger
from engine.core.models.brownian import Brownian, BrownianScorer
from engine.core.models.catalogue import model as model_of
from engine.core.models.interface import Pregame
from engine.core.models.three_term import ThreeTerm
from engine.core.probability import ONE
from engine.core.state import OPENING, State
from engine.core.update import Cause, Update, canonical_bytes
from tests.core.checkers import (
    complement_faults,
    divergences,
    mirrored_game_faults,
    state_faults,
    what_stands,
)
from tests.core.football_builders import (
    GAME_ID,
    MICHIGAN,
    OHIO_STATE,
    again,
    end,
    game,
    kickoff,
    line,
    play,
    price,
    run,
    score,
    speak,
    start,
    tell,
    timeout,
    withdrawn,
)
from tests.core.strategies import ends, events, football_plays, sets_of_statements
from tests.core.test_ledger import HastyLedger, LastWordLedger
from tests.core.test_models import Partial

PLAYS = (kickoff(1), run(2), score(3, 7, 0), kickoff(4, by=Side.HOME), run(5, possession=Side.AWAY, period=2))
models = st.sampled_from([Brownian(), ThreeTerm()])


# --- one state for one set of statements ---


@settings(max_examples=150)
@given(models, sets_of_statements(), st.data())
def test_the_state_depends_on_what_was_said_not_on_its_order(
    model: Any, said: list[Event], data: st.DataObject
) -> None:
    """Any set of statements, in any order, leaves one state, chart, snapshot, probability and next update."""
    assert divergences(model, said, data.draw(st.permutations(said))) == []


@settings(max_examples=60)
@given(sets_of_statements(), football_plays())
def test_what_was_edited_and_reverted_leaves_no_trace(said: list[Event], edit: Play) -> None:
    """A play edited and set back at a higher revision stands as if it had never been edited."""
    for original in [event for event in said if isinstance(event, Play)][:1]:
        known = [event for event in said if isinstance(event, Play) and event.play_id == original.play_id]
        revision = max(event.revision for event in known)
        settled = replace(original, revision=revision + 1)
        edited = replace(edit, play_id=original.play_id, revision=revision + 2)
        reverted = replace(settled, revision=revision + 3)
        clean, messy = game(told=[*said, settled]), game(told=[*said, settled, edited, reverted])
        assert clean.state_digest() == messy.state_digest()


@pytest.mark.parametrize("broken", [LastWordLedger, HastyLedger])
def test_the_convergence_law_catches_a_broken_ledger(
    broken: type[Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a ledger that ignores revisions, or folds too little, the same statements leave two states."""
    edit = again(PLAYS[2], home_score=3)
    said, otherwise = [*PLAYS, edit, PLAYS[2]], [*PLAYS[::-1], edit]
    assert divergences(Brownian(), said, otherwise) == []
    monkeypatch.setattr("engine.core.game.Ledger", broken)
    assert "state" in divergences(Brownian(), said, otherwise)


def test_a_digest_of_state_tells_games_apart() -> None:
    """Another score, another end or another line is another digest of state."""
    told: list[Sequence[Event]] = [
        PLAYS,
        PLAYS[:4],
        [*PLAYS, end()],
        [*PLAYS, line(home_spread=-3.0)],
        [*PLAYS[:2], again(PLAYS[2], home_score=8), *PLAYS[3:]],
    ]
    assert len({game(told=events).state_digest() for events in told}) == len(told)


# --- what is said ---


@settings(max_examples=80)
@given(models, st.lists(events(), max_size=12))
def test_every_update_is_numbered_hashed_and_sums_to_one(model: Any, said: list[Event]) -> None:
    """Offsets rise by one, the chain takes in each update's bytes alone, and every state is valid."""
    told, chain = Game(GAME_ID, model), chain_start(GAME_ID)
    spoken: list[Update] = []
    assert (told.offset, told.encoded, told.digest) == (-1, b"", chain.hex())
    for event in said:
        update = told.apply(event)
        if update is not None:
            chain = chain_next(chain, canonical_bytes(update))
            assert update.offset == len(spoken)
            assert told.encoded == canonical_bytes(update)
            assert state_faults(update.state) == []
            assert update.leverage_index >= 0.0
            spoken.append(update)
        assert told.offset == len(spoken) - 1
        assert told.digest == chain.hex()
    assert complement_faults(spoken) == []


def test_the_complement_law_catches_a_rounded_away_side() -> None:
    """Two probabilities that are rounded apart, or lie outside 0 and 1, are caught."""
    update = speak(game(), run(1))
    broken = replace(update, home_win_probability=0.55000000001)
    assert complement_faults([update, broken]) == [broken]
    outside = replace(update, home_win_probability=1.25, away_win_probability=-0.25)
    assert complement_faults([outside]) == [outside]


@settings(max_examples=60)
@given(sets_of_statements(), st.data())
def test_what_was_heard_before_is_not_spoken_of_again(said: list[Event], data: st.DataObject) -> None:
    """Once a set of statements was heard, each of them again causes no update."""
    told = game(told=said)
    digest = told.digest
    assert [told.apply(event) for event in data.draw(st.permutations(said))] == [None] * len(said)
    assert told.digest == digest


def test_a_statement_about_another_game_is_refused() -> None:
    """An event of another game is an error of whoever routed it, and says which two games."""
    with pytest.raises(ValueError, match=r"game 401520000 was given an event of game 7"):
        game().apply(run(1, game_id="7"))


def test_an_epoch_names_game_model_and_parameters() -> None:
    """Another game, model or parameter is another epoch; the same ones give the same."""
    epochs = [
        epoch_of("1", Brownian()),
        epoch_of("2", Brownian()),
        epoch_of("1", ThreeTerm()),
        epoch_of("1", Brownian(sigma=16.0)),
    ]
    assert len(set(epochs)) == 4
    assert epochs[0] == epoch_of("1", model_of("brownian")) == Game("1", Brownian()).epoch
    assert len(epochs[0]) == 16


# --- the laws of probability ---


@settings(max_examples=60)
@given(models, st.lists(football_plays(), max_size=10), st.lists(ends(), max_size=1))
def test_a_mirrored_game_has_the_mirrored_probabilities(
    model: Any, plays: list[Play], over: list[Event]
) -> None:
    """With every statement mirrored, a game at a neutral site has exactly the complement throughout."""
    one_statement_each = [replace(one, revision=place) for place, one in enumerate(plays)]
    assert mirrored_game_faults(model, [line(home_spread=-3.5), *one_statement_each, *over]) == []


def test_the_mirror_law_catches_a_game_that_favours_home() -> None:
    """A model that is off for the away side is caught on the play on which that side has the ball."""
    told = [kickoff(1, by=Side.AWAY), run(2), run(3, possession=Side.AWAY)]
    assert mirrored_game_faults(Partial(), told) != []
    assert mirrored_game_faults(Brownian(), told) == []


@given(models, st.lists(football_plays(), max_size=10), ends())
def test_the_final_update_is_certain(model: Any, plays: list[Play], over: Any) -> None:
    """A result is won, lost or tied with certainty; an end without one keeps score and probability."""
    told = game(model, plays)
    last = told.home_win_probability
    update = speak(told, over)
    ended = over.status is not Status.CANCELLED
    assert told.ended is ended
    scores = [
        score for score in (over.home_score, over.away_score) if score is not None and 0 <= score <= 200
    ]
    if not ended or over.outcome is not Outcome.FINAL or len(scores) < 2:
        assert update.home_win_probability == last
        stood = told.entries[-1].step.state if told.entries else OPENING
        assert update.state == (replace(stood, phase=Phase.FINAL) if ended else stood)
    else:
        won = over.home_score - over.away_score
        assert [update.state.home_score, update.state.away_score] == scores
        assert update.home_win_probability == (0.5 if won == 0 else float(won > 0))
    assert (update.state.phase is Phase.FINAL) or not ended


@given(models, st.lists(football_plays(), max_size=12))
def test_no_update_of_an_administrative_row_changes_the_favourite(model: Any, plays: list[Play]) -> None:
    """A game told in order never speaks of another favourite because of a timeout or an end of quarter."""
    told, last = game(model), game(model).home_win_probability
    in_order = [run(place, play_id=f"p{place}") for place in range(3)]
    in_order += [replace(one, play_id=f"q{place}", order=10 + place) for place, one in enumerate(plays)]
    for update in tell(told, in_order):
        if update.kind in ADMINISTRATIVE:
            assert (update.home_win_probability - 0.5) * (last - 0.5) >= 0.0
        last = update.home_win_probability


# --- plays ---


def test_a_play_is_told_with_all_that_it_changed() -> None:
    """The update of a touchdown names it, says what it added, and marks it as a key play."""
    told = game(told=[start(neutral_site=True), *PLAYS[:2]])
    before = told.home_win_probability
    update = speak(told, score(4, 7, 0, period=4, vendor_ns=7, status=Status.PROVISIONAL))
    assert (update.play_id, update.order, update.kind, update.vendor_ns) == ("p4", 4, PlayKind.PASS, 7)
    assert (update.status, update.cause, update.corrected_plays) == (Status.PROVISIONAL, Cause.PLAY, 0)
    assert update.win_probability_added == pytest.approx(update.home_win_probability - before, abs=0.05)
    assert update.key_play
    assert update.expected_points is not None


def test_a_play_against_the_home_side_is_key_as_well() -> None:
    """A play that takes a tenth of the win from the home side is marked."""
    told = game(told=PLAYS[:2])
    assert speak(told, score(3, 0, 8)).key_play
    assert not speak(told, run(4, home_score=0, away_score=8)).key_play


def test_the_probability_before_the_snap_knows_the_situation() -> None:
    """Before the snap a play's own situation counts; where it was expected, so does the last play."""
    told = game(told=[start(neutral_site=True), kickoff(1)])
    expected = speak(told, run(2, gained=4))
    last = expected.home_win_probability - expected.win_probability_added
    assert expected.home_win_probability_before == pytest.approx(last)
    surprise = speak(told, run(3, down=1, yards_to_goal=5))
    assert surprise.home_win_probability_before is not None
    assert surprise.home_win_probability_before > expected.home_win_probability + 0.05


def test_a_statement_about_an_older_play_corrects() -> None:
    """An edit of an older play speaks of the newest state, and counts the later plays that it changed."""
    told = game(told=PLAYS)
    update = speak(told, again(PLAYS[2], home_score=3))
    assert (update.cause, update.play_id, update.corrected_plays) == (Cause.CORRECTION, "p3", 2)
    assert update.state.home_score == 3
    inserted = speak(told, run(2, play_id="p2b"))
    assert (inserted.cause, inserted.play_id) == (Cause.CORRECTION, "p2b")


def test_a_withdrawal_takes_back_what_the_play_added() -> None:
    """A touchdown withdrawn is a correction by which the newest state loses what it had added."""
    told = game(told=PLAYS)
    before = told.home_win_probability
    update = speak(told, withdrawn(PLAYS[2]))
    assert (update.cause, update.corrected_plays) == (Cause.CORRECTION, 2)
    assert update.win_probability_added == round(update.home_win_probability * ONE - before * ONE) / ONE
    assert update.home_win_probability_before is None


def test_the_newest_play_edited_is_told_as_a_play() -> None:
    """An edit of the newest play replaces it; with nothing after it there is nothing else to correct."""
    update = speak(game(told=PLAYS), again(PLAYS[4], yards_gained=70))
    assert (update.cause, update.corrected_plays) == (Cause.PLAY, 0)


def test_a_firmer_statement_is_a_confirmation() -> None:
    """A provisional play that becomes official is confirmed, wherever it stands."""
    for place in (1, 4):
        provisional = replace(PLAYS[place], status=Status.PROVISIONAL)
        told = game(told=[*PLAYS[:place], provisional, *PLAYS[place + 1 :]])
        update = speak(told, PLAYS[place])
        assert (update.cause, update.status) == (Cause.CONFIRMATION, Status.OFFICIAL)


def test_what_was_not_believed_is_named_and_counted() -> None:
    """A play with rubbish in its fields is told with its doubts, and the game counts them by name."""
    told = game(told=PLAYS[:2])
    update = speak(told, run(3, period=7, clock_s=-5, home_score=10**30, away_score=0, kind=PlayKind.UNKNOWN))
    assert {"period_absurd", "score_absurd", "kind_unknown"} <= set(update.doubts)
    speak(told, play(4, PlayKind.UNKNOWN))
    assert told.doubts()["kind_unknown"] == 2
    assert told.doubts()["score_absurd"] == 1


# --- before and beside the game ---


def test_the_start_names_the_teams_and_the_line() -> None:
    """The start's teams are in the snapshot and its line in the model; a later revision replaces them."""
    told = game()
    assert told.start.home.name == "Home"
    update = speak(told, start(home=OHIO_STATE, away=MICHIGAN, home_spread=-7.5))
    assert update.cause is Cause.START
    assert told.pregame.home_spread == -7.5
    assert told.snapshot().home == OHIO_STATE
    assert told.start.away == MICHIGAN
    assert update.home_win_probability > 0.6
    assert told.apply(start()) is None or told.pregame.home_spread is None


def test_a_line_that_moves_reprices_every_play() -> None:
    """The books' median replaces the start's line, and counts the plays that now stand otherwise."""
    told = game(told=[start(home_spread=-3.0), *PLAYS])
    update = speak(told, line(home_spread=-20.0))
    assert (update.cause, update.corrected_plays) == (Cause.ODDS, len(PLAYS))
    assert told.pregame.home_spread == -20.0
    assert speak(told, line("other", home_spread=-20.0)).corrected_plays == 0
    assert told.apply(line("other", home_spread=-20.0)) is None


def test_the_season_decides_the_overtime() -> None:
    """A start that tells the season folds the overtime again by that season's rules."""
    third = [kickoff(0), run(1, period=4)]
    third += [play(place, PlayKind.REGULATION_END, period=4) for place in (2,)]
    third += [run(3, period=5, yards_to_goal=25)]
    for place in range(4, 8):
        side = (Side.HOME, Side.AWAY, Side.AWAY, Side.HOME)[place - 4]
        third.append(play(place, PlayKind.FIELD_GOAL, possession=side, down=4, yards_to_goal=25))
    told = game(told=third)
    assert (told.state.period, told.state.phase) == (7, Phase.TRY)
    speak(told, start(season=2018))
    assert (told.state.period, told.state.phase) == (7, Phase.SCRIMMAGE)


def test_live_prices_are_shown_and_not_believed() -> None:
    """A live price stands beside the probability and does not move it."""
    told = game(told=PLAYS)
    before = told.home_win_probability
    update = speak(told, price(0.9))
    assert (update.market_home_win_probability, update.home_win_probability) == (0.9, before)


def test_tracking_is_passed_on_once() -> None:
    """A play's tracking is spoken of when it is new or better, and moves nothing."""
    told = game(told=PLAYS)
    tracking = Tracking(game_id=GAME_ID, play_id="p2", vendor_ns=3, top_speed_yd_s=9.5)
    update = speak(told, tracking)
    assert (update.cause, update.tracking, update.vendor_ns) == (Cause.TRACKING, tracking, 3)
    assert told.apply(tracking) is None
    assert speak(told, replace(tracking, revision=1)).tracking is not None


def test_the_worst_feed_is_the_games_health() -> None:
    """A game is as healthy as its worst feed; only a change of a feed's health is spoken of."""
    told = game()

    def feed(name: str, health: FeedHealth, revision: int) -> FeedStatus:
        return FeedStatus(game_id=GAME_ID, feed=name, health=health, revision=revision)

    assert speak(told, feed("espn", FeedHealth.LIVE, 1)).feed is FeedHealth.LIVE
    assert speak(told, feed("genius", FeedHealth.LOST, 1)).feed is FeedHealth.LOST
    assert speak(told, feed("espn", FeedHealth.STALE, 2)).feed is FeedHealth.LOST
    assert speak(told, feed("genius", FeedHealth.LIVE, 2)).feed is FeedHealth.STALE
    assert told.apply(feed("genius", FeedHealth.LIVE, 3)) is None
    assert told.apply(feed("genius", FeedHealth.LOST, 1)) is None


# --- the end ---


@pytest.mark.parametrize(
    ("over", "probability"),
    [
        (end(7, 0), 1.0),
        (end(7, 10), 0.0),
        (end(7, 7), 0.5),
        (end(200, 0), 1.0),
        (end(7, 0, status=Status.PROVISIONAL), 1.0),
    ],
)
def test_the_result_is_the_ends_word(over: Event, probability: float) -> None:
    """The end's own score decides, whatever the plays had brought."""
    told = game(told=PLAYS)
    before = told.home_win_probability
    update = speak(told, over)
    assert update.home_win_probability == told.home_win_probability == probability
    assert update.win_probability_added == round((probability - before) * ONE) / ONE
    assert (update.cause, update.state.phase, update.leverage_index) == (Cause.END, Phase.FINAL, 0.0)
    assert update.expected_points is None


@pytest.mark.parametrize(
    "over",
    [
        end(),
        end(None, 8),
        end(8, None),
        *(end(10, 7, outcome=other) for other in Outcome if other != "final"),
    ],
)
def test_half_a_result_decides_nothing(over: Event) -> None:
    """Without both scores of a final game the end holds the score and the probability as they stood."""
    told = game(told=PLAYS)
    before = told.home_win_probability
    update = speak(told, over)
    assert update.home_win_probability == told.home_win_probability == before
    assert update.win_probability_added == 0.0
    assert (update.cause, update.state.phase, update.leverage_index) == (Cause.END, Phase.FINAL, 0.0)
    assert (update.state.home_score, update.state.away_score) == (7, 0)


@pytest.mark.parametrize("over", [end(-7, 10), end(999, 0), end(10**30, 3)])
def test_an_absurd_result_is_not_believed(over: Any) -> None:
    """A score below 0 or above 200 at the end is held to the last one believed."""
    state = speak(game(told=PLAYS), over).state
    assert state.home_score == 7


def test_a_game_called_final_by_mistake_is_reopened() -> None:
    """A cancelled end brings the game back as it was, with its leverage and its expected points."""
    told = game(told=PLAYS)
    reference = speak(game(told=PLAYS), price(0.5))
    speak(told, end(7, 3))
    reopened = speak(told, end(7, 3, revision=1, status=Status.CANCELLED))
    assert not told.ended
    assert reopened.state == reference.state
    assert reopened.home_win_probability == reference.home_win_probability
    assert reopened.leverage_index == reference.leverage_index > 0.0
    assert reopened.expected_points == reference.expected_points
    assert told.apply(end(7, 3)) is None


def test_a_game_without_a_play_starts_even_but_for_home_advantage() -> None:
    """Before the first statement the state is the opening, and nothing has been said."""
    told = game()
    assert told.state == OPENING
    assert 0.5 < told.home_win_probability < 0.6
    assert told.chart() == ()
    assert game("three_term", [start(neutral_site=True)]).home_win_probability == 0.5


def test_a_withdrawn_timeout_gives_it_back() -> None:
    """The state after a withdrawal is that of a game in which the row never was."""
    told = game(told=[*PLAYS, timeout(6, Side.HOME)])
    assert told.state.home_timeouts == 2
    speak(told, withdrawn(timeout(6, Side.HOME)))
    assert what_stands(told) == what_stands(game(told=PLAYS))


class HedgedScorer:
    """A scorer that answers as another does, but with an interval that may miss the probability."""

    def __init__(self, scorer: BrownianScorer) -> None:
        self._scorer = scorer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scorer, name)

    def interval(self, _state: State) -> tuple[float, float]:
        """Return the same interval for every state."""
        return 0.6, 0.7


class Hedged(Brownian):
    """A model with an interval, as a fitted one has."""

    def for_game(self, pregame: Pregame) -> Any:
        """Return the scorer with an interval."""
        return HedgedScorer(Brownian.for_game(self, pregame))


def test_an_interval_always_holds_its_probability() -> None:
    """The ends of a model's interval are widened to hold the probability, and a certain game has none."""
    told = Game(GAME_ID, Hedged())
    update: Update = speak(told, run(1))
    low, high = update.home_win_probability_low, update.home_win_probability_high
    assert low is not None
    assert high == 0.7
    assert low == update.home_win_probability < 0.6
    assert speak(told, end(0, 3)).home_win_probability_low is None
