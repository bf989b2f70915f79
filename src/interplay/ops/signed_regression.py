"""Quadratic problems with a sign for every variable, many at once: the inner step of fitting a circuit.

Each problem is ``min 1/2 w'G w - b'w`` with ``low <= w <= high``. Coordinate descent finds out which variables stand at
a bound, a Cholesky step solves for the others exactly, and the two alternate until the conditions for an optimum hold.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: A variable whose curvature is below this share of the largest is held where it is: the data say nothing of it.
FLAT = 1e-13
_SWEEPS = 4
_ROUNDS = 50


@njit(cache=True, nogil=True)
def block_grams(x, weight, edges, out):  # type: ignore[no-untyped-def]
    """Sum weight[t] x[t] x[t]' over runs of rows.

    Parameters
    ----------
    x : (T, D) float64 array
    weight : (T,) float64 array
        Rows with weight 0 cost nothing.
    edges : (K + 1,) int64 array
        Run k holds the rows ``edges[k]:edges[k + 1]``.
    out : (K, D, D) float64 array
        Added to; both triangles.
    """
    n = x.shape[1]
    for k in range(len(edges) - 1):
        for t in range(edges[k], edges[k + 1]):
            h = weight[t]
            if h == 0.0:
                continue
            for i in range(n):
                a = h * x[t, i]
                if a != 0.0:
                    for j in range(i + 1):
                        out[k, i, j] += a * x[t, j]
        for i in range(n):
            for j in range(i):
                out[k, j, i] = out[k, i, j]


@njit(cache=True, nogil=True)
def _descend(gram, linear, low, high, w, slope, sweeps):  # type: ignore[no-untyped-def]
    """Coordinate descent in place; `slope` is kept at G w - b. Gives the largest move, in units of the loss."""
    n = len(w)
    largest = 0.0
    for _ in range(sweeps):
        largest = 0.0
        for i in range(n):
            curve = gram[i, i]
            if low[i] == high[i] or curve <= 0.0:
                continue
            new = min(max(w[i] - slope[i] / curve, low[i]), high[i])
            step = new - w[i]
            if step != 0.0:
                w[i] = new
                for j in range(n):
                    slope[j] += step * gram[i, j]
                largest = max(largest, step * step * curve)
    return largest


@njit(cache=True, nogil=True)
def _newton(gram, slope, free, n_free, factor, step):  # type: ignore[no-untyped-def]
    """Solve G_ff step = -slope_f by Cholesky; False if the matrix is not positive definite to rounding."""
    for a in range(n_free):
        i = free[a]
        for b in range(a + 1):
            total = gram[i, free[b]]
            for k in range(b):
                total -= factor[a, k] * factor[b, k]
            if a == b:
                if total <= FLAT * gram[i, i]:
                    return False
                factor[a, a] = np.sqrt(total)
            else:
                factor[a, b] = total / factor[b, b]
    for a in range(n_free):
        total = -slope[free[a]]
        for k in range(a):
            total -= factor[a, k] * step[k]
        step[a] = total / factor[a, a]
    for a in range(n_free - 1, -1, -1):
        total = step[a]
        for k in range(a + 1, n_free):
            total -= factor[k, a] * step[k]
        step[a] = total / factor[a, a]
    return True


@njit(cache=True, nogil=True)
def signed_quadratic(gram, linear, low, high, w):  # type: ignore[no-untyped-def]  # noqa: C901
    """Minimise one problem in place.

    Parameters
    ----------
    gram : (D, D) float64 array, positive semidefinite
    linear : (D,) float64 array
    low, high : (D,) float64 arrays
        Bounds, infinite where there is none; equal where the variable is held.
    w : (D,) float64 array
        Start, within the bounds; the solution on return.

    Returns
    -------
    bool
        Whether the optimum was reached to rounding. (Without it, w is the best point of coordinate descent.)

    Notes
    -----
    Free variables move to the optimum of their face, or to the first bound on the way, which is a descent either way;
    the face changes at most as often as coordinates leave or meet bounds. O(D^3) a face.
    """
    n = len(w)
    slope = np.empty(n)
    for i in range(n):
        total = -linear[i]
        for j in range(n):
            total += gram[i, j] * w[j]
        slope[i] = total
    free = np.empty(n, dtype=np.int64)
    factor, step = np.empty((n, n)), np.empty(n)
    scale = 1e-300
    for i in range(n):
        scale = max(scale, abs(linear[i]) / np.sqrt(max(gram[i, i], 1e-300)) if gram[i, i] > 0 else 0.0)
    tolerance = 1e-10 * scale
    for _ in range(_ROUNDS):
        _descend(gram, linear, low, high, w, slope, _SWEEPS)
        n_free = 0
        for i in range(n):
            inside = low[i] < w[i] < high[i] or (w[i] == low[i] and slope[i] < 0) or (w[i] == high[i] and slope[i] > 0)
            if low[i] < high[i] and inside and gram[i, i] > 0:
                free[n_free] = i
                n_free += 1
        if not _newton(gram, slope, free, n_free, factor, step):
            if _descend(gram, linear, low, high, w, slope, 500) <= tolerance * tolerance:
                return True
            continue
        share = 1.0
        for a in range(n_free):
            i = free[a]
            if w[i] + step[a] < low[i]:
                share = min(share, (low[i] - w[i]) / step[a])
            elif w[i] + step[a] > high[i]:
                share = min(share, (high[i] - w[i]) / step[a])
        for a in range(n_free):
            i = free[a]
            w[i] = min(max(w[i] + share * step[a], low[i]), high[i])
        worst = 0.0
        for i in range(n):
            total = -linear[i]
            for j in range(n):
                total += gram[i, j] * w[j]
            slope[i] = total
            pulled = (w[i] > low[i] and total > 0) or (w[i] < high[i] and total < 0)
            if pulled and low[i] < high[i] and gram[i, i] > 0:
                worst = max(worst, abs(total) / np.sqrt(gram[i, i]))
        if worst <= tolerance:
            return True
    return False


@njit(cache=True, nogil=True)
def signed_quadratics(grams, shared, linear, low, high, w):  # type: ignore[no-untyped-def]
    """Minimise P problems in place.

    Parameters
    ----------
    grams : (P, D, D) or (1, D, D) float64 array
    shared : bool
        Whether all problems have the one matrix of `grams`.
    linear, low, high, w : (P, D) float64 arrays

    Returns
    -------
    int
        How many did not reach the optimum to rounding.
    """
    missed = 0
    for p in range(len(w)):
        if not signed_quadratic(grams[0 if shared else p], linear[p], low[p], high[p], w[p]):
            missed += 1
    return missed
