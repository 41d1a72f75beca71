"""`wpsim fit`: season files in, one artefact out."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from calibration.fit.artefact import Settings, make, write
from calibration.fit.older import none, read_older
from calibration.fit.plays import digest_of, read_plays
from engine.core.models.fitted.artefact import Artefact
from simulator.season.errors import InputError
from simulator.season.reader import open_season

LEAST_GAMES: Final = 20
"""With fewer games a fit says nothing."""


@dataclass(frozen=True, slots=True)
class Older:
    """Where fourth downs of older seasons are, and their lines."""

    fourth_downs: Path
    lines: Path


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a fit came to."""

    artefact: Artefact
    bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        made, told = self.artefact, self.artefact.provenance
        return {
            "name": made.name,
            "version": made.version,
            "seasons": list(told.seasons),
            "games": told.games,
            "plays": told.plays,
            "seed": told.seed,
            "members": len(made.regulation.line.members),
            "bytes": self.bytes,
            "data_sha256": told.data_sha256,
            "code_sha256": told.code,
            **told.scores,
        }


def fit_seasons(
    seasons: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    older: Older | None = None,
    progress: Callable[[int], None] | None = None,
) -> FitReport:
    """Fit the model on season files and write its artefact.

    Args:
        seasons: the files, at least one; their order is part of the fit.
        out: the artefact to write.
        settings: what is not data.
        older: fourth downs of seasons that the files do not hold.
        progress: told how many more events were replayed.

    Raises:
        InputError: a file cannot be used, or there is nothing to fit on.
    """
    opened = [open_season(path) for path in seasons]
    plays = read_plays(opened, progress)
    if len(set(plays.game.tolist())) < LEAST_GAMES:
        raise InputError(
            seasons[0],
            "",
            f"there are fewer than {LEAST_GAMES} games that somebody won",
            "name more season files",
        )
    held = {int(season) for season in plays.season}
    early = none() if older is None else read_older(older.fourth_downs, older.lines, held)
    sources = [*seasons, *((older.fourth_downs, older.lines) if older is not None else ())]
    made = make(
        plays,
        early,
        settings,
        command=command_of(seasons, out, settings, older),
        data_sha256=digest_of(sources),
    )
    write(made, out)
    return FitReport(made, out.stat().st_size)


def command_of(seasons: Sequence[Path], out: Path, settings: Settings, older: Older | None) -> str:
    """Return the command line of a fit, by the names of the files alone."""
    words = ["wpsim fit", *(path.name for path in seasons)]
    if older is not None:
        words += ["--older", older.fourth_downs.name, "--lines", older.lines.name]
    defaults = asdict(Settings())
    for name, value in asdict(settings).items():
        if name != "name" and value != defaults[name]:  # the name is that of the file
            words += ["--" + name.replace("_", "-"), str(value)]
    return " ".join([*words, "-o", out.name])
