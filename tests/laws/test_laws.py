"""The laws, held to the shipped season, a real Saturday, and (full_season) six whole real seasons."""

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from engine.store.models import known_models, open_model
from simulator.season.reader import RecordedGame, Season, read_games
from tests.laws import laws

REAL_YEARS = range(2018, 2024)


def hold(games: Iterable[RecordedGame], model_name: str) -> Counter[str]:
    """Hold games to every law; return how often each law looked, or fail with the first violations."""
    chosen = open_model(model_name)
    looked: Counter[str] = Counter()
    violations: list[str] = []
    for recorded in games:
        game, updates = laws.replay(recorded.events, chosen)
        findings = {
            "complement": laws.complement(updates),
            "final certainty": laws.final_certainty(recorded.events, updates),
            "administrative rows": laws.administrative_rows(updates),
            "mirror": laws.mirror(recorded.events, chosen),
            "more lead never hurts": laws.more_lead_never_hurts(game, updates),
            "valid states": laws.valid_states(updates),
            "telescoping": laws.telescoping(updates),
            "intervals": laws.intervals(updates),
        }
        for law, found in findings.items():
            looked[law] += found.looked
            violations += [f"{law}: {violation}" for violation in found.violations]
    assert not violations, "\n".join([f"{len(violations)} violations", *violations[:20]])
    return looked


@pytest.mark.parametrize("model_name", known_models())
def test_laws_hold_on_the_shipped_season(sample_season: Season, model_name: str) -> None:
    """No law is broken on a play of the first forty games that ship."""
    looked = hold(read_games(sample_season, sample_season.spans[:40]), model_name)
    assert looked["final certainty"] == 40
    assert looked["administrative rows"] > 150
    assert looked["complement"] > 5_000


@pytest.mark.parametrize("model_name", known_models())
def test_laws_hold_on_a_real_saturday(real_saturday: Season, model_name: str) -> None:
    """No law is broken on a raw feed's Saturday, nor on its overtimes, cut-short and cancelled games."""
    looked = hold(read_games(real_saturday), model_name)
    assert looked["final certainty"] >= 14
    assert looked["complement"] > 2_500


@pytest.mark.full_season
@pytest.mark.parametrize("model_name", known_models())
@pytest.mark.parametrize("year", REAL_YEARS)
def test_laws_hold_on_every_play_of_a_real_season(
    real_season: Callable[[int], Season], year: int, model_name: str
) -> None:
    """No law is broken on any play of a real season."""
    looked = hold(read_games(real_season(year)), model_name)
    assert looked["final certainty"] > 500
    assert looked["complement"] > 100_000
