"""The static fallback: the last state of every game as files, for renderers that can read a file.

`ID.json` and `ID.xml` are replaced as a whole, so that a reader sees the old file or the new one and never
half of one. They are written at most four times a second a game, by a thread, so a slow disk delays nobody.
"""

import asyncio
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from engine.outputs.keyvalue import panel_json, panel_xml
from engine.outputs.panel import Panel

LONGEST_STEM: Final = 200
REST_S: Final = 0.25
"""After writing what has changed, the writer rests so long."""


@dataclass(slots=True)
class FallbackCounts:
    """What the fallback has lived through; only its writer writes it."""

    written: int = 0
    """Files."""
    failed: dict[str, int] = field(default_factory=dict)
    """By the name of the error."""
    healthy: bool = True


class Fallback:
    """Writes the newest panel of each game into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self.counts: Final = FallbackCounts()
        # Panels that are not written yet: the newest of each game.
        self._waiting: dict[str, Panel] = {}
        self._news: Final = asyncio.Event()

    def put(self, panel: Panel) -> None:
        """Take a panel; never waits."""
        self._waiting[panel.game_id] = panel
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled. What a full or vanished disk does is counted and tried again."""
        while True:
            await self._news.wait()
            self._news.clear()
            panels, self._waiting = self._waiting, {}
            try:
                await asyncio.to_thread(write_panels, self.folder, panels)
            except OSError as error:
                kind = type(error).__name__
                self.counts.failed[kind] = self.counts.failed.get(kind, 0) + 1
                self.counts.healthy = False
                self._waiting = {**panels, **self._waiting}
                self._news.set()
                await asyncio.sleep(REST_S * 4)
            else:
                self.counts.written += 2 * len(panels)
                self.counts.healthy = True
                await asyncio.sleep(REST_S)


def file_stem(game_id: str) -> str:
    """Return a game's name as a file's: what is not a letter, a digit or one of `_-~` is percent-encoded.

    A name too long for a file is cut, and told apart by its hash.
    """
    stem = quote(game_id, safe="", errors="replace").replace(".", "%2E")
    if len(stem) <= LONGEST_STEM:
        return stem
    return (
        f"{stem[: LONGEST_STEM - 17]}-{hashlib.sha256(game_id.encode('utf-8', 'replace')).hexdigest()[:16]}"
    )


def write_panels(folder: Path, panels: Mapping[str, Panel]) -> None:
    """Replace the files of these games.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for game_id, panel in panels.items():
        stem = file_stem(game_id)
        _replace(folder / f"{stem}.json", panel_json(panel))
        _replace(folder / f"{stem}.xml", panel_xml(panel))


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
