"""What tests of conditional independence give back: the skeleton, with every test's verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.infer.results import NetworkResult

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class IndependenceResult(NetworkResult):
    """A lagged skeleton per window; time orients its links.

    Attributes
    ----------
    links : (S, L, N, N) bool array
        ``[window, lag - 1, src, dst]``: whether every test found src's past and dst dependent; loops included.
    partial : (S, L, N, N) float64 array, in [-1, 1]
        Partial correlation in the test that spoke most for independence; NaN where no test could be made.
    pvalue : (S, L, N, N) float64 array, in [0, 1]
        Of that test; NaN as `partial`.
    n_tests, n_scarce, n_undefined : (S,) int64 arrays
        Tests asked for; those with too few rows; those where a variable was determined by the conditions.
    fewest_rows : (S,) int64 array
        Of any test asked for; -1 where none was.
    n_rows : (S,) int64 array
        Samples with their whole past.
    dt_s : float, s
        Length of one lag.
    """

    links: NDArray[np.bool_]
    partial: Floats
    pvalue: Floats
    n_tests: NDArray[np.int64]
    n_scarce: NDArray[np.int64]
    n_undefined: NDArray[np.int64]
    fewest_rows: NDArray[np.int64]
    n_rows: NDArray[np.int64]
    dt_s: float
