"""Holds generated football against real: `python -m calibration.synth_compare` prints the table.

`--write data/README.md` puts it between the markers there.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from simulator.synth.figures import figures
from simulator.synth.tables import read_table

GAMES: Final = 1_500
SEED: Final = 1
BEGIN: Final = "<!-- synth_compare: begin -->"
END: Final = "<!-- synth_compare: end -->"


def rows(
    real: dict[str, Any], generated: dict[str, Any], prefix: str = ""
) -> Iterator[tuple[str, float, float]]:
    """Yield (name, real, generated) of every figure, nested ones by their path."""
    for name, value in real.items():
        if isinstance(value, dict):
            yield from rows(value, generated[name], f"{name}.")
        else:
            yield prefix + name, value, generated.get(name, 0.0)


def table(generated: dict[str, Any]) -> str:
    """Return the comparison as a Markdown table."""
    lines = ["| figure | real | generated |", "|---|---:|---:|"]
    compared = rows(read_table("frequencies")["real"], generated)
    lines += [f"| `{name}` | {real:g} | {made:g} |" for name, real, made in compared]
    return "\n".join(lines) + "\n"


def between_markers(text: str) -> str:
    """Return what stands between the markers of a text.

    Raises:
        ValueError: a marker is missing.
    """
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m calibration.synth_compare", description=__doc__)
    parser.add_argument("--games", type=int, default=GAMES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", type=Path, help="a file with the markers, to be brought up to date")
    given = parser.parse_args(arguments)
    made = table(figures(given.seed, given.games))
    if given.write is None:
        sys.stdout.write(made)
    else:
        text = given.write.read_text(encoding="utf-8")
        before, after = text[: text.index(BEGIN)], text[text.index(END) :]
        given.write.write_text(f"{before}{BEGIN}\n{made}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
