"""What holds of the tools of the fit: hats, solvers, and what a text tells."""

import numpy as np
import pytest
from scipy import sparse

from calibration.fit.knots import BASE_KNOTS, KICK_KNOTS, Columns, hats
from calibration.fit.regression import fit_bounded_logistic, fit_logistic, fit_ridge, sigmoid, solve
from calibration.fit.words import Try, kick_length_yd, try_after_touchdown


def test_hats_add_up_to_one_and_carry_any_line() -> None:
    """Between the knots they reproduce a straight line; beyond them they are clamped."""
    x = np.linspace(-50.0, 4_000.0, 301)
    table = hats(x, BASE_KNOTS)
    assert np.allclose(table.sum(axis=1), 1.0)
    assert np.allclose(table @ np.array(BASE_KNOTS, dtype=np.float64), np.clip(x, 0.0, 3_600.0))


def test_sparse_columns_are_the_hats() -> None:
    """Left-out knots carry no column."""
    x = np.linspace(1_790.0, 3_600.0, 50)
    columns = Columns(len(x))
    columns.add_hats(x, KICK_KNOTS, weight=2.0 * x, first=1)
    assert np.allclose(columns.matrix().toarray(), hats(x, KICK_KNOTS)[:, 1:] * (2.0 * x)[:, None])


def test_the_solver_solves() -> None:
    """Against LAPACK, on a system as large as the fit's."""
    dice = np.random.default_rng(1)
    root = dice.normal(size=(98, 98))
    matrix, right = root.T @ root + np.eye(98), dice.normal(size=98)
    assert np.allclose(solve(matrix, right), np.linalg.solve(matrix, right))


def test_a_system_without_a_solution_is_refused() -> None:
    """No penalty and an empty column make one."""
    with pytest.raises(ValueError, match="not positive definite"):
        solve(np.zeros((2, 2)), np.ones(2))


def test_a_regression_stands_where_its_slope_is_zero() -> None:
    """Ridge and logistic regression end at the minimum of what they minimise, weights and all."""
    dice = np.random.default_rng(2)
    x = dice.normal(size=(500, 4))
    y = (dice.random(500) < sigmoid(x @ np.array([1.0, -2.0, 0.0, 0.5]))).astype(np.float64)
    weights = dice.integers(0, 3, 500).astype(np.float64)
    found = fit_ridge(sparse.csr_array(x), y, 3.0)
    assert np.allclose(x.T @ (x @ found - y) + 3.0 * found, 0.0, atol=1e-9)
    found = fit_logistic(sparse.csr_array(x), y, 2.0, weights)
    assert np.allclose(x.T @ (weights * (sigmoid(x @ found) - y)) + 2.0 * found, 0.0, atol=1e-6)


def test_a_bound_holds_and_nothing_else_is_bent() -> None:
    """Without floors the bounded regression is the free one; with them it keeps them."""
    dice = np.random.default_rng(3)
    x = dice.normal(size=(400, 3))
    y = (dice.random(400) < sigmoid(x @ np.array([1.0, -1.0, 0.3]))).astype(np.float64)
    design, nothing = sparse.csr_array(x), np.zeros(400)
    free = fit_bounded_logistic(design, y, nothing, [None, None, None], 1.0)
    assert np.allclose(free, fit_logistic(design, y, 1.0), atol=1e-4)
    bound = fit_bounded_logistic(design, y, nothing, [None, -0.2, None], 1.0)
    assert bound[1] == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Spencer Evans 41 Yd Field Goal", 41),
        ("Smith 38 yd FG GOOD", 38),
        ("Seth Small field goal blocked", None),
        ("Seth Small 3 Yd Field Goal", None),
    ],
)
def test_the_length_of_a_kick_is_read(text: str, length: int | None) -> None:
    """A length that no kick has is none."""
    assert kick_length_yd(text) == length


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Knox 4 Yd Run (Spencer Evans Kick)", Try(two_points=False, good=True)),
        ("Knox 4 Yd Run (Spencer Evans PAT MISSED)", Try(two_points=False, good=False)),
        ("Burrow 10 Yd Run (Two-Point Pass Conversion Failed)", Try(two_points=True, good=False)),
        ("Burrow 4 Yd Run (Joe Burrow Pass for Two-Point Conversion)", Try(two_points=True, good=True)),
        ("Burrow run for 4 yds for a TD", None),
    ],
)
def test_the_try_is_read_from_the_touchdown_s_text(text: str, told: Try | None) -> None:
    """Feeds have no row of their own for it."""
    assert try_after_touchdown(text) == told
