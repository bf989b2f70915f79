"""The same regression with whole couplings switched off: a penalty on the length of every pair's coefficients."""

from __future__ import annotations

import numpy as np

from interplay.infer.glm_design import Floats
from interplay.infer.glm_solver import Line, Problem, Solved, information
from interplay.ops.group_lasso import descend_groups

_SWEEPS = 500
#: A step that promises more than this share of the last asks for a nearer Hessian.
_SLOW = 0.3
#: Groups are descended until a move gains less than this share of what counts as done.
_INNER = 0.01


def solve_groups(problem: Problem, strength: float, theta: Floats | None, tolerance: float, iterations: int) -> Solved:
    """Maximise the likelihood less `strength` times the sum over sources of sqrt(K) |coefficients of the pair|.

    Newton's method with a penalty: each step minimises a quadratic model of the loss plus the penalty itself, by
    descent over groups, then searches along the line. The model's Hessian is that at the homogeneous rate until steps
    gain too little, then the exact one. Constant, stimulus and own history are not penalised.

    Parameters
    ----------
    problem : Problem
        Its ridge is not read.
    strength : float, >= 0, nats
    theta : (P, M) float64 array or None
    tolerance : float, nats
    iterations : int

    Returns
    -------
    Solved
    """
    groups = _Groups(problem, strength)
    line = Line(problem, problem.start() if theta is None else theta.copy())
    model = _Model(problem, _first_hessian(problem), groups)
    left, done = np.full(len(problem.targets), np.inf), 0
    while done < iterations:
        done += 1
        slope = line.slope()
        direction, promised = model.step(line.theta, slope, left > tolerance, _INNER * tolerance)
        if (-promised > np.maximum(_SLOW * left, tolerance)).any() and done > 1:
            model = _Model(problem, information(problem, line.eta), groups)
            direction, promised = model.step(line.theta, slope, left > tolerance, _INNER * tolerance)
        left = np.where(left > tolerance, np.maximum(-promised, 0.0), left)
        going = left > tolerance
        if not going.any():
            break
        taken = line.step(np.where(going, direction, 0.0), np.where(going, promised, 0.0), groups.penalty)
        if not (taken > 0).any():
            break
    return Solved(line.theta, line.eta, left, done)


class _Groups:
    """Which coefficients belong together, and what their length costs each target, (N, M)."""

    def __init__(self, problem: Problem, strength: float) -> None:
        self.n, self.k = problem.design.n_units, problem.design.basis.shape[1]
        self.other = problem.design.n_other
        self.weight = np.full((self.n, len(problem.targets)), strength * np.sqrt(self.k))
        self.weight[problem.targets, np.arange(len(problem.targets))] = 0.0
        self.first = self.k * np.arange(self.n)
        self.size = np.full(self.n, self.k)

    def penalty(self, theta: Floats) -> Floats:
        """Give the penalty of every target, (M,), from (P, M) parameters."""
        pairs = theta[self.other :].reshape(self.n, self.k, -1)
        return np.asarray((self.weight * np.sqrt((pairs**2).sum(axis=1))).sum(axis=0))


class _Model:
    """Quadratic models of the loss of M targets; what is not penalised by column is eliminated from each."""

    def __init__(self, problem: Problem, hessian: Floats, groups: _Groups) -> None:
        self.groups = groups
        o, n, k = groups.other, groups.n, groups.k
        # Per target: the least-squares share of the unpenalised columns in the others.
        self.corner = hessian[:, :o, :o]
        self.share = np.linalg.solve(self.corner, hessian[:, :o, o:])
        self.gram = hessian[:, o:, o:] - np.einsum("moa,mob->mab", hessian[:, :o, o:], self.share)
        blocks = np.einsum("mnanb->mnab", self.gram.reshape(-1, n, k, n, k))
        # Rounding must not put the bound below the eigenvalue.
        self.bound = np.linalg.eigvalsh(blocks)[:, :, -1] * (1 + 1e-9)
        if problem.free is not None:
            self.bound[~problem.free[o::k].T] = 0.0

    def step(self, theta: Floats, slope: Floats, going: np.ndarray, tolerance: float) -> tuple[Floats, Floats]:
        """Minimise model and penalty.

        Parameters
        ----------
        theta, slope : (P, M) float64 arrays
        going : (M,) bool array
            Targets that still move.
        tolerance : float, nats

        Returns
        -------
        direction : (P, M) float64 array
        promised : (M,) float64 array, <= 0
            First-order change of the objective by a full step.
        """
        groups, o = self.groups, self.groups.other
        direction = np.zeros_like(theta)
        for j in np.flatnonzero(going).tolist():
            inner = slope[o:, j] - slope[:o, j] @ self.share[j]
            w = theta[o:, j].copy()
            strength = groups.weight[:, j].copy()
            given = (self.gram[j], inner, groups.first, groups.size, strength, self.bound[j], w, _SWEEPS, tolerance)
            descend_groups(*given)
            direction[o:, j] = w - theta[o:, j]
            direction[:o, j] = -np.linalg.solve(self.corner[j], slope[:o, j]) - self.share[j] @ direction[o:, j]
        linear = np.einsum("pm,pm->m", slope, direction)
        return direction, linear + groups.penalty(theta + direction) - groups.penalty(theta)


def _first_hessian(problem: Problem) -> Floats:
    """Lay out the Hessian at the homogeneous rate, (M, P, P)."""
    design = problem.design
    mean = np.concatenate([[1.0], design.means])
    gram = np.outer(mean, mean)
    gram[1:, 1:] += design.covariance
    return np.asarray(problem.mean_curvature()[:, None, None] * (design.n_rows * gram))
