"""Writes `engine/web/openapi.json`: the HTTP side of the service for other people's tools (OpenAPI 3.1).

What the core says is described by its own structs, words and limits by the code that holds to them, so that
the file cannot tell another story; a test compares the file with what is built here. To write it anew:

    python -m engine.service.openapi
"""

import ast
import inspect
import json
from enum import Enum
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.core import decision, doubts, events, football, play_class, snapshot, state, update
from engine.core.models import interface
from engine.service.openapi_paths import PATHS, TAGS
from engine.service.openapi_schemas import SCHEMAS

FILE: Final = Path(__file__).resolve().parents[1] / "web" / "openapi.json"
VERSION: Final = "1.0.0"
"""Of the API; its first part changes when something that was there is no longer there."""
_MODULES: Final = (decision, doubts, events, football, interface, play_class, snapshot, state, update)
_DESCRIPTION: Final = """\
Live college-football win probability: games, updates and history as JSON; push of statements; data for
broadcast graphics; operations. Everything is at one address and one port. Updates as they happen come over a
WebSocket at `/{game_id}`, whose messages are described in docs/live.md.

Times are nanoseconds since 1970-01-01T00:00Z, whole numbers beyond 2^53: read them as 64-bit integers.
Probabilities are whole millionths between 0 and 1. `epoch` names the game, the model and the formats; within
an epoch `offset` rises by exactly one, and the same epoch and offset mean the same update, whoever computed
it. Before a request reaches the paths below, the door may refuse it in plain text: 400 or 431 (no request, or
too long a head), 429 (too many connections from one address), 503 with Retry-After (full, or about to stop).
"""


def build() -> dict[str, Any]:
    """Return the whole description."""
    schemas = {**_core_schemas(), **SCHEMAS}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "wpsim live service",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The service that serves this file."}],
        "tags": TAGS,
        "paths": PATHS,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "ingestToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The content of the file given with --ingest-token-file.",
                }
            },
        },
    }


def text() -> str:
    """Return the file's content."""
    return json.dumps(build(), indent=1, ensure_ascii=False) + "\n"


def _core_schemas() -> dict[str, Any]:
    """Return a schema for every struct and enumeration that the core says."""
    types = [update.Update, snapshot.Snapshot, events.Event]
    made, parts = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    known = {
        name: each for module in _MODULES for name, each in vars(module).items() if isinstance(each, type)
    }
    for name, schema in parts.items():
        _describe(known[name], schema)
    return {**parts, "Event": {**list(made)[2], "description": "What a feed can say of a game."}}


def _describe(described: type, schema: dict[str, Any]) -> None:
    """Put the words of the code into a schema, and what is known of its encoding."""
    schema["description"] = inspect.cleandoc(described.__doc__ or "")
    words = _field_words(described)
    if issubclass(described, Enum):
        schema["type"] = "string"
        schema["enum"] = [member.value for member in described]
        told = [f"`{member.value}`: {words[member.name]}" for member in described if member.name in words]
        schema["description"] = "\n".join([schema["description"], *told])
        return
    fields = list(schema["properties"])
    if issubclass(described, events.Event):
        schema["description"] += "\nFields that are not known are passed over."
    else:
        schema["additionalProperties"] = False
        assert issubclass(described, msgspec.Struct)
        if not described.__struct_config__.omit_defaults:
            schema["required"] = fields  # all of them are always written
    if not schema["required"]:
        del schema["required"]
    for name, words_of_it in words.items():
        if name in schema["properties"]:
            schema["properties"][name]["description"] = words_of_it


def _field_words(described: type) -> dict[str, str]:
    """Return the docstrings below a class's fields, its bases' with them."""
    found: dict[str, str] = {}
    for each in reversed(described.__mro__):
        if each.__module__.split(".")[0] != "engine":
            continue
        (definition,) = ast.parse(inspect.getsource(each)).body
        assert isinstance(definition, ast.ClassDef)
        for field, below in zip(definition.body, definition.body[1:], strict=False):
            name = _field_name(field)
            if name and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                found[name] = inspect.cleandoc(str(below.value.value))
    return found


def _field_name(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
