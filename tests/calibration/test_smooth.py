"""The smooth calibration error against values by hand and against its authors' own package."""

import numpy as np
import pytest

from calibration.smooth import smooth_calibration_error

GOLDEN = 0.6180339887498949


@pytest.mark.parametrize(("share", "error"), [(0.5, 0.0), (0.75, 0.25), (0.0, 0.5)])
def test_a_constant_is_off_by_the_distance_to_the_share(share: float, error: float) -> None:
    """Smoothing moves the residuals of one probability but does not cancel any of them."""
    won = np.arange(8) < share * 8
    assert smooth_calibration_error(np.full(8, 0.5), won) == pytest.approx(error, abs=1e-6)


def test_saying_what_happens_is_perfect() -> None:
    """Nothing is left to smooth."""
    won = np.array([True, False, True])
    assert smooth_calibration_error(won.astype(np.float64), won) == 0.0


def test_opposite_errors_count_when_they_are_apart_and_cancel_when_they_are_close() -> None:
    """The same errors of a half: a thousandth apart they are noise, far apart they are not."""
    won = np.array([True, False])
    assert smooth_calibration_error(np.array([0.4995, 0.5005]), won) < 0.05
    assert smooth_calibration_error(np.array([0.1, 0.9]), won) > 0.3


@pytest.mark.parametrize(
    ("plays", "power", "relplot"),
    [(1_000, 1.0, 0.01008), (1_000, 1.5, 0.10203), (4_000, 0.6, 0.12526)],
)
def test_it_agrees_with_relplot(plays: int, power: float, relplot: float) -> None:
    """`relplot.smECE` 1.0.3 on the same plays; its mesh of 200 points leaves a thousandth between us."""
    said = (np.arange(plays) + 0.5) / plays
    won = (np.arange(plays) * GOLDEN) % 1 < said**power
    assert smooth_calibration_error(said, won) == pytest.approx(relplot, abs=0.0012)
