"""Penalised maximum likelihood of many targets at once: a metric shared by all, and curvature learnt on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.infer.glm_design import Design, Floats
from interplay.ops import spike_history as kernel

_MEMORY = 12
_ARMIJO = 1e-4
_HALVINGS = 40
#: Rounding of a sum of losses, as a share of it: smaller differences say nothing.
_ROUNDING = 1e-13
#: Directions whose spread is below this share of the largest carry no information.
_FLAT = 1e-12


class Solved(NamedTuple):
    """Parameters of M targets and how they were reached.

    Attributes
    ----------
    theta : (P, M) float64 array
    eta : (T, M) float64 array
        Drive at every bin.
    left : (M,) float64 array
        Log-likelihood, in nats, that the quadratic model says is still to be won.
    iterations : int
    """

    theta: Floats
    eta: Floats
    left: Floats
    iterations: int


@dataclass(frozen=True, eq=False)
class Problem:
    """The regression of M targets on one design.

    Attributes
    ----------
    design : Design
    targets : (M,) int64 array
    soft : bool
        Softplus in place of the exponential.
    ridge : (P,) float64 array, >= 0
        Weight of half the square of every parameter.
    free : (P, M) bool array or None
        Which parameters each target has; all where None.
    """

    design: Design
    targets: NDArray[np.int64]
    soft: bool
    ridge: Floats
    free: NDArray[np.bool_] | None = None

    @property
    def counts(self) -> Floats:
        """Spike counts of the targets, (T, M)."""
        return np.ascontiguousarray(self.design.counts[:, self.targets])

    def start(self) -> Floats:
        """Give the homogeneous rate: a constant, and nothing else, (P, M)."""
        rate = self.design.weight @ self.design.counts[:, self.targets] / self.design.n_rows
        theta = np.zeros((self.design.n_columns, len(self.targets)))
        theta[0] = np.log(np.expm1(rate)) if self.soft else np.log(rate)
        return theta

    def mean_curvature(self) -> Floats:
        """Give the second derivative by the drive at the homogeneous rate, (M,)."""
        rate = self.design.weight @ self.design.counts[:, self.targets] / self.design.n_rows
        return np.asarray(np.expm1(-rate) ** 2 / rate if self.soft else rate)


class Metric:
    """The Hessian at the homogeneous rate, inverted: exact for a model without structure, near for sparse spikes.

    All targets share the columns' spread, so that one eigendecomposition serves them all; a target with parameters of
    its own gets an inverse of its own.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        design = problem.design
        self.problem, self.mean, self.scale = problem, design.means, problem.mean_curvature()
        self.rows = design.n_rows
        ridge = problem.ridge[1:]
        if problem.free is None and (ridge == ridge[:1]).all():
            value, self.vector = design.axes
            bottom = np.outer(value, self.scale * self.rows) + (ridge[0] if len(ridge) else 0.0)
            known = bottom > _FLAT * max(bottom.max(initial=0.0), 1e-300)
            self.inverse = np.where(known, 1.0 / np.where(known, bottom, 1.0), 0.0)
            return
        self.own: list[tuple[NDArray[np.int64], Floats]] = []
        for j, scale in enumerate(self.scale):
            own = np.arange(len(ridge)) if problem.free is None else np.flatnonzero(problem.free[1:, j])
            block = scale * self.rows * design.covariance[np.ix_(own, own)] + np.diag(ridge[own])
            self.own.append((own, np.linalg.pinv(block, rcond=_FLAT, hermitian=True)))

    def solve(self, slope: Floats) -> Floats:
        """Apply the inverse to (P, M) slopes."""
        out = np.empty_like(slope)
        inner = slope[1:] - self.mean[:, None] * slope[0]
        if hasattr(self, "own"):
            out[1:] = 0.0
            for j, (own, inverse) in enumerate(self.own):
                out[1 + own, j] = inverse @ inner[own, j]
        else:
            out[1:] = self.vector @ (self.inverse * (self.vector.T @ inner))
        out[0] = slope[0] / (self.scale * self.rows) - self.mean @ out[1:]
        return out


class Line:
    """Loss and slope of all targets along a direction; a step is tried without a pass over the spikes."""

    def __init__(self, problem: Problem, theta: Floats, eta: Floats | None = None) -> None:
        self.problem, self.theta = problem, theta
        self.eta = problem.design.drive(theta) if eta is None else eta
        self.y = problem.counts
        self.rows = np.zeros_like(self.eta)
        self.loss = self.smooth(theta, self._evaluate(self.eta, np.zeros(len(problem.targets))))

    def _evaluate(self, move: Floats, step: Floats) -> Floats:
        loss = np.zeros(len(step))
        kernel.evaluate(self.eta, move, step, self.y, self.problem.design.weight, self.problem.soft, self.rows, loss)
        return loss

    def smooth(self, theta: Floats, loss: Floats) -> Floats:
        """Add the ridge to losses."""
        return np.asarray(loss + 0.5 * self.problem.ridge @ (theta * theta))

    def slope(self) -> Floats:
        """Give the gradient, (P, M)."""
        slope = self.problem.design.products(self.rows) + self.problem.ridge[:, None] * self.theta
        return slope if self.problem.free is None else np.where(self.problem.free, slope, 0.0)

    def step(self, direction: Floats, promised: Floats, extra: object = None) -> Floats:
        """Go along a direction as far as the loss falls as promised.

        Parameters
        ----------
        direction : (P, M) float64 array
        promised : (M,) float64 array, <= 0
            Change of the objective that a full step promises to first order; targets with 0 stay.
        extra : callable or None
            Gives the part of the objective that is not smooth, (M,), from (P, M) parameters.

        Returns
        -------
        (M,) float64 array
            The steps taken; 0 where none was found.
        """
        move = self.problem.design.drive(direction)
        penalty = (lambda theta: np.zeros(len(self.loss))) if extra is None else extra
        before = penalty(self.theta)  # type: ignore[operator]
        step = np.where(promised < 0, 1.0, np.nan)
        taken, loss = np.zeros(len(step)), self.loss.copy()
        for _ in range(_HALVINGS):
            if np.isnan(step).all():
                break
            theta = self.theta + np.nan_to_num(step) * direction
            found = self.smooth(theta, self._evaluate(move, step))
            bound = self.loss + before + _ARMIJO * np.nan_to_num(step) * promised + _ROUNDING * np.abs(self.loss)
            good = (found + penalty(theta) <= bound) & ~np.isnan(step)  # type: ignore[operator]
            taken[good], loss[good] = step[good], found[good]
            step = np.where(good, np.nan, step * 0.5)
        failed = ~np.isnan(step)
        if failed.any():
            # Where nothing was found, the slopes are still those of the last trial.
            self._evaluate(move, np.where(failed, 0.0, np.nan))
        kernel.advance(self.eta, move, np.where(taken > 0, taken, np.nan))
        self.theta = self.theta + taken * direction
        self.loss = loss
        return taken


