"""The solver on second moments, against the published optimiser on samples."""

import numpy as np
import pytest
from tests.oracles.dynotears import dynotears, lasso, objective_of

from interplay.ops.acyclic import least_threshold, topological_order
from interplay.ops.dynotears import lagged_rows, loss, polish, solve


def drawn(seed, d=5, n=300):
    """Draw rows beside their past, centred."""
    rng = np.random.default_rng(seed)
    w = np.triu(rng.random((d, d)) < 0.5, 1) * rng.uniform(0.5, 1.5, (d, d)) * rng.choice([-1, 1], (d, d))
    a = np.diag(np.full(d, 0.3))
    within = np.linalg.inv(np.eye(d) - w)
    x = np.zeros((n + 50, d))
    for t in range(1, len(x)):
        x[t] = (x[t - 1] @ (a @ (np.eye(d) - w)) + rng.standard_normal(d)) @ within
    z = lagged_rows(x[50:], 1)
    return z - z.mean(axis=0)


def penalised(d, value):
    out = np.full((2 * d, d), value)
    out[np.arange(d), np.arange(d)] = np.inf
    return out


def test_rows_lie_beside_their_past():
    x = np.arange(10.0).reshape(5, 2)
    assert lagged_rows(x, 2).tolist() == [[4, 5, 2, 3, 0, 1], [6, 7, 4, 5, 2, 3], [8, 9, 6, 7, 4, 5]]


def test_loss_is_that_of_the_samples():
    z = drawn(0)
    coefficient = np.random.default_rng(1).normal(size=(10, 5))
    value, slope = loss(z.T @ z / len(z), coefficient)
    residual = z[:, :5] - z @ coefficient
    assert value == pytest.approx(0.5 * (residual**2).sum() / len(z), rel=1e-12)
    assert np.allclose(slope, -z.T @ residual / len(z), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("seed", [0, 1])
def test_coefficients_equal_the_published_ones(seed):
    # At a loose cyclicity the problem is not yet stiff, so both can be solved to the last digits.
    z = drawn(seed, d=4)
    kind = {"tolerance": 3e-2, "fall": 1e-17, "slope": 1e-11}
    expected, h = dynotears(z[:, :4], z[:, 4:], 0.05, 0.05, **kind)
    found = solve(z.T @ z / len(z), penalised(4, 0.05), **kind)
    assert np.abs(found.coefficient - expected).max() < 1e-6
    assert found.cyclicity == pytest.approx(h, rel=1e-5)
    assert 1e-4 < h < 3e-2


@pytest.mark.slow
def test_at_the_published_tolerance_the_objective_is_the_published_one():
    z = drawn(2, d=4)
    kind = {"fall": 1e-13, "slope": 1e-8}
    expected, h = dynotears(z[:, :4], z[:, 4:], 0.05, 0.05, **kind)
    found = solve(z.T @ z / len(z), penalised(4, 0.05), **kind)
    assert max(found.cyclicity, h) <= 1e-8
    assert found.converged
    theirs, ours = (objective_of(z[:, :4], z[:, 4:], c, 0.05, 0.05) for c in (expected, found.coefficient))
    assert ours == pytest.approx(theirs, rel=1e-6)


def test_polishing_leaves_no_cycle_and_the_lasso_of_every_unit_on_its_parents_and_the_past():
    z = drawn(2, d=4)
    moment, penalty = z.T @ z / len(z), penalised(4, 0.05)
    found = solve(moment, penalty).coefficient
    least = least_threshold(found[:4])
    assert least > 0
    polished, settled = polish(moment, penalty, found, least)
    assert settled
    assert topological_order(polished[:4] != 0) is not None
    for j in range(4):
        parents = [*np.flatnonzero(np.abs(found[:4, j]) > least), *range(4, 8)]
        assert np.allclose(polished[parents, j], lasso(z[:, parents], z[:, j], 0.05), atol=1e-6)


def test_without_an_instantaneous_part_it_is_the_lasso():
    z = drawn(3)
    penalty = np.full((10, 5), 0.1)
    penalty[:5] = np.inf
    found = solve(z.T @ z / len(z), penalty, acyclic=False, slope=1e-10, fall=1e-16).coefficient
    assert (found[:5] == 0).all()
    for j in range(5):
        assert np.allclose(found[5:, j], lasso(z[:, 5:], z[:, j], 0.1), atol=1e-7)


def test_forbidden_weights_stay_zero_and_a_penalty_beyond_every_slope_leaves_nothing():
    z = drawn(4)
    penalty = penalised(5, 0.05)
    penalty[0, 1] = penalty[7, 3] = np.inf
    found = solve(z.T @ z / len(z), penalty).coefficient
    assert found[0, 1] == found[7, 3] == 0
    assert found.any()
    assert not solve(z.T @ z / len(z), penalised(5, 1e3)).coefficient.any()
