"""How often a play's text alone tells its class: measured against the types of the vendor's own rows.

    python -m calibration.play_classes PLAYS.parquet... [--json]

reads ESPN's play tables (columns `type_text` and `text`). The types are the truth, also where they are wrong
themselves: a sack typed as a rush counts against the text that says so.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from engine.core.play_class import PlayClass, classify

SHOWN: Final = 12
"""Kinds of mistake that are printed."""

KEPT_FUMBLE: Final = "fumble_kept"
SAFETY: Final = "safety"

_C = PlayClass
_PLAYED: Final = frozenset((_C.RUN, _C.PASS, _C.SACK, _C.SCRAMBLE))
RIGHT: Final[Mapping[str, frozenset[PlayClass]]] = {
    "run": frozenset((_C.RUN, _C.SCRAMBLE)),
    **{
        told.value: frozenset((told,))
        for told in _C
        if told not in (_C.RUN, _C.SCRAMBLE, _C.SAFETY, _C.UNKNOWN)
    },
    KEPT_FUMBLE: _PLAYED,
    SAFETY: _PLAYED | {_C.SAFETY, _C.PUNT, _C.PENALTY, _C.FUMBLE_LOST},
}
"""The classes that are right for a row, by what its type says.

ESPN has no type for scrambles: they are its rushes. Two of its types say what became of the ball and not what
was played: a fumble that the offence recovered is right as any play from scrimmage that lost no ball,
a safety as any play that can end in one.
"""

LENIENT: Final = (KEPT_FUMBLE, SAFETY)
"""What types say that allow more than one play."""

TYPES: Final[Mapping[str, str]] = {
    "Rush": "run",
    "Rushing Touchdown": "run",
    "Pass": "pass",
    "Pass Reception": "pass",
    "Pass Incompletion": "pass",
    "Passing Touchdown": "pass",
    "Sack": "sack",
    "Interception": "interception",
    "Pass Interception": "interception",
    "Pass Interception Return": "interception",
    "Interception Return Touchdown": "interception",
    "Fumble Recovery (Opponent)": "fumble_lost",
    "Fumble Return Touchdown": "fumble_lost",
    "Fumble Recovery (Own)": KEPT_FUMBLE,
    "Punt": "punt",
    "Punt Return Touchdown": "punt",
    "Blocked Punt": "punt",
    "Blocked Punt Touchdown": "punt",
    "Kickoff": "kickoff",
    "Kickoff Return (Offense)": "kickoff",
    "Kickoff Return Touchdown": "kickoff",
    "Field Goal Good": "field_goal",
    "Field Goal Missed": "field_goal",
    "Blocked Field Goal": "field_goal",
    "Blocked Field Goal Touchdown": "field_goal",
    "Missed Field Goal Return": "field_goal",
    "Missed Field Goal Return Touchdown": "field_goal",
    "Two Point Pass": "try",
    "Two Point Rush": "try",
    "Defensive 2pt Conversion": "try",
    "Safety": SAFETY,
    "Penalty": "penalty",
    "Timeout": "timeout",
    "End Period": "administrative",
    "End of Half": "administrative",
    "End of Game": "administrative",
    "End of Regulation": "administrative",
    "Coin Toss": "administrative",
}
"""What ESPN's types say, all that occur in 2018-2022. A row of another type is no witness, and counted so."""


