"""One run of `wpsim load` with the bars it must hold: what `half_million` and its like have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.measurement import store
from loadtests.load import LoadPlan, run_load
from loadtests.objectives import Objectives
from loadtests.progress import progress_line
from loadtests.verdict import Verdict, judge_run

ROOT: Final = Path(__file__).resolve().parents[1]
SEASON: Final = ROOT / "data" / "sample_season.parquet"
OBJECTIVES: Final = ROOT / "data" / "objectives.toml"
SCALE_OBJECTIVES: Final = ROOT / "data" / "objectives_scale.toml"
RUNS: Final = ROOT / "runs"
_KEPT: Final = (
    "seconds",
    "ramp_s",
    "held_s",
    "workers",
    "pushed",
    "accepted",
    "counts",
    "proofs",
    "kills",
    "kill_to_last_recovered_s",
    "server_rss_mb",
    "server_pss_mb",
    "server_processes",
    "swarm_rss_mb",
    "swarm_pss_mb",
    "swarm_processes",
    "system_peak_mb",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that must hold."""

    what: str
    came: float | None
    """None: it never came to be."""
    limit: float
    at_least: bool = False
    """Whether the limit is the least that is good; otherwise it is the most."""

    @property
    def held(self) -> bool:
        """Whether it holds."""
        if self.came is None:
            return False
        return self.came >= self.limit if self.at_least else self.came <= self.limit


def rehearse(plan: LoadPlan, objectives: Objectives) -> tuple[dict[str, Any], Verdict]:
    """Run a plan on the sample season; return what is worth keeping of it, and its verdict."""
    with progress_line() as say:
        run = run_load(plan, SEASON, say)
    verdict = judge_run(plan.folder, objectives)
    figures: dict[str, Any] = {
        "verdict": str(verdict.outcome),
        "reasons": list(verdict.reasons),
        "peak_clients": verdict.run.peak_clients,
        "deliveries": verdict.run.deliveries,
        "broken_histories": len(verdict.run.broken_histories),
        "errors": verdict.run.errors,
        **{name: run[name] for name in _KEPT if name in run},
        "latency_ms": verdict.latency_ms,
    }
    return figures, verdict


def conclude(
    name: str, command: str, inputs: dict[str, Any], figures: dict[str, Any], bars: Sequence[Bar]
) -> int:
    """Print what came and which bars are held; store it; return the exit code: 1 where one is missed."""
    for stage, latency in figures.get("latency_ms", {}).items():
        told = "  ".join(f"{key} {latency[key]:10.3f}" for key in ("p50", "p95", "p99", "p999", "max"))
        print(f"{stage:20} {told}  ms")
    for bar in bars:
        sign = ">=" if bar.at_least else "<="
        came = "never" if bar.came is None else f"{bar.came:,.3f}"
        print(f"{'held' if bar.held else 'MISSED':7} {bar.what:55} {came:>14} {sign} {bar.limit:,.3f}")
    figures["bars"] = [
        {
            "what": bar.what,
            "came": bar.came,
            "at_least" if bar.at_least else "at_most": bar.limit,
            "held": bar.held,
        }
        for bar in bars
    ]
    print(f"stored in {store(name, command, inputs, figures).relative_to(ROOT)}")
    return 0 if all(bar.held for bar in bars) else 1
