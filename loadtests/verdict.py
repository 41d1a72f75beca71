"""Judges a recorded run by objectives: good, short of them, or invalid because the generator itself was late.

A run is a folder: `run.json` (clients, deliveries, errors, broken histories), `client/*.hlog` (what viewers
measured) and `server/*.hlog` (what the service measured). Percentiles are taken from the histograms.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from hdrh.histogram import HdrHistogram

from engine.service.histograms import read_log
from loadtests.objectives import PERCENTILES, Objectives
from simulator.season.errors import InputError

RUN_FILE: Final = "run.json"
GENERATOR_LAG: Final = "generator_lag"
SERVER_STAGES: Final = ("wp_calculation", "queue_wait", "log_append", "publish")
"""Stages that only the service can measure; all others are the clients'."""
_NS_A_MS: Final = 1e6


class Run(msgspec.Struct, frozen=True):
    """What `run.json` must hold; it may hold more."""

    peak_clients: int
    deliveries: int
    broken_histories: dict[str, list[str]] = {}
    """Faults by viewer, of those whose history is not whole."""
    errors: dict[str, int] = {}
    server_rss_mb: float = 0.0
    """Most that the server's processes held, engine and gateways together; 0: not known."""
    swarm_rss_mb: float = 0.0
    """Most that Locust's master and workers held together; 0: not known."""
    system_peak_mb: float = 0.0
    """Most that the machine held more than before the run, the kernel's sockets too; 0: not known."""
    ramp_s: float | None = None
    """When all clients were open for the first time; None: they never were."""
    held_s: float = 0.0
    """How long all of them were open."""
    kill_to_last_recovered_s: float | None = None
    """From the kill of a gateway until the last viewer was back; None: none was killed, or some are not."""


class Outcome(StrEnum):
    """How a run is judged."""

    GOOD = "good"
    SHORT = "short"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement, with its reasons and the figures it rests on."""

    outcome: Outcome
    reasons: tuple[str, ...]
    run: Run
    latency_ms: dict[str, dict[str, float]]
    """By stage: p50, p95, p99, p999 and max, milliseconds, and the count."""


def judge_run(folder: Path, objectives: Objectives) -> Verdict:
    """Judge a run.

    Raises:
        InputError: the folder holds no run, or one of its files cannot be read.
    """
    run = _read_run(folder)
    histograms = {path.stem: _read_hlog(path) for path in sorted((folder / "client").glob("*.hlog"))}
    for stage in SERVER_STAGES:
        path = folder / "server" / f"{stage}.hlog"
        if path.is_file():
            histograms[stage] = _read_hlog(path)
    latency = {stage: _summary(histogram) for stage, histogram in histograms.items()}
    invalid = list(_beyond(GENERATOR_LAG, objectives.generator_lag_ms, latency))
    reasons = list(_short(run, objectives))
    for stage, limits in objectives.limits_ms.items():
        reasons += _beyond(stage, limits, latency)
    outcome = Outcome.INVALID if invalid else Outcome.SHORT if reasons else Outcome.GOOD
    return Verdict(outcome, (*invalid, *reasons), run, latency)


def _short(run: Run, objectives: Objectives) -> list[str]:
    reasons = []
    if run.peak_clients < objectives.minimum_clients:
        reasons.append(f"{run.peak_clients:,} clients; at least {objectives.minimum_clients:,} are asked for")
    if run.deliveries < objectives.minimum_deliveries:
        reasons.append(f"{run.deliveries:,} deliveries; at least {objectives.minimum_deliveries:,}")
    if len(run.broken_histories) > objectives.maximum_broken_histories:
        viewer, faults = next(iter(run.broken_histories.items()))
        reasons.append(f"{len(run.broken_histories)} broken histories; the first: {viewer}: {faults[0]}")
    rate = sum(run.errors.values()) / max(1, run.peak_clients)
    if rate > objectives.maximum_error_rate:
        kinds = ", ".join(f"{name} {count}" for name, count in run.errors.items())
        reasons.append(f"error rate {rate:.4f} ({kinds}); at most {objectives.maximum_error_rate}")
    return reasons


def _beyond(stage: str, limits: dict[str, float], latency: dict[str, dict[str, float]]) -> list[str]:
    if not limits:
        return []
    if stage not in latency or not latency[stage]["count"]:
        return [f"{stage} was not measured"]
    reasons = []
    for key, limit in limits.items():
        came = latency[stage][key.removesuffix("_ms")]
        if came > limit:
            reasons.append(f"{stage} {key.removesuffix('_ms')} is {came:.3f} ms; at most {limit:g} ms")
    return reasons


def _summary(histogram: HdrHistogram) -> dict[str, float]:
    figures: dict[str, float] = {"count": histogram.get_total_count()}
    for key, percentile in PERCENTILES.items():
        value = (
            histogram.get_max_value()
            if percentile == 100.0
            else histogram.get_value_at_percentile(percentile)
        )
        figures[key.removesuffix("_ms")] = round(value / _NS_A_MS, 6)
    return figures


def _read_run(folder: Path) -> Run:
    path = folder / RUN_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except OSError as error:
        raise InputError(
            path, "", f"it cannot be read ({error.strerror})", "name the folder of a recorded run"
        ) from None
    except msgspec.DecodeError as error:
        raise InputError(path, "", f"it is no run ({error})", "record the run again") from None


def _read_hlog(path: Path) -> HdrHistogram:
    try:
        return read_log(path)
    except (OSError, ValueError) as error:
        raise InputError(path, "", str(error), "record the run again") from None
