"""What can go wrong with an event log, each with what came and what to do."""

from pathlib import Path


class LogError(Exception):
    """Something is wrong with an event log."""


class LogWriteError(LogError):
    """A statement could not be written; the log stands as before it, and the next attempt may succeed."""


class LogLockedError(LogError):
    """Another process writes to this log."""


class UnrecordableError(LogError, ValueError):
    """A statement that no log and no season file can hold; trying again does not help."""


class LogCorruptError(LogError):
    """A log is damaged where no torn write can have done it; nothing was cut."""

    def __init__(self, path: Path, byte: int, sequence: int, reason: str) -> None:
        super().__init__(
            f"{path}, byte {byte}: record {sequence} cannot be read ({reason}), and it is not the torn end of"
            " the log: nothing was cut; restore the file from a copy, or let `wpsim archive --salvage` read"
            " what is around the damage"
        )
        self.path = path
        self.byte = byte
        self.sequence = sequence
        self.reason = reason
