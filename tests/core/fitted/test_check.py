"""What can be wrong with an artefact, each said in one clear line when it is opened."""

import math
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from engine.core.models.fitted.artefact import Artefact
from engine.core.models.fitted.check import check
from engine.core.models.fitted.model import decode_artefact
from tests.core.fitted.artefact_builder import CHOICES, LINE, NO_LATE, REGULATION, artefact, series, shipped


def tables(**fields: Any) -> Artefact:
    """The small artefact with a table of regulation otherwise."""
    return artefact(regulation=replace(REGULATION, **fields))


def line(**fields: Any) -> Artefact:
    """The small artefact with a part of its layers with a line otherwise."""
    return tables(line=replace(LINE, **fields))


def late(**fields: Any) -> Artefact:
    """The small artefact with a late table otherwise."""
    return line(late=(NO_LATE, replace(NO_LATE, **fields)))


def choices(**fields: Any) -> Artefact:
    """The small artefact with its choices otherwise."""
    return artefact(choices=replace(CHOICES, **fields))


SHORT = (0.0,)
WRONG: list[tuple[Artefact, str]] = [
    (tables(ep=REGULATION.ep[:-1]), r"ep has 23 numbers; expected 24"),
    (tables(ep_yards=(1.0, 99.0)), r"ep has 24 numbers; expected 20"),
    (line(base=LINE.base[:-1]), r"line.base has 10 numbers; expected 11"),
    (line(members=(LINE.base, SHORT)), r"line.members has 1 numbers; expected 11"),
    (tables(no_line=replace(LINE, base=SHORT)), r"no_line.base has 1 numbers; expected 11"),
    (line(late=(NO_LATE,)), r"line.late has 1 numbers; expected 2"),
    (late(step=SHORT), r"line.late.step has 1 numbers; expected 19"),
    (late(yard=NO_LATE.yard[:1]), r"line.late.yard has 1 numbers; expected 2"),
    (late(down=NO_LATE.down[:3]), r"line.late.down has 3 numbers; expected 4"),
    (late(down=(SHORT, *NO_LATE.down[1:])), r"by group of leads has 1 numbers; expected 7"),
    (late(ours=SHORT), r"by group of leads has 1 numbers; expected 7"),
    (late(theirs=SHORT), r"by group of leads has 1 numbers; expected 7"),
    (artefact(series=replace(series(), td=SHORT)), r"series.td has 1 numbers; expected 11"),
    (artefact(series=replace(series(), fg=SHORT)), r"series.fg has 1 numbers; expected 11"),
    (artefact(series=replace(series(), need={"any": (0.0, 0.0)})), r"series.need has 1 numbers; expected 4"),
    (choices(field_goal=SHORT), r"field_goal has 1 numbers; expected 4"),
    (choices(go=SHORT), r"go has 1 numbers; expected 7"),
    (choices(punt_end=SHORT), r"punt_end has 1 numbers; expected 2"),
    (tables(base_knots=(0.0, 3600.0, 1800.0)), r"base_knots is .*each above the one before"),
    (tables(kick_knots=(1800.0, 1800.0, 3600.0)), r"kick_knots is .*each above the one before"),
    (tables(late_yards=(99.0, 1.0)), r"late_yards is .*each above the one before"),
    (tables(ep_half=(0.0, math.nan, 1800.0)), r"ep_half is .*each above the one before"),
    (choices(punt_knots=(30.0,), punt_end=(90.0,)), r"punt_knots is \[30.0\]; expected at least two knots"),
    (choices(two_point=0.0), r"two_point is 0.0; expected a share between 0 and 1"),
    (choices(two_point=math.nan), r"two_point is nan; expected a share"),
    (choices(kick=1.0), r"kick is 1.0; expected a share between 0 and 1"),
    (artefact(leverage_scale=0.0), r"leverage_scale is 0.0; expected more than 0"),
    (artefact(interval_scale=-1.0), r"interval_scale is -1.0; expected more than 0"),
    (artefact(overtime_log_odds_sd=0.0), r"overtime_log_odds_sd is 0.0; expected more than 0"),
    (artefact(leverage_scale=math.nan), r"the number nan; expected at most a million"),
    (tables(home_edge=math.inf), r"the number inf; expected at most a million"),
    (line(kneel=(0.0, -1e6 - 1.0)), r"the number -1000001.0; expected at most a million"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_an_artefact_that_cannot_be_scored_with_is_refused(wrong: Artefact, message: str) -> None:
    """A table of another length, knots that fall, absurd scales, shares and numbers are named."""
    with pytest.raises(ValueError, match=message):
        check(wrong)


def test_a_sound_artefact_passes() -> None:
    """The small artefact and the one that ships are sound, and so is a number of exactly a million."""
    for sound in (artefact(), shipped().artefact, tables(home_edge=1e6)):
        check(sound)


def test_an_artefact_is_checked_when_it_is_opened() -> None:
    """Text that decodes and cannot be scored with is no fitted model."""
    text = msgspec.json.encode(choices(kick=2.0))
    with pytest.raises(ValueError, match=r"it is no fitted model: kick is 2.0; expected a share"):
        decode_artefact(text)
