"""Smooth calibration error: how far from calibrated, without bins whose edges decide the answer.

With r(t) the residuals y - p smoothed over t by a Gaussian of width s that is reflected at 0 and 1,

    smECE_s = integral over [0, 1] of |mean over plays of K_s(t, p) (y - p)| dt,

and the smooth calibration error is smECE_s at the width s where smECE_s = s: an error below the width of the
smoothing would be noise, one above it is seen (Blasiok and Nakkiran, "Smooth ECE: principled reliability
diagrams via kernel smoothing", ICLR 2024).
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

CELLS: Final = 2_000
"""Cells of [0, 1] in which residuals are gathered before they are smoothed."""
_STEPS: Final = 20


def smooth_calibration_error(probability: NDArray[np.float64], happened: NDArray[Any]) -> float:
    """Return the smooth calibration error (at least one play), in [0, 1]; 0 is perfect.

    Residuals are gathered in 2,000 cells first, so that errors below 0.0005 are not resolved.
    """
    cell = np.minimum((probability * CELLS).astype(np.int64), CELLS - 1)
    residuals = np.bincount(cell, weights=happened - probability, minlength=CELLS) / len(probability)
    narrow, wide = 0.0, 1.0
    for _ in range(_STEPS):
        width = (narrow + wide) / 2.0
        if _smoothed(residuals, width) > width:
            narrow = width
        else:
            wide = width
    return _smoothed(residuals, wide)


def _smoothed(residuals: NDArray[np.float64], width: float) -> float:
    spread = gaussian_filter1d(residuals, width * CELLS, mode="reflect", truncate=6.0)
    return float(np.abs(spread).sum())
