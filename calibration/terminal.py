"""How commands speak: answers on stdout, progress and notes on stderr; no bar and no colour in a pipe."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

PIPE_COLUMNS: Final = 100
"""Width of tables where nobody says how wide the screen is."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A progress bar, or nothing where stderr is no terminal."""

    _progress: Progress | None = None
    _task: TaskID | None = None

    def add(self, done: int) -> None:
        """Move on by so many."""
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, done)

    def reach(self, done: int, total: int) -> None:
        """Stand at so many of so many."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=total)


@contextmanager
def progress_bar(unit: str, total: int | None = None) -> Iterator[Bar]:
    """Show a progress bar on stderr while the block runs, if it is a terminal."""
    if not sys.stderr.isatty():
        yield Bar()
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bar(progress, progress.add_task("", total=total))


def print_tables(renderables: Iterable[RenderableType]) -> None:
    """Print tables on stdout."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)
    for renderable in renderables:
        console.print(renderable)


def print_json(answer: dict[str, Any]) -> None:
    """Print one JSON object on stdout; NaN, which JSON does not know, is an error here."""
    print(json.dumps(answer, allow_nan=False))


def note(line: str) -> None:
    """Say something on stderr."""
    print(f"wpsim: {line}", file=sys.stderr)
