"""The OpenAPI file: valid, made from what the core says, and true to the routes and the bytes."""

import asyncio
import copy
import io
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import msgspec
import pytest
from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]  # ships no types
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from engine.core.events import Event, FeedHealth, FeedStatus, GameEnd, Market, Odds, Tracking, encode_event
from engine.core.game import Game
from engine.core.models.interface import Model
from engine.core.snapshot import Snapshot
from engine.core.update import Update, canonical_bytes
from engine.feeds.push import PushSource
from engine.service.app import make_app
from engine.service.day import Day
from engine.service.ingest import Ingest
from engine.service.openapi import FILE, text
from engine.store.models import open_model
from engine.web import pages
from tests.service.games import sample_games
from tests.service.test_serve import TOKEN, serving

TEST_S = 60.0


@cache
def _openapi() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(FILE.read_bytes())
    return described


@cache
def _validator(name: str) -> Draft202012Validator:
    """A validator of one schema of the file; references lead into the file."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": _openapi()["components"]}
    )


def _check(name: str, body: bytes | str) -> Any:
    told = json.loads(body)
    _validator(name).validate(told)
    return told


# --- the file ----------------------------------------------------------------------------------------------


def test_the_file_is_valid_openapi() -> None:
    """Other people's tools take it, and a planted fault they do not take."""
    OpenAPIV31SpecValidator(_openapi()).validate()
    broken = copy.deepcopy(_openapi())
    broken["paths"]["/api/games"]["get"]["responses"]["200"] = {"content": 3}
    with pytest.raises(OpenAPIValidationError):
        OpenAPIV31SpecValidator(broken).validate()


def test_the_file_is_what_the_code_makes() -> None:
    """Whoever changes what is said writes the file anew: python -m engine.service.openapi."""
    assert FILE.read_text(encoding="utf-8") == text()


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    """Nothing dangles, and nothing is described that nobody answers."""
    schemas = set(_openapi()["components"]["schemas"])
    used = set(re.findall(r'"#/components/schemas/(\w+)"', FILE.read_text(encoding="utf-8")))
    assert used == schemas


def test_every_field_of_the_core_has_its_schema() -> None:
    """A field that an update or a snapshot gains is in the file; one that only the file has is not."""
    for struct in (Update, Snapshot):
        described = _openapi()["components"]["schemas"][struct.__name__]
        assert set(described["properties"]) == set(struct.__struct_encode_fields__)
        assert described["additionalProperties"] is False


def test_every_operation_has_a_name_and_words() -> None:
    """Generated clients need the name, people the words; what may be pushed needs the token."""
    names = []
    for path, methods in _openapi()["paths"].items():
        for operation in methods.values():
            names.append(operation["operationId"])
            assert operation["summary"]
            assert operation["tags"]
            assert ("security" in operation) == path.startswith("/ingest")
    assert len(set(names)) == len(names)


# --- the core's bytes --------------------------------------------------------------------------------------


def _statements(events: Iterable[Event], game_id: str) -> Iterator[Event]:
    """A recorded game, with everything else that a feed can say in its middle."""
    for place, event in enumerate(events):
        yield event
        if place == 40:
            yield FeedStatus(game_id=game_id, feed="espn", health=FeedHealth.STALE)
            yield Odds(game_id=game_id, book="b", market=Market.LIVE, home_win_probability=0.25)
            yield Tracking(game_id=game_id, play_id=getattr(event, "play_id", "1"), top_speed_yd_s=9.5)
            yield GameEnd(game_id=game_id, home_score=3, away_score=0)


@pytest.mark.parametrize("model", ["fitted", "brownian"])
def test_what_the_core_says_is_what_the_file_describes(model: str) -> None:
    """Every event, update and snapshot of a game is taken by its schema, to the last field."""
    recorded = sample_games(1)[0]
    game = Game(recorded.game_id, _model(model))
    causes, seen = set(), set()
    for event in _statements(recorded.events, recorded.game_id):
        _check("Event", encode_event(event))
        said = game.apply(event)
        if said is not None:
            told = _check("Update", canonical_bytes(said))
            causes.add(told["cause"])
            seen |= set(told)
            if game.offset % 20 == 0:
                _check("Snapshot", msgspec.json.encode(game.snapshot()))
    assert causes >= {"start", "play", "feed", "odds", "end"}
    unseen = set(Update.__struct_fields__) - seen
    assert unseen <= {"corrected_plays", "doubts", "vendor_ns", "tracking", "decision", "expected_points"} | (
        {"home_win_probability_low", "home_win_probability_high"} if model == "brownian" else set()
    )


