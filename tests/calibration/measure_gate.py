"""Measures the gate: how often the truth fails it, and each planted fault, by the number of games.

`python -m tests.calibration.measure_gate [SETS]` prints the share of sets that each criterion fails, on
games whose truth is known (`martingale.py`). The rival is the truth; where the truth itself is judged, one
that is a little blunter. It takes a few minutes with the usual 60 sets.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from calibration.gate import Rival, judge_gate
from simulator.replay.predictions import Predictions
from tests.calibration.martingale import saying, sharpened, sound, swapped

SIZES: Final = (60, 120, 250, 500, 900)
Spoil = Callable[[int, int], Predictions]
SPOILT: Final[dict[str, Spoil]] = {
    "truth": sound,
    "sharpened by 1.3": lambda games, seed: sharpened(sound(games, seed)),
    "blunted by 1.3": lambda games, seed: sharpened(sound(games, seed), 1 / 1.3),
    "2 % swapped": lambda games, seed: swapped(sound(games, seed), seed),
    "clock frozen in Q4": lambda games, seed: sound(games, seed, frozen_clock=True),
}


def measure(name: str, games: int, sets: int) -> Counter[str]:
    """Return how many sets failed each criterion, and under "any" how many failed at all."""
    failed: Counter[str] = Counter()
    for seed in range(sets):
        truth = sound(games, seed)
        rival = truth if name != "truth" else saying(truth, truth.home_win_probability * 0.98 + 0.01)
        criteria = judge_gate(
            SPOILT[name](games, seed), Rival("rival", rival.home_win_probability),
            fits=40, resamples=500, seed=seed,
        )  # fmt: skip
        names = [criterion.name for criterion in criteria if not criterion.passed]
        failed.update([*names, "any"] if names else [])
    return failed


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    sets = int(arguments[0]) if arguments else 60
    columns = ("calibration", "miscalibration", "paired", "tails", "any")
    print(f"{'':20}{'games':>6}", *(f"{column:>15}" for column in columns))
    for name in SPOILT:
        for games in SIZES:
            failed = measure(name, games, sets)
            shares = (f"{failed[column] / sets:>15.3f}" for column in columns)
            print(f"{name:20}{games:>6}", *shares, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
