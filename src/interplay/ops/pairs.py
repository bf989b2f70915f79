"""Values per pair, stored flat, laid out as a matrix."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_TILE = 32


@njit(cache=True, nogil=True)
def lay_out(values, out):  # type: ignore[no-untyped-def]
    """Fill a symmetric matrix from the rows of its upper triangle; its diagonal is left as it is.

    Parameters
    ----------
    values : (N (N - 1) / 2,) float64 array
    out : (N, N) float64 array
    """
    n = len(out)
    for i0 in range(0, n, _TILE):
        i1 = min(i0 + _TILE, n)
        for i in range(i0, i1):
            p = i * n - i * (i + 1) // 2
            out[i, i + 1 :] = values[p : p + n - i - 1]
        for j0 in range(i0, n, _TILE):
            for j in range(j0, min(j0 + _TILE, n)):
                for i in range(i0, min(i1, j)):
                    out[j, i] = out[i, j]


def full(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Give the symmetric (N, N) matrix of flat values, 0 on the diagonal."""
    out = np.zeros((n, n))
    lay_out(values, out)
    return out
