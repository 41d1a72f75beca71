"""A fitted model small enough to compute with a pencil, and the one that ships."""

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from msgspec.structs import replace

from engine.core.football import AWAY, HOME, REGULATION_PERIODS, Phase
from engine.core.models.fitted.artefact import (
    ARTEFACT_FORMAT,
    Artefact,
    Choices,
    LateTable,
    Numbers,
    Provenance,
    Regulation,
    Series,
    Table,
    Variant,
)
from engine.core.models.fitted.model import Fitted, decode_artefact
from engine.core.models.fitted.scorer import FittedScorer
from engine.core.models.interface import Pregame
from engine.core.state import State

SHIPPED: Final = Path(__file__).resolve().parents[3] / "data" / "models" / "fitted.json"
NEUTRAL: Final = Pregame(neutral_site=True)
LEADS, GROUPS = 19, 7

TD, FG = 0.5, 0.25
"""Chances of a touchdown and of a field goal in a series of the small artefact, whatever it must bring."""
KICK, TWO = 0.95, 0.4


def logit(p: float) -> float:
    """The log-odds of a probability."""
    return math.log(p / (1.0 - p))


def table(rows: int, *values: float) -> Table:
    """Rows for the knots or downs of a late table, each the same over all groups of leads."""
    return tuple((value,) * GROUPS for value in (values or (0.0,) * rows))


NO_LATE: Final = LateTable((0.0,) * LEADS, table(2), table(4), (0.0,) * GROUPS, (0.0,) * GROUPS)

BASE: Final[Numbers] = (2.0, 1.0, 1.0, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 0.1, 0.3)
"""Lead, drift and expected points at 0, 1,800 and 3,600 s left; the kick-off at 1,800 and 3,600 s."""


def member(more: float) -> Numbers:
    """A member of the ensemble that trusts leads and expected points by so much more."""
    return tuple(value + more if place < 3 or 6 <= place < 9 else value for place, value in enumerate(BASE))


MEMBERS: Final = (member(-0.2), member(0.0), member(0.2))
LINE: Final = Variant(base=BASE, late=(NO_LATE, NO_LATE), kneel=(0.0, 0.0), members=MEMBERS)

_EP_BY_DOWN: Final = tuple(points - down for down in range(4) for points in (6.0, 3.0, 0.0))
_EP_DISTANCE: Final = (-1.0, -0.5) * 4
_EP_END_OF_HALF: Final = (-4.0, -2.0, -1.0, -1.0)

REGULATION: Final = Regulation(
    base_knots=(0.0, 1800.0, 3600.0),
    kick_knots=(1799.0, 1800.0, 3600.0),
    tau_eps=0.14,
    late_s=100.0,
    late_knots=(0.0, 50.0, 100.0),
    late_yards=(1.0, 99.0),
    ep=(*_EP_BY_DOWN, *_EP_DISTANCE, *_EP_END_OF_HALF),
    ep_yards=(1.0, 50.0, 99.0),
    ep_half=(0.0, 60.0, 1800.0),
    ep_yards_late=(1.0, 99.0),
    home_edge=2.5,
    line=LINE,
    no_line=LINE,
)


def series(td: float = TD, fg: float = FG, edge: float = 0.0, **need: tuple[float, float]) -> Series:
    """Series that bring a touchdown and a field goal with the same chances from every snap."""
    nothing_more = dict.fromkeys(("first", "any", "three", "touchdown"), (0.0, 0.0))
    return Series(
        td=(logit(td), *(0.0,) * 9, edge),
        fg=(logit(fg / (1.0 - td)), *(0.0,) * 9, edge),
        need={**nothing_more, **need},
    )


CHOICES: Final = Choices(
    field_goal=(1.0, -1.0, 0.0, -0.5),
    go=(0.5, -1.0, 0.0, 0.25, -0.5, 0.0, 0.2),
    punt_end=(90.0, 45.0),
    punt_knots=(30.0, 99.0),
    two_point=TWO,
    kick=KICK,
)


def artefact(**fields: Any) -> Artefact:
    """The small artefact, with any of its fields otherwise."""
    plain = Artefact(
        format=ARTEFACT_FORMAT,
        name="small",
        version="1",
        leverage_scale=0.02,
        interval_scale=1.0,
        overtime_log_odds_sd=0.1,
        regulation=REGULATION,
        series=series(),
        choices=CHOICES,
        provenance=Provenance("by hand", (), "", 0, 0, 0, ""),
    )
    return replace(plain, **fields)


def with_variant(**fields: Any) -> Artefact:
    """The small artefact with a field of its layers otherwise, line or no line."""
    variant = replace(LINE, **fields)
    return artefact(regulation=replace(REGULATION, line=variant, no_line=variant))


def small(**fields: Any) -> FittedScorer:
    """The scorer of a game at a neutral site by the small artefact."""
    return Fitted(artefact(**fields)).for_game(NEUTRAL)


@cache
def shipped() -> Fitted:
    """The model that ships."""
    return Fitted(decode_artefact(SHIPPED.read_bytes()))


def pregames(dice: Random, *, line: bool | None = None) -> Pregame:
    """Any neutral game of any era, with or without a line."""
    known = dice.random() < 0.7 if line is None else line
    season = dice.choice([2018, 2019, 2020, 2021, 2023, None])
    return Pregame(season, True, dice.randint(-90, 90) / 2.0 if known else None)


def football_states(seed: int, number: int) -> Iterator[State]:
    """Valid states, as many from the ends of games and from overtime as from all the rest."""
    dice = Random(seed)
    for _ in range(number):
        yield football_state(dice)


def football_state(dice: Random) -> State:
    """A valid state: any phase, with leads that games have, and often with few seconds left."""
    period = dice.choice([1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 9])
    overtime = period > REGULATION_PERIODS
    phase = dice.choice([Phase.SCRIMMAGE] * 5 + [Phase.KICKOFF, Phase.TRY])
    spot, snapped = dice.randint(1, 99), phase is Phase.SCRIMMAGE
    away = dice.randint(0, 40)
    return State(
        phase=phase,
        period=period,
        clock_s=0 if overtime else dice.choice([0, 1, 5, 20, 41, 80, 119, dice.randint(0, 900)]),
        plays_on_clock=dice.choice([0, 0, 0, 1, 4]),
        home_score=max(away + dice.choice([dice.randint(-9, 9), dice.randint(-40, 40)]), 0),
        away_score=away,
        possession=dice.choice([HOME, AWAY, HOME, AWAY, HOME, AWAY, None]),
        down=dice.randint(1, 4) if snapped else None,
        distance_yd=min(spot, dice.randint(1, 25)) if snapped else None,
        yards_to_goal=spot,
        home_timeouts=dice.randint(0, 3),
        away_timeouts=dice.randint(0, 3),
        second_half_receiver=dice.choice([HOME, AWAY, None]),
        overtime_series=2 * (period - REGULATION_PERIODS) - dice.randint(0, 1) if overtime else 0,
    )
