"""Quadratic problems with signs: against every face, against SciPy, and on matrices without full rank."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from tests.oracles.circuit_fit import signed_minimum

from interplay.ops.signed_regression import block_grams, signed_quadratic, signed_quadratics


def problem(rng, n, rows):
    x = rng.gamma(1.0, 1.0, size=(rows, n))
    y = 3.0 * rng.normal(size=rows)
    sign = rng.integers(-1, 2, size=n)
    return x, y, np.where(sign > 0, 0.0, -np.inf), np.where(sign < 0, 0.0, np.inf)


@pytest.mark.parametrize("seed", range(12))
def test_signed_quadratic_is_the_best_of_all_faces(seed):
    rng = np.random.default_rng(seed)
    n = 1 + seed % 6
    x, y, low, high = problem(rng, n, 8)
    w = np.zeros(n)
    assert signed_quadratic(x.T @ x, x.T @ y, low, high, w)
    best, point = signed_minimum(x.T @ x, x.T @ y, low, high)
    assert 0.5 * w @ x.T @ x @ w - w @ x.T @ y == pytest.approx(best, abs=1e-9)
    np.testing.assert_allclose(w, point, atol=1e-7)


def test_signed_quadratics_agree_with_scipy_from_any_start():
    rng = np.random.default_rng(0)
    x, _, low, high = problem(rng, 15, 40)
    targets = rng.normal(size=(6, 40))
    starts = np.clip(rng.normal(size=(6, 15)), low, high)
    bounds = np.tile(low, (6, 1)), np.tile(high, (6, 1))
    assert signed_quadratics((x.T @ x)[None], True, targets @ x, *bounds, starts) == 0
    for w, y in zip(starts, targets, strict=True):
        np.testing.assert_allclose(w, lsq_linear(x, y, (low, high), method="bvls", tol=1e-14).x, atol=1e-8)


def test_signed_quadratic_without_full_rank_still_finds_a_minimum():
    rng = np.random.default_rng(1)
    x, y, low, high = problem(rng, 9, 5)
    w = np.zeros(9)
    signed_quadratic(x.T @ x, x.T @ y, low, high, w)
    want = lsq_linear(x, y, (low, high), method="bvls", tol=1e-14).x
    assert ((x @ w - y) ** 2).sum() == pytest.approx(((x @ want - y) ** 2).sum(), abs=1e-6)


def test_held_and_flat_variables_stay():
    gram = np.diag([2.0, 0.0, 1.0])
    w = np.array([0.0, 5.0, 0.25])
    low, high = np.array([-np.inf, -np.inf, 0.25]), np.array([np.inf, np.inf, 0.25])
    signed_quadratic(gram, np.array([4.0, 1.0, 9.0]), low, high, w)
    assert w.tolist() == [2.0, 5.0, 0.25]


def test_block_grams_sum_by_runs():
    rng = np.random.default_rng(2)
    x, weight, edges = rng.normal(size=(20, 4)), rng.integers(-1, 2, size=20).astype(float), np.array([0, 3, 3, 20])
    out = np.zeros((3, 4, 4))
    block_grams(x, weight, edges, out)
    for k, (a, b) in enumerate([(0, 3), (3, 3), (3, 20)]):
        np.testing.assert_allclose(out[k], (x[a:b] * weight[a:b, None]).T @ x[a:b], atol=1e-12)
