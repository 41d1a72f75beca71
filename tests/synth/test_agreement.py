"""Generated games against the engine: both must say the same of every play."""

from dataclasses import dataclass

import pytest

from engine.core.events import ORDER_STEP, GameEnd, GameStart, Play
from engine.core.football import Phase, PlayKind
from engine.core.game import Game
from engine.core.models.catalogue import model as model_of
from engine.core.state import State
from simulator.synth.season import states

MODEL = model_of("three_term")
OVERTIME_SEED, OVERTIME_GAMES = 4, (4, 59, 104, 152, 560)
FIELDS = tuple(name for name in State.__struct_fields__ if name != "plays_on_clock")


@dataclass
class Disagreement:
    """Where the engine's fold and the generator's own state part."""

    text: str
    field: str
    engine: object
    generator: object


def disagreements(seed: int, number: int, season: int) -> list[Disagreement]:
    """Fold a generated game and list every doubt and every field that differs."""
    found: list[Disagreement] = []
    game: Game | None = None
    for event, own in states(seed, number, season):
        game = game or Game(event.game_id, MODEL)
        update = game.apply(event)
        assert update is not None
        text = event.text if isinstance(event, Play) else type(event).__name__
        found += [Disagreement(text, "doubt", doubt, None) for doubt in update.doubts]
        if isinstance(event, GameStart):
            continue
        # The row that ends the game awaits the statement of the end; the generator knows.
        last_row = isinstance(event, Play) and event.kind is PlayKind.GAME_END
        for name in FIELDS:
            engine, generator = getattr(game.state, name), getattr(own, name)
            if engine != generator and not (last_row and name == "phase"):
                found.append(Disagreement(text, name, engine, generator))
    assert game is not None
    assert game.ended
    return found


@pytest.mark.parametrize("season", [2018, 2020, 2024])
def test_the_engine_folds_generated_games_to_the_generators_own_state(season: int) -> None:
    """In sixty games of each rule era, both have the same state after every play, without doubts."""
    assert [found for number in range(60) for found in disagreements(2, number, season)] == []


@pytest.mark.full_season
@pytest.mark.parametrize("season", [2018, 2020, 2024])
def test_a_thousand_games_agree(season: int) -> None:
    """The same over a thousand games of each era, with their overtimes."""
    assert [found for number in range(1_000) for found in disagreements(3, number, season)] == []


def test_overtime_games_agree_in_every_era() -> None:
    """Games that go to overtime, tries alone among them, agree too, by the rules of each era."""
    kinds: set[PlayKind] = set()
    periods: set[int] = set()
    for season in (2018, 2020, 2024):
        for number in OVERTIME_GAMES:
            assert disagreements(OVERTIME_SEED, number, season) == []
            rows = [event for event, _ in states(OVERTIME_SEED, number, season) if isinstance(event, Play)]
            periods.add(rows[-1].period or 0)
            kinds |= {row.kind for row in rows}
    assert min(periods) == 5
    assert max(periods) >= 7
    assert PlayKind.TRY in kinds


def test_the_games_are_whole() -> None:
    """A game opens with its start, closes with its end, and its orders rise by the feed's step."""
    events = [event for event, _ in states(5, 0)]
    assert isinstance(events[0], GameStart)
    assert isinstance(events[-1], GameEnd)
    plays = [event for event in events if isinstance(event, Play)]
    assert [play.order for play in plays] == [ORDER_STEP * place for place in range(1, len(plays) + 1)]
    assert len({play.play_id for play in plays}) == len(plays)
    assert all(play.text for play in plays)
    assert list(states(5, 0))[-1][1].phase is Phase.FINAL
