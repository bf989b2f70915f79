"""Surrogates of a correlation matrix: units shifted around the window, and how often they reach the observed value."""

from __future__ import annotations

import numpy as np
from numba import njit

#: A null value this near to the observed one counts as equal to it.
TIE = 1e-12


@njit(cache=True, nogil=True)
def roll_into(z, shift, out):  # type: ignore[no-untyped-def]
    """Fill `out` (T, N) with `z` (T, N) moved around by `shift` (N,) int64 samples, each in [0, T)."""
    n = len(z)
    for t in range(n):
        for i in range(z.shape[1]):
            source = t - shift[i]
            out[t, i] = z[source + n if source < 0 else source, i]


@njit(cache=True, nogil=True)
def count_exceeding(null, observed, exceeding):  # type: ignore[no-untyped-def]
    """Count one more where the null is at least as far from zero.

    Parameters
    ----------
    null : (N, N) float64 array
    observed : (N (N - 1) / 2,) float64 array
        Rows of the upper triangle.
    exceeding : (N (N - 1) / 2,) int64 array
        Updated.
    """
    p = 0
    for i in range(len(null)):
        for j in range(i + 1, len(null)):
            exceeding[p] += np.int64(abs(null[i, j]) >= abs(observed[p]) - TIE)
            p += 1
