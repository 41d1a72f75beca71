"""Does the service leak? `python -m benchmarks.live_leak SOURCE [--seconds 900] [--speed 120]`.

Memory by the clock while a day is told and viewers come and go, and its slope once the day is over: by the
minute, and by the visit. What a visitor leaves to Python's collector waits for it, so memory first rises to a
plateau; only what still grows after that is a leak. Writes a plot beside the stored figures' run.
"""

import argparse
import shutil
from pathlib import Path
from typing import Final

import matplotlib as mpl
import matplotlib.pyplot as plt

from benchmarks.measurement import store
from loadtests.soak import SAMPLE_EVERY_S, Soak, SoakReport, soak

ROOT: Final = Path(__file__).resolve().parents[1]
A_MINUTE: Final = round(60 / SAMPLE_EVERY_S)
SETTLED_S: Final = 60.0
"""After the last update the allocator is given so long before the slope is taken."""
SETTLED_VISITS: Final = 20_000
"""After so many visits since the last update the collector has looked at everything twice (it does so about
every 7,000 where all that a visit leaves waits for it), and the plateau is reached."""


def plot(report: SoakReport, path: Path) -> None:
    """Draw memory and updates by the clock."""
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    minutes = [at / 60 for at, _, _ in report.samples]
    axes.plot(minutes, [kib / 1024 for _, kib, _ in report.samples], label="resident memory, MiB")
    axes.axvline(report.told_for_s / 60, linestyle=":", color="grey", label="the last update was told")
    axes.set(
        xlabel="minutes",
        ylabel="MiB",
        ylim=(0, None),
        title="Memory of wpsim serve, viewers coming and going",
    )
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    """Soak, print, plot and store."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_leak", description=__doc__)
    parser.add_argument("source", type=Path, help="a season file, or a folder of raw summaries")
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--speed", type=float, default=120.0)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "leak")
    chosen = parser.parse_args()
    shutil.rmtree(chosen.folder, ignore_errors=True)
    chosen.folder.mkdir(parents=True)
    plan = Soak(chosen.source, chosen.folder / "day", chosen.seconds, chosen.speed)
    report = soak(plan)
    plot(report, chosen.folder / "memory.png")
    slope = report.slope_kib_a_minute(report.told_for_s + SETTLED_S)
    last = report.slope_kib_a_minute(chosen.seconds - 300.0)
    cost = report.kib_an_update()
    plateau_from = report.visits_until(report.told_for_s) + SETTLED_VISITS
    on_plateau = report.bytes_a_visit(plateau_from)
    figures = {
        "visits": report.visits,
        "deliveries": report.deliveries,
        "errors": report.errors,
        "updates": report.plays,
        "told_for_s": round(report.told_for_s, 1),
        "first_mib": round(report.samples[0][1] / 1024, 1),
        "last_mib": round(report.samples[-1][1] / 1024, 1),
        "slope_kib_a_minute_after_the_day": None if slope is None else round(slope, 1),
        "slope_kib_a_minute_last_five_minutes": None if last is None else round(last, 1),
        "plateau_from_visit": plateau_from,
        "bytes_a_visit_on_the_plateau": None if on_plateau is None else round(on_plateau, 1),
        "mib_every_minute": [round(kib / 1024, 1) for _, kib, _ in report.samples[::A_MINUTE]],
        "kib_an_update": None if cost is None else round(cost, 2),
    }
    for name, value in figures.items():
        print(f"{name:34} {value}")
    command = f"python -m benchmarks.live_leak SOURCE --seconds {chosen.seconds:g} --speed {chosen.speed:g}"
    inputs = {"source": chosen.source.name, "speed": chosen.speed, "viewers": plan.viewers}
    stored = store("live_leak", command, inputs, figures)
    print(f"stored in {stored}; the plot is {chosen.folder / 'memory.png'}")


if __name__ == "__main__":
    main()
