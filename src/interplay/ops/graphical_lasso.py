"""Sparse precision matrix: block coordinate descent over columns.

References
----------
Friedman, Hastie, Tibshirani (2008), Biostatistics 9:432. Mazumder, Hastie (2012), Electron J Stat 6:2125.
"""

from __future__ import annotations

from numba import njit

_INNER_ROUNDS = 1000


@njit(cache=True, nogil=True)
def _column(s, w, b, j, penalty, tolerance, r):  # type: ignore[no-untyped-def]
    """Solve the lasso of column j on the others, its product with `w` left in `r`."""
    n = len(s)
    for k in range(n):
        total = 0.0
        for m in range(n):
            if m != j:
                total += w[k, m] * b[j, m]
        r[k] = total
    for _ in range(_INNER_ROUNDS):
        biggest = 0.0
        for k in range(n):
            if k == j:
                continue
            old = b[j, k]
            gradient = s[k, j] - r[k] + w[k, k] * old
            new = 0.0
            if gradient > penalty:
                new = (gradient - penalty) / w[k, k]
            elif gradient < -penalty:
                new = (gradient + penalty) / w[k, k]
            step = new - old
            if step != 0.0:
                b[j, k] = new
                for m in range(n):
                    r[m] += w[k, m] * step
                biggest = max(biggest, abs(step))
        if biggest <= tolerance:
            break


@njit(cache=True, nogil=True)
def descend(s, penalty, w, b, tolerance, rounds, precision):  # type: ignore[no-untyped-def]
    """Minimise tr(S P) - log det P + penalty sum_{i != j} |P_ij| over positive definite P.

    `s` (n, n) is a correlation matrix. `w` (n, n), the fitted covariance, and `b` (n, n), whose row j holds the
    coefficients of column j, are where the descent starts, and are overwritten. `w` must be positive definite, with the
    diagonal of `s` and within `penalty` of `s`: then every round leaves it so. `b` may be zeros. `precision` (n, n) is
    filled.

    Returns the number of rounds, negative if `tolerance` (mean absolute change of `w` in a round) was not reached.
    """
    n = len(s)
    r = precision[0].copy()
    done = -rounds
    for turn in range(rounds):
        change = 0.0
        for j in range(n):
            _column(s, w, b, j, penalty, 0.1 * tolerance, r)
            for k in range(n):
                if k != j:
                    change += abs(w[k, j] - r[k])
                    w[k, j] = r[k]
                    w[j, k] = r[k]
        if change <= tolerance * max(n * (n - 1), 1):
            done = turn + 1
            break
    for j in range(n):
        left = w[j, j]
        for k in range(n):
            if k != j:
                left -= w[k, j] * b[j, k]
        for k in range(n):
            precision[j, k] = -b[j, k] / left
        precision[j, j] = 1.0 / left
    for j in range(n):
        for k in range(j):
            mean = 0.5 * (precision[j, k] + precision[k, j])
            precision[j, k] = mean
            precision[k, j] = mean
    return done