@cache
def _model(name: str) -> Model:
    return open_model(name)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("offset", "7"),
        ("cause", "weather"),
        ("home_win_probability", None),
        ("state", {"phase": "scrimmage"}),
        ("unheard_of", 1),
        ("feed", "dead"),
    ],
)
def test_a_wrong_update_is_refused(field: str, value: object) -> None:
    """The schemas can fail: a wrong type, word, null, a missing or an unknown field."""
    recorded = sample_games(1)[0]
    game = Game(recorded.game_id, _model("brownian"))
    game.apply(recorded.events[0])
    told = json.loads(game.encoded)
    _validator("Update").validate(told)
    with pytest.raises(ValidationError):
        _validator("Update").validate({**told, field: value})


# --- the running service -----------------------------------------------------------------------------------

_FILES = {*pages(), "/overlay-files"} - {"/"}
"""Files that pages ask for; they are no API."""


def test_the_file_names_the_routes_of_the_service() -> None:
    """A path that is served is described, and the other way round, each with its methods."""
    served: dict[str, set[str]] = {"/{game_id}": {"get"}}  # the door hands it to the gateway
    for route in make_app(_no_parts()).router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        if not any(path.startswith(folder) for folder in _FILES) and route.method != "HEAD":
            served.setdefault(path, set()).add(route.method.lower())
    assert served == {path: set(methods) for path, methods in _openapi()["paths"].items()}


def _no_parts() -> Any:
    """Parts of which no handler is ever called."""
    ingest = Ingest(cast(Day, None), cast(PushSource, None), None)
    return SimpleNamespace(day=None, ingest=ingest)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server that has been told a game, and that game's id."""
    game = sample_games(1)[0]
    with serving(tmp_path_factory.mktemp("openapi") / "day") as (url, _):
        asyncio.run(_push(url, game.game_id, list(game.events)))
        yield url, game.game_id


async def _push(url: str, game_id: str, events: list[Event]) -> None:
    body = b"[%s]" % b",".join(map(encode_event, events))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        asyncio.timeout(TEST_S),
        aiohttp.ClientSession() as session,
        session.post(f"{url}/ingest/{game_id}", data=body, headers=headers) as response,
    ):
        _check("Pushed", await response.read())


_KNOWN = {"Authorization": f"Bearer {TOKEN}"}
_CASES: list[tuple[str, str, str, int, dict[str, Any]]] = [
    ("get", "/api/games", "/api/games", 200, {}),
    ("get", "/api/games/{game_id}", "/api/games/GAME", 200, {}),
    ("get", "/api/games/{game_id}", "/api/games/none", 404, {}),
    ("get", "/api/games/{game_id}/plays", "/api/games/GAME/plays", 200, {}),
    ("get", "/api/games/{game_id}/plays", "/api/games/none/plays", 404, {}),
    ("get", "/api/games/{game_id}/updates", "/api/games/GAME/updates?from=3&limit=20", 200, {}),
    ("get", "/api/games/{game_id}/updates", "/api/games/GAME/updates?from=-1", 400, {}),
    ("get", "/api/games/{game_id}/updates", "/api/games/none/updates", 404, {}),
    ("get", "/api/games/{game_id}/events", "/api/games/GAME/events?limit=9999", 200, {}),
    ("get", "/api/games/{game_id}/events", "/api/games/GAME/events?limit=x", 400, {}),
    ("get", "/api/games/{game_id}/events", "/api/games/none/events", 404, {}),
    ("get", "/api/digest", "/api/digest", 200, {}),
    ("post", "/api/usage", "/api/usage", 204, {"data": b'{"section":"chart","seconds":3}'}),
    ("post", "/api/usage", "/api/usage", 400, {"data": b"{}"}),
    ("post", "/api/usage", "/api/usage", 413, {"data": b"x" * 2_000}),
    ("get", "/{game_id}", "/GAME", 404, {}),
    ("post", "/ingest/{game_id}", "/ingest/GAME", 200, {"data": b"[]", "headers": _KNOWN}),
    ("post", "/ingest/{game_id}", "/ingest/GAME", 400, {"data": b"{", "headers": _KNOWN}),
    ("post", "/ingest/{game_id}", "/ingest/GAME?dialect=x", 400, {"data": b"[]", "headers": _KNOWN}),
    ("post", "/ingest/{game_id}", "/ingest/GAME", 401, {"data": b"[]"}),
    ("post", "/ingest/{game_id}", "/ingest/GAME", 413, {"data": b" " * 2_000_000, "headers": _KNOWN}),
    ("get", "/ingest", "/ingest", 401, {}),
    ("get", "/graphics/{game_id}.json", "/graphics/GAME.json", 200, {}),
    ("get", "/graphics/{game_id}.json", "/graphics/none.json", 404, {}),
    ("get", "/graphics/{game_id}.xml", "/graphics/GAME.xml", 200, {}),
    ("get", "/graphics/{game_id}.xml", "/graphics/none.xml", 404, {}),
    ("get", "/overlay", "/overlay?game=GAME", 200, {}),
    ("get", "/", "/?game=GAME", 200, {}),
    ("get", "/healthz", "/healthz", 200, {}),
    ("get", "/readyz", "/readyz", 200, {}),
    ("get", "/metrics", "/metrics", 200, {}),
    ("get", "/openapi.json", "/openapi.json", 200, {}),
]


