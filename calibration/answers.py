"""The JSON objects that `--json` prints."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from calibration.verdict import Verdict
from engine.core.models.interface import Model
from simulator.diff import Comparison
from simulator.replay.run import ReplayResult
from simulator.season.reader import Season
from simulator.season.validate import Finding


def replay_answer(result: ReplayResult, verdict: Verdict, model: Model) -> dict[str, Any]:
    """Return what `wpsim replay --json` prints."""
    return {
        "digest": result.digest,
        "games": len(result.games),
        "events": result.events,
        "updates": result.updates,
        "seconds": round(result.seconds, 3),
        "events_per_s": round(result.events / result.seconds) if result.seconds else None,
        "model": f"{model.name} {model.version}",
        "parameters": dict(sorted(model.parameters().items())),
        **verdict.to_dict(),
        "doubts": result.doubts,
        "latency_ms": result.latencies.percentiles_ms(),
    }


def validate_answer(season: Season, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what `wpsim validate --json` prints."""
    return {
        "valid": all(finding.harmless for finding in findings),
        "games": len(season.spans),
        "rows": season.rows,
        "counts": dict(Counter(finding.rule for finding in findings)),
        "findings": [asdict(finding) for finding in findings],
    }


def diff_answer(found: Comparison) -> dict[str, Any]:
    """Return what `wpsim diff --json` prints."""
    return {"equal": found.equal, **asdict(found)}
