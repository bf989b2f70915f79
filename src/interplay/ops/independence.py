"""Partial correlations on the rows that a test may use.

References
----------
Dai et al. (2024), ICLR, section 3: rows with a dropout among the conditioning variables are left out.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: A variance that conditioning leaves below this share of itself counts as none.
_NOTHING = 1e-10


@njit(cache=True, nogil=True)
def moments(
    values: Floats, seen: NDArray[np.bool_], firm: NDArray[np.bool_], chosen: NDArray[np.int64], out: Floats
) -> int:
    """Sum products of variables over the rows where the last two are seen and all before them are firm.

    Parameters
    ----------
    values : (q, n) float64 array
        Near zero on average: sums are not centred before.
    seen, firm : (q, n) bool arrays
    chosen : (k,) int64 array, k >= 2
        The conditioning variables, then the two that are tested.
    out : (k, k) float64 array
        Filled below and on the diagonal with centred sums of products.

    Returns
    -------
    int
        How many rows were used.
    """
    k, n = len(chosen), values.shape[1]
    rows = 0
    total = np.zeros(k)
    out[:] = 0.0
    for t in range(n):
        use = seen[chosen[k - 2], t] and seen[chosen[k - 1], t]
        for a in range(k - 2):
            use = use and firm[chosen[a], t]
        if not use:
            continue
        rows += 1
        for a in range(k):
            x = values[chosen[a], t]
            total[a] += x
            for b in range(a + 1):
                out[a, b] += x * values[chosen[b], t]
    if rows > 0:
        for a in range(k):
            for b in range(a + 1):
                out[a, b] -= total[a] * total[b] / rows
    return rows


@njit(cache=True, nogil=True)
def last_two(product: Floats) -> float:
    """Correlate the last two variables with the ones before them held fixed.

    Parameters
    ----------
    product : (k, k) float64 array
        Covariances, below and on the diagonal; overwritten by its Cholesky factor. A variable that those before it
        determine holds nothing fixed.

    Returns
    -------
    float, in [-1, 1]
        NaN where one of the two does not vary, or is determined by the variables held fixed.
    """
    k = len(product)
    for a in range(k):
        own = product[a, a]
        left = own
        for c in range(a):
            left -= product[a, c] * product[a, c]
        # The last variable's share that the one before it explains is the result itself, and may be all of it.
        if a == k - 1:
            left_without = own
            for c in range(k - 2):
                left_without -= product[a, c] * product[a, c]
            if left_without <= _NOTHING * own:
                return np.nan
            ratio: float = product[a, a - 1] / np.sqrt(left_without)
            return max(-1.0, min(1.0, ratio))
        if left <= _NOTHING * own:
            if a == k - 2:
                return np.nan
            for b in range(a, k):
                product[b, a] = 0.0
            continue
        root = np.sqrt(left)
        for b in range(a + 1, k):
            inner = product[b, a]
            for c in range(a):
                inner -= product[b, c] * product[a, c]
            product[b, a] = inner / root
        product[a, a] = root
    return np.nan


@njit(cache=True, nogil=True)
def gather(product: Floats, chosen: NDArray[np.int64], out: Floats) -> None:
    """Copy the chosen rows and columns of a covariance matrix below and on the diagonal, (k, k)."""
    for a in range(len(chosen)):
        for b in range(a + 1):
            out[a, b] = product[chosen[a], chosen[b]]
