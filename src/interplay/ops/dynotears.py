"""Least squares with a sparse, acyclic instantaneous part and sparse lagged parts, from second moments alone.

Minimisation is by sweeps over units, in `dynotears_columns`.

References
----------
Pamfil et al. (2020), AISTATS, PMLR 108:1595, equations 5 to 10.
Zheng, Aragam, Ravikumar, Xing (2018), NeurIPS 31, algorithm 1, for the augmented Lagrangian.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from interplay.ops.acyclic import Floats, cyclicity
from interplay.ops.dynotears_columns import sweep

#: Published: 1e20. Sweeps are no worse for larger ones, which weights in very different units need.
_LARGEST_PENALTY = 1e30
_SHRINKS = 0.25
#: A minimisation on the way to the last one may end this much earlier.
_LOOSE = 100.0
#: Trials of a price, and how much each may raise it: beyond a fold of the path other minima take over.
_TRIALS = 20
_RAISE = 2.0
#: Relative width at which an interval of prices holds a jump of the cyclicity, not a solution.
_JUMP = 1e-4
_SWEEPS = 2000
_POLISHED = 1e-8
#: Least violation that rounding lets through, relative to the size of a target.
_ROUNDING = 1e-12


class SparseFit(NamedTuple):
    """What the solver found.

    Attributes
    ----------
    coefficient : ((p + 1) d, d) float64 array
        The instantaneous block, then lags 1 to p; ``[src, dst]`` in each.
    cyclicity : float, >= 0
        Of the instantaneous block.
    rounds, evaluations : int
        Of the multiplier; and sweeps, each of which works out the slope of every weight once.
    converged : bool
        Whether the cyclicity fell to its tolerance and every weight meets the conditions of optimality to theirs,
        both found anew from the coefficients.
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
    slope : float, > 0
        Largest violation of the conditions of optimality to stop at, per unit of size of the source.

    Returns
    -------
    SparseFit

    Notes
    -----
    The published objective and sequence of penalties: the quadratic penalty rho grows tenfold until the cyclicity h
    falls to a quarter, then the multiplier alpha takes a step. A minimum of the augmented Lagrangian is one of the
    objective plus a price times h, at the price alpha + rho h. So each is found as the root of one equation in the
    price, by secants in logarithms; at a given price, by sweeps over units, from where the last one ended.
    Where h jumps, no price may solve the equation; the search then goes on from the last one tried. A sweep costs
    O(d q k + d k^3) with k weights onto a unit that are not zero, whatever the number of rows.
    """
    path = _Path(moment, penalty, acyclic)
    if not acyclic:
        path.settle(1.0, 0.5 * slope)
        settled = path.violation(1.0)[0] <= max(slope, path.floor)
        return SparseFit(path.coefficient(), 0.0, 1, path.sweeps, settled)
    rho, alpha, price, before, count = 1.0, 0.0, 1.0, np.inf, 0
    while count < rounds:
        count += 1
        while rho < _LARGEST_PENALTY:
            price, now = path.follow(rho, alpha, price, slope * _LOOSE)
            if now <= _SHRINKS * before:
                break
            rho *= 10
        if now <= tolerance:
            now = path.settle(price, 0.5 * slope)
        before = now
        alpha += rho * now
        if now <= tolerance or rho >= _LARGEST_PENALTY:
            break
    if now > tolerance:
        path.settle(price, 0.5 * slope)
    worst, now = path.violation(price)
    settled = worst <= max(slope, path.floor) and now <= tolerance
    return SparseFit(path.coefficient(), now, count, path.sweeps, settled)


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
    dropped = np.abs(coefficient[:d]) <= least
    narrowed, start = penalty.copy(), coefficient.copy()
    narrowed[:d][dropped] = np.inf
    start[:d][dropped] = 0.0
    path = _Path(moment, narrowed, False, start)
    path.settle(1.0, 0.5 * _POLISHED)
    return path.coefficient(), path.violation(1.0)[0] <= max(_POLISHED, path.floor)


class _Path:
    """Minima of the objective plus a price times the cyclicity, one from another."""

    def __init__(self, moment: Floats, penalty: Floats, acyclic: bool, start: Floats | None = None) -> None:
        q, d = penalty.shape
        self.moment, self.penalty, self.acyclic = np.ascontiguousarray(moment), penalty.T.copy(), acyclic
        self.scale = 1.0 / np.sqrt(np.diag(moment))
        self.coef = np.zeros((d, q)) if start is None else start.T.copy()
        self.parent, self.count = np.zeros((d, d), dtype=np.int64), np.zeros(d, dtype=np.int64)
        self.floor = _ROUNDING / self.scale[:d].min(initial=1.0)
        self.sweeps, self.power = 0, 2.0

    def coefficient(self) -> Floats:
        return self.coef.T.copy()

    def settle(self, price: float, close: float) -> float:
        """Sweep until one finds no unit that violates optimality by more than `close`, so that it moves none."""
        close = max(close, self.floor)
        left = self.moment[: len(self.coef)] - self.coef @ self.moment
        before, h = 0.0, 0.0
        for _ in range(_SWEEPS):
            self.sweeps += 1
            before, h = sweep(
                self.moment, self.penalty, self.scale, self.coef, left, self.parent, self.count, price, self.acyclic,
                close, before,
            )  # fmt: skip
            if before <= close:
                break
        return float(h)

    def follow(self, rho: float, alpha: float, price: float, close: float) -> tuple[float, float]:
        """Solve ``price = alpha + rho h(price)`` to a relative `close`; give the price and the cyclicity there."""
        low, high, last = 0.0, np.inf, None
        h = 0.0
        for _ in range(_TRIALS):
            h = self.settle(price, close)
            wanted = alpha + rho * h
            if h <= 0 or abs(wanted - price) <= close * price:
                break
            if last is not None and last[0] != price and last[1] > 0:
                power = -math.log(h / last[1]) / math.log(price / last[0])
                self.power = power if 0.2 < power < 8.0 else self.power
            last = price, h
            low, high = (max(low, price), high) if wanted > price else (low, min(high, price))
            if high - low <= _JUMP * high:
                low, high = 0.0, np.inf
            new = _crossing(alpha, rho * h, price, self.power)
            if not low < new < high:
                new = math.sqrt(low * high) if low > 0 and high < np.inf else 0.5 * (price + wanted)
            price = min(new, price * _RAISE)
        return price, h

    def violation(self, price: float) -> tuple[float, float]:
        """Find anew, from the coefficients alone, the largest violation of optimality and the cyclicity."""
        coefficient, penalty = self.coef.T, self.penalty.T
        slope, h = loss(self.moment, coefficient)[1], 0.0
        d = penalty.shape[1]
        if self.acyclic:
            h, rise = cyclicity(coefficient[:d])
            slope[:d] += price * rise
        allowed = np.isfinite(penalty)
        bound = np.where(allowed, penalty, 0.0)
        off = np.where(coefficient != 0, np.abs(slope + np.sign(coefficient) * bound), np.abs(slope) - bound)
        return float((off * self.scale[:, None])[allowed].max(initial=0.0)), h


def _crossing(alpha: float, part: float, price: float, power: float) -> float:
    """Solve ``x = alpha + part (price / x)**power`` in the logarithm of x, by Newton's method."""
    log = at = math.log(price)
    for _ in range(50):
        grown = part * math.exp(power * (at - log))
        step = (math.log(alpha + grown) - log) / (1.0 + power * grown / (alpha + grown))
        log += step
        if abs(step) <= 1e-12:
            break
    return math.exp(log)
