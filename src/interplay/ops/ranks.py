"""Ranks inside a sliding window, as whole numbers: twice the mean rank, minus its mean, so that ties stay exact."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _rank_afresh(values, out):  # type: ignore[no-untyped-def]
    """Fill `out` with 2 #{smaller} + #{equal, itself included} + 1, twice the mean rank of each value."""
    order = np.argsort(values)
    n = len(values)
    a = 0
    while a < n:
        b = a
        while b < n and values[order[b]] == values[order[a]]:
            b += 1
        for k in range(a, b):
            out[order[k]] = a + b + 1
        a = b


@njit(cache=True, nogil=True)
def slide_ranks(x, low, high, ranks, unit_from, unit_to):  # type: ignore[no-untyped-def]
    """Move the ranks of some units from one window to the next.

    Parameters
    ----------
    x : (N, T) float64 array
    low, high : (2,) int arrays
        Entry 0 is the window that `ranks` belongs to, entry 1 the next one, not before it. An empty window 0 means that
        nothing is known yet.
    ranks : (N, T) int32 array
        Entries ``[i, low:high]`` are twice the mean ranks of unit i inside the window; updated.
    unit_from, unit_to : int
        Units to do.

    Notes
    -----
    A sample that enters or leaves costs one pass over the window, O(T_w); beyond a few of them, sorting is cheaper.
    """
    a, b, c, d = low[0], low[1], high[0], high[1]
    n = d - b
    afresh = b >= c or ((b - a) + (d - c)) > 4 + n // 8
    for i in range(unit_from, unit_to):
        row, r = x[i], ranks[i]
        if afresh:
            _rank_afresh(row[b:d], r[b:d])
            continue
        for t in range(a, b):
            value = row[t]
            for s in range(t + 1, c):
                r[s] -= np.int32(row[s] > value) + np.int32(row[s] >= value)
        for t in range(c, d):
            value, own = row[t], np.int32(2)
            for s in range(b, t):
                r[s] += np.int32(row[s] > value) + np.int32(row[s] >= value)
                own += np.int32(row[s] < value) + np.int32(row[s] <= value)
            r[t] = own


@njit(cache=True, nogil=True)
def centre_ranks(ranks, low, high, out):  # type: ignore[no-untyped-def]
    """Fill `out` (N, high - low) with the ranks of the window minus their mean: whole numbers that sum to zero."""
    n = high - low
    for i in range(len(ranks)):
        for t in range(n):
            out[i, t] = ranks[i, low + t] - (n + 1)


@njit(cache=True, nogil=True)
def rank_coefficients(product, present, out):  # type: ignore[no-untyped-def]
    """Fill `out`, flat rows of the upper triangle, with the correlations that belong to `product`, the (N, N) sums."""
    n_units = len(product)
    scale = np.zeros(n_units)
    for i in range(n_units):
        square = np.float64(product[i, i])
        present[i] = present[i] and square > 0.0
        scale[i] = 1.0 / np.sqrt(square) if square > 0.0 else 0.0
    p = 0
    for i in range(n_units):
        row, s = product[i], scale[i]
        for j in range(i + 1, n_units):
            out[p] = min(max(np.float64(row[j]) * (s * scale[j]), -1.0), 1.0)
            p += 1