@pytest.mark.parametrize(("method", "path", "asked", "status", "sent"), _CASES)
def test_a_real_answer_is_as_described(
    served: tuple[str, str], method: str, path: str, asked: str, status: int, sent: dict[str, Any]
) -> None:
    """Status, type, headers and body of what the running service answers are those of the file."""
    url, game_id = served
    if "data" in sent:
        sent = {**sent, "data": io.BytesIO(sent["data"])}

    async def ask() -> tuple[int, str, Any, bytes]:
        async with (
            asyncio.timeout(TEST_S),
            aiohttp.ClientSession() as session,
            session.request(method, url + asked.replace("GAME", game_id), **sent) as response,
        ):
            return response.status, response.content_type, response.headers, await response.read()

    came, kind, headers, body = asyncio.run(ask())
    assert came == status, body[:500]
    described = _openapi()["paths"][path][method]["responses"][str(status)]
    for name in described.get("headers", {}):
        assert name in headers
    if "content" not in described:
        assert body == b""
        return
    ((expected, content),) = described["content"].items()
    assert kind == expected
    if kind == "application/json":
        schema = {**content["schema"], "components": _openapi()["components"]}
        Draft202012Validator(schema).validate(json.loads(body))


def test_every_path_is_asked_for_above() -> None:
    """No path of the file goes untried."""
    assert {path for _, path, *_ in _CASES} == set(_openapi()["paths"])


def test_an_unchanged_answer_is_described(served: tuple[str, str]) -> None:
    """304 with its ETag, as the file has it."""

    async def ask() -> tuple[int, bool]:
        async with asyncio.timeout(TEST_S), aiohttp.ClientSession() as session:
            async with session.get(f"{served[0]}/api/games") as first:
                tag = {"If-None-Match": first.headers["ETag"]}
            async with session.get(f"{served[0]}/api/games", headers=tag) as second:
                return second.status, "ETag" in second.headers

    assert asyncio.run(ask()) == (304, True)
    assert "304" in _openapi()["paths"]["/api/games"]["get"]["responses"]


def test_the_file_is_served_as_it_is(served: tuple[str, str]) -> None:
    """/openapi.json is the file, byte for byte."""

    async def ask() -> bytes:
        async with (
            asyncio.timeout(TEST_S),
            aiohttp.ClientSession() as session,
            session.get(f"{served[0]}/openapi.json") as response,
        ):
            return await response.read()

    assert asyncio.run(ask()) == Path(FILE).read_bytes()


def test_the_running_service_tells_what_the_runbook_lists(served: tuple[str, str]) -> None:
    """Every metric of a real service is in docs/operations.md, and no part of the metrics failed."""

    async def ask() -> str:
        async with (
            asyncio.timeout(TEST_S),
            aiohttp.ClientSession() as session,
            session.get(f"{served[0]}/metrics") as response,
        ):
            return await response.text()

    told = asyncio.run(ask())
    listed = set(
        re.findall(r"(?m)^\| `(wpsim_\w+)` \|", (FILE.parents[2] / "docs/operations.md").read_text())
    )
    named = set(re.findall(r"(?m)^# TYPE (wpsim_\w+) ", told))
    assert len(named) > 50
    assert named <= listed
    assert set(re.findall(r"(?m)^wpsim_metrics_failures_total\{.*\} (.+)$", told)) == {"0.0"}
    assert re.search(r'(?m)^wpsim_events_accepted_total\{kind="Play"\} [1-9]', told)
    assert re.search(r'(?m)^wpsim_stage_seconds_count\{stage="play_to_display"\} [1-9]', told)
