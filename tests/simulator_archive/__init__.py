"""Archiving a served day: what was recorded and what was told, as files that replay and compare."""
