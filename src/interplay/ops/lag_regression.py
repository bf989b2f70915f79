"""Regressions on the past: sums of lagged products once, then every nested pair of regressions from them.

References
----------
Granger (1969), Econometrica 37:424; Geweke (1982), J Am Stat Assoc 77:304.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: A pivot below this share of its diagonal entry: the column depends on those before it.
SINGULAR = 1e-10


def lag_sums(x: NDArray[np.float64], order: int, first: int) -> NDArray[np.float64]:
    """Sum products of the present and the past, means taken out.

    Parameters
    ----------
    x : (T, n) float64 array
    order : int, >= 1
        Lags 1 to `order`.
    first : int, >= order
        First sample that is predicted.

    Returns
    -------
    (n (order + 1), n (order + 1)) float64 array
        Block 0 is the present, block k the samples k steps before; the mean of each column over the rows used is
        taken out, as an intercept would.

    Notes
    -----
    O(T n^2 (order + 1)^2) at most, in one matrix product.
    """
    n_rows = len(x) - first
    rows = np.concatenate([x[first - k : first - k + n_rows] for k in range(order + 1)], axis=1)
    rows -= rows.mean(axis=0)
    return np.asarray(rows.T @ rows)


@njit(cache=True, nogil=True)
def factorise(a, pivots):  # type: ignore[no-untyped-def]
    """Replace the lower triangle of `a` (m, m) by its Cholesky factor; a column that depends on those before becomes 0.

    `pivots` (m,) is filled with what is left of each diagonal entry, as a share of it.
    """
    m = len(a)
    for j in range(m):
        whole = a[j, j]
        left = whole
        for k in range(j):
            left -= a[j, k] * a[j, k]
        share = left / whole if whole > 0 else 0.0
        pivots[j] = share
        if share <= SINGULAR:
            for i in range(j, m):
                a[i, j] = 0.0
            continue
        root = math.sqrt(left)
        a[j, j] = root
        for i in range(j + 1, m):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            a[i, j] = total / root


@njit(cache=True, nogil=True)
def _pair_order(joint, top, n_rows):  # type: ignore[no-untyped-def]
    """Find the order with the lowest Bayesian criterion of a pair; rows 2 top and 2 top + 1 of `joint` are the targets.

    Returns the order, or -1 where a unit is predicted without error.
    """
    a, b = 2 * top, 2 * top + 1
    aa, bb, ab = 0.0, 0.0, 0.0
    for k in range(a + 1):
        aa += joint[a, k] * joint[a, k]
    for k in range(b + 1):
        bb += joint[b, k] * joint[b, k]
    for k in range(a + 1):
        ab += joint[a, k] * joint[b, k]
    whole_a, whole_b = aa, bb
    best, best_order = math.inf, -1
    for p in range(1, top + 1):
        for k in range(2 * (p - 1), 2 * p):
            aa -= joint[a, k] * joint[a, k]
            bb -= joint[b, k] * joint[b, k]
            ab -= joint[a, k] * joint[b, k]
        det = aa * bb - ab * ab
        if aa <= SINGULAR * whole_a or bb <= SINGULAR * whole_b or det <= SINGULAR * aa * bb:
            return -1
        cost = n_rows * math.log(det / (whole_a * whole_b)) + 4.0 * p * math.log(n_rows)
        if cost < best:
            best, best_order = cost, p
    return best_order


@njit(cache=True, nogil=True)
def _own_residual(sums, unit, n, order, joint, pivots):  # type: ignore[no-untyped-def]
    """Residual sum of squares of a unit predicted from its own past, from the first `order` lags of `sums`."""
    for k in range(order + 1):
        row = (0 if k == order else k + 1) * n + unit
        for m in range(k + 1):
            joint[k, m] = sums[row, (0 if m == order else m + 1) * n + unit]
    factorise(joint[: order + 1, : order + 1], pivots)
    return joint[order, order] ** 2


@njit(cache=True, nogil=True)
def pairwise_granger(sums, n, top, choose, n_rows, low, high, ratio, orders):  # type: ignore[no-untyped-def]
    """Compare, for every ordered pair of some units, the prediction from both pasts with that from its own.

    `sums` is of `lag_sums` with order `top`. With `choose`, each pair's order is the one of 1 .. top with the lowest
    Bayesian criterion, and `orders` (n, n) is filled with it; otherwise `orders` gives it. The smaller unit of a pair
    lies in ``low:high``. Fills `ratio` (n, n), the logarithm of the ratio of residual sums of squares ``[src, dst]``;
    where a regression is singular it is NaN and the order 0.
    """
    size = 2 * top + 2
    joint, pivots, own = np.empty((size, size)), np.empty(size), np.empty((top + 1, top + 1))
    for i in range(low, high):
        for j in range(i + 1, n):
            for k in range(size):
                row = ((k // 2 + 1) % (top + 1)) * n + (j if k % 2 else i)
                for m in range(k + 1):
                    joint[k, m] = sums[row, ((m // 2 + 1) % (top + 1)) * n + (j if m % 2 else i)]
            factorise(joint, pivots)
            ratio[i, j] = ratio[j, i] = math.nan
            given = orders[i, j]
            orders[i, j] = orders[j, i] = 0
            if pivots[: 2 * top].min() <= SINGULAR:
                continue
            p = _pair_order(joint, top, n_rows) if choose else given
            if p < 1:
                continue
            orders[i, j] = orders[j, i] = p
            for which in range(2):
                target = 2 * top + which
                # What is left of the target once 2 p columns of the past are taken out.
                both = 0.0
                for k in range(2 * p, target + 1):
                    both += joint[target, k] ** 2
                unit, source = (j, i) if which else (i, j)
                alone = _own_residual(sums, unit, n, p, own, pivots)
                if both > SINGULAR * sums[unit, unit]:
                    ratio[source, unit] = max(math.log(alone / both), 0.0)
