"""What an import did: how many games and plays it wrote, and what it repaired, kept or dropped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

REPAIRS: Final = {
    "no_play_id": "rows without an id",
    "no_such_side": "rows of a team that does not play in the game",
    "duplicate_row": "rows that repeat an earlier one under another id",
    "repeated_id": "rows under an id that an earlier row has; the later one stands",
    "phantom_drive": "rows of a drive that repeats an earlier drive",
    "misplaced_row": "rows that stand at another place than where they belong",
    "score_missing": "rows without a readable score",
    "score_reverted": "rows whose score falls back and recovers",
    "score_early": "rows that show points before the play that scored them",
    "score_above_final": "rows with more points than the final score",
    "score_late": "last rows that lack points of the final score",
    "clock_stuck": "rows that repeat the clock of the play before",
    "clock_rose": "rows whose clock runs backwards",
    "clock_garbage": "rows whose clock is no reading of a quarter",
    "period_garbage": "rows whose period is none",
    "period_stale": "rows whose period falls back",
    "number_out_of_range": "rows with a down, spot, distance or gain that no play can have",
    "next_from_row_after": "plays whose outcome is told by where the next row starts",
    "type_missing": "rows without a type",
    "type_contradicted": "rows whose text tells of another play than their type",
    "timeout_side": "timeouts whose text names no side, or both",
    "stamp_moved": "stamps a whole number of days off",
    "stamp_doubted": "stamps missing, at midnight, or earlier than one before",
    "stamp_estimated": "rows of games without any stamp: timed by the game clock",
    "text_cut": "texts longer than is kept",
    "line_absurd": "lines of a book beyond 70 points",
    "home_side_inferred": "games whose home side follows from who scored",
    "result_from_last_row": "games whose result is the last row's score",
}
"""Every repair by name, with what it counts."""


@dataclass(slots=True)
class Count:
    """How many rows a repair mended, left as they were, or left out."""

    repaired: int = 0
    kept: int = 0
    dropped: int = 0


class Tally:
    """Counts repairs while an import runs."""

    def __init__(self) -> None:
        self._counts: dict[str, Count] = {}

    def __getitem__(self, name: str) -> Count:
        if name not in REPAIRS:
            raise KeyError(name)
        return self._counts.setdefault(name, Count())

    def counts(self) -> dict[str, Count]:
        """Return the counts that are not zero, in the order of `REPAIRS`."""
        return {name: self._counts[name] for name in REPAIRS if self._counts.get(name, Count()) != Count()}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    dialect: str
    games: int
    """Games written, those without plays among them."""
    games_without_plays: int
    games_without_result: int
    plays: int
    seconds: float
    repairs: dict[str, Count] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "dialect": self.dialect,
            "games": self.games,
            "games_without_plays": self.games_without_plays,
            "games_without_result": self.games_without_result,
            "plays": self.plays,
            "seconds": round(self.seconds, 3),
            "repairs": {
                name: {"repaired": count.repaired, "kept": count.kept, "dropped": count.dropped}
                for name, count in self.repairs.items()
            },
        }

    def rows(self) -> Iterator[tuple[str, str, int, int, int]]:
        """Yield one row a repair for a printed table: name, meaning, repaired, kept, dropped."""
        for name, count in self.repairs.items():
            yield name, REPAIRS[name], count.repaired, count.kept, count.dropped
