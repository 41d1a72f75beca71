"""Each law objects where it should: a planted fault for every one."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from engine.core.decision import Decision
from engine.core.events import Event, Play
from engine.core.football import ADMINISTRATIVE, PlayKind
from engine.core.game import Game
from engine.core.ledger import Change, Ledger
from engine.core.models.brownian import Brownian
from engine.core.models.catalogue import model
from engine.core.models.interface import Pregame, Scorer
from engine.core.state import State
from engine.core.update import Update
from simulator.season.reader import Season, read_games
from tests.laws import laws
from tests.laws.test_convergence import converges, prefixes_agree


@pytest.fixture(scope="module")
def games(sample_season: Season) -> list[Sequence[Event]]:
    """A few clean games."""
    return [game.events for game in read_games(sample_season, sample_season.spans[:6])]


@dataclass(frozen=True, slots=True)
class Faulty(Brownian):
    """A Brownian model with a planted fault, by name."""

    fault: str = ""

    def for_game(self, pregame: Pregame) -> "FaultyScorer":  # type: ignore[override]
        """Return the scorer with the fault in it."""
        sound = Brownian.for_game(self, pregame)
        return FaultyScorer(sound, self.fault)


@dataclass(frozen=True, slots=True)
class FaultyScorer:
    """A sound scorer, spoiled."""

    sound: Scorer
    fault: str

    def home_win_probability(self, state: State) -> float:
        """Return a probability that breaks one law."""
        probability = self.sound.home_win_probability(state)
        if self.fault == "fond of the home side":
            return 0.02 + 0.98 * probability
        if self.fault == "afraid of a big lead":
            return probability if abs(state.home_score - state.away_score) < 14 else 1.0 - probability
        return probability

    def interval(self, state: State) -> tuple[float, float] | None:
        """Return none, as the sound one."""
        return self.sound.interval(state)

    def decision(self, state: State) -> Decision | None:
        """Return the sound one's."""
        return self.sound.decision(state)

    def expected_points(self, state: State) -> float | None:
        """Return the sound one's."""
        return self.sound.expected_points(state)


def test_mirror_catches_a_model_that_is_fond_of_the_home_side(games: list[Sequence[Event]]) -> None:
    """A model with two points in hand for the home side breaks the mirror."""
    assert not laws.mirror(games[0], model()).violations
    assert laws.mirror(games[0], Faulty(fault="fond of the home side")).violations


def test_more_lead_catches_a_model_that_fears_a_lead(games: list[Sequence[Event]]) -> None:
    """A model that turns round at fourteen points is caught."""
    game, updates = laws.replay(games[0], Faulty(fault="afraid of a big lead"))
    assert laws.more_lead_never_hurts(game, updates).violations


def test_complement_catches_probabilities_that_do_not_add_up(games: list[Sequence[Event]]) -> None:
    """Home and away that were rounded apart are caught."""
    _, updates = laws.replay(games[0], model())
    spoiled = replace(updates[5], away_win_probability=updates[5].away_win_probability + 1e-6)
    assert laws.complement([*updates[:5], spoiled]).violations


def test_final_certainty_catches_a_game_that_is_never_decided(games: list[Sequence[Event]]) -> None:
    """An engine that forgets the end of the game is caught."""
    _, updates = laws.replay(games[0], model())
    assert laws.final_certainty(games[0], updates[:-1]).violations


def test_administrative_rows_catch_an_engine_without_its_guard(games: list[Sequence[Event]]) -> None:
    """A timeout after which the other side is the favourite is caught."""
    _, updates = laws.replay(games[0], model())
    place = next(
        number for number, update in enumerate(updates) if number > 3 and update.kind in ADMINISTRATIVE
    )
    spoiled = _crossing(updates, place)
    assert not laws.administrative_rows(updates).violations
    assert laws.administrative_rows(spoiled).violations


def _crossing(updates: list[Update], place: int) -> list[Update]:
    before = updates[place - 1].home_win_probability
    crossed = replace(updates[place], home_win_probability=0.4 if before > 0.5 else 0.6)
    return [*updates[:place], crossed, *updates[place + 1 :]]


def test_valid_states_catch_a_fifth_down(games: list[Sequence[Event]]) -> None:
    """A state that football does not know is caught."""
    _, updates = laws.replay(games[0], model())
    spoiled = replace(updates[9], state=replace(updates[9].state, down=5))
    assert laws.valid_states([spoiled]).violations


def test_intervals_catch_one_that_does_not_hold_its_probability(games: list[Sequence[Event]]) -> None:
    """An interval above its probability is caught."""
    _, updates = laws.replay(games[0], model())
    p = updates[9].home_win_probability
    spoiled = replace(updates[9], home_win_probability_low=p + 0.01, home_win_probability_high=p + 0.02)
    assert laws.intervals([spoiled]).violations


def test_telescoping_catches_a_play_that_is_credited_wrongly(games: list[Sequence[Event]]) -> None:
    """A play that is credited with more than was seen is caught."""
    _, updates = laws.replay(games[0], model())
    spoiled = replace(updates[9], win_probability_added=updates[9].win_probability_added + 0.01)
    assert laws.telescoping([*updates[:9], spoiled]).violations


def test_convergence_catches_a_ledger_that_only_appends(
    games: list[Sequence[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that believes the order of arrival is caught."""
    take = Ledger.take

    def in_order_of_arrival(ledger: Ledger, play: Play) -> Change | None:
        return take(ledger, replace(play, order=len(ledger.entries)))

    monkeypatch.setattr(Ledger, "take", in_order_of_arrival)
    assert any(converges(events, model(), seed=1) for events in games)


def test_convergence_catches_statements_that_win_by_coming_last(
    games: list[Sequence[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger in which the last word wins, whatever its revision, is caught."""
    monkeypatch.setattr("engine.core.ledger.supersedes", lambda new, old: new != old)
    assert any(converges(events, model(), seed=1) for events in games)


def test_prefixes_catch_an_engine_that_remembers_other_games(
    games: list[Sequence[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that outlives a game is caught."""
    heard: list[str] = []
    apply = Game.apply

    def with_memory(game: Game, event: Event) -> Update | None:
        heard.append(event.game_id)
        if isinstance(event, Play) and len(heard) % 50 == 0:
            event = replace(event, kind=PlayKind.UNKNOWN)
        return apply(game, event)

    monkeypatch.setattr(Game, "apply", with_memory)
    assert any(prefixes_agree(events, model(), step=20) for events in games)
