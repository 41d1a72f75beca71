"""The decision card: which choices stand on it, what each is worth, and how sure the advice is."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from engine.core.decision import Choice, Decision, Option
from engine.core.football import AWAY, HOME, Phase
from engine.core.models.fitted.card import branches
from engine.core.models.fitted.choices import ChoiceOdds
from engine.core.models.fitted.model import Fitted
from engine.core.models.fitted.regulation import NEVER_CERTAIN
from engine.core.models.fitted.scorer import RUN_OUT, FittedScorer
from engine.core.models.interface import Pregame, Scorer, mirror_pregame
from engine.core.state import OPENING, State, mirror
from tests.core.fitted.artefact_builder import (
    BASE,
    CHOICES,
    FG,
    KICK,
    NEUTRAL,
    TD,
    TWO,
    football_states,
    logit,
    member,
    pregames,
    shipped,
    small,
    with_variant,
)
from tests.core.football_builders import overtime, scrimmage

GO, FIELD_GOAL, PUNT, ONE, TWO_POINTS = Choice.GO, Choice.FIELD_GOAL, Choice.PUNT, Choice.KICK, Choice.TWO
ODDS = ChoiceOdds(CHOICES)
SPOKEN = 2e-6
"""Probabilities are spoken in millionths, and what is not certain stays one away from it."""


def card(state: State, scorer: Scorer | None = None) -> Decision:
    """The card of a state that has one."""
    decision = (small() if scorer is None else scorer).decision(state)
    assert decision is not None, f"no card for {state}"
    return decision


def options(state: State, scorer: Scorer | None = None) -> dict[Choice, Option]:
    """The options of a state's card, by choice."""
    return {option.choice: option for option in card(state, scorer).options}


def worth(state: State, scorer: FittedScorer | None = None) -> dict[Choice, float]:
    """What each choice of a fourth down leads to, before the card is moved to the state's own probability."""
    valuer, side = scorer or small(), state.possession
    assert side is not None
    return {
        choice: sum(share * valuer.wins(after, side)[0] for share, after in leads)
        for choice, (_, leads) in branches(valuer, state, side)
    }


def fourth(spot: int, **said: Any) -> State:
    """Fourth and two, or and goal, in the third quarter."""
    return scrimmage(**{"period": 3, "down": 4, "distance_yd": min(spot, 2), "yards_to_goal": spot, **said})


def due(**said: Any) -> State:
    """A try that the home side has due, in the third quarter."""
    situation = {"phase": Phase.TRY, "down": None, "distance_yd": None, "yards_to_goal": 3}
    return scrimmage(**{"period": 3, **situation, **said})


# --- which choices there are ---


@pytest.mark.parametrize(
    ("spot", "choices"),
    [
        (1, {GO, FIELD_GOAL}),
        (29, {GO, FIELD_GOAL}),
        (30, {GO, FIELD_GOAL, PUNT}),
        (49, {GO, FIELD_GOAL, PUNT}),
        (50, {GO, PUNT}),
        (99, {GO, PUNT}),
    ],
)
def test_the_spot_decides_what_can_be_chosen(spot: int, choices: set[Choice]) -> None:
    """Nobody punts from within thirty yards or kicks from midfield and beyond; going is always there."""
    assert set(options(fourth(spot))) == choices


@pytest.mark.parametrize(
    "state",
    [
        OPENING,
        *[fourth(40, down=down) for down in (1, 2, 3, None)],
        fourth(40, possession=None),
        fourth(40, yards_to_goal=None),
        scrimmage(phase=Phase.KICKOFF, down=4),
        fourth(40, period=4, clock_s=0),
        due(possession=None),
        overtime(down=4, yards_to_goal=60),
    ],
)
def test_where_nothing_is_to_choose_there_is_no_card(state: State) -> None:
    """Other downs and phases, nobody's ball, a game run out, and overtime beyond a kick have none."""
    assert small().decision(state) is None


