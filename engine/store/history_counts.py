"""What a history has lived through, for the metrics."""

from dataclasses import dataclass


@dataclass(slots=True)
class HistoryCounts:
    """Plain counters; only the history itself writes them."""

    queued: int = 0
    """Statements that wait for the disk now."""
    written: int = 0
    """Statements that are stored, those among them that were stored before."""
    updates: int = 0
    """Updates that are stored, likewise."""
    behind: bool = False
    """Whether something is missing that the log holds; it is told again at the next start."""
    missed: int = 0
    """Statements that found no room."""
    divergences: int = 0
    """Statements or updates told again with other bytes. This must never happen."""
    last_divergence: str = ""
    unavailable: bool = False
    """Whether the file refuses to be written now."""
    errors: int = 0
    """Writes that were refused."""
    last_error: str = ""
    query_errors: int = 0
    moved_aside: int = 0
    """Files that were damaged or of another version, and were moved aside."""
