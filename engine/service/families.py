"""From a room's plain counters to Prometheus families, by a table: a row says what a field is called outside.

The counters are read when they are asked for; whoever counts pays nothing. A field that an object does not
have is passed over, so that a room may count more or less than the table knows. Labels are bounded: of a
field that counts by name at most `MOST_LABELS` names are told, and the rest together as `other`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

MOST_LABELS: Final = 64
MOST_GAMES_TOLD: Final = 512
MOST_LABEL_CHARACTERS: Final = 64
OTHER: Final = "other"
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e]")


class Kind(StrEnum):
    """How a field becomes a number."""

    COUNTER = "counter"
    GAUGE = "gauge"
    """A number, or a truth as 1 or 0, that goes up and down."""
    STAMP_NS = "stamp_ns"
    """A moment, nanoseconds since 1970; told in seconds, and not told before there is one."""
    STATE = "state"
    """One of an enumeration: a sample a member, 1 for the one that holds."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one field is called outside."""

    field: str
    name: str
    """Without `_total`, which Prometheus wants behind a counter and the client adds."""
    help: str
    kind: Kind = Kind.COUNTER
    label: str | tuple[str, ...] = ()
    """Of a field that counts by name: what the name is called; of an enumeration likewise."""
    known: tuple[str, ...] = ()
    """Names that are told from the start, as 0: a rate sees the first of them."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the row's own labels."""
        return (self.label,) if isinstance(self.label, str) else self.label

    @property
    def exported(self) -> str:
        """The name as it stands in the exposition."""
        return f"{self.name}_total" if self.kind is Kind.COUNTER else self.name


Holders = Iterable[tuple[tuple[str, ...], object]]
"""Objects with counters, each with the values of the labels that tell it from the others."""


def families(rows: Sequence[Row], holders: Holders, labels: Sequence[str] = ()) -> Iterator[Metric]:
    """Yield a family a row, with the samples of every object.

    Args:
        rows: the table.
        holders: the objects, each with a value for each of `labels`.
        labels: what tells the objects apart, for example ("feed",).
    """
    held = list(holders)
    for row in rows:
        family = _family(row, (*labels, *row.labels))
        for values, holder in held:
            for inner, number in _samples(row, getattr(holder, row.field, None)):
                family.add_metric([*(label_value(value) for value in values), *inner], number)
        if family.samples:
            yield family


def label_value(text: object) -> str:
    """Return a text as the value of a label: printable, and not too long."""
    return _UNPRINTABLE.sub("?", str(text))[:MOST_LABEL_CHARACTERS]


def _family(row: Row, labels: Sequence[str]) -> CounterMetricFamily | GaugeMetricFamily:
    made = CounterMetricFamily if row.kind is Kind.COUNTER else GaugeMetricFamily
    return made(row.name, row.help, labels=list(labels))


def _samples(row: Row, value: Any) -> Iterator[tuple[list[str], float]]:
    if row.kind is Kind.STATE:
        if value is not None:
            for member in type(value):
                yield [label_value(member)], float(member is value)
    elif row.kind is Kind.STAMP_NS:
        if value:
            yield [], value / 1e9
    elif isinstance(value, Mapping):
        yield from _by_name(row, value)
    elif isinstance(value, bool | int | float):
        yield [], float(value)


def _by_name(row: Row, counts: Mapping[Any, float]) -> Iterator[tuple[list[str], float]]:
    told: dict[tuple[str, ...], float] = {(name,): 0.0 for name in row.known}
    most = MOST_GAMES_TOLD if "game_id" in row.labels else MOST_LABELS
    for name, number in list(counts.items()):
        parts = name if isinstance(name, tuple) else (name,)
        key = tuple(label_value(part) for part in parts)
        if key not in told and len(told) >= most:
            key = (OTHER,) * len(key)
        told[key] = told.get(key, 0.0) + number
    for key, number in told.items():
        yield list(key), number
