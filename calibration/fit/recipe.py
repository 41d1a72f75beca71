"""The whole recipe for regulation: expected points, then the base layer, then the late layer on top of it."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy import sparse

from calibration.fit import base, expected_points, late
from calibration.fit.knots import LATE_S
from calibration.fit.plays import Floats, Whole
from calibration.fit.regression import fit_bounded_logistic, fit_logistic, sigmoid
from calibration.fit.snaps import Snaps

OLDER_WEIGHT: Final = 8.0
"""One recorded fourth down of the older seasons stands for about eight plays of its game."""


@dataclass(frozen=True, slots=True)
class Layers:
    """A fit of regulation, with a line or without."""

    with_line: bool
    ep: Floats
    base: Floats
    jumps: Floats

    def log_odds(self, snaps: Snaps) -> Floats:
        """Return the log-odds that the side with the ball wins, by the designs of the fit."""
        odds: Floats = _base_design(snaps, self.ep, with_line=self.with_line) @ self.base
        last = np.flatnonzero(snaps.left_s < LATE_S)
        if len(last):
            odds[last] += late.design(snaps.where(snaps.left_s < LATE_S)) @ self.jumps
        return odds

    def probability(self, snaps: Snaps) -> Floats:
        """Return the probability that the side with the ball wins; of what is certain the engine knows."""
        return sigmoid(self.log_odds(snaps))


@dataclass(frozen=True, slots=True)
class BaseData:
    """What the base layer is fitted on, a row a snap."""

    design: Any
    won: Floats
    weights: Floats
    game: Whole


def fit(snaps: Snaps, older: Snaps, *, with_line: bool, ep: Floats | None = None) -> Layers:
    """Fit the layers on regulation snaps; `older` ones, fourth downs alone, inform the base layer.

    Args:
        snaps: those without a line are left out where `with_line`.
        older: may be empty.
        with_line: whether drift is the line, or the home edge.
        ep: expected points that are already fitted.
    """
    ep = expected_points.fit(snaps) if ep is None else ep
    data = base_data(snaps, older, ep, with_line=with_line)
    coefficients = fit_logistic(data.design, data.won, base.PENALTY, data.weights)
    layers = Layers(with_line, ep, coefficients, np.zeros(len(late.JUMPS)))
    last = _with_drift(snaps, with_line=with_line)
    last = last.where(last.left_s < LATE_S)
    if not len(last):
        return layers
    offset = _base_design(last, ep, with_line=with_line) @ coefficients
    jumps = fit_bounded_logistic(late.design(last), last.won, offset, late.floors(coefficients), late.PENALTY)
    return replace(layers, jumps=jumps)


def base_data(snaps: Snaps, older: Snaps, ep: Floats, *, with_line: bool) -> BaseData:
    """Return the base layer's data over the snaps and the older ones that have what it needs."""
    parts = [_with_drift(part, with_line=with_line) for part in (snaps, older)]
    designs = [_base_design(part, ep, with_line=with_line) for part in parts if len(part)]
    return BaseData(
        sparse.vstack(designs, format="csr"),
        np.concatenate([part.won for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.game for part in parts]),
    )


def _base_design(snaps: Snaps, ep: Floats, *, with_line: bool) -> Any:
    return base.design(snaps, _drift(snaps, with_line=with_line), expected_points.design(snaps) @ ep)


def _drift(snaps: Snaps, *, with_line: bool) -> Floats:
    return snaps.line if with_line else snaps.edge


def _with_drift(snaps: Snaps, *, with_line: bool) -> Snaps:
    return snaps.where(~np.isnan(_drift(snaps, with_line=with_line)))
