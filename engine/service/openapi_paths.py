"""The paths of the service, as OpenAPI has them; see `openapi.py`."""

from typing import Any, Final

from engine.feeds.push import MOST_PUSH_BYTES, MOST_PUSH_EVENTS
from engine.service.app import HANDLER_S, MOST_ROWS
from engine.service.ingest import DIALECTS, HEARTBEAT_S, MOST_SOCKETS
from engine.service.openapi_schemas import STRING, Json, ref
from engine.service.usage import MOST_USAGE_BYTES

TAGS: Final[list[Json]] = [
    {"name": "games", "description": "What the engine says now, and what it said."},
    {"name": "live", "description": "Updates as they happen."},
    {"name": "push", "description": "Statements of feeds that come to us."},
    {"name": "graphics", "description": "Data for broadcast."},
    {"name": "pages", "description": "What people open."},
    {"name": "operations", "description": "For those who run the service."},
]


# --- answers -----------------------------------------------------------------------------------------------


def _answer(
    description: str, schema: Json | None = None, kind: str = "application/json", **headers: str
) -> Json:
    answer: Json = {"description": description}
    if headers:
        answer["headers"] = {
            name.replace("_", "-"): {"description": words, "schema": STRING}
            for name, words in headers.items()
        }
    if schema is not None:
        answer["content"] = {kind: {"schema": schema}}
    return answer


def _error(description: str, **headers: str) -> Json:
    return _answer(description, ref("Error"), **headers)


_NO_GAME: Final = _error("There is no such game; /api/games lists the games of the day.")
_NO_HISTORY: Final = _error("The history cannot be read now; ask again later.")
_LATE: Final = _error(f"The request took longer than {HANDLER_S:g} s.")
_GAME: Final[Json] = {"name": "game_id", "in": "path", "required": True, "schema": STRING}
_FROM: Final[Json] = {
    "name": "from",
    "in": "query",
    "schema": {"type": "integer", "minimum": 0, "default": 0},
}
_LIMIT: Final[Json] = {
    "name": "limit",
    "in": "query",
    "description": f"Rows at most; never more than {MOST_ROWS}.",
    "schema": {"type": "integer", "minimum": 0, "default": 100},
}
_DIALECT: Final[Json] = {
    "name": "dialect",
    "in": "query",
    "description": "wpsim: the core's events, one, a list, or one a line. espn: a whole summary.",
    "schema": {"type": "string", "enum": list(DIALECTS), "default": DIALECTS[0]},
}


def _get(tag: str, summary: str, answers: Json, parameters: tuple[Json, ...] = (), **more: Any) -> Json:
    operation: Json = {"tags": [tag], "summary": summary, **more}
    if parameters:
        operation["parameters"] = list(parameters)
    operation["responses"] = answers
    return operation


_SOCKET_CLOSED: Final = (
    "Close codes: 1008 game not found, 1009 too long, 1007 bad UTF-8, 1012 or 1001 the service stops."
)
_REFUSALS: Final[Json] = {
    "400": _error("The body, or the dialect, cannot be taken; nothing of it was."),
    "401": _error("The token is missing or wrong.", WWW_Authenticate="Bearer"),
    "403": _error("Push is turned off."),
    "503": _error("Too much waits already, or too many push sockets are open; push again later."),
}

