"""Replay, diff and validation of season files."""
