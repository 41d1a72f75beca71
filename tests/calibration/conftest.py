"""Shares the small season and the real seasons with the tests of this folder."""

from tests.laws.conftest import import_once, real_season
from tests.replay.small_season import small_season

__all__ = ["import_once", "real_season", "small_season"]
