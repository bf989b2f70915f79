"""The same regression with whole couplings switched off: a penalty on the length of every pair's coefficients."""

from __future__ import annotations

import numpy as np

from interplay.infer.glm_design import Floats
from interplay.infer.glm_solver import Line, Problem, Solved, information
from interplay.ops.group_lasso import descend_groups

_SWEEPS = 200
#: The Hessian is computed anew where a step gains more than this share of the last.
_SLOW = 0.1


def solve_groups(problem: Problem, strength: float, theta: Floats | None, tolerance: float, iterations: int) -> Solved:
    """Maximise the likelihood less `strength` times the sum over sources of sqrt(K) |coefficients of the pair|.

    Newton's method with a penalty: each step minimises the quadratic model of the loss plus the penalty itself, by
    descent over groups, then searches along the line. Constant, stimulus and own history are not penalised.

    Parameters
    ----------
    problem : Problem
    strength : float, >= 0, nats
    theta : (P, M) float64 array or None
    tolerance : float, nats
    iterations : int

    Returns
    -------
    Solved
    """
    design = problem.design
    n, k, other = design.n_units, design.basis.shape[1], design.n_other
    weight = np.full((n + 1, len(problem.targets)), strength * np.sqrt(k))
    weight[0] = 0.0
    weight[1 + problem.targets, np.arange(len(problem.targets))] = 0.0
    group = np.concatenate([[0], other + k * np.arange(n)])
    size = np.concatenate([[other], np.full(n, k)])

    def penalty(at: Floats) -> Floats:
        pairs = at[other:].reshape(n, k, -1)
        return np.asarray((weight[1:] * np.sqrt((pairs**2).sum(axis=1))).sum(axis=0))

    line = Line(problem, problem.start() if theta is None else theta.copy())
    hessian = np.empty(0)
    left, done = np.full(len(problem.targets), np.inf), 0
    for done in range(1, iterations + 1):
        slope = line.slope()
        direction = np.empty_like(line.theta)
        promised = np.empty(len(problem.targets))
        for attempt in range(2):
            if attempt == 1 or not hessian.size:
                hessian = information(problem, line.eta)
                bound = _bounds(hessian, group, size, problem)
            for j in range(len(promised)):
                w = line.theta[:, j].copy()
                descend_groups(
                    hessian[j],
                    slope[:, j].copy(),
                    w.copy(),
                    group,
                    size,
                    weight[:, j],
                    bound[j],
                    w,
                    _SWEEPS,
                    0.01 * tolerance,
                )
                direction[:, j] = w - line.theta[:, j]
            linear = np.einsum("pm,pm->m", slope, direction)
            promised = linear + penalty(line.theta + direction) - penalty(line.theta)
            fast = -promised <= np.maximum(_SLOW * left, tolerance)
            if fast.all() or done == 1:
                break
        left = np.maximum(-promised, 0.0)
        going = left > tolerance
        if not going.any():
            break
        taken = line.step(np.where(going, direction, 0.0), np.where(going, promised, 0.0), penalty)
        if not (taken > 0).any():
            break
    return Solved(line.theta, line.eta, left, done)


def _bounds(hessian: Floats, group: np.ndarray, size: np.ndarray, problem: Problem) -> Floats:
    out = np.zeros((len(hessian), len(group)))
    for g, (a, k) in enumerate(zip(group, size, strict=True)):
        out[:, g] = np.linalg.eigvalsh(hessian[:, a : a + k, a : a + k])[:, -1]
        if problem.free is not None:
            out[~problem.free[a], g] = 0.0
    return out
