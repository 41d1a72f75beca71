"""The artefact of a fit: every number the fitted model needs, and where they come from.

It is JSON, written by `wpsim fit` and read by the shell; the core only knows the struct. Tables are indexed
as their comments say. Equal artefacts mean equal probabilities; the provenance is carried along and never
computed with.
"""

from typing import Final

import msgspec

ARTEFACT_FORMAT: Final = 1

Numbers = tuple[float, ...]
Table = tuple[tuple[float, ...], ...]


class LateTable(msgspec.Struct, frozen=True, gc=False):
    """Log-odds of the side with the ball at one knot of the last minutes."""

    step: Numbers
    """By lead, -9 ... 9."""
    yard: Table
    """By knot of yards to goal, then by group of leads."""
    down: Table
    """By down, then by group of leads."""
    ours: Numbers
    """For each timeout of the side with the ball, by group of leads."""
    theirs: Numbers
    """For each timeout of the other side, by group of leads."""


class Variant(msgspec.Struct, frozen=True, gc=False):
    """The two layers, fitted with a line or without one."""

    base: Numbers
    """Coefficients by knot of time left: lead, drift and expected points, then the second-half kick-off."""
    late: tuple[LateTable, ...]
    """By knot of time left; the last knot is zero and carries no table."""
    kneel: tuple[float, float]
    """Log-odds of a lead that can almost be knelt out, and of one that can."""
    members: Table
    """`base` of each member of the ensemble: the same fit on games drawn with replacement."""


class Regulation(msgspec.Struct, frozen=True, gc=False):
    """Win probability and expected points in regulation."""

    base_knots: Numbers
    kick_knots: Numbers
    tau_eps: float
    late_s: float
    late_knots: Numbers
    late_yards: Numbers
    ep: Numbers
    """Expected points: by down and knot of yards to goal, distance by down, then the end of the half."""
    ep_yards: Numbers
    ep_half: Numbers
    ep_yards_late: Numbers
    home_edge: float
    """Points of home advantage where no line is known."""
    line: Variant
    no_line: Variant


class Series(msgspec.Struct, frozen=True, gc=False):
    """How a series of overtime ends."""

    td: Numbers
    fg: Numbers
    need: dict[str, tuple[float, float]]
    """Log-odds added for a touchdown and a field goal, by what the series must bring."""


class Choices(msgspec.Struct, frozen=True, gc=False):
    """What can be chosen on a fourth down and after a touchdown."""

    field_goal: Numbers
    go: Numbers
    punt_end: Numbers
    """Yards to goal of the side that receives a punt, by knot of the punting side's."""
    punt_knots: Numbers
    two_point: float
    kick: float


class Provenance(msgspec.Struct, frozen=True, gc=False):
    """Where an artefact comes from."""

    command: str
    seasons: tuple[int, ...]
    data_sha256: str
    """Hash over the names and digests of the season files, in order."""
    seed: int
    games: int
    plays: int
    code: str
    """Hash over the sources of the fit."""
    scores: dict[str, float] = {}
    """Scores of the fit's own making, by name; in-sample unless the name says otherwise."""


class Artefact(msgspec.Struct, frozen=True, gc=False):
    """A fitted model."""

    format: int
    name: str
    version: str
    leverage_scale: float
    interval_scale: float
    """Widens the ensemble's spread to what the games' own noise leaves open."""
    overtime_log_odds_sd: float
    """Spread of overtime's log-odds over games drawn with replacement; the ensemble has no members there."""
    regulation: Regulation
    series: Series
    choices: Choices
    provenance: Provenance
