"""What the gateway has lived through, as plain numbers; the service's metrics read them."""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

SESSION_BUCKETS_S: Final = (10.0, 30.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0)
"""Upper ends of the buckets in which lengths of sessions are counted."""


@dataclass(slots=True)
class GatewayCounts:
    """Counters of one gateway; only the gateway writes them."""

    connections: int = 0
    """WebSockets that are open now."""
    http_connections: int = 0
    """Connections that are open now and speak plain HTTP."""
    greeting: int = 0
    """Connections that are open now and have not said yet what they want, or are being refused."""
    connections_ever: int = 0
    """WebSockets whose handshake succeeded."""
    refused: dict[str, int] = field(default_factory=dict)
    """Handshakes that were refused: full, address, draining, origin, timeout, head, handshake,
    game; and `cut`, of a crowd at the door that is not even told."""

    updates: int = 0
    """Updates that were published."""
    repeated_updates: int = 0
    """Updates that were published again, and dropped."""
    gaps: int = 0
    """Times an update came whose forerunner had not; its viewers were sent a snapshot."""
    deliveries: int = 0
    """Updates that were written to a client, one by one."""
    delivered_bytes: int = 0
    """Bytes of these updates."""
    compressed_deliveries: int = 0
    """Of the deliveries, those to clients who negotiated compression."""
    compressed_bytes: int = 0
    """Of the delivered bytes, those of these deliveries, as they were written."""
    snapshots: int = 0
    """Snapshots that were written to a client."""

    resumes: int = 0
    """Times a client asked to go on from an offset."""
    recoveries: int = 0
    """Of these, answered with exactly the missed updates."""
    recoveries_by_snapshot: int = 0
    """Of these, answered with a snapshot, since the epoch or the offset was unknown."""
    conflations: int = 0
    """Times a slow client was sent the newest state instead of a backlog."""
    conflated_updates: int = 0
    """Updates that were left out so."""
    stalls: int = 0
    """Times a client's buffer was full."""

    messages: dict[str, int] = field(default_factory=dict)
    """Messages of clients by type: ping, resume, request_snapshot, malformed, binary, too_many."""
    closed: dict[str, int] = field(default_factory=dict)
    """Closes that the gateway began, by their code, and 'lost' for clients that were gone without one."""
    stalled_closes: int = 0
    """Clients that were cut off because they did not read."""
    ping_timeouts: int = 0
    """Clients that were cut off because they did not answer a ping."""
    sessions: int = 0
    """WebSockets that have ended."""
    session_seconds: float = 0.0
    """How long these were open, altogether."""
    sessions_by_length: list[int] = field(default_factory=lambda: [0] * (len(SESSION_BUCKETS_S) + 1))
    """The same by bucket, not running; the last is what is beyond the last of `SESSION_BUCKETS_S`."""


def count(counts: dict[str, int], name: str) -> None:
    """Add one to the counter of that name."""
    counts[name] = counts.get(name, 0) + 1


def count_session(counts: GatewayCounts, length_s: float) -> None:
    """Add a WebSocket that has ended."""
    counts.sessions += 1
    counts.session_seconds += length_s
    counts.sessions_by_length[bisect_left(SESSION_BUCKETS_S, length_s)] += 1
