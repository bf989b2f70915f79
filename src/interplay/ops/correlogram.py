"""Cross-correlograms of all pairs of spike trains: one walk through the spikes, exact lags, symmetric bins.

Bin k holds the lags ``|d|`` in ``[(k - 1/2) width, (k + 1/2) width)``, so bin 0 is centred on zero lag and the
correlogram of (j, i) is that of (i, j) read backwards, ties at the edges of bins included. Only following spikes are
counted: entry [i, j, k] says how often a spike of j came k bins after one of i, and both sides of a correlogram are
found under [i, j] and [j, i]. Coincidences in bin 0 lie under the unit whose spike comes first.

The walk takes all spikes of one unit before it goes to the next, so that the counters it adds to stay in the cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def count_following(ticks, unit, order, pointer, width, slack, first, last, out):  # type: ignore[no-untyped-def]
    """Count the spikes of every unit that follow spikes of the units ``first:last``, by lag.

    Parameters
    ----------
    ticks : (E,) int64 array, never decreasing
    unit : (E,) int32 array, in [0, N)
    order : (E,) int64 array
        Spikes grouped by unit, each group in order of time: unit u owns ``order[pointer[u]:pointer[u + 1]]``.
    pointer : (N + 1,) int64 array
    width : float, ticks, > 0
        Of a bin.
    slack : float, ticks, >= 0
        A lag short of an edge by no more than this lies on the edge.
    first, last : int
    out : (N, N, L) int32 array
        Entry [i, j, k] gains the count; [i, i, 0] counts no spike with itself.

    Notes
    -----
    Time proportional to the number of coincidences within L - 1/2 bins; no memory beside `out`.
    """
    scale, offset = 1.0 / width, 0.5 + slack / width
    lags, n_spikes = out.shape[2], len(ticks)
    for u in range(first, last):
        row = out[u]
        for p in range(pointer[u], pointer[u + 1]):
            e = order[p]
            t = ticks[e]
            for f in range(e + 1, n_spikes):
                k = np.int64(np.float64(ticks[f] - t) * scale + offset)
                if k >= lags:
                    break
                row[unit[f], k] += 1


@njit(cache=True, nogil=True)
def weigh_lags(counts, group, inside, ahead, behind, observed, expected, spread):  # type: ignore[no-untyped-def]
    """Sum every ordered pair's correlogram with given weights.

    Parameters
    ----------
    counts : (N, N, L) int32 array
        As from `count_following`.
    group : (N, N) int8 array
        Which set of weights a pair takes.
    inside : (G, L, B) float64 array
        Weights of the lags ``0, 1, ..`` bins for B observed sums.
    ahead, behind : (G, L, B) float64 arrays
        Weights of the lags ``0, 1, ..`` and of ``0, -1, ..`` bins for B expectations; the zero bin belongs to both.
    observed, expected : (N (N - 1), B) float64 arrays
        Filled, pairs in the order of the rows of a matrix without its diagonal.
    spread : (N (N - 1), B) float64 array
        Filled with the sums of the squared weights of `expected`.
    """
    n, lags, tests = counts.shape[0], counts.shape[2], inside.shape[2]
    squared_ahead, squared_behind = ahead * ahead, behind * behind
    p = 0
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            g = group[i, j]
            seen, mean, variance = observed[p], expected[p], spread[p]
            seen[:] = 0.0
            mean[:] = 0.0
            variance[:] = 0.0
            for k in range(lags):
                here, there = np.float64(counts[i, j, k]), np.float64(counts[j, i, k])
                if here == 0.0 and there == 0.0:
                    continue
                # The tests run innermost: sums of different tests are independent, so the order of each is kept.
                row, forth, back = inside[g, k], ahead[g, k], behind[g, k]
                forth2, back2 = squared_ahead[g, k], squared_behind[g, k]
                for b in range(tests):
                    seen[b] += row[b] * here
                    mean[b] += forth[b] * here + back[b] * there
                    variance[b] += forth2[b] * here + back2[b] * there
            p += 1
