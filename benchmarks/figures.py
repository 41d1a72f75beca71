"""Writes figures into the docs, so that no number there is typed by hand.

    <!--=core_cost.ratio-->1.5<!--/-->        a figure of a stored measurement
    <!--=season_columns-->...<!--/-->         the table of the season file's columns
    <!--=play_class_confusion-->...<!--/-->   the table of play classes by ESPN's types
    <!--=cost_model-->...<!--/-->             what crowds need, by the stored costs

`python -m benchmarks.figures` rewrites what stands between the markers; with `--check` it only compares and
exits with 1 where a figure differs, as a test does.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks import cost_model
from benchmarks.measurement import RESULTS
from engine.core.play_class import PlayClass
from simulator.season.columns import COLUMNS

ROOT: Final = Path(__file__).parent.parent
_MARKED: Final = re.compile(r"(<!--=([a-z0-9_.]+)-->)(.*?)(<!--/-->)", re.DOTALL)


def documents() -> list[Path]:
    """Return the documents that may hold figures."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "data" / "README.md"]


def rewritten(text: str) -> str:
    """Return a document with every marked figure as it is now.

    Raises:
        KeyError: a marker names a figure that no measurement holds.
    """
    return _MARKED.sub(lambda found: found[1] + figure(found[2]) + found[4], text)


def figure(name: str) -> str:
    """Return a figure by its dotted name, as it is to stand in the text."""
    if name == "season_columns":
        return _season_columns()
    if name == "play_class_confusion":
        return _play_class_confusion()
    if name == "cost_model":
        return cost_model.stored_table()
    measurement, _, key = name.partition(".")
    value = _stored(measurement)
    for part in key.split("."):
        value = value.get(part, value.get("figures", {}).get(part)) if isinstance(value, dict) else None
        if value is None:
            raise KeyError(f"the measurement {measurement} holds no {key}")
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _stored(measurement: str) -> Any:
    path = RESULTS / f"{measurement}.json"
    if not path.exists():
        raise KeyError(f"no measurement {measurement}: run `make bench`")
    return json.loads(path.read_text())


def _play_class_confusion() -> str:
    """Return the confusion table of the newest season: a row for what types say, a column for a class."""
    seasons = _stored("play_classes")["figures"]
    confusion = seasons[max(seasons)]["confusion"]
    told = {name for row in confusion.values() for name in row}
    classes = [name for name in PlayClass if name in told]
    lines = ["", f"| typed | {' | '.join(classes)} |", f"|---{'|---:' * len(classes)}|"]
    for typed, row in confusion.items():
        lines.append(
            f"| {typed} | {' | '.join(f'{row[name]:,}' if name in row else '' for name in classes)} |"
        )
    return "\n".join([*lines, ""])


def _season_columns() -> str:
    lines = ["", "| column | type | events | meaning |", "|---|---|---|---|"]
    for column in COLUMNS:
        needed = " **(required)**" if column.required else ""
        lines.append(f"| `{column.name}` | {column.type} | {column.events} | {column.meaning}{needed} |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Rewrite the documents, or with `--check` tell which of them are out of date."""
    check = "--check" in sys.argv[1:]
    stale = []
    for path in documents():
        if not path.exists():
            continue
        text = path.read_text()
        new = rewritten(text)
        if new != text:
            stale.append(path)
            if not check:
                path.write_text(new)
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'is out of date' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
