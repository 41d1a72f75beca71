"""The gate fails on planted faults, each for the right reason: `python -m benchmarks.planted_faults`.

A healthy run, then one with each fault, all as `wpsim load` runs and judges them: 2,000 clients of a server
that is started for the run. What was planted must be found, by name, and nothing else. A run whose generator
lagged says nothing, and is made once more, unless the lag is what was planted. Exit 1 where one was missed.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest import mock

from benchmarks.faulty_serve import Spoil, faulty_command
from benchmarks.measurement import store
from loadtests.load import LoadPlan, run_load
from loadtests.objectives import Objectives, read_objectives
from loadtests.verdict import Outcome, Verdict, judge_run

ROOT: Final = Path(__file__).resolve().parents[1]
SEASON: Final = ROOT / "data" / "sample_season.parquet"
OBJECTIVES: Final = ROOT / "data" / "objectives.toml"
_OUT_OF_PLACE: Final = re.compile(r"update \d+ came where (\d+) was due: (gap|duplicate or reordering)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is planted, and what the gate must say."""

    name: str
    expected: str
    outcome: Outcome
    words: str = ""
    """Stand in what was found; a regular expression."""
    spoil: Spoil | None = None
    engine_delay_ms: float = 0.0
    worker_lag_s: float = 0.0
    seconds: float = 45.0
    events_a_second: float = 80.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the runs are."""

    clients: int
    workers: int
    every: int
    """One delivery in so many is spoilt."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the gate said of one fault."""

    fault: Fault
    verdict: Verdict
    struck: int
    """Deliveries that were spoilt."""
    missed: str
    """Why this is not what was expected; empty where it is."""

    @property
    def reason(self) -> str:
        """The first thing found that says what was expected; without one, the first thing found."""
        said = [reason for reason in said_of(self.verdict) if re.search(self.fault.words, reason)]
        return next(iter(said or self.verdict.reasons), "")


HEALTHY: Final = Fault("nothing", "good", Outcome.GOOD)
FAULTS: Final = (
    Fault("update dropped", "short: a gap", Outcome.SHORT, r"viewer-\d+: .*gap", Spoil.DROP),
    Fault("updates swapped", "short: reordering", Outcome.SHORT, r"viewer-\d+: .*reordering", Spoil.SWAP),
    # As fast as an engine can still go that needs 150 ms a statement, with room to spare.
    Fault(
        "engine sleeps 150 ms", "short: wp_calculation", Outcome.SHORT, "^wp_calculation p99 is",
        engine_delay_ms=150.0, seconds=20.0, events_a_second=3.0,
    ),
    Fault(
        "worker lags 150 ms", "invalid: generator_lag", Outcome.INVALID, "^generator_lag p99",
        worker_lag_s=0.15, seconds=15.0,
    ),
)  # fmt: skip


def said_of(verdict: Verdict) -> list[str]:
    """Return the reasons of a verdict, and every fault of every broken viewer."""
    broken = [f"{viewer}: {word}" for viewer, words in verdict.run.broken_histories.items() for word in words]
    return [*verdict.reasons, *broken]


def missed_by(fault: Fault, verdict: Verdict, struck: Sequence[int]) -> str:
    """Return in what a verdict is not what the fault asks for; empty where it is.

    Args:
        fault: what was planted.
        verdict: what the gate said.
        struck: the offsets of the deliveries that were spoilt.
    """
    if verdict.outcome is not fault.outcome:
        return f"the verdict is {verdict.outcome}; expected {fault.outcome}"
    if fault.words and not any(re.search(fault.words, said) for said in said_of(verdict)):
        return f"nothing says {fault.words}"
    gaps, late = [], 0
    for words in verdict.run.broken_histories.values():
        for word in words:
            if (match := _OUT_OF_PLACE.search(word)) is None:
                return f"a viewer has another fault: {word}"
            if match[2] == "gap":
                gaps.append(int(match[1]))
            else:
                late += 1
    if fault.spoil is not None and not struck:
        return "nothing was planted: too few deliveries"
    if sorted(gaps) != sorted(struck):
        return f"gaps at offsets {sorted(gaps)}; spoilt were {sorted(struck)}"
    if late != (len(struck) if fault.spoil is Spoil.SWAP else 0):
        return f"{late} updates came late; {len(struck)} were spoilt"
    return ""


