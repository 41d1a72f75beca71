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
    }
