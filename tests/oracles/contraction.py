"""Slow, obviously right versions: the contraction inequality written out, its best scaling by a grid, and by cvxpy."""

import numpy as np


def block_matrix(weights, metric, scaling, rate, tau, slope):
    """The inequality in continuous time, entry by entry."""
    n = len(weights)
    out = np.zeros((2 * n, 2 * n))
    for i in range(n):
        for j in range(n):
            out[i, j] = metric[i, j] * (2 * rate - 1 / tau[i] - 1 / tau[j])
            out[i, n + j] = metric[i, j] / tau[j] + weights[j, i] * scaling[j]
            out[n + j, i] = out[i, n + j]
        out[n + i, n + i] = -2 * scaling[i] / slope[i]
    return out


def parabola_rate(weights, scaling, n_angles=4001):
    """Rate for one scaling, equal tau = 1 and L = 1: the numerical range inside a parabola with focus 0."""
    root = np.sqrt(scaling)
    inner = weights * root[:, None] / root[None, :]
    worst = 0.0
    for angle in np.linspace(0, 2 * np.pi, n_angles):
        turned = np.exp(-1j * angle) * inner
        # Largest (Re z + Re(exp(-i a) z)) / 2 over the range, for every direction a.
        worst = max(worst, np.linalg.eigvalsh(0.25 * (inner + inner.T + turned + turned.conj().T))[-1])
    return 1 - worst


def best_pair_rate(weights, n_points=121):
    """Largest rate of two units over a grid of scalings."""
    return max(parabola_rate(weights, np.array([1.0, np.exp(y)]), 61) for y in np.linspace(-6, 6, n_points))


def semidefinite_feasible(weights, rate, tau, slope, cvxpy):
    """Largest t for which the inequality holds with t to spare, P and q at most 1, by an independent solver."""
    n = len(weights)
    metric = cvxpy.Variable((n, n), symmetric=True)
    scaling = cvxpy.Variable(n)
    spare = cvxpy.Variable()
    flow = np.diag(1 / tau)
    cross = metric @ flow + weights.T @ cvxpy.diag(scaling)
    corner = -2 * cvxpy.diag(cvxpy.multiply(1 / slope, scaling))
    block = cvxpy.bmat([[-metric @ flow - flow @ metric + 2 * rate * metric, cross], [cross.T, corner]])
    limits = [block + spare * np.eye(2 * n) << 0, metric << np.eye(n), metric >> 0, scaling <= 1, scaling >= 0]
    problem = cvxpy.Problem(cvxpy.Maximize(spare), limits)
    problem.solve(solver="CLARABEL")
    return float(spare.value)