def run_fault(fault: Fault, scale: Scale, objectives: Objectives, folder: Path) -> Found:
    """Run a load with a fault planted, once more where the generator was late by itself, and judge it."""
    wanted = replace(objectives, minimum_clients=scale.clients)
    for _ in range(2):
        struck_file = folder / "struck.jsonl"
        struck_file.parent.mkdir(parents=True, exist_ok=True)
        struck_file.unlink(missing_ok=True)
        delay = ("--plant-engine-delay", str(fault.engine_delay_ms)) if fault.engine_delay_ms else ()
        plan = LoadPlan(
            clients=scale.clients, workers=scale.workers, gateways=0,
            folder=folder / "run", seconds=fault.seconds,
            events_a_second=fault.events_a_second, planted_lag_s=fault.worker_lag_s, serve_options=delay,
        )  # fmt: skip
        with _spoilt(fault.spoil, scale.every, struck_file):
            run_load(plan, SEASON)
        verdict = judge_run(plan.folder, wanted)
        if verdict.outcome is not Outcome.INVALID or fault.worker_lag_s:
            break
    lines = struck_file.read_text(encoding="utf-8").splitlines() if struck_file.exists() else []
    struck = [json.loads(line)["offset"] for line in lines]
    return Found(fault, verdict, len(struck), missed_by(fault, verdict, struck))


@contextmanager
def _spoilt(spoil: Spoil | None, every: int, struck: Path) -> Iterator[None]:
    """Have `run_load` start the faulty server where it would start `wpsim serve`."""
    if spoil is None:
        yield
        return
    with mock.patch("loadtests.served.wpsim_command", partial(faulty_command, spoil, every, struck)):
        yield


def table(found: Sequence[Found]) -> str:
    """Return fault, what was expected, verdict and reason, in columns."""
    rows = [("fault", "expected", "verdict", "reason")]
    for each in found:
        missed = f"MISSED: {each.missed}; " if each.missed else ""
        rows.append(
            (each.fault.name, each.fault.expected, str(each.verdict.outcome), missed + (each.reason or "-"))
        )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    )


def _figures(found: Found) -> dict[str, Any]:
    run = found.verdict.run
    lag = found.verdict.latency_ms["generator_lag"]
    return {
        "fault": found.fault.name,
        "expected": found.fault.expected,
        "verdict": str(found.verdict.outcome),
        "reason": found.reason,
        "missed": found.missed,
        "deliveries": run.deliveries,
        "struck": found.struck,
        "broken_histories": len(run.broken_histories),
        "generator_lag_p99_ms": lag["p99"],
    }


def main() -> None:
    """Run all, print the table, store it; fail where the gate let anything pass."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planted_faults", description=__doc__)
    parser.add_argument("--clients", type=int, default=2_000)
    parser.add_argument("--every", type=int, default=100_000, help="One delivery in so many is spoilt.")
    asked = parser.parse_args()
    scale = Scale(asked.clients, 2, asked.every)
    objectives, found, began = read_objectives(OBJECTIVES), list[Found](), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wpsim-planted-") as scratch:
        for number, fault in enumerate((HEALTHY, *FAULTS)):
            found.append(run_fault(fault, scale, objectives, Path(scratch) / str(number)))
            print(f"{time.monotonic() - began:5.0f} s  {fault.name}", file=sys.stderr, flush=True)
    print(table(found))
    caught = not any(each.missed for each in found)
    inputs = {"season": SEASON.name, "clients": scale.clients, "spoilt_one_in": scale.every}
    took = {"took_s": round(time.monotonic() - began), "all_caught": caught}
    command = f"python -m benchmarks.planted_faults --clients {scale.clients} --every {scale.every}"
    path = store("planted_faults", command, inputs, {**took, "runs": [_figures(each) for each in found]})
    print(f"stored in {path}", file=sys.stderr)
    sys.exit(0 if caught else 1)


if __name__ == "__main__":
    main()
