"""A verdict as files for CI: JUnit XML, one case an objective, and Markdown for a job's page."""

from typing import Final
from xml.sax.saxutils import quoteattr

from loadtests.objectives import Objectives
from loadtests.verdict import GENERATOR_LAG, Outcome, Verdict

_FIGURES: Final = ("p50", "p95", "p99", "p999", "max")


def junit_xml(verdict: Verdict, objectives: Objectives) -> str:
    """Return the verdict as JUnit XML: a case for the run, the generator and each stage with a limit."""
    names = ["run", GENERATOR_LAG, *objectives.limits_ms]
    owners: dict[str, list[str]] = {name: [] for name in names}
    for reason in verdict.reasons:
        first = reason.split(" ", 1)[0]
        owners[first if first in owners else "run"].append(reason)
    cases = []
    for name, reasons in owners.items():
        failures = "".join(f"<failure message={quoteattr(reason)}/>" for reason in reasons)
        cases.append(f'  <testcase classname="wpsim.latency" name={quoteattr(name)}>{failures}</testcase>')
    failed = sum(bool(reasons) for reasons in owners.values())
    head = f'<testsuite name="wpsim gate latency" tests="{len(owners)}" failures="{failed}">'
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *cases, "</testsuite>", ""])


def summary_markdown(verdict: Verdict, objectives: Objectives) -> str:
    """Return the verdict as Markdown: the outcome, its reasons, and a table of latencies."""
    run = verdict.run
    mark = "passed" if verdict.outcome is Outcome.GOOD else "failed"
    lines = [
        f"## Latency gate {mark}: {verdict.outcome}",
        "",
        *(f"- {_plain(reason)}" for reason in verdict.reasons),
        f"- {run.peak_clients:,} clients, {run.deliveries:,} deliveries, "
        f"{len(run.broken_histories):,} broken histories, {sum(run.errors.values()):,} errors",
        "",
        "| stage | count | p50 | p95 | p99 | p99.9 | max | limits, ms |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for stage, figures in verdict.latency_ms.items():
        limits = (
            objectives.generator_lag_ms if stage == GENERATOR_LAG else objectives.limits_ms.get(stage, {})
        )
        told = ", ".join(f"{key.removesuffix('_ms')} {limit:g}" for key, limit in limits.items())
        cells = " | ".join(f"{figures[name]:,.3f}" for name in _FIGURES)
        lines.append(f"| {stage} | {figures['count']:,.0f} | {cells} | {told} |")
    return "\n".join([*lines, ""])


def _plain(words: str) -> str:
    """Return words that Markdown takes as they are."""
    return words.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
