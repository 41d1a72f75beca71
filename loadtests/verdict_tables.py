"""A verdict as tables for a terminal and as an answer for machines."""

from typing import Any, Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from loadtests.verdict import GENERATOR_LAG, Verdict

_FIGURES: Final = ("p50", "p95", "p99", "p999", "max")
MOST_NAMED: Final = 20
"""Broken viewers that an answer names."""


def verdict_tables(verdict: Verdict) -> list[RenderableType]:
    """Return the latencies and the verdict with its reasons."""
    table = Table(title="latency, ms")
    table.add_column("stage")
    for name in ("count", *_FIGURES):
        table.add_column(name, justify="right")
    for stage, figures in verdict.latency_ms.items():
        table.add_row(stage, f"{figures['count']:,.0f}", *(f"{figures[name]:,.3f}" for name in _FIGURES))
    run = verdict.run
    facts = (
        f"{run.peak_clients:,} clients, {run.deliveries:,} deliveries, "
        f"{len(run.broken_histories):,} broken histories, {sum(run.errors.values()):,} errors"
    )
    held = "never all at once"
    if run.ramp_s is not None:
        held = f"all after {run.ramp_s:,.1f} s, for {run.held_s:,.1f} s"
    memory = ", ".join(
        f"{name} {value:,.0f} MB"
        for name, value in (
            ("server", run.server_rss_mb), ("swarm", run.swarm_rss_mb), ("machine", run.system_peak_mb)
        )
        if value
    )  # fmt: skip
    facts += f"\nclients: {held}\nmemory at most: {memory or 'not known'}"
    if run.kill_to_last_recovered_s is not None:
        facts += f"\nfrom the kill until the last viewer was back: {run.kill_to_last_recovered_s:.2f} s"
    lines = [f"verdict: {verdict.outcome}", *(f"  {reason}" for reason in verdict.reasons)]
    return [table, Text(facts), Text("\n".join(lines))]


def verdict_answer(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as one JSON object."""
    run = verdict.run
    lag = verdict.latency_ms.get(GENERATOR_LAG)
    named = dict(list(run.broken_histories.items())[:MOST_NAMED])
    return {
        "verdict": str(verdict.outcome),
        "reasons": list(verdict.reasons),
        "peak_clients": run.peak_clients,
        "deliveries": run.deliveries,
        "broken_histories": len(run.broken_histories),
        "broken": named,
        "errors": run.errors,
        "generator_lag_ms": {name: lag[name] for name in ("p99", "max")} if lag else None,
        "latency_ms": verdict.latency_ms,
        "server_rss_mb": run.server_rss_mb,
        "swarm_rss_mb": run.swarm_rss_mb,
        "system_peak_mb": run.system_peak_mb,
        "ramp_s": run.ramp_s,
        "held_s": run.held_s,
        "kill_to_last_recovered_s": run.kill_to_last_recovered_s,
    }
