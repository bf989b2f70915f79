"""From counts and coverage to the spike time tiling coefficient of every pair, and its comparison with surrogates.

Pairs are stored flat: undirected ones as the rows of the upper triangle, directed ones as the rows of the whole matrix
without its diagonal.

References
----------
Cutts, Eglen (2014), J Neurosci 34:14288, equation 1.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: A null value this near to the observed one counts as equal to it: the same counts may round differently.
TIE = 1e-12
_CROWDED = 64


@njit(cache=True, nogil=True, inline="always")
def term(hits, size, covered, length):  # type: ignore[no-untyped-def]
    """One half of the coefficient: (P - T) / (1 - P T), P = hits / size, T = covered / length; 1 where P T = 1."""
    if hits == size and covered == length:
        return 1.0
    p, t = hits / size, covered / length
    return (p - t) / (1.0 - p * t)


@njit(cache=True, nogil=True)
def undirected(hits, size, covered, length, out):  # type: ignore[no-untyped-def]
    """Fill the coefficient of every unordered pair.

    Parameters
    ----------
    hits : (N, >= N) int32 array
        Entry [a, b]: spikes of `a` with a spike of `b` within the lag.
    size : (N,) int64 array
        Spikes per unit.
    covered : (N,) int64 array, ticks
        Length of the union of each unit's tiles.
    length : int, ticks
        Length of the window.
    out : (N (N - 1) / 2,) float64 array
        Filled row by row; NaN for pairs with a silent unit.
    """
    n_units = len(size)
    k = 0
    for a in range(n_units):
        for b in range(a + 1, n_units):
            if size[a] == 0 or size[b] == 0:
                out[k] = np.nan
            else:
                out[k] = 0.5 * (
                    term(hits[a, b], size[a], covered[b], length) + term(hits[b, a], size[b], covered[a], length)
                )
            k += 1


@njit(cache=True, nogil=True)
def directed(followed, preceded, size, after, before, length, out):  # type: ignore[no-untyped-def]
    """Fill the directed coefficient of every ordered pair of different units.

    Parameters
    ----------
    followed : (N, >= N) int32 array
        Entry [a, b]: spikes of `a` followed by a spike of `b` within (0, lag].
    preceded : (N, >= N) int32 array
        Entry [b, a]: spikes of `b` preceded by a spike of `a` within (0, lag].
    size : (N,) int64 array
    after, before : (N,) int64 arrays, ticks
        Length of the union of the tiles after, and before, the spikes of each unit.
    length : int, ticks
    out : (N (N - 1),) float64 array
        Row by row, from source to target; NaN for pairs with a silent unit.
    """
    n_units = len(size)
    k = 0
    for a in range(n_units):
        for b in range(n_units):
            if a == b:
                continue
            if size[a] == 0 or size[b] == 0:
                out[k] = np.nan
            else:
                out[k] = 0.5 * (
                    term(followed[a, b], size[a], before[b], length) + term(preceded[b, a], size[b], after[a], length)
                )
            k += 1


@njit(cache=True, nogil=True)
def merge_sorted(ticks, pointer, length, time_out, unit_out, bucket):  # type: ignore[no-untyped-def]
    """Put trains that are sorted inside each unit into one order of time.

    Parameters
    ----------
    ticks : (E,) int64 array, in [0, length]
    pointer : (N + 1,) int64 array
    length : int, ticks
    time_out, unit_out : (E,) int64 and int32 arrays
        Filled; spikes at the same tick in the order of their unit.
    bucket : (E + 2,) int64 array
        Scratch.

    Notes
    -----
    One bucket per spike on average, then insertion: O(E) for trains that are spread out. Where one bucket is crowded, a
    merge sort in O(E log E).
    """
    n = len(ticks)
    bucket[:] = 0
    scale = n / (length + 1.0)
    heaviest = 0
    for k in range(n):
        b = int(ticks[k] * scale) + 1
        bucket[b] += 1
        heaviest = max(heaviest, bucket[b])
    if heaviest > _CROWDED:
        for u in range(len(pointer) - 1):
            bucket[pointer[u] : pointer[u + 1]] = u
        order = np.argsort(ticks, kind="mergesort")
        for k in range(n):
            time_out[k] = ticks[order[k]]
            unit_out[k] = bucket[order[k]]
        return
    for k in range(n):
        bucket[k + 1] += bucket[k]
    for u in range(len(pointer) - 1):
        for k in range(pointer[u], pointer[u + 1]):
            b = int(ticks[k] * scale)
            time_out[bucket[b]] = ticks[k]
            unit_out[bucket[b]] = u
            bucket[b] += 1
    for k in range(1, n):
        t, u = time_out[k], unit_out[k]
        j = k
        while j > 0 and time_out[j - 1] > t:
            time_out[j] = time_out[j - 1]
            unit_out[j] = unit_out[j - 1]
            j -= 1
        time_out[j] = t
        unit_out[j] = u