@pytest.mark.parametrize(
    ("season", "series", "chosen"),
    [
        (2018, 4, True),
        (2018, 5, False),
        (2020, 9, False),
        (2023, 2, True),
        (2023, 3, False),
        (2023, 5, False),
    ],
)
def test_a_mandatory_try_is_no_choice(season: int, series: int, chosen: bool) -> None:
    """In overtime there is a card after a touchdown until its era demands two points, or tries alone."""
    scorer = shipped().for_game(Pregame(season, True))
    state = overtime(phase=Phase.TRY, down=None, overtime_series=series, period=4 + (series + 1) // 2)
    assert (scorer.decision(state) is not None) is chosen


# --- the laws of a card ---


def card_faults(decision: Decision, told: float) -> list[str]:
    """What is not as every card must be, beside the probability told of the side that chooses."""
    best, *rest = decision.options
    apart = [logit_spoken(best.win_probability) - logit_spoken(option.win_probability) for option in rest[:1]]
    holds = {
        "order": all(a.win_probability >= b.win_probability for a, b in pairwise(decision.options)),
        "interval": all(
            option.win_probability_low - SPOKEN
            <= option.win_probability
            <= option.win_probability_high + SPOKEN
            for option in decision.options
        ),
        "bracket": rest != [] and rest[-1].win_probability - SPOKEN <= told <= best.win_probability + SPOKEN,
        "success": all(0.0 < option.success_probability <= 1.0 for option in decision.options),
        "strength": decision.strength >= 0.0 and str(decision.strength) != "-0.0",
        "odds": not 1e-3 < best.win_probability < 0.999 or abs(apart[0] - decision.strength) < 2e-3
        if rest and 1e-3 < rest[0].win_probability < 0.999
        else True,
        "too close": not (decision.too_close and best.win_probability_low > rest[0].win_probability_high),
        "one of each": len({option.choice for option in decision.options}) == len(decision.options) >= 2,
    }
    return [name for name, sound in holds.items() if not sound]


def logit_spoken(p: float) -> float:
    """Log-odds of a spoken probability."""
    return logit(min(max(p, NEVER_CERTAIN), 1.0 - NEVER_CERTAIN))


def test_every_card_of_the_shipped_model_is_sound_and_the_mirrors_is_the_same() -> None:
    """Best first, within its intervals, its strength the log-odds between the first two, for either side."""
    dice, seen = Random(11), 0
    for state in football_states(12, 2_500):
        pregame = pregames(dice)
        scorer = shipped().for_game(pregame)
        decision = scorer.decision(state)
        if decision is None:
            continue
        seen += 1
        home = scorer.home_win_probability(state)
        assert card_faults(decision, home if state.possession is HOME else 1.0 - home) == []
        assert decision == shipped().for_game(mirror_pregame(pregame)).decision(mirror(state))
    assert seen > 400


def test_the_law_of_cards_catches_faults() -> None:
    """A card upside down, one with an empty strength, and one that doubts what lies apart break it."""
    sound, told = card(fourth(40)), small().home_win_probability(fourth(40))
    assert card_faults(sound, told) == []
    assert card_faults(sound, sound.options[0].win_probability + 1e-5) == ["bracket"]
    assert card_faults(sound, sound.options[-1].win_probability - 1e-5) == ["bracket"]
    assert card_faults(replace(sound, options=sound.options[::-1]), told) != []
    assert card_faults(replace(sound, strength=-0.0), told) != []
    assert card_faults(replace(sound, strength=sound.strength + 0.1), told) == ["odds"]
    best, second, *_ = sound.options
    apart = (
        replace(best, win_probability_low=best.win_probability),
        replace(second, win_probability_high=second.win_probability),
    )
    assert "too close" in card_faults(replace(sound, options=apart, too_close=True), told)


# --- how sure the advice is ---


def test_members_that_agree_make_no_call_too_close() -> None:
    """Without members, or with members that are all the model, any difference is one; with others, not."""
    state = fourth(45, home_score=3)
    for members in ((), (BASE, BASE)):
        sure = card(state, Fitted(with_variant(members=members)).for_game(NEUTRAL))
        assert (sure.too_close, sure.strength) == (False, card(state).strength)
    wild = Fitted(with_variant(members=(member(-5.0), member(5.0)))).for_game(NEUTRAL)
    assert card(state, wild).too_close


def test_choices_that_are_worth_the_same_are_too_close() -> None:
    """After a try that no longer matters, both choices stand, the kick first, with no strength."""
    won = due(period=4, clock_s=0, home_score=20)
    decision = card(won)
    assert [option.choice for option in decision.options] == [ONE, TWO_POINTS]
    assert [option.win_probability for option in decision.options] == [1.0 - NEVER_CERTAIN] * 2
    assert (decision.strength, decision.too_close) == (0.0, True)


# --- what the choices are worth ---


@pytest.mark.parametrize(
    "state",
    [
        fourth(40, clock_s=600),
        fourth(2, clock_s=600),
        fourth(20, period=4, clock_s=3, away_score=4),
        fourth(40),
    ],
)
def test_a_card_lies_about_the_probability_beside_it(state: State) -> None:
    """Where the state's own probability lies outside, every option is moved to it by the same log-odds."""
    told, valued = small().home_win_probability(state), worth(state)
    apart = {
        choice: logit(option.win_probability) - logit(valued[choice])
        for choice, option in options(state).items()
    }
    above, below = logit(told) - logit(max(valued.values())), logit(told) - logit(min(valued.values()))
    moved = max(above, 0.0) + min(below, 0.0)
    assert apart == pytest.approx(dict.fromkeys(apart, moved), abs=2e-3)


def test_each_choice_is_worth_where_it_leads() -> None:
    """In the third quarter: the mean over success and failure of what the scorer says of the next state."""
    scorer, state = small(), fourth(40, clock_s=600, second_half_receiver=HOME)
    wins = scorer.home_win_probability

    def next_state(after_s: int, side: str, spot: int, **said: Any) -> float:
        ball = {"possession": side, "yards_to_goal": spot, "distance_yd": 10, "down": 1}
        return wins(replace(state, **{"clock_s": 600 - after_s, **ball, **said}))

    lost, missed = next_state(6, AWAY, 60), next_state(5, AWAY, 60)
    made = next_state(5, AWAY, 75, home_score=3, phase=Phase.KICKOFF, down=None, distance_yd=None)
    converted, good = ODDS.conversion(2, 40), ODDS.field_goal(40)
    assert good is not None
    told = options(state)
    expected = {
        GO: converted * next_state(6, HOME, 35) + (1.0 - converted) * lost,
        FIELD_GOAL: good * made + (1.0 - good) * missed,
        PUNT: next_state(10, AWAY, ODDS.punt_end(40)),
    }
    assert worth(state) == pytest.approx(expected, abs=1e-9)
    assert {choice: option.success_probability for choice, option in told.items()} == pytest.approx(
        {GO: converted, FIELD_GOAL: good, PUNT: 1.0}, abs=1e-6
    )


def test_a_missed_kick_from_near_is_a_touchback() -> None:
    """A field goal missed from within the thirteen brings the other side to its own twenty, not nearer."""
    scorer = Fitted(with_variant()).for_game(NEUTRAL)
    near, wins = fourth(2, clock_s=600), scorer.home_win_probability
    given = replace(near, clock_s=595, possession=AWAY, down=1, distance_yd=10, yards_to_goal=80)
    made = replace(given, phase=Phase.KICKOFF, yards_to_goal=75, down=None, distance_yd=None, home_score=3)
    good = ODDS.field_goal(2)
    assert good is not None
    expected = good * wins(made) + (1.0 - good) * wins(given)
    assert worth(near, scorer)[FIELD_GOAL] == pytest.approx(expected, abs=1e-9)


def test_fourth_and_goal_is_a_touchdown_or_nothing() -> None:
    """With the line to gain in the end zone a conversion is six points with the try due."""
    scorer, state = small(), fourth(2, clock_s=600)
    touchdown = due(clock_s=594, home_score=6)
    lost = replace(state, clock_s=594, possession=AWAY, down=1, distance_yd=10, yards_to_goal=98)
    converted = ODDS.conversion(2, 2)
    expected = converted * scorer.home_win_probability(touchdown) + (
        1.0 - converted
    ) * scorer.home_win_probability(lost)
    assert worth(state)[GO] == pytest.approx(expected, abs=1e-9)


def test_a_distance_that_no_feed_gave_is_ten_or_the_goal() -> None:
    """Without a distance it is fourth and ten, or fourth and goal within the ten."""
    assert card(fourth(40, distance_yd=None)) == card(fourth(40, distance_yd=10))
    assert card(fourth(4, distance_yd=None)) == card(fourth(4, distance_yd=4))


LAST = {"period": 4, "clock_s": 3}


@pytest.mark.parametrize("plays_on_clock", [0, 2])
@pytest.mark.parametrize(
    ("behind", "choice", "share"),
    [
        (2, FIELD_GOAL, RUN_OUT),  # made, it wins
        (3, FIELD_GOAL, 0.5),  # made, it is overtime
        (4, FIELD_GOAL, 1.0 - RUN_OUT),
        (3, GO, 1.0 - RUN_OUT),  # short of the goal, a conversion comes too late
    ],
)
def test_on_the_last_play_only_points_count(
    behind: int, choice: Choice, share: float, plays_on_clock: int
) -> None:
    """With three seconds left, by any reading, a choice wins, levels or loses the game on the spot."""
    state = fourth(20, **LAST, away_score=behind, plays_on_clock=plays_on_clock)
    success = options(state)[choice].success_probability
    expected = success * share + (1.0 - success) * (1.0 - RUN_OUT)
    assert worth(state)[choice] == pytest.approx(expected, abs=SPOKEN)


def test_on_the_last_play_a_touchdown_brings_its_try() -> None:
    """Seven behind with three seconds left, fourth and goal: a touchdown, then overtime or all on two."""
    state = fourth(3, **LAST, distance_yd=3, away_score=7)
    success = options(state)[GO].success_probability
    expected = success * max(KICK * 0.5, TWO) + (1.0 - success) * (1.0 - RUN_OUT)
    assert worth(state)[GO] == pytest.approx(expected, abs=SPOKEN)
    assert worth(state)[FIELD_GOAL] == pytest.approx(1.0 - RUN_OUT)


@pytest.mark.parametrize("receiver", [HOME, AWAY, None])
@pytest.mark.parametrize("clock_s", [0, 3])
@pytest.mark.parametrize("plays_on_clock", [0, 2])
def test_on_the_last_play_of_the_half_the_kickoff_follows(
    receiver: Any, clock_s: int, plays_on_clock: int
) -> None:
    """With three seconds left in the half, or none, going and punting both end it: the second half begins."""
    state = fourth(
        40,
        period=2,
        clock_s=clock_s,
        second_half_receiver=receiver,
        home_timeouts=0,
        away_timeouts=1,
        plays_on_clock=plays_on_clock,
    )
    half = State(Phase.KICKOFF, 3, 900, possession=receiver, yards_to_goal=75, second_half_receiver=receiver)
    told, valued, wins = options(state), worth(state), small().home_win_probability
    assert told[GO].win_probability == told[PUNT].win_probability
    assert valued[GO] == pytest.approx(wins(half)) == valued[PUNT]
    good = told[FIELD_GOAL].success_probability
    kicked = good * wins(replace(half, home_score=3)) + (1.0 - good) * wins(half)
    assert valued[FIELD_GOAL] == pytest.approx(kicked, abs=SPOKEN)


def test_a_touchdown_on_the_last_play_of_the_half_still_has_its_try() -> None:
    """The half is not over before the try: fourth and goal with three seconds left counts it."""
    valued, wins = worth(fourth(2, period=2, clock_s=3)), small().home_win_probability
    touchdown = due(period=2, clock_s=0, home_score=6)
    half = State(Phase.KICKOFF, 3, 900, yards_to_goal=75)
    converted = ODDS.conversion(2, 2)
    expected = converted * wins(touchdown) + (1.0 - converted) * wins(half)
    assert valued[GO] == pytest.approx(expected, abs=1e-9)


def test_a_clock_that_stands_at_nothing_ends_no_game() -> None:
    """Where plays went on at 0:00, a fourth down in the last quarter leads on as if time were left."""
    told = options(fourth(20, period=4, clock_s=0, plays_on_clock=3, away_score=3))
    assert told[GO].win_probability > 0.05
    assert told[FIELD_GOAL].win_probability < told[FIELD_GOAL].success_probability


# --- overtime ---


def test_in_overtime_nobody_punts_and_the_answer_knows_what_it_needs() -> None:
    """Seven behind in the answer a field goal loses; level, it wins; in the first series it is three."""
    needs_seven = overtime(down=4, yards_to_goal=10, overtime_series=2, away_score=27)
    assert list(options(needs_seven)) == [GO, FIELD_GOAL]
    assert worth(needs_seven)[FIELD_GOAL] == pytest.approx(1.0 - RUN_OUT)

    scorer = small()
    level = overtime(down=4, yards_to_goal=10, overtime_series=2)
    next_period = scorer.home_win_probability(overtime(overtime_series=3))
    good = options(level)[FIELD_GOAL].success_probability
    assert worth(level)[FIELD_GOAL] == pytest.approx(good * RUN_OUT + (1.0 - good) * next_period, abs=SPOKEN)

    first = worth(overtime(down=4, yards_to_goal=10))[FIELD_GOAL]
    answered = {
        lead: scorer.home_win_probability(overtime(overtime_series=2, possession=AWAY, home_score=20 + lead))
        for lead in (0, 3)
    }
    expected = good * answered[3] + (1.0 - good) * answered[0]
    assert first == pytest.approx(expected, abs=SPOKEN)


def test_in_overtime_a_conversion_keeps_the_series_going() -> None:
    """Fourth and two at the ten, level in the answer: converted it is first and goal, else all ends."""
    scorer = small()
    told = options(overtime(down=4, distance_yd=2, yards_to_goal=10, overtime_series=2))[GO]
    goal = scorer.home_win_probability(overtime(distance_yd=5, yards_to_goal=5, overtime_series=2))
    next_period = scorer.home_win_probability(overtime(overtime_series=3))
    assert goal == pytest.approx(TD + FG + 0.25 * next_period)
    success = told.success_probability
    assert told.win_probability == pytest.approx(success * goal + (1.0 - success) * next_period, abs=SPOKEN)


def test_in_overtime_fourth_and_goal_brings_the_try() -> None:
    """Seven behind in the answer, fourth and goal: a touchdown and its try, or the game is lost."""
    state = overtime(down=4, distance_yd=3, yards_to_goal=3, overtime_series=2, away_score=27)
    scorer = small()
    try_due = scorer.home_win_probability(
        overtime(phase=Phase.TRY, down=None, overtime_series=2, home_score=26, away_score=27)
    )
    success = options(state)[GO].success_probability
    expected = success * try_due + (1.0 - success) * (1.0 - RUN_OUT)
    assert worth(state)[GO] == pytest.approx(expected, abs=SPOKEN)


# --- tries ---


def test_after_a_touchdown_the_kick_and_the_two_points_are_weighed() -> None:
    """Two behind with seconds left it takes two, by the shipped tables; six ahead earlier one will do."""
    late = card(due(period=4, clock_s=20, home_score=18, away_score=20), shipped().for_game(NEUTRAL))
    assert late.options[0].choice is TWO_POINTS
    assert late.options[0].success_probability < late.options[1].success_probability
    assert card(due(home_score=6)).options[0].choice is ONE


def test_a_try_is_worth_what_follows_it() -> None:
    """Each option is the mean over success and failure of the kick-off that comes next."""
    scorer, state = small(), due(clock_s=500, home_score=6)

    def after(points: int) -> float:
        waiting = replace(state, phase=Phase.KICKOFF, possession=AWAY, yards_to_goal=75)
        return scorer.home_win_probability(replace(waiting, home_score=6 + points))

    told = {choice: option.win_probability for choice, option in options(state).items()}
    expected = {ONE: KICK * after(1) + 0.05 * after(0), TWO_POINTS: TWO * after(2) + 0.6 * after(0)}
    assert told == pytest.approx(expected, abs=1e-6)


def test_a_try_of_overtime_has_its_card() -> None:
    """In a first overtime the second side, one behind, may kick to go on or end it by two points."""
    told = options(overtime(phase=Phase.TRY, down=None, overtime_series=2, home_score=26, away_score=27))
    on = small().home_win_probability(overtime(overtime_series=3))
    assert told[ONE].win_probability == pytest.approx(KICK * on, abs=SPOKEN)
    assert told[TWO_POINTS].win_probability == pytest.approx(TWO, abs=SPOKEN)
