"""Tells what a file holds by its columns or its content, whatever it is called."""

from pathlib import Path
from typing import Any, Final

from engine.feeds.espn import is_summary
from simulator.importers.payloads import read_json
from simulator.importers.tables import column_names
from simulator.season.errors import InputError

# Tried in this order; all columns of a line must be there (of a pair, one).
_LAYOUTS: Final[tuple[tuple[str, tuple[frozenset[str], ...]], ...]] = (
    ("season", tuple(map(frozenset, (["event"], ["game_id"], ["play_id"], ["order"])))),
    ("espn", tuple(map(frozenset, (["game_id"], ["play_id"], ["type_text"], ["start_team_id"], ["clock"])))),
    ("cfbfastr", tuple(map(frozenset, (["game_id"], ["id_play"], ["pos_team"], ["play_type"])))),
    (
        "cfbd",
        tuple(
            map(
                frozenset,
                (["game_id", "gameId"], ["id", "play_id"], ["offense"], ["play_type"], ["yards_to_goal"]),
            )
        ),
    ),
)
_ADVICE: Final = "season files, ESPN, CFBD and cfbfastR plays are known; name the format with `wpsim import`"
_PARQUET: Final = b"PAR1"


def is_parquet(path: Path) -> bool:
    """Whether a file begins as parquet does, or is called so.

    Raises:
        InputError: the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return file.read(4) == _PARQUET or path.suffix == ".parquet"
    except FileNotFoundError:
        raise InputError(path, "", "there is no such file", "check the path") from None
    except IsADirectoryError:
        raise InputError(path, "", "it is a folder", "name a file in it") from None
    except PermissionError:
        raise InputError(path, "", "reading it is not permitted", "give yourself read permission") from None
    except OSError as error:
        raise InputError(path, "", f"it cannot be read ({error.strerror})", "check the file") from None


def detect(path: Path) -> str:
    """Return what a file holds: season, espn, cfbfastr or cfbd.

    Raises:
        InputError: it is none of them, or cannot be read.
    """
    if is_parquet(path):
        names = column_names(path)
        for layout, columns in _LAYOUTS:
            if all(alternatives & names for alternatives in columns):
                return layout
        shown = ", ".join(sorted(names)[:8])
        raise InputError(path, "", f"its columns ({shown}, ...) are of no known layout", _ADVICE)
    found = layout_of_json(read_json(path))
    if found is None:
        raise InputError(path, "", "it is JSON, but neither an ESPN summary nor CFBD plays", _ADVICE)
    return found


def layout_of_json(value: Any) -> str | None:
    """Return whether a JSON value is an ESPN summary or a list of CFBD plays; None where it is neither."""
    if is_summary(value):
        return "espn"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        first = value[0]
        if "offense" in first and ("playType" in first or "play_type" in first):
            return "cfbd"
    return None
