"""Lemke's algorithm for linear complementarity problems."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: A pivot must exceed this times the largest entry of the tableau's column.
_SMALL = 1e-11


def solve_complementarity(matrix: Floats, constant: Floats, most_pivots: int | None = None) -> Floats | None:
    """Find z >= 0 with w = M z + q >= 0 and w_k z_k = 0 for all k.

    Parameters
    ----------
    matrix : (K, K) float64 array
        M. If all its principal minors are positive there is exactly one solution, and it is found.
    constant : (K,) float64 array
        q.
    most_pivots : int or None
        Give up after so many; 50 (K + 1) where None.

    Returns
    -------
    (K,) float64 array or None
        z; None where the path ends on a ray (which need not mean that there is no solution) or is too long.

    Notes
    -----
    Ties of the ratio test are broken lexicographically, so that the path cannot cycle. Time O(K^2) a pivot, usually
    about K to 2 K pivots.

    References
    ----------
    Lemke (1965), Management Science 11:681; Cottle, Pang, Stone (1992), The Linear Complementarity Problem, 4.4.
    """
    n = len(constant)
    if (constant >= 0).all():
        return np.zeros(n)
    # Columns: w (n), z (n), the artificial variable, the right-hand side.
    table = np.hstack([np.eye(n), -matrix, -np.ones((n, 1)), constant[:, None]])
    basis = np.arange(n)
    row = int(np.argmin(constant))
    entering = 2 * n
    for _ in range(most_pivots or 50 * (n + 1)):
        leaving = basis[row]
        _pivot(table, row, entering)
        basis[row] = entering
        if leaving == 2 * n:
            z = np.zeros(2 * n + 1)
            z[basis] = table[:, -1]
            return np.maximum(z[n : 2 * n], 0.0)
        entering = leaving + n if leaving < n else leaving - n
        found = _leaving_row(table, basis, entering, n)
        if found is None:
            return None
        row = found
    return None


def _pivot(table: Floats, row: int, column: int) -> None:
    table[row] /= table[row, column]
    factor = table[:, column].copy()
    factor[row] = 0.0
    table -= factor[:, None] * table[row]


def _leaving_row(table: Floats, basis: NDArray[np.int64], column: int, n: int) -> int | None:
    """Give the row of the smallest ratio, ties broken lexicographically; None on a ray."""
    pivot = table[:, column]
    rows = np.flatnonzero(pivot > _SMALL * max(1.0, float(np.abs(pivot).max())))
    if not rows.size:
        return None
    ratio = table[rows, -1] / pivot[rows]
    rows = rows[ratio <= ratio.min() + 1e-12 * (1.0 + abs(float(ratio.min())))]
    artificial = rows[basis[rows] == 2 * n]
    if artificial.size:  # it may leave: the solution is reached
        return int(artificial[0])
    for k in range(n):
        if rows.size == 1:
            break
        ratio = table[rows, k] / pivot[rows]
        rows = rows[ratio <= ratio.min() + 1e-12]
    return int(rows[0])
