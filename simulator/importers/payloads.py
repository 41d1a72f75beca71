"""Reads JSON files, plain or gzipped, without being led to unpack more than is sane."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any, Final

import msgspec

from simulator.season.errors import InputError

MOST_JSON_BYTES: Final = 64 * 1024 * 1024
"""A file that unpacks to more is refused; the largest summary seen has 2 MB."""
_GZIP: Final = b"\x1f\x8b"


def read_json(path: Path) -> Any:
    """Return the value of a JSON file.

    Raises:
        InputError: it cannot be read, unpacks to too much, or is no JSON.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=file) as unpacking:
                    data = unpacking.read(MOST_JSON_BYTES + 1)
            else:
                data = file.read(MOST_JSON_BYTES + 1)
    except FileNotFoundError:
        raise InputError(path, "", "there is no such file", "check the path") from None
    except PermissionError:
        raise InputError(path, "", "reading it is not permitted", "give yourself read permission") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(path, "", f"it cannot be unpacked ({error})", "fetch the file again") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(path, "", f"it cannot be read ({reason})", "check the file") from None
    if len(data) > MOST_JSON_BYTES:
        raise InputError(
            path, "", f"it unpacks to more than {MOST_JSON_BYTES >> 20} MiB",
            "a summary or a week of plays is far smaller: split the file or fetch it again",
        )  # fmt: skip
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        pass  # Python and pandas write NaN, which is no JSON; the standard library takes it
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = str(error).rstrip(".")
        raise InputError(path, "", f"it is no JSON ({reason})", "fetch the file again") from None
