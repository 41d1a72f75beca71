"""Shares the small season with the tests of this folder."""

from tests.replay.small_season import small_season

__all__ = ["small_season"]
