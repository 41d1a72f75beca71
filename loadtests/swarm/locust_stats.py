"""Puts latencies into Locust's own statistics in blocks: its page, CSVs and tables show real response times.

Locust's `events.request` takes one call for each; at a million deliveries a minute that would be the load.
What is added here is what those calls would have added: counts by rounded milliseconds, sums and extremes.
"""

import time
from typing import Final

import numpy as np
from locust.stats import RequestStats, StatsEntry, bucket_response_time

from engine.service.histograms import value_at
from loadtests.swarm.tally import (
    DASHBOARD_UPDATE,
    HANDSHAKE,
    PLAY_TO_DISPLAY,
    RECOVERY,
    Stage,
    Tally,
)

METHODS: Final = {HANDSHAKE: "WS", PLAY_TO_DISPLAY: "WSR", DASHBOARD_UPDATE: "WSR", RECOVERY: "WS"}
"""Locust's word for what kind of request it was."""
_IN_TOTAL: Final = (HANDSHAKE, PLAY_TO_DISPLAY)
"""A delivery has two stages, and is one request in Locust's total."""


def log_tally(stats: RequestStats, tally: Tally) -> None:
    """Add what was seen to Locust's statistics."""
    for name, method in METHODS.items():
        stage = tally.stages.get(name)
        if stage is not None and stage.total:
            _log(stats.get(name, method), stage)
            if name in _IN_TOTAL:
                _log(stats.total, stage)
    for reason, count in tally.errors.items():
        for _ in range(min(count, 1_000)):
            stats.log_error("WS", "connection", reason)


def _log(entry: StatsEntry, stage: Stage) -> None:
    now = time.time()
    total = stage.total
    entry.num_requests += total
    entry.num_reqs_per_sec[int(now)] += total
    entry.last_request_timestamp = now
    places = np.flatnonzero(stage.counts)
    for place, count in zip(places.tolist(), stage.counts[places].tolist(), strict=True):
        ms = value_at(place) / 1e6
        entry.response_times[bucket_response_time(ms)] += count
        entry.total_response_time += ms * count  # type: ignore[assignment, unused-ignore]
    lowest, highest = stage.lowest_ns / 1e6, stage.highest_ns / 1e6
    before = entry.min_response_time
    entry.min_response_time = lowest if before is None else min(before, lowest)  # type: ignore[assignment]
    entry.max_response_time = max(entry.max_response_time, highest)  # type: ignore[assignment, unused-ignore]
