"""A JSON body as Python values, or one kind of error."""

import json
from typing import Any

import msgspec


class BodyError(ValueError):
    """A body is no JSON."""


def read_json(body: bytes) -> Any:
    """Return the value of a JSON body.

    What strict JSON refuses and some vendors send (NaN, half a character, a byte order mark) is read too: it
    spoils its own field and not the whole payload.

    Raises:
        BodyError: it is no JSON, or deeper or longer in its numbers than any payload.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BodyError from None
