"""Surrogates of a correlation matrix: units shifted around the window."""

from __future__ import annotations

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
def upper_into(matrix, out):  # type: ignore[no-untyped-def]
    """Fill `out` (N (N - 1) / 2,) with the rows of the upper triangle of `matrix` (N, N), diagonal left out."""
    p = 0
    for i in range(len(matrix)):
        for j in range(i + 1, len(matrix)):
            out[p] = matrix[i, j]
            p += 1