@dataclass(slots=True)
class Tally:
    """The rows of one season, counted by what their type says and what their text tells."""

    season: str
    rows: int = 0
    without_text: int = 0
    without_truth: int = 0
    """Rows with a text and without a type, or of a type that is not in `TYPES`."""
    told: Counter[tuple[str, PlayClass]] = field(default_factory=Counter)
    """Rows by what their type says (a key of `RIGHT`) and the class that their text tells."""
    mistakes: Counter[tuple[str, PlayClass]] = field(default_factory=Counter)
    """Wrong rows by the type itself and the class."""
    examples: dict[tuple[str, PlayClass], str] = field(default_factory=dict)
    """The first text of each kind of mistake."""

    @property
    def judged(self) -> int:
        """Rows that have both a text and a type that says something."""
        return self.told.total()

    @property
    def right(self) -> int:
        """Judged rows whose class is one that their type allows."""
        return sum(count for (typed, told), count in self.told.items() if told in RIGHT[typed])

    @property
    def accuracy(self) -> float:
        """Share of the judged rows that are right."""
        return self.right / self.judged if self.judged else 0.0

    @property
    def accuracy_at_worst(self) -> float:
        """The same, with every row wrong whose type allows more than one play."""
        lenient = sum(count for (typed, told), count in self.told.items()
                      if typed in LENIENT and told in RIGHT[typed])  # fmt: skip
        return (self.right - lenient) / self.judged if self.judged else 0.0

    def add(self, type_text: str | None, text: str | None) -> None:
        """Count one row."""
        self.rows += 1
        text = (text or "").strip()
        if not text:
            self.without_text += 1
            return
        typed = TYPES.get(type_text or "")
        if type_text is None or typed is None:
            self.without_truth += 1
            return
        told = classify(text)
        self.told[typed, told] += 1
        if told not in RIGHT[typed]:
            self.mistakes[type_text, told] += 1
            self.examples.setdefault((type_text, told), text)

    def to_dict(self) -> dict[str, Any]:
        """Return the tally as JSON values; the accuracy is in per cent."""
        return {
            "season": self.season,
            "rows": self.rows,
            "judged": self.judged,
            "right": self.right,
            "accuracy_percent": round(100 * self.accuracy, 2),
            "accuracy_percent_at_worst": round(100 * self.accuracy_at_worst, 2),
            "without_text": self.without_text,
            "without_truth": self.without_truth,
            "confusion": {
                typed: {told.value: self.told[typed, told] for told in PlayClass if self.told[typed, told]}
                for typed in RIGHT
                if any(self.told[typed, told] for told in PlayClass)
            },
            "mistakes": [
                {"type": type_text, "class": told.value, "rows": count}
                for (type_text, told), count in _commonest(self.mistakes)
            ],
        }


def tally(rows: Iterable[tuple[str | None, str | None]], season: str = "") -> Tally:
    """Return the count of rows given as type and text."""
    counted = Tally(season)
    for type_text, text in rows:
        counted.add(type_text, text)
    return counted


def rows_of(path: Path) -> Iterator[tuple[str | None, str | None]]:
    """Yield type and text of every row of a play table.

    Raises:
        ValueError: the file is no parquet table, or has no such columns.
    """
    table = pq.read_table(path, columns=["type_text", "text"])
    if table.num_columns != 2:
        raise ValueError("expected the columns type_text and text")
    yield from zip(table["type_text"].to_pylist(), table["text"].to_pylist(), strict=True)


def season_of(path: Path) -> str:
    """Return the season that a file's name ends with, or the name where it does not."""
    return path.stem.rpartition("_")[2]


def _commonest(counts: Counter[tuple[str, PlayClass]]) -> list[tuple[tuple[str, PlayClass], int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _print(counted: Tally) -> None:
    print(
        f"{counted.season}: {100 * counted.accuracy:.2f} % of {counted.judged:,} rows right"
        f" ({counted.without_text:,} without text, {counted.without_truth:,} without a type that tells)"
    )
    classes = [told for told in PlayClass if any(counted.told[typed, told] for typed in RIGHT)]
    print("  by type, what the text tells:")
    for typed in RIGHT:
        row = {told: counted.told[typed, told] for told in classes if counted.told[typed, told]}
        if row:
            cells = (f"{told} {count:,}{'' if told in RIGHT[typed] else '!'}" for told, count in row.items())
            print(f"    {typed:15} {', '.join(cells)}")
    print("  the commonest mistakes:")
    for (type_text, told), count in _commonest(counted.mistakes)[:SHOWN]:
        print(f"    {count:5} {type_text} told as {told}: {counted.examples[type_text, told][:90]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the classes of each named play table."""
    parser = argparse.ArgumentParser(prog="python -m calibration.play_classes", description=main.__doc__)
    parser.add_argument("plays", nargs="+", type=Path, help="ESPN play tables, one a season")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(arguments)
    counted = []
    for path in asked.plays:
        try:
            counted.append(tally(rows_of(path), season_of(path)))
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            print(f"play_classes: {path.name}: {error}; name ESPN play tables", file=sys.stderr)
            return 2
    if asked.json:
        print(json.dumps([one.to_dict() for one in counted]))
    else:
        for one in counted:
            _print(one)
    return 0


if __name__ == "__main__":
    sys.exit(main())
