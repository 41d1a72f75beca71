"""One state for one set of statements, and no update that knows the future."""

from collections.abc import Callable, Sequence

import pytest

from engine.core.events import Event
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.store.models import open_model
from simulator.season.reader import GameSpan, Season, read_games
from tests.laws.upsets import upset

PARTS = 4
ENGINE_MODEL = "brownian"
"""Every prefix of a season is the square of its plays: the engine is tried with a model that is cheap."""


def part(season: Season, number: int) -> Sequence[GameSpan]:
    """Return every fourth game, so that several processes can share a season."""
    return season.spans[number::PARTS]


def converges(events: Sequence[Event], chosen: Model, seed: int) -> str:
    """Tell a game in another way; return what ended differently, or nothing."""
    clean, told = Game(events[0].game_id, chosen), Game(events[0].game_id, chosen)
    for event in events:
        clean.apply(event)
    for event in upset(events, seed):
        told.apply(event)
    if told.state_digest() != clean.state_digest():
        return f"game {clean.game_id}: other state digest"
    if told.chart() != clean.chart() or told.state != clean.state:
        return f"game {clean.game_id}: other chart or state"
    if told.snapshot().key_plays != clean.snapshot().key_plays:
        return f"game {clean.game_id}: other key plays"
    return ""


def prefixes_agree(events: Sequence[Event], chosen: Model, step: int) -> str:
    """Compute every `step`th update from the events up to it alone; return the first that differs."""
    full = Game(events[0].game_id, chosen)
    said = [full.encoded if full.apply(event) is not None else None for event in events]
    for last in range(0, len(events), step):
        prefix = Game(events[0].game_id, chosen)
        update = None
        for event in events[: last + 1]:
            update = prefix.apply(event)
        if (prefix.encoded if update is not None else None) != said[last]:
            return f"game {full.game_id}: the update of event {last + 1} differs"
    return ""


def test_generated_games_converge(sample_season: Season) -> None:
    """A game told out of order, twice, wrongly at first and with plays withdrawn ends as the clean one."""
    games = read_games(sample_season, sample_season.spans[:25])
    fitted = open_model()
    differing = [converges(game.events, fitted, seed) for seed, game in enumerate(games)]
    assert not any(differing), [found for found in differing if found][:10]


def test_generated_updates_need_no_future(sample_season: Season) -> None:
    """An update computed from the events up to it is the update of the full run."""
    games = read_games(sample_season, sample_season.spans[:8])
    fitted = open_model()
    differing = [prefixes_agree(game.events, fitted, step=3) for game in games]
    assert not any(differing), differing


@pytest.mark.full_season
@pytest.mark.parametrize("number", range(PARTS))
def test_every_game_of_a_real_season_converges(real_season: Callable[[int], Season], number: int) -> None:
    """Every game of a real season ends the same, however its statements arrive."""
    season, chosen = real_season(2022), open_model(ENGINE_MODEL)
    differing = [
        converges(game.events, chosen, seed)
        for seed, game in enumerate(read_games(season, part(season, number)))
    ]
    assert len(differing) > 150
    assert not any(differing), [found for found in differing if found][:10]


@pytest.mark.full_season
@pytest.mark.parametrize("number", range(PARTS))
def test_no_update_of_a_real_season_needs_the_future(
    real_season: Callable[[int], Season], number: int
) -> None:
    """On every game of a real season, the update after event k needs the first k events alone."""
    season, chosen = real_season(2023), open_model(ENGINE_MODEL)
    differing = [
        prefixes_agree(game.events, chosen, step=1) for game in read_games(season, part(season, number))
    ]
    assert len(differing) > 150
    assert not any(differing), [found for found in differing if found][:10]


@pytest.mark.full_season
def test_the_fitted_model_converges_on_real_games(real_season: Callable[[int], Season]) -> None:
    """With the model that ships, which remembers what it has computed, real games end the same, too."""
    season, fitted = real_season(2021), open_model()
    games = list(read_games(season, season.spans[::16]))
    differing = [converges(game.events, fitted, seed) for seed, game in enumerate(games)]
    differing += [prefixes_agree(game.events, fitted, step=40) for game in games]
    assert len(games) > 50
    assert not any(differing), [found for found in differing if found][:10]
