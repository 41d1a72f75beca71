"""The answers that are the service's own, as OpenAPI has them; the core's are made from its structs."""

from typing import Any, Final

from engine.core.doubts import DOUBTS, names
from engine.service.usage import MOST_SECONDS, SECTIONS

Json = dict[str, Any]


def ref(name: str) -> Json:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


STRING: Final[Json] = {"type": "string"}
_INTEGER: Final[Json] = {"type": "integer"}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_NUMBER: Final[Json] = {"type": "number"}
_BOOLEAN: Final[Json] = {"type": "boolean"}
_PROBABILITY: Final[Json] = {"type": "number", "minimum": 0, "maximum": 1}
_OFFSET: Final[Json] = {
    "type": "integer",
    "minimum": -1,
    "description": "Of the newest update; -1 before the first.",
}
_STAMP: Final[Json] = {"type": "integer", "minimum": 0, "description": "Nanoseconds since 1970."}
_DIGEST: Final[Json] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _object(description: str, optional: tuple[str, ...] = (), /, **properties: Json) -> Json:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


_CIRCUMSTANCES: Final[dict[str, Json]] = {
    "received_ns": {**_STAMP, "description": "When the causing statement was received from the feed."},
    "updated_ns": {**_STAMP, "description": "When the engine had returned the update."},
    "text": {
        "type": "string",
        "description": "The feed's words of the causing play; empty where none did.",
    },
}

SCHEMAS: Final[dict[str, Json]] = {
    "Error": _object("Why a request was not answered, in words.", error=STRING),
    "Games": _object(
        "All games of the day in the order of their kick-off.",
        server_ns={**_STAMP, "description": "The server's clock when it answered."},
        games=_list(ref("GameSummary")),
    ),
    "GameSummary": _object(
        "Where one game stands.",
        game_id=STRING,
        epoch=STRING,
        offset=_OFFSET,
        season=_nullable(_INTEGER),
        week=_nullable(_INTEGER),
        scheduled_ns=_nullable(_INTEGER),
        home=ref("Team"),
        away=ref("Team"),
        neutral_site=_BOOLEAN,
        state=ref("State"),
        home_win_probability=_PROBABILITY,
        away_win_probability=_PROBABILITY,
        feed=ref("FeedHealth"),
        ended=_BOOLEAN,
        received_ns=_nullable(_CIRCUMSTANCES["received_ns"]),
        updated_ns=_nullable(_CIRCUMSTANCES["updated_ns"]),
    ),
    "SnapshotMessage": _object(
        "All that somebody who joins late needs; the WebSocket sends the same.",
        type={"const": "snapshot"},
        received_ns=_nullable(_CIRCUMSTANCES["received_ns"]),
        updated_ns=_nullable(_CIRCUMSTANCES["updated_ns"]),
        text=_CIRCUMSTANCES["text"],
        data=ref("Snapshot"),
        update={**_nullable(ref("Update")), "description": "The newest update; null before the first."},
    ),
    "Plays": _object(
        "All plays of a game that stand, oldest first.",
        game_id=STRING,
        epoch=STRING,
        offset=_OFFSET,
        opening_home_win_probability=_PROBABILITY,
        plays=_list(ref("PlayRow")),
    ),
    "PlayRow": _object(
        "One play: the situation before the snap, the score and clock after it, and what it did.",
        play_id=STRING,
        order=_INTEGER,
        status=ref("Status"),
        kind=ref("PlayKind"),
        play_class=ref("PlayClass"),
        text=STRING,
        scoring=_BOOLEAN,
        period=_INTEGER,
        clock_s=_INTEGER,
        home_score=_INTEGER,
        away_score=_INTEGER,
        possession=_nullable(ref("Side")),
        down=_nullable(_INTEGER),
        distance_yd=_nullable(_INTEGER),
        yards_to_goal=_nullable(_INTEGER),
        home_win_probability=_PROBABILITY,
        home_win_probability_low=_nullable(_PROBABILITY),
        home_win_probability_high=_nullable(_PROBABILITY),
        win_probability_added={"type": "number", "description": "For the home side."},
        key_play={"type": "boolean", "description": "Whether it moved the probability by at least 0.10."},
        decision={**_nullable(ref("Decision")), "description": "What the fourth down offered to choose."},
        doubts=_list({"type": "string", "enum": [name for doubt in DOUBTS for name in names(doubt)]}),
        tracking=_nullable(ref("Tracking")),
    ),
    "Updates": _object("Updates of the history, oldest first.", updates=_list(ref("StoredUpdate"))),
    "StoredUpdate": _object("One update and its circumstances.", **_CIRCUMSTANCES, data=ref("Update")),
    "Events": _object("Statements of the history, oldest first.", events=_list(ref("StoredEvent"))),
    "StoredEvent": _object(
        "One statement as it was recorded.",
        sequence={**_COUNT, "description": "Its place in the day's log, over all games."},
        event=ref("Event"),
    ),
    "Digest": _object(
        "The one hash: a replay of this day's archive has the same.",
        digest={**_DIGEST, "description": "Of all games, in the order of their ids."},
        games={"type": "object", "additionalProperties": ref("GameDigest")},
    ),
    "GameDigest": _object(
        "The hash chain over one game's updates.",
        digest=_DIGEST,
        epoch=STRING,
        offset=_OFFSET,
        events=_COUNT,
    ),
    "UsageReport": _object(
        "For how long a section of the page was in view. Nobody is named.",
        section={"type": "string", "enum": sorted(SECTIONS)},
        seconds={"type": "number", "minimum": 0, "maximum": MOST_SECONDS},
    ),
    "Pushed": _object(
        "What became of a pushed batch; the accepted statements stand in the log.",
        accepted={**_COUNT, "description": "Statements that are news."},
        refused={**_COUNT, "description": "Statements that said nothing new, or poisoned the engine."},
    ),
    "KeyValues": {
        "description": "What stands on the air, flat, every value as a string.",
        "type": "object",
        "additionalProperties": STRING,
    },
    "Alive": _object(
        "The process answers.",
        status={"const": "ok"},
        uptime_s=_NUMBER,
        pid={**_COUNT, "description": "Of the engine's process."},
        gateways={**_list(ref("GatewayProcess")), "description": "Processes that let viewers in, if any."},
    ),
    "GatewayProcess": _object("A process that lets viewers in.", number=_COUNT, pid=_COUNT),
    "Ready": _object(
        "Whether viewers may be sent here, and why not.",
        status={"type": "string", "enum": ["ready", "not ready"]},
        reasons=_list(STRING),
        feeds={"type": "object", "additionalProperties": ref("FeedHealth"), "description": "By feed."},
        games={**_COUNT, "description": "Games of the day."},
        waiting={**_COUNT, "description": "Statements that wait for the engine."},
    ),
}
