"""The solver on second moments, against the published optimiser on samples."""

import numpy as np
import pytest
from scipy.linalg import expm
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
    expected, h = dynotears(z[:, :4], z[:, 4:], 0.05, 0.05, tolerance=3e-2, fall=1e-17, slope=1e-11)
    found = solve(z.T @ z / len(z), penalised(4, 0.05), tolerance=3e-2, slope=1e-11)
    assert np.abs(found.coefficient - expected).max() < 1e-6
    assert found.cyclicity == pytest.approx(h, rel=1e-5)
    assert 1e-4 < h < 3e-2


@pytest.mark.slow
def test_at_the_published_tolerance_the_objective_is_the_published_one():
    z = drawn(2, d=4)
    expected, h = dynotears(z[:, :4], z[:, 4:], 0.05, 0.05, fall=1e-13, slope=1e-8)
    found = solve(z.T @ z / len(z), penalised(4, 0.05), slope=1e-8)
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
    found = solve(z.T @ z / len(z), penalty, acyclic=False, slope=1e-10).coefficient
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


def test_what_converged_is_acyclic_and_optimal_among_graphs_without_its_cycles():
    z = drawn(5, d=6)
    moment, penalty = z.T @ z / len(z), penalised(6, 0.05)
    found = solve(moment, penalty)
    assert found.converged
    assert np.trace(expm(found.coefficient[:6] ** 2)) - 6 <= 1e-8
    # Lagged weights do not enter the cyclicity: given W they are a lasso.
    slope = loss(moment, found.coefficient)[1][6:]
    lagged, size = found.coefficient[6:], np.sqrt(np.diag(moment)[6:, None])
    assert (np.abs(slope + 0.05 * np.sign(lagged)) / size)[lagged != 0].max() <= 1e-5
    assert ((np.abs(slope) - 0.05) / size).max() <= 1e-5
    # An instantaneous weight is pulled by the error, its penalty and a multiple of its cycles, the same for all.
    w = found.coefficient[:6]
    pull = -(loss(moment, found.coefficient)[1][:6] + 0.05 * np.sign(w))
    cycles = 2 * expm(w * w).T * w
    used = np.abs(cycles) > 1e-6
    price = pull[used] / cycles[used]
    assert used.sum() >= 4
    assert np.ptp(price) < 1e-2 * price.mean()
    assert not solve(moment, penalty, rounds=1).converged


@pytest.mark.parametrize("kind", ["few rows", "twin", "scales"])
def test_singular_and_badly_scaled_moments_end_in_a_minimum_that_says_whether_it_is_one(kind):
    z = drawn(6, n=8 if kind == "few rows" else 300)
    if kind == "twin":
        z[:, [1, 6]] = z[:, [0, 5]]
    if kind == "scales":
        z = z * np.tile([1.0, 1e3, 1.0, 10.0, 1.0], 2)
    found = solve(z.T @ z / len(z), penalised(5, 0.05))
    assert found.converged
    assert found.cyclicity <= 1e-8
    assert np.isfinite(found.coefficient).all()


def test_a_small_move_onto_one_unit_may_undo_another_and_the_end_is_checked_after_it():
    # Dense graphs couple strong weights to those that close cycles: a sweep that still moves proves nothing.
    for seed in range(3):
        z = drawn(seed, d=8)
        assert solve(z.T @ z / len(z), penalised(8, 0.02)).converged
