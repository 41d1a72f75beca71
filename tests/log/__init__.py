"""The event log: what was acknowledged is there, whatever happens to the process, the disk and the bytes."""
