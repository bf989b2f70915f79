"""Least squares with a sparse, acyclic instantaneous part and sparse lagged parts, from second moments alone.

References
----------
Pamfil et al. (2020), AISTATS, PMLR 108:1595, equations 5 to 10.
Zheng, Aragam, Ravikumar, Xing (2018), NeurIPS 31, algorithm 1, for the augmented Lagrangian.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.ops.acyclic import Floats, cyclicity

#: A weight at zero joins the free ones if its slope beats the penalty by this much, in units of the tolerance.
_SLACK = 0.01
#: Condition number from which a lasso is left as the minimiser gave it.
_SINGULAR = 1e10
_LARGEST_PENALTY = 1e20
_SHRINKS = 0.25


class SparseFit(NamedTuple):
    """What the solver found.

    Attributes
    ----------
    coefficient : ((p + 1) d, d) float64 array
        The instantaneous block, then lags 1 to p; ``[src, dst]`` in each.
    cyclicity : float, >= 0
        Of the instantaneous block.
    rounds, evaluations : int
        Of the multiplier, and of the objective.
    converged : bool
        Whether the cyclicity fell to its tolerance and every minimisation ended by its own tolerance.
    """

    coefficient: Floats
    cyclicity: float
    rounds: int
    evaluations: int
    converged: bool


def lagged_rows(x: Floats, lags: int) -> Floats:
    """Lay samples beside their past.

    Parameters
    ----------
    x : (T, d) float64 array
    lags : int, p

    Returns
    -------
    (T - p, (p + 1) d) float64 array
        Row t: the sample at t + p, then those one to p steps before it.
    """
    steps = len(x) - lags
    return np.hstack([x[lags - k : lags - k + steps] for k in range(lags + 1)])


def loss(moment: Floats, coefficient: Floats) -> tuple[float, Floats]:
    """Give half the mean squared error and its gradient.

    Parameters
    ----------
    moment : (q, q) float64 array
        Mean over rows of the outer product of a row of `lagged_rows`.
    coefficient : (q, d) float64 array

    Returns
    -------
    value : float
    gradient : (q, d) float64 array
    """
    residual = -coefficient
    d = coefficient.shape[1]
    residual.flat[: d * d : d + 1] += 1.0
    slope = moment @ residual
    return 0.5 * float(np.vdot(residual, slope)), -slope


def solve(
    moment: Floats,
    penalty: Floats,
    *,
    acyclic: bool = True,
    tolerance: float = 1e-8,
    rounds: int = 100,
    slope: float = 1e-5,
    fall: float = 2.2e-9,
) -> SparseFit:
    """Minimise ``loss + sum(penalty * |coefficient|)`` with no cycle among the instantaneous coefficients.

    Parameters
    ----------
    moment : (q, q) float64 array, q = (p + 1) d
        With a positive diagonal.
    penalty : (q, d) float64 array, > 0
        Infinite where a coefficient must be zero; the diagonal of the instantaneous block is.
    acyclic : bool
        False: the instantaneous block is forbidden altogether by `penalty`, and the problem is a lasso.
    tolerance : float, > 0
        Largest cyclicity to stop at.
    rounds : int
        Of the multiplier at most.
    slope, fall : float, > 0
        Where one minimisation ends: largest projected slope, and least relative fall of the objective.

    Returns
    -------
    SparseFit

    Notes
    -----
    The published objective and sequence of penalties: the quadratic penalty grows tenfold until the cyclicity falls
    to a quarter, then the multiplier takes a step. Three things differ, none of which moves the minimum of a
    minimisation: it starts where the one before it ended; only weights that are not zero or whose slope beats their
    penalty are free, and the rest are checked against the conditions of optimality before it ends; weights are scaled
    by the size of their source. The cost of an evaluation is O((p + 1)^2 d^3), whatever the number of rows.
    """
    size = moment.shape[0], penalty.shape[1]
    here = np.zeros(size)
    if not acyclic:
        inner = _Inner(moment, penalty, slope, fall)
        here, settled = inner.minimise(here, lambda c: loss(moment, c))
        return SparseFit(here, 0.0, 1, inner.evaluations, settled)
    d = size[1]
    rho, alpha, before = 1.0, 0.0, np.inf
    inner = _Inner(moment, penalty, slope, fall)

    def lagrangian(c: Floats) -> tuple[float, Floats]:
        value, gradient = loss(moment, c)
        h, rise = cyclicity(c[:d])
        gradient[:d] += (rho * h + alpha) * rise
        return value + 0.5 * rho * h * h + alpha * h, gradient

    now, settled, count = np.inf, False, 0
    while count < rounds:
        count += 1
        while rho < _LARGEST_PENALTY:
            here, settled = inner.minimise(here, lagrangian)
            now = cyclicity(here[:d])[0]
            if now <= _SHRINKS * before:
                break
            rho *= 10
        before = now
        alpha += rho * now
        if now <= tolerance or rho >= _LARGEST_PENALTY:
            break
    return SparseFit(here, max(now, 0.0), count, inner.evaluations, settled and now <= tolerance)


def polish(moment: Floats, penalty: Floats, coefficient: Floats, least: float) -> tuple[Floats, bool]:
    """Minimise again with every instantaneous weight of size `least` or below held at zero: a lasso.

    Parameters
    ----------
    moment, penalty : as in `solve`
    coefficient : (q, d) float64 array
        Where to start.
    least : float, >= 0
        Above it the instantaneous weights have no cycle.

    Returns
    -------
    coefficient : (q, d) float64 array
        Without a cycle, exactly.
    settled : bool
    """
    d = penalty.shape[1]
    kept = np.abs(coefficient[:d]) > least
    narrowed = penalty.copy()
    narrowed[:d][~kept] = np.inf
    start = coefficient.copy()
    start[:d][~kept] = 0.0
    found, settled = _Inner(moment, narrowed, 1e-8, 1e-14).minimise(start, lambda c: loss(moment, c))
    return _exact(moment, narrowed, found), settled


def _exact(moment: Floats, penalty: Floats, near: Floats) -> Floats:
    """Solve for the weights of every column, their signs given, where that is possible and keeps the signs."""
    d = penalty.shape[1]
    out = near.copy()
    for j in range(d):
        used = np.flatnonzero(near[:, j])
        if not len(used):
            continue
        block = moment[np.ix_(used, used)]
        sign = np.sign(near[used, j])
        if np.linalg.cond(block) > _SINGULAR:
            continue
        exact = np.linalg.solve(block, moment[used, j] - penalty[used, j] * sign)
        if (np.sign(exact) == sign).all():
            out[used, j] = exact
    return out


class _Inner:
    """One minimisation after another with an l1 penalty, on a growing set of free weights."""

    def __init__(self, moment: Floats, penalty: Floats, slope: float, fall: float) -> None:
        self.penalty, self.slope, self.fall = penalty, slope, fall
        self.scale = np.repeat(1.0 / np.sqrt(np.diag(moment)), penalty.shape[1])
        self.evaluations = 0

    def minimise(self, start: Floats, smooth: Callable[[Floats], tuple[float, Floats]]) -> tuple[Floats, bool]:
        """Go on from `start`; says also whether it settled."""
        here, free, settled, tried = start, start != 0, True, False
        while True:
            self.evaluations += 1
            beats = np.abs(smooth(here)[1]) > self.penalty + _SLACK * self.slope
            grown = free | beats
            if not grown.any() or (tried and (grown == free).all()):
                return here, settled
            free, tried = grown, True
            here, settled = self._descend(here, free, smooth)

    def _descend(
        self, start: Floats, free: NDArray[np.bool_], smooth: Callable[[Floats], tuple[float, Floats]]
    ) -> tuple[Floats, bool]:
        from scipy.optimize import Bounds, minimize

        place = np.flatnonzero(free)
        k, scale = len(place), self.scale[np.flatnonzero(free)]
        cost = self.penalty.ravel()[place] * scale
        full = np.zeros(start.size)

        def objective(parts: Floats) -> tuple[float, Floats]:
            full[place] = (parts[:k] - parts[k:]) * scale
            value, gradient = smooth(full.reshape(start.shape))
            self.evaluations += 1
            slope = gradient.ravel()[place] * scale
            return value + float(cost @ (parts[:k] + parts[k:])), np.concatenate([slope + cost, cost - slope])

        first = start.ravel()[place] / scale
        found = minimize(
            objective,
            np.concatenate([np.maximum(first, 0), np.maximum(-first, 0)]),
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(np.zeros(2 * k), np.full(2 * k, np.inf)),
            options={"ftol": self.fall, "gtol": self.slope, "maxiter": 20_000, "maxfun": 40_000},
        )
        full[place] = (found.x[:k] - found.x[k:]) * scale
        return full.reshape(start.shape).copy(), bool(found.status != 1)