def solve(problem: Problem, *, theta: Floats | None = None, tolerance: float, iterations: int) -> Solved:
    """Maximise the penalised likelihood of every target.

    Quasi-Newton steps (limited memory) on top of the metric at the homogeneous rate; the first step from there is the
    quadratic approximation of the likelihood, which needs the products of counts at every lag only.

    Parameters
    ----------
    problem : Problem
        Without a ridge, directions that the data say nothing of stay where they begin.
    theta : (P, M) float64 array or None
        Where to begin; None begins at the homogeneous rate.
    tolerance : float, nats
        A target is done once its quadratic model promises less.
    iterations : int

    Returns
    -------
    Solved
    """
    metric = Metric(problem)
    line = Line(problem, problem.start() if theta is None else theta.copy())
    slope = line.slope()
    pairs: list[tuple[Floats, Floats, Floats]] = []
    left = np.full(len(problem.targets), np.inf)
    done = 0
    while done < iterations:
        done += 1
        direction = -_two_loops(slope, pairs, metric)
        promised = np.einsum("pm,pm->m", slope, direction)
        left = -0.5 * promised
        going = left > tolerance
        if not going.any():
            break
        promised = np.where(going, promised, 0.0)
        taken = line.step(np.where(going, direction, 0.0), promised)
        fresh = line.slope()
        if not (taken > 0).any():
            break
        moved, turned = taken * direction, fresh - slope
        inner = np.einsum("pm,pm->m", moved, turned)
        useful = (taken > 0) & (inner > 0)
        rho = np.where(useful, 1.0 / np.where(useful, inner, 1.0), 0.0)
        pairs = [*pairs[-(_MEMORY - 1) :], (moved, turned, rho)]
        slope = fresh
    return Solved(line.theta, line.eta, left, done)


def _two_loops(slope: Floats, pairs: list[tuple[Floats, Floats, Floats]], metric: Metric) -> Floats:
    """Apply the inverse Hessian that the last steps have shown, on top of the metric's."""
    q = slope.copy()
    share = []
    for moved, turned, rho in reversed(pairs):
        a = rho * np.einsum("pm,pm->m", moved, q)
        q -= a * turned
        share.append(a)
    out = metric.solve(q)
    for (moved, turned, rho), a in zip(pairs, reversed(share), strict=True):
        out += moved * (a - rho * np.einsum("pm,pm->m", turned, out))
    return out


def polish(problem: Problem, found: Solved, hessian: Floats, *, rounds: int = 6) -> Solved:
    """Go to the optimum by steps of Newton's method whose Hessian is held.

    Parameters
    ----------
    problem : Problem
    found : Solved
        Near the optimum.
    hessian : (M, P, P) float64 array
        Of the penalised loss there, positive definite on the free parameters; identity elsewhere.
    rounds : int

    Returns
    -------
    Solved
    """
    line = Line(problem, found.theta, found.eta)
    left, done = found.left, 0
    while done < rounds:
        done += 1
        slope = line.slope()
        direction = -np.linalg.solve(hessian, slope.T[:, :, None])[:, :, 0].T
        promised = np.einsum("pm,pm->m", slope, direction)
        now = -0.5 * promised
        better = (now > 0) & ((now < 0.5 * left) | (done == 1))
        left = np.where(better, now, np.minimum(left, np.maximum(now, 0.0)))
        if not better.any():
            break
        taken = line.step(np.where(better, direction, 0.0), np.where(better, promised, 0.0))
        if not (taken > 0).any():
            break
    return Solved(line.theta, line.eta, left, found.iterations + done)


def information(problem: Problem, eta: Floats) -> Floats:
    """Give the observed information of every target without its ridge, (M, P, P), at (T, M) drives."""
    y = problem.counts
    curve, row = np.empty_like(eta), np.empty(len(eta))
    for j in range(eta.shape[1]):
        drive, count = np.ascontiguousarray(eta[:, j]), np.ascontiguousarray(y[:, j])
        kernel.curvature(drive, count, problem.design.weight, problem.soft, row)
        curve[:, j] = row
    return problem.design.information(curve)