PATHS: Final[dict[str, Json]] = {
    "/api/games": {
        "get": _get(
            "games",
            "All games of the day",
            {
                "200": _answer("The games.", ref("Games"), ETag="Changes with every update of any game."),
                "304": _answer("Nothing has changed since the ETag given.", ETag="The same."),
            },
            ({"name": "If-None-Match", "in": "header", "schema": STRING},),
            operationId="games",
        )
    },
    "/api/games/{game_id}": {
        "get": _get(
            "games",
            "Where a game stands",
            {"200": _answer("The snapshot.", ref("SnapshotMessage")), "404": _NO_GAME},
            (_GAME,),
            operationId="game",
        )
    },
    "/api/games/{game_id}/plays": {
        "get": _get(
            "games",
            "All plays of a game that stand",
            {"200": _answer("The plays.", ref("Plays")), "404": _NO_GAME},
            (_GAME,),
            operationId="plays",
        )
    },
    "/api/games/{game_id}/updates": {
        "get": _get(
            "games",
            "Updates of a game, from the history",
            {
                "200": _answer("Updates from that offset on.", ref("Updates")),
                "400": _error("from or limit is no whole number."),
                "404": _NO_GAME,
                "408": _LATE,
                "503": _NO_HISTORY,
            },
            (_GAME, {**_FROM, "description": "The first offset."}, _LIMIT),
            operationId="updates",
        )
    },
    "/api/games/{game_id}/events": {
        "get": _get(
            "games",
            "Statements about a game, from the history",
            {
                "200": _answer("Statements from that sequence on.", ref("Events")),
                "400": _error("from or limit is no whole number."),
                "404": _NO_GAME,
                "408": _LATE,
                "503": _NO_HISTORY,
            },
            (_GAME, {**_FROM, "description": "The first sequence of the log."}, _LIMIT),
            operationId="events",
        )
    },
    "/api/digest": {
        "get": _get(
            "games",
            "The one hash of the day so far",
            {"200": _answer("The digest.", ref("Digest"))},
            operationId="digest",
        )
    },
    "/api/usage": {
        "post": {
            "tags": ["operations"],
            "summary": "Count what a page showed, without personal data",
            "operationId": "usage",
            "requestBody": {
                "required": True,
                "description": f"At most {MOST_USAGE_BYTES} bytes.",
                "content": {"application/json": {"schema": ref("UsageReport")}},
            },
            "responses": {
                "204": _answer("Counted."),
                "400": _error("It is no report; what was expected is said."),
                "408": _LATE,
                "413": _error("It is too long."),
            },
        }
    },
    "/{game_id}": {
        "get": _get(
            "live",
            "Updates of a game as they happen (WebSocket)",
            {
                "101": _answer("Messages as described in docs/live.md. " + _SOCKET_CLOSED),
                "403": _answer("The page that asks is of another origin.", STRING, "text/plain"),
                "404": _error("It was asked for without Upgrade; the path of a game is a WebSocket."),
            },
            (
                _GAME,
                {
                    "name": "epoch",
                    "in": "query",
                    "description": "To resume: the epoch known.",
                    "schema": STRING,
                },
                {
                    "name": "offset",
                    "in": "query",
                    "description": "To resume: the last offset known.",
                    "schema": {"type": "integer", "minimum": -1},
                },
            ),
            operationId="live",
        )
    },
    "/ingest/{game_id}": {
        "post": {
            "tags": ["push"],
            "summary": "Push statements about one game; taken whole or not at all",
            "operationId": "push",
            "security": [{"ingestToken": []}],
            "parameters": [_GAME, _DIALECT],
            "requestBody": {
                "required": True,
                "description": f"At most {MOST_PUSH_BYTES} bytes and {MOST_PUSH_EVENTS} events.",
                "content": {
                    "application/json": {
                        "schema": {
                            "anyOf": [
                                ref("Event"),
                                {"type": "array", "items": ref("Event"), "maxItems": MOST_PUSH_EVENTS},
                                {
                                    "type": "object",
                                    "description": "A summary of ESPN (dialect=espn).",
                                },
                            ]
                        }
                    }
                },
            },
            "responses": {
                "200": _answer("Taken; what is accepted stands in the log.", ref("Pushed")),
                **_REFUSALS,
                "408": _LATE,
                "413": _error("The body is too long."),
            },
        }
    },
    "/ingest": {
        "get": _get(
            "push",
            "Push statements about any game, a text frame each batch (WebSocket)",
            {
                "101": _answer(
                    "Each text frame is a body as of POST /ingest/{game_id}, and is answered with one: "
                    f"Pushed, or Error. At most {MOST_SOCKETS} sockets; a ping every {HEARTBEAT_S:g} s."
                ),
                **_REFUSALS,
            },
            (_DIALECT,),
            operationId="pushSocket",
            security=[{"ingestToken": []}],
        )
    },
    "/graphics/{game_id}.json": {
        "get": _get(
            "graphics",
            "What stands on the air of a game, for systems that poll",
            {"200": _answer("Keys and values.", ref("KeyValues")), "404": _NO_GAME},
            (_GAME,),
            operationId="graphicsJson",
        )
    },
    "/graphics/{game_id}.xml": {
        "get": _get(
            "graphics",
            "The same as XML",
            {"200": _answer("Keys and values.", STRING, "application/xml"), "404": _NO_GAME},
            (_GAME,),
            operationId="graphicsXml",
        )
    },
    "/overlay": {
        "get": _get(
            "graphics",
            "A page that draws the graphics, for a browser source",
            {"200": _answer("The page.", STRING, "text/html")},
            ({"name": "game", "in": "query", "required": True, "schema": STRING},),
            operationId="overlay",
        )
    },
    "/": {
        "get": _get(
            "pages",
            "The second screen",
            {
                "200": _answer("The page.", STRING, "text/html", ETag="Of the page."),
                "304": _answer("It has not changed.", ETag="The same."),
            },
            ({"name": "game", "in": "query", "description": "The game to open.", "schema": STRING},),
            operationId="secondScreen",
        )
    },
    "/healthz": {
        "get": _get(
            "operations",
            "Whether the process is alive",
            {"200": _answer("It is.", ref("Alive"))},
            operationId="healthz",
        )
    },
    "/readyz": {
        "get": _get(
            "operations",
            "Whether viewers may be sent here",
            {
                "200": _answer("They may.", ref("Ready")),
                "503": _answer("They may not; the reasons are told.", ref("Ready")),
            },
            operationId="readyz",
        )
    },
    "/metrics": {
        "get": _get(
            "operations",
            "What Prometheus reads; the metrics are listed in docs/operations.md",
            {"200": _answer("The exposition, format 0.0.4.", STRING, "text/plain")},
            operationId="metrics",
        )
    },
    "/openapi.json": {
        "get": _get(
            "operations",
            "This file",
            {"200": _answer("OpenAPI 3.1.", {"type": "object"})},
            operationId="openapi",
        )
    },
}
