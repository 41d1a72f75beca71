"""The fitted model by its artefact: what its version stands for, and what is no artefact."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from engine.core.models.fitted.artefact import ARTEFACT_FORMAT, Artefact, Provenance
from engine.core.models.fitted.ensemble import spread
from engine.core.models.fitted.model import Fitted, decode_artefact
from tests.core.fitted.artefact_builder import CHOICES, NEUTRAL, REGULATION, SHIPPED, artefact, series


def plain(one: Artefact) -> Any:
    """An artefact as plain lists and dictionaries, to be spoilt."""
    return msgspec.to_builtins(one)


def numbers_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every number of a plain artefact stands."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in numbers_of(inner, (*path, key))]
    if isinstance(value, list | tuple):
        return [found for place, inner in enumerate(value) for found in numbers_of(inner, (*path, place))]
    return [path] if isinstance(value, int | float) else []


def with_one_more(value: Any, path: tuple[Any, ...]) -> Any:
    """A plain artefact with the number at a path a little greater."""
    if not path:
        return value + 0.001
    key, *rest = path
    if isinstance(value, dict):
        return {**value, key: with_one_more(value[key], tuple(rest))}
    return [with_one_more(inner, tuple(rest)) if place == key else inner for place, inner in enumerate(value)]


def test_every_number_of_an_artefact_is_in_its_version() -> None:
    """A change of any number that is computed with changes the version, and no two changes alike."""
    known = plain(artefact())
    places = [path for path in numbers_of(known) if path[0] not in ("provenance", "format")]
    versions = [Fitted(msgspec.convert(with_one_more(known, path), Artefact)).version for path in places]
    assert len(places) > 200
    assert len({Fitted(artefact()).version, *versions}) == len(places) + 1


def test_where_an_artefact_comes_from_is_not_in_its_version() -> None:
    """The same numbers from another day's command are the same model."""
    elsewhere = artefact(provenance=Provenance("again", (2018,), "hash", 7, 1, 2, "code", {"brier": 0.1}))
    assert Fitted(elsewhere).version == Fitted(artefact()).version
    assert Fitted(elsewhere).artefact.provenance.seed == 7


def test_a_fitted_model_says_what_it_is() -> None:
    """Name, version and leverage are the artefact's; there is nothing to tune."""
    model = Fitted(artefact(name="mine", version="7", leverage_scale=0.03))
    assert (model.name, model.leverage_scale, dict(model.parameters())) == ("mine", 0.03, {})
    assert model.version.startswith("7+1.")
    assert model.for_game(NEUTRAL).rules is NEUTRAL.rules


@pytest.mark.parametrize(
    "text", [SHIPPED.read_bytes(), msgspec.json.encode(artefact())], ids=["shipped", "small"]
)
def test_an_artefact_is_read_as_it_was_written(text: bytes) -> None:
    """Decoding, encoding and decoding again gives the same artefact and the same version."""
    known = decode_artefact(text)
    again = decode_artefact(msgspec.json.encode(known))
    assert again == known
    assert Fitted(again).version == Fitted(known).version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "truncated"),
        (b"Brier", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"name": "\xff"}', "decode byte 0xff"),
        (b"[1, 2]", "Expected `object`, got `array`"),
        (b'{"more": ' + b"[" * 100_000, "recursion"),
        (b"{}", "missing required field `format`"),
        (
            msgspec.json.encode({**plain(artefact()), "leverage_scale": "0.02"}),
            r"got `str` - at `\$.leverage_scale`",
        ),
        (msgspec.json.encode({**plain(artefact()), "series": {"td": []}}), r"missing required field `fg`"),
    ],
)
def test_what_is_no_artefact_is_refused_by_what_is_wrong(text: bytes, message: str) -> None:
    """Text that is no JSON, no artefact, or lacks a field is one ValueError that says so."""
    with pytest.raises(ValueError, match=rf"it is no fitted model: .*{message}"):
        decode_artefact(text)


def test_another_format_asks_for_another_fit() -> None:
    """An artefact of a format that this code does not score is refused with both formats."""
    with pytest.raises(ValueError, match=rf"format 99; this wpsim scores {ARTEFACT_FORMAT}: fit again"):
        Fitted(artefact(format=99))


def test_members_lie_apart_by_their_standard_deviation() -> None:
    """Nothing lies apart where nothing or one is; -1, 0 and 1 lie the root of two thirds apart."""
    assert spread([]) == spread([3.0]) == 0.0
    assert spread([-1.0, 0.0, 1.0]) == pytest.approx((2.0 / 3.0) ** 0.5)


def test_an_artefact_is_a_value() -> None:
    """Two artefacts built alike are equal, and one with another table is not."""
    assert artefact() == artefact()
    assert artefact(series=series(td=0.6)) != artefact()
    assert artefact(choices=replace(CHOICES, kick=0.9)) != artefact()
    assert artefact(regulation=replace(REGULATION, home_edge=3.0)) != artefact()
