"""The test of all principal minors of a matrix."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

#: A minor counts as positive above this share of the product of its rows' norms (Hadamard's bound).
_ROUNDING = 1e-13


def minors_positive(matrix: NDArray[np.float64]) -> bool:
    """Test all 2^N - 1 principal minors.

    Parameters
    ----------
    matrix : (N, N) float64 array, N <= 16 or so
        Time grows as 2^N N^3.

    Returns
    -------
    bool
        False also where a minor cannot be told from 0 in double precision.

    References
    ----------
    Berman, Plemmons (1979), Nonnegative Matrices in the Mathematical Sciences, chapter 6 (P-matrices).
    """
    n = len(matrix)
    if (np.diagonal(matrix) <= 0).any():
        return False
    for size in range(2, n + 1):
        index = np.array(list(combinations(range(n), size)))
        blocks = matrix[index[:, :, None], index[:, None, :]]
        bound = np.prod(np.linalg.norm(blocks, axis=2), axis=1)
        if (np.linalg.det(blocks) <= _ROUNDING * bound).any():
            return False
    return True
