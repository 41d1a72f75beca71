"""Penalised regressions whose result does not depend on the number of threads.

Designs are sparse, so the long sums run in SciPy's own loops, in one thread and in a fixed order; the
small systems are solved here. No BLAS sums over plays, and the same data give the same bits in every
process of a machine.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from calibration.fit.plays import Floats

MOST_LOG_ODDS = 35.0
_LEAST_VARIANCE = 1e-5
_CONVERGED = 1e-9


def sigmoid(log_odds: Floats) -> Floats:
    """Return 1 / (1 + exp(-x))."""
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -MOST_LOG_ODDS, MOST_LOG_ODDS)))
    return result


def solve(matrix: Floats, right: Floats) -> Floats:
    """Solve a symmetric positive definite system by Cholesky's factors, row operations in a fixed order.

    Raises:
        ValueError: the matrix is not positive definite.
    """
    size = len(right)
    work = np.column_stack((matrix, right)).astype(np.float64)
    for column in range(size):
        if not work[column, column] > 0.0:
            raise ValueError("the matrix is not positive definite: a penalty must be above 0")
        factors = work[column + 1 :, column] / work[column, column]
        work[column + 1 :, column:] -= factors[:, None] * work[column, column:]
    answer = np.zeros(size)
    for row in range(size - 1, -1, -1):
        known = float(np.sum(work[row, row + 1 : size] * answer[row + 1 :]))
        answer[row] = (work[row, size] - known) / work[row, row]
    return answer


def fit_ridge(design: Any, target: Floats, penalty: float) -> Floats:
    """Return the coefficients that minimise sum (x b - y)^2 + penalty b^2."""
    square = (design.T @ design).toarray() + penalty * np.eye(design.shape[1])
    return solve(square, design.T @ target)


def fit_logistic(
    design: Any,
    happened: Floats,
    penalty: float,
    weights: Floats | None = None,
    start: Floats | None = None,
    iterations: int = 25,
) -> Floats:
    """Return the coefficients of a ridge-penalised logistic regression, by Newton's steps to convergence.

    Args:
        design: sparse, shape (rows, coefficients).
        happened: 0 or 1 a row.
        penalty: half of it times the sum of squares is added to the negative log-likelihood.
        weights: how often each row counts; once by default.
        start: where to begin.
        iterations: at most so many steps.
    """
    size = design.shape[1]
    found = np.zeros(size) if start is None else start.copy()
    counts = np.ones(len(happened)) if weights is None else weights
    ridge = penalty * np.eye(size)
    for _ in range(iterations):
        mean = sigmoid(design @ found)
        curvature = np.maximum(mean * (1.0 - mean), _LEAST_VARIANCE) * counts
        square = (design.T @ design.multiply(curvature[:, None]).tocsr()).toarray() + ridge
        step = solve(square, design.T @ (counts * (happened - mean)) - penalty * found)
        found += step
        if float(np.abs(step).max()) < _CONVERGED:
            break
    return found


def fit_bounded_logistic(
    design: Any,
    happened: Floats,
    offset: Floats,
    floors: Sequence[float | None],
    penalty: float,
    start: Floats | None = None,
    iterations: int = 300,
) -> Floats:
    """Return the same on top of given log-odds, each coefficient at or above its floor (L-BFGS-B).

    Byrd, Lu, Nocedal and Zhu (1995), "A limited memory algorithm for bound constrained optimization".
    """
    turned = design.T.tocsr()

    def loss(found: Floats) -> tuple[float, Floats]:
        log_odds = offset + design @ found
        value = np.sum(np.logaddexp(0.0, log_odds) - happened * log_odds) + 0.5 * penalty * np.sum(found**2)
        return float(value), turned @ (sigmoid(log_odds) - happened) + penalty * found

    first = np.zeros(design.shape[1]) if start is None else start
    bounds = [(floor, None) for floor in floors]
    options = {"maxiter": iterations, "maxfun": 2 * iterations, "maxcor": 12, "ftol": 1e-12, "gtol": 1e-4}
    answer = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    result: Floats = answer.x
    return result
